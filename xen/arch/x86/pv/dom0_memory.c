/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Domain 0 builder's view of the domain's memory: extents of frames, and copying by pseudo-physical
 * number.
 */
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>
#include "dom0_build.h"

#define LARGEST_ORDER 18

void dom0_allocate_memory(struct dom0_builder *b, uint64_t up_to_pfn)
{
    unsigned int order = LARGEST_ORDER;
    uint64_t done = b->nr_allocated;

    while (done < up_to_pfn) {
        struct page_info *pg;

        while (order && (1ull << order) > up_to_pfn - done)
            order--;
        pg = domain_pages_alloc(b->d, order, 0, false);
        if (!pg && order--)
            continue;
        if (!pg && up_to_pfn < b->nr_pages)
            panic_user("the machine has too little memory: Domain 0 needs %lu pages to start, beside its "
                       "kernel's file, and can have "
                       "%lu",
                       up_to_pfn, done);
        if (!pg || b->nr_extents == DOM0_MAX_EXTENTS)
            panic_user("only %lu of Domain 0's %lu pages can be had; give it less memory with dom0_mem=",
                       done, b->nr_pages);
        b->extents[b->nr_extents++] = (struct dom0_extent){done, 1ull << order, page_to_mfn(pg)};
        done += 1ull << order;
    }
    b->nr_allocated = done;
}

mfn_t dom0_mfn(struct dom0_builder *b, uint64_t pfn)
{
    const struct dom0_extent *e = &b->extents[b->last_extent];

    for (unsigned int i = 0; pfn < e->pfn || pfn - e->pfn >= e->nr; i++) {
        BUG_ON(i == b->nr_extents);
        b->last_extent = i;
        e = &b->extents[i];
    }
    return mfn_add(e->first, pfn - e->pfn);
}

void *dom0_page(struct dom0_builder *b, uint64_t pfn)
{
    return mfn_to_virt(dom0_mfn(b, pfn));
}

/* Calls for each piece of [va, va + bytes) that lies in one page. */
static void copy_or_zero(struct dom0_builder *b, uint64_t va, const uint8_t *data, uint64_t bytes)
{
    uint64_t at = va - b->layout.start_va;

    while (bytes) {
        uint64_t offset = at & ~PAGE_MASK, piece = min(bytes, PAGE_SIZE - offset);
        uint8_t *to = (uint8_t *)dom0_page(b, PFN_DOWN(at)) + offset;

        if (data)
            memcpy(to, data, piece);
        else
            memset(to, 0, piece);
        data = data ? data + piece : NULL;
        at += piece;
        bytes -= piece;
    }
}

void dom0_copy_in(struct dom0_builder *b, uint64_t va, const void *data, uint64_t bytes)
{
    copy_or_zero(b, va, data, bytes);
}

void dom0_zero(struct dom0_builder *b, uint64_t va, uint64_t bytes)
{
    copy_or_zero(b, va, NULL, bytes);
}

void dom0_write_p2m(struct dom0_builder *b)
{
    uint64_t *list = NULL;

    for (unsigned int i = 0; i < b->nr_extents; i++) {
        const struct dom0_extent *e = &b->extents[i];

        for (uint64_t k = 0; k < e->nr; k++) {
            uint64_t pfn = e->pfn + k;

            if (!list || !(pfn % (PAGE_SIZE / sizeof(*list))))
                list = dom0_page(b, b->layout.p2m_pfn + pfn / (PAGE_SIZE / sizeof(*list)));
            list[pfn % (PAGE_SIZE / sizeof(*list))] = e->first.n + k;
        }
        arch_m2p_set_run(e->first, e->pfn, e->nr);
    }
}
