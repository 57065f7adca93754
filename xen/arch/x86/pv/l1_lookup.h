/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an address to the L1 entry that maps it, held so that it may be changed; the way there goes through
 * the direct map. Tables may be taken apart by another CPU on the way: what is read may be anything, so reads
 * may fault and nothing is believed until the L1 table's type is held.
 */
#ifndef PV_L1_LOOKUP_H
#define PV_L1_LOOKUP_H

#include <xen/page_ref.h>
#include <asm/extable.h>
#include <asm/pv_mm.h>

/*
 * From the machine address of a table to that of the one below, by the entry for va; false: none, or no
 * memory to read there. end: where RAM ends.
 */
static always_inline bool l1_lookup_step(uint64_t *table, uint64_t end, unsigned long va, unsigned int level)
{
    const uint64_t *slot = (uint64_t *)arch_direct_map(*table) + pt_index(va, level);
    uint64_t value;

    __asm__ goto("1: movq %1, %0\n" EXTABLE("1b", "%l[hole]") : "=r"(value) : "m"(*slot) : : hole);
    *table = value & PTE_ADDR;
    return (value & PTE_PRESENT) && *table < end;
hole:
    return false;
}

/*
 * The L1 entry for va under this base, with a reference and a type reference on its table, *held, so that it
 * may be written with l1_entry_write; given back with page_put_and_type. NULL: no L1 table of d there. The
 * entry itself may change at any time.
 */
static always_inline pte_t *l1_lookup(struct domain *d, mfn_t base, unsigned long va,
                                      struct page_info **held)
{
    uint64_t table = mfn_to_paddr(base), end = mfn_to_paddr(mfn(max_page));
    struct page_info *pg;

    if (unlikely(!guest_address_ok(va)) || unlikely(!l1_lookup_step(&table, end, va, 4)) ||
        unlikely(!l1_lookup_step(&table, end, va, 3)) || unlikely(!l1_lookup_step(&table, end, va, 2)))
        return NULL;
    pg = mfn_to_page(paddr_to_mfn(table));
    if (unlikely(!page_get_inline(pg, d)))
        return NULL;
    *held = pg;
    if (likely(page_get_type_same(pg, PGT_L1)))
        return (pte_t *)arch_direct_map(table) + pt_index(va, 1);
    page_put_inline(pg);
    return NULL;
}

#endif
