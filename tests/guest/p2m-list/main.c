/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The p2m list names each of the domain's frames once, and the machine-to-physical table is its inverse.
 *
 * xen.h: mfn_list is the virtual address of an array of nr_pages machine frame numbers; entry n is the frame
 * of pseudo-physical page n. The M2P, at HYPERVISOR_VIRT_START and readable by any guest, answers n for that
 * frame. Together they are a bijection, and the page tables of the initial region agree with it.
 *
 * What goes wrong: the entries of page-table frames or of the list's own frames are forgotten; frames of the
 * tail (beyond the initial region) are filled with 0; the M2P of a frame keeps the value of the frame's last
 * owner.
 */
#include "guest.h"

const char test_title[] = "p2m list and M2P are inverse to each other";

void test_main(void)
{
    const uint64_t *p2m = (const uint64_t *)start_info->mfn_list;
    uint64_t pfn, wrong = 0;
    unsigned long va;

    for (pfn = 0; pfn < start_info->nr_pages; pfn++) {
        if (machine_to_phys_mapping[p2m[pfn]] != pfn && !wrong++) {
            test_failure("pfn 0x%lx has mfn 0x%lx, whose M2P entry is 0x%lx", pfn, p2m[pfn],
                         machine_to_phys_mapping[p2m[pfn]]);
        }
    }
    CHECK_EQUAL(wrong, 0);

    for (va = (unsigned long)guest_virt_base; va < entry_registers.rsp; va += PAGE_SIZE) {
        const volatile uint64_t *entry = page_entry((void *)va, 1);

        if (!CHECK(entry != NULL) || va == (unsigned long)&shared_info) {
            continue;
        }
        if (PTE_MFN(*entry) != p2m[pfn_of((void *)va)] && !wrong++) {
            test_failure("0x%lx is mapped by 0x%lx, p2m says 0x%lx", va, *entry, p2m[pfn_of((void *)va)]);
        }
    }
    CHECK(machine_to_phys_mapping[start_info->shared_info >> PAGE_SHIFT] >= start_info->nr_pages);
    test_success();
}
