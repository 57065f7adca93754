/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With an INIT_P2M note the p2m list is mapped at the address that the kernel chose, and not in the initial
 * region.
 *
 * elfnote.h: the list then needs page tables of its own. Its frames and those tables' frames are consecutive;
 * first_p2m_pfn and nr_p2m_frames name them, so that a kernel that copied the list can take them back. They
 * are not part of the initial region: start_info follows the kernel directly.
 *
 * What goes wrong: nr_p2m_frames counts the list but not its tables, or these remain outside the pinned tree
 * so that they are writable; nr_pt_frames includes them. A big guest does not fit into the lower 2 GiB
 * without this note.
 */
#include "guest.h"

const char test_title[] = "INIT_P2M: the p2m list where the kernel wants it";

#define P2M_ADDRESS 0x8000000000ul

static uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));

/* The three tables lie in the named frames; a writable mapping of each is refused, a read-only one shows the
 * next. */
static void check_tables(uint64_t first, uint64_t count)
{
    uint64_t mfn = PTE_MFN(*page_entry((void *)P2M_ADDRESS, 4));
    unsigned int level;

    for (level = 3; level > 0; level--) {
        CHECK(machine_to_phys_mapping[mfn] - first < count);
        CHECK_RC(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(mfn, PTE_RW), UVMF_INVLPG),
                 -XEN_EBUSY);
        CHECK_RC(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(mfn, PTE_RO), UVMF_INVLPG), 0);
        CHECK(window[0] & PTE_PRESENT);
        mfn = PTE_MFN(window[0]);
    }
    CHECK(machine_to_phys_mapping[mfn] - first < count);
}

void test_main(void)
{
    const struct start_info *info = start_info;
    uint64_t first = info->first_p2m_pfn, count = info->nr_p2m_frames, list_frames, pfn;
    const uint64_t *p2m = (const uint64_t *)P2M_ADDRESS;

    if (!CHECK_EQUAL(info->mfn_list, P2M_ADDRESS)) {
        return;
    }
    list_frames = (info->nr_pages * 8 + PAGE_SIZE - 1) / PAGE_SIZE;
    /* One table of each of the levels 3, 2 and 1 covers the list of 256 MiB: 512 KiB. */
    CHECK_EQUAL(count, list_frames + 3);
    CHECK(first + count <= info->nr_pages);

    for (pfn = 0; pfn < info->nr_pages; pfn++) {
        if (machine_to_phys_mapping[p2m[pfn]] != pfn) {
            test_failure("pfn 0x%lx has mfn 0x%lx", pfn, p2m[pfn]);
            break;
        }
    }
    check_tables(first, count);
    CHECK(trap_try_write((void *)P2M_ADDRESS, p2m[0]) < 0);
    CHECK((unsigned long)info < info->pt_base);
    CHECK((unsigned long)info - (unsigned long)guest_virt_base < 2ul << 20);
    test_success();
}
