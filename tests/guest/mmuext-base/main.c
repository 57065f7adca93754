/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NEW_BASEPTR switches the kernel's address space, NEW_USER_BASEPTR the user's; both take references as a
 * mapping would.
 *
 * xen.h: the frame must be, or become, a valid L4 table. The old base loses its reference: when it was not
 * pinned it is no table any more. A user base of 0 means none. The hypervisor puts its own slots into a table
 * that becomes a base, whatever the guest wrote there before.
 *
 * What goes wrong: the same base again drops the only reference; the old base stays typed for ever; the new
 * table lacks the hypervisor's slots and the next interrupt is a triple fault.
 */
#include "guest.h"

const char test_title[] = "NEW_BASEPTR and NEW_USER_BASEPTR";

static uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));

static long base(unsigned int command, uint64_t mfn)
{
    struct mmuext_op op = {.cmd = command, .arg1.mfn = mfn};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

void test_main(void)
{
    const uint64_t *first = (const uint64_t *)start_info->pt_base;
    uint64_t old = mfn_of(first), new = mfn_of(table);
    unsigned int slot = (unsigned int)((unsigned long)table >> 39 & 511);

    CHECK_RC(base(MMUEXT_NEW_BASEPTR, old), 0);
    CHECK_RC(base(MMUEXT_NEW_BASEPTR, new), -XEN_EINVAL);
    CHECK_EQUAL(read_cr3(), old << PAGE_SHIFT);

    table[slot] = first[slot];
    CHECK_EQUAL(page_protect(table), 0);
    CHECK_RC(base(MMUEXT_NEW_BASEPTR, new), 0);
    CHECK_EQUAL(read_cr3(), new << PAGE_SHIFT);
    CHECK_EQUAL(table[slot] & ~(PTE_ACCESSED | PTE_DIRTY), first[slot] & ~(PTE_ACCESSED | PTE_DIRTY));
    CHECK_EQUAL(machine_to_phys_mapping[new], pfn_of(table));
    CHECK_RC(page_unprotect(table), -XEN_EBUSY);
    CHECK_RC(base(MMUEXT_NEW_BASEPTR, new), 0);
    CHECK_RC(base(MMUEXT_NEW_BASEPTR, old), 0);
    CHECK_EQUAL(read_cr3(), old << PAGE_SHIFT);
    CHECK_RC(page_unprotect(table), 0);
    table[slot] = 0;

    CHECK_EQUAL(page_protect(table), 0);
    CHECK_RC(base(MMUEXT_NEW_USER_BASEPTR, new), 0);
    CHECK_RC(page_unprotect(table), -XEN_EBUSY);
    CHECK_RC(base(MMUEXT_NEW_USER_BASEPTR, 0), 0);
    CHECK_RC(page_unprotect(table), 0);

    CHECK_RC(base(MMUEXT_NEW_USER_BASEPTR, new), -XEN_EINVAL);
    CHECK_RC(base(MMUEXT_NEW_BASEPTR, 0xfffffffffful), -XEN_EINVAL);
    CHECK_RC(base(MMUEXT_NEW_USER_BASEPTR, 0xfffffffffful), -XEN_EINVAL);
    CHECK_RC(base(MMUEXT_NEW_BASEPTR, mfn_of(page_entry(table, 1))), -XEN_EINVAL);
    CHECK_EQUAL(read_cr3(), old << PAGE_SHIFT);
    test_success();
}
