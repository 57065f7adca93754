/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a new PV domain finds what: the initial virtual layout, as the ABI's header xen.h describes it at
 * start_info ("Start-of-day memory layout"). Pure arithmetic.
 *
 * Pseudo-physical frame n lies at start_va + n * PAGE_SIZE in the initial mapping [start_va, end_va):
 *   kernel, ramdisk (unless unmapped), p2m list (unless it has an address of its own), start_info, page
 *     tables, stack, at least 512 KiB.
 * Behind the mapped frames come, when asked for, the p2m list with its page tables and, at the next power of
 * two of frames, the unmapped ramdisk.
 */
#ifndef XEN_PV_LAYOUT_H
#define XEN_PV_LAYOUT_H

#include <xen/pv_image.h>

struct pv_layout {
    uint64_t start_va, end_va;
    uint64_t nr_mapped_pages; /* (end_va - start_va) / PAGE_SIZE */
    uint64_t start_info_va, page_tables_va, stack_va;
    uint64_t nr_page_tables;
    uint64_t ramdisk_pfn, ramdisk_va; /* va 0: unmapped (or no ramdisk) */
    uint64_t p2m_va, p2m_pfn;         /* the list itself */
    uint64_t nr_p2m_pages;            /* of the list */
    bool p2m_is_separate;
    uint64_t nr_p2m_tables; /* frames behind the list for its page tables, when separate */
    uint64_t nr_used_pages; /* all of the above, and what is free between them */
};

/*
 * nr_pages: of the domain. start_info_bytes: start_info and what follows it directly. 0; -XEN_ENOMEM:
 * nr_used_pages (set) exceeds nr_pages; -XEN_EINVAL: the mapping would meet the hypervisor's hole or wrap.
 */
int pv_layout_compute(const struct pv_image *image, uint64_t nr_pages, uint64_t ramdisk_bytes,
                      uint64_t start_info_bytes, struct pv_layout *layout) __must_check;

#endif
