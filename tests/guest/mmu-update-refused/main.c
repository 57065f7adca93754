/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mmu_update refuses, with the errno of each refusal, and that nothing changed.
 *
 * A frame that is not the guest's, or does not exist; an entry of the wrong kind; a large page; reserved
 * bits; a slot of the hypervisor; a table's page mapped writable; a lower table of the wrong level; an
 * address that is no entry. The errno is part of the ABI: Linux and toolstacks tell "retry" from "never" by
 * it. Mapping a table writable is -EBUSY, but naming a page as a lower table that cannot be one is -EINVAL.
 * Bit 2 of the address counts as part of the command: -ENOSYS.
 *
 * What goes wrong: the old entry's reference is dropped before the new one is checked, and a refused update
 * leaves a hole; an unaligned address straddles two entries; a level-2 entry takes a frame that is a level-3
 * table.
 */
#include "guest.h"

const char test_title[] = "mmu_update: each refusal and its errno";

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void refused(const volatile uint64_t *entry, uint64_t value, long expected, const char *what)
{
    uint64_t before = *entry;
    long rc = page_update(entry, value);

    if (rc != expected) {
        test_failure("%s: answers %ld, expected %ld", what, rc, expected);
    }
    if (*entry != before) {
        test_failure("%s: the entry 0x%lx became 0x%lx", what, before, *entry);
    }
}

static void refused_call(uint64_t ptr, uint64_t val, unsigned int domid, long expected, const char *what)
{
    struct mmu_update update = {.ptr = ptr, .val = val};
    unsigned int done = 77;
    long rc = hypercall_mmu_update(&update, 1, &done, domid);

    if (rc != expected) {
        test_failure("%s: answers %ld, expected %ld", what, rc, expected);
    }
}

void test_main(void)
{
    const volatile uint64_t *l1 = page_entry(page, 1), *l2 = page_entry(page, 2), *l3 = page_entry(page, 3);
    const volatile uint64_t *l4 = (const volatile uint64_t *)start_info->pt_base;
    uint64_t mfn = mfn_of(page), l4_mfn = mfn_of(l4), max = 0xfffffffffful;
    uint64_t entry = maddr_of(l1), value = PTE_MAKE(mfn, PTE_RW);

    refused(l1, PTE_MAKE(l4_mfn, PTE_RW), -XEN_EBUSY, "L4 table mapped writable");
    refused(l1, PTE_MAKE(mfn_of(l1), PTE_RW), -XEN_EBUSY, "L1 table mapped writable in itself");
    refused(l1, PTE_MAKE(max, PTE_RW), -XEN_EINVAL, "a frame beyond the machine");

    refused(l2, PTE_MAKE(mfn, PTE_TABLE), -XEN_EINVAL, "L2 entry with a page that is mapped writable");
    refused(l2, PTE_MAKE(mfn, PTE_TABLE | PTE_LARGE), -XEN_EINVAL, "a 2 MiB page");
    refused(l2, PTE_MAKE(mfn_of(l3), PTE_TABLE), -XEN_EINVAL, "L2 entry with an L3 table");
    refused(l2, PTE_MAKE(max, PTE_TABLE), -XEN_EINVAL, "L2 entry with no frame");
    refused(l3, PTE_MAKE(mfn_of(l1), PTE_TABLE), -XEN_EINVAL, "L3 entry with an L1 table");
    refused(l3, PTE_MAKE(mfn_of(l2), PTE_TABLE | PTE_LARGE), -XEN_EINVAL, "a 1 GiB page");
    refused(&l4[5], PTE_MAKE(mfn_of(l2), PTE_TABLE), -XEN_EINVAL, "L4 entry with an L2 table");
    refused(&l4[5], PTE_MAKE(mfn, PTE_TABLE), -XEN_EINVAL, "L4 entry with a writable page");

    refused(&l4[256], 0, -XEN_EINVAL, "slot 256 cleared");
    refused(&l4[256], PTE_MAKE(mfn_of(l3), PTE_TABLE), -XEN_EINVAL, "slot 256 set");
    refused(&l4[271], PTE_MAKE(mfn_of(l3), PTE_TABLE), -XEN_EINVAL, "slot 271 set");
    refused(&l4[262], 0, -XEN_EINVAL, "slot 262 cleared");

    refused_call(entry, value, 1, -XEN_ESRCH, "a domain that does not exist");
    refused_call(entry, value, DOMID_INVALID, -XEN_ESRCH, "DOMID_INVALID");
    refused_call(entry | MMU_PT_UPDATE_NO_TRANSLATE, value, DOMID_SELF, 0, "command 3");
    refused_call(0xffffffff000ul, value, DOMID_SELF, -XEN_EINVAL, "a table beyond the machine");
    refused_call(0xb8000, value, DOMID_SELF, -XEN_EINVAL, "a table in device memory");
    refused_call(entry + 4, value, DOMID_SELF, -XEN_ENOSYS, "half way between two entries");
    CHECK_RC(hypercall_mmu_update((void *)0x1000, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_RC(hypercall_mmu_update((void *)0xffff830000000000, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_EQUAL(*l1 & ~(PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY), value & ~(PTE_ACCESSED | PTE_DIRTY));
    test_success();
}
