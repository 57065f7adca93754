/* SPDX-License-Identifier: BSD-2-Clause */
/* The initial layout of a PV domain: see <xen/pv_layout.h>. Pure. */
#include <xen/errno.h>
#include <xen/pv_layout.h>
#include <xen/string.h>

#define START_ALIGN   (4ul << 20)
#define FREE_AT_LEAST (512ul << 10)
#define CANONICAL_LOW_END 0x0000800000000000ull
/* of the hypervisor; the non-canonical addresses are below it */
#define HOLE_END          0xffff880000000000ull

/* Tables of one level that cover [start, end) when an entry of it spans 2^shift bytes times 512. */
static uint64_t tables_spanning(uint64_t start, uint64_t end, unsigned int shift)
{
    return ((end - 1) >> shift) - (start >> shift) + 1;
}

/* L1, L2 and L3 tables for a range. */
static uint64_t lower_tables(uint64_t start, uint64_t end)
{
    return tables_spanning(start, end, 21) + tables_spanning(start, end, 30) +
           tables_spanning(start, end, 39);
}

static bool range_ok(uint64_t start, uint64_t end)
{
    return end > start && (end <= CANONICAL_LOW_END || start >= HOLE_END);
}

/* The page tables map themselves, and the end is rounded: repeat until the number of tables suffices. */
static void place_tables(struct pv_layout *l)
{
    uint64_t needed = 1 + lower_tables(l->start_va, l->page_tables_va + PAGE_SIZE);

    do {
        l->nr_page_tables = needed;
        l->stack_va = l->page_tables_va + l->nr_page_tables * PAGE_SIZE;
        l->end_va = ROUND_UP(l->stack_va + PAGE_SIZE + FREE_AT_LEAST, START_ALIGN);
        needed = 1 + lower_tables(l->start_va, l->end_va);
    } while (needed > l->nr_page_tables && l->end_va > l->start_va);
}

/*
 * An unmapped ramdisk lies where stock Xen puts it: behind the first power of two of pages that has all that
 * is mapped, which is one piece there. What Linux finds free in a row below it, and takes, depends on that.
 * Behind everything, where there is no room.
 */
static uint64_t unmapped_ramdisk(const struct pv_layout *l, uint64_t nr_pages, uint64_t ramdisk_pages)
{
    uint64_t pfn = 1;

    while (pfn < l->nr_mapped_pages)
        pfn <<= 1;
    return pfn >= l->nr_used_pages && pfn < nr_pages && ramdisk_pages <= nr_pages - pfn ? pfn
                                                                                        : l->nr_used_pages;
}

int pv_layout_compute(const struct pv_image *image, uint64_t nr_pages, uint64_t ramdisk_bytes,
                      uint64_t start_info_bytes, struct pv_layout *l)
{
    uint64_t va = ROUND_UP(image->end_va, PAGE_SIZE), p2m_bytes = nr_pages * sizeof(uint64_t);

    memset(l, 0, sizeof(*l));
    l->start_va = ROUND_DOWN(image->virt_base, START_ALIGN);
    l->nr_p2m_pages = PFN_UP(p2m_bytes);
    l->p2m_is_separate = image->has_init_p2m;
    if (ramdisk_bytes && !image->mod_start_pfn) {
        l->ramdisk_va = va;
        l->ramdisk_pfn = PFN_DOWN(va - l->start_va);
        va += ROUND_UP(ramdisk_bytes, PAGE_SIZE);
    }
    if (!l->p2m_is_separate) {
        l->p2m_va = va;
        l->p2m_pfn = PFN_DOWN(va - l->start_va);
        va += ROUND_UP(p2m_bytes, PAGE_SIZE);
    }
    l->start_info_va = va;
    l->page_tables_va = va + ROUND_UP(start_info_bytes, PAGE_SIZE);
    place_tables(l);
    if (!range_ok(l->start_va, l->end_va))
        return -XEN_EINVAL;
    l->nr_mapped_pages = PFN_DOWN(l->end_va - l->start_va);
    l->nr_used_pages = l->nr_mapped_pages;
    if (l->p2m_is_separate) {
        l->p2m_va = image->init_p2m_va;
        l->p2m_pfn = l->nr_used_pages;
        if (!range_ok(l->p2m_va, l->p2m_va + p2m_bytes) ||
            (l->p2m_va < l->end_va && l->p2m_va + l->nr_p2m_pages * PAGE_SIZE > l->start_va))
            return -XEN_EINVAL;
        l->nr_p2m_tables = lower_tables(l->p2m_va, l->p2m_va + p2m_bytes);
        l->nr_used_pages += l->nr_p2m_pages + l->nr_p2m_tables;
    }
    if (ramdisk_bytes && image->mod_start_pfn) {
        l->ramdisk_pfn = unmapped_ramdisk(l, nr_pages, PFN_UP(ramdisk_bytes));
        l->nr_used_pages = l->ramdisk_pfn + PFN_UP(ramdisk_bytes);
    }
    return l->nr_used_pages > nr_pages ? -XEN_ENOMEM : 0;
}
