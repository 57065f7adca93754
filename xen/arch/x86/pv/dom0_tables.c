/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initial page tables of Domain 0. Written as plain memory, before any of these frames has a type:
 * pinning the top-level table afterwards checks every entry like any guest's.
 */
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <asm/page.h>
#include "dom0_build.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define LEAF_FLAGS  (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_GUEST_KERNEL)

/*
 * Frames for tables, taken one after the other: first those of the initial mapping, then those behind a
 * separate p2m list.
 */
struct table_source {
    uint64_t next_pfn, end_pfn;
};

static mfn_t new_table(struct dom0_builder *b, struct table_source *s)
{
    uint64_t pfn = s->next_pfn++;

    BUG_ON(pfn >= s->end_pfn);
    memset(dom0_page(b, pfn), 0, PAGE_SIZE);
    return dom0_mfn(b, pfn);
}

/* The L1 entry for va; makes the tables on the way. */
static pte_t *leaf_entry(struct dom0_builder *b, struct table_source *s, uint64_t va)
{
    pte_t *table = mfn_to_virt(b->l4);

    for (unsigned int level = 4; level > 1; level--) {
        pte_t *e = &table[pt_index(va, level)];

        if (!pte_present(*e))
            *e = pte_make(new_table(b, s), TABLE_FLAGS);
        table = mfn_to_virt(pte_mfn(*e));
    }
    return &table[pt_index(va, 1)];
}

static void map_range(struct dom0_builder *b, struct table_source *s, uint64_t va, uint64_t pfn, uint64_t nr)
{
    uint64_t tables_pfn = PFN_DOWN(b->layout.page_tables_va - b->layout.start_va);
    pte_t *e = NULL;

    for (uint64_t i = 0; i < nr; i++, va += PAGE_SIZE, e++) {
        uint64_t p = pfn + i;
        bool is_table = p >= tables_pfn && p - tables_pfn < b->layout.nr_page_tables;

        if (!e || !pt_index(va, 1))
            e = leaf_entry(b, s, va);
        *e = pte_make(dom0_mfn(b, p), is_table ? LEAF_FLAGS & ~PTE_WRITE : LEAF_FLAGS);
    }
}

/*
 * A table that nothing needed (two ranges shared theirs) would be garbage in the guest's eyes: it is told as
 * a table, so empty it.
 */
static void clear_rest(struct dom0_builder *b, struct table_source *s)
{
    while (s->next_pfn < s->end_pfn)
        new_table(b, s);
}

void dom0_build_tables(struct dom0_builder *b)
{
    const struct pv_layout *l = &b->layout;
    uint64_t first = PFN_DOWN(l->page_tables_va - l->start_va), p2m_tables = l->p2m_pfn + l->nr_p2m_pages;
    struct table_source own = {first, first + l->nr_page_tables};
    struct table_source for_p2m = {p2m_tables, p2m_tables + l->nr_p2m_tables};

    b->l4 = new_table(b, &own);
    map_range(b, &own, l->start_va, 0, l->nr_mapped_pages);
    clear_rest(b, &own);
    if (l->p2m_is_separate) {
        map_range(b, &for_p2m, l->p2m_va, l->p2m_pfn, l->nr_p2m_pages);
        clear_rest(b, &for_p2m);
    }
}
