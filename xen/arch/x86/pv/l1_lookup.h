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

/* The entry for va of the table at this machine address; 0 where there is no memory to read. */
static always_inline uint64_t l1_lookup_read(uint64_t table, unsigned long va, unsigned int level)
{
    const uint64_t *slot = (uint64_t *)arch_direct_map(table) + pt_index(va, level);
    uint64_t value;

    __asm__ goto("1: movq %1, %0\n" EXTABLE("1b", "%l[hole]") : "=r"(value) : "m"(*slot) : : hole);
    return value;
hole:
    return 0;
}

/* From the machine address of a table to that of the one below. False: none, or beyond the end of RAM. */
static always_inline bool l1_lookup_step(uint64_t *table, uint64_t end, unsigned long va, unsigned int level)
{
    uint64_t value = l1_lookup_read(*table, va, level);

    *table = value & PTE_ADDR;
    return (value & PTE_PRESENT) && *table < end;
}

/* The machine address of the L1 table for va under this base, of which nothing is held. */
static always_inline bool l1_lookup_table(mfn_t base, unsigned long va, uint64_t *table)
{
    uint64_t end = mfn_to_paddr(mfn(max_page));

    *table = mfn_to_paddr(base);
    return likely(guest_address_ok(va)) && likely(l1_lookup_step(table, end, va, 4)) &&
           likely(l1_lookup_step(table, end, va, 3)) && likely(l1_lookup_step(table, end, va, 2));
}

struct l1_held {
    pte_t *slot;             /* may change at any time */
    struct page_info *table; /* with a reference and a type reference, for page_put_and_type */
};

/*
 * The L1 entry for va under this base, held so that l1_entry_write may be used. False: no L1 table of d
 * there.
 */
static always_inline bool l1_lookup(struct domain *d, mfn_t base, unsigned long va, struct l1_held *held)
{
    uint64_t table;

    if (unlikely(!l1_lookup_table(base, va, &table)))
        return false;
    held->table = mfn_to_page(paddr_to_mfn(table));
    held->slot = (pte_t *)arch_direct_map(table) + pt_index(va, 1);
    if (unlikely(!page_get_inline(held->table, d)))
        return false;
    if (likely(page_get_type_same(held->table, PGT_L1)))
        return true;
    page_put_inline(held->table);
    return false;
}

static always_inline void l1_release(const struct l1_held *held)
{
    if (unlikely(!page_put_type_simple(held->table)))
        page_put_type(held->table);
    page_put_inline(held->table);
}

#endif
