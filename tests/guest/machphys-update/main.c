/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MMU_MACHPHYS_UPDATE changes the M2P entry of a frame that the guest owns; nothing else does.
 *
 * xen.h: with command 1 the address is that of a frame (its offset does not matter) and the value the new
 * pseudo-physical number. The table is readable at HYPERVISOR_VIRT_START, one word a frame, and read-only.
 * XENMEM_machphys_mapping tells where it is and, to Domain 0, the machine's last frame.
 *
 * What goes wrong: any frame's entry may be set, so that a guest can give another's frames false names, which
 * matters when that one is saved; the table is writable.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "MMU_MACHPHYS_UPDATE and the M2P's protection";

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static long set(uint64_t maddr, uint64_t pfn)
{
    struct mmu_update update = {.ptr = maddr | MMU_MACHPHYS_UPDATE, .val = pfn};
    unsigned int done = 77;
    long rc = hypercall_mmu_update(&update, 1, &done, DOMID_SELF);

    CHECK_EQUAL(done, rc ? 0 : 1);
    return rc;
}

void test_main(void)
{
    struct xen_machphys_mapping mapping = {0};
    uint64_t mfn = mfn_of(page), pfn = pfn_of(page);
    volatile unsigned long *m2p = machine_to_phys_mapping;

    CHECK_EQUAL(m2p[mfn], pfn);
    CHECK_RC(set(mfn << PAGE_SHIFT, 0x123456), 0);
    CHECK_EQUAL(m2p[mfn], 0x123456);
    CHECK_RC(set((mfn << PAGE_SHIFT) + 0x120, pfn), 0);
    CHECK_EQUAL(m2p[mfn], pfn);

    CHECK_RC(set(start_info->shared_info, 0), 0);
    CHECK_RC(set(0xffffffff000ul, 0), -XEN_EINVAL);
    CHECK_RC(set(0xb8000, 0), -XEN_EINVAL);

    CHECK_RC(hypercall_memory_op(XENMEM_machphys_mapping, &mapping), 0);
    CHECK_EQUAL(mapping.v_start, MACH2PHYS_VIRT_START);
    CHECK(mapping.v_end <= MACH2PHYS_VIRT_END && mapping.v_end > mapping.v_start);
    CHECK_RC(hypercall_memory_op(XENMEM_maximum_ram_page, NULL), (long)mapping.max_mfn + 1);
    CHECK(mapping.max_mfn >= mfn && mapping.max_mfn < MACH2PHYS_NR_ENTRIES);
    CHECK_EQUAL(trap_try_write((void *)&m2p[mfn], 0), 14);
    CHECK_EQUAL(trap_last.frame.error_code, 3);
    CHECK_EQUAL(m2p[mfn], pfn);
    test_success();
}
