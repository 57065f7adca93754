/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short ways of reference counting, inline for the hot paths (page-table entries, grants). Each gives up
 * at the first sign of anything unusual; the whole rules stand in common/page_ref.c.
 */
#ifndef XEN_PAGE_REF_H
#define XEN_PAGE_REF_H

#include <xen/arch.h>
#include <xen/log.h>
#include <xen/mm.h>

#define PAGE_REF_LIMIT     PGC_COUNT_MASK
#define PGC_FLAG_BITS      16 /* of count_info, above the count */
#define PAGE_CHILD_PARTIAL 0x8000u /* in nr_validated: the entry there may point to a PGT_PARTIAL table */

/* A reference, whoever owns the frame; false when it is free. */
static always_inline bool page_get_any(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->count_info);

    do {
        /* None, or full: one comparison for both, without the flags above the count. */
        if (unlikely((x - 1) << PGC_FLAG_BITS >= (PAGE_REF_LIMIT - 1) << PGC_FLAG_BITS))
            return false;
    } while (
        !__atomic_compare_exchange_n(&pg->count_info, &x, x + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return true;
}

/*
 * Is there RAM with an owner behind this number? For numbers found on the way through tables that may change:
 * device memory and holes never have references.
 */
static always_inline bool frame_in_use(mfn_t m)
{
    return m.n < max_page && (READ_ONCE(mfn_to_page(m)->count_info) & PGC_COUNT_MASK);
}

/* Gives the last reference back: out of line. */
void page_put_last(struct page_info *pg);

static always_inline void page_put_inline(struct page_info *pg)
{
    if (unlikely(!(__atomic_sub_fetch(&pg->count_info, 1, __ATOMIC_ACQ_REL) & PGC_COUNT_MASK)))
        page_put_last(pg);
}

/* The owner changes only while there is no reference: it may be read once one is held. */
static always_inline bool page_get_inline(struct page_info *pg, const struct domain *d)
{
    if (unlikely(!page_get_any(pg)))
        return false;
    if (likely(READ_ONCE(pg->owner) == d))
        return true;
    page_put_inline(pg);
    return false;
}

static always_inline uint64_t type_count_up(uint64_t x)
{
    return (x + 1 + PGT_GENERATION) & ~PGT_GENERATION_OVERFLOW;
}

/* Writable frames are never pinned: then the upper bits are just one number. */
static always_inline bool type_is_valid(uint64_t x, uint64_t type)
{
    if (type == PGT_WRITABLE)
        return x >> PGT_VALIDATED_SHIFT == (PGT_WRITABLE | PGT_VALIDATED) >> PGT_VALIDATED_SHIFT;
    return (x >> PGT_VALIDATED_SHIFT | PGT_PINNED >> PGT_VALIDATED_SHIFT) ==
           (type | PGT_PINNED | PGT_VALIDATED) >> PGT_VALIDATED_SHIFT;
}

/* A type reference on a frame that is of this type already, with its entries checked. */
static always_inline bool page_get_type_same(struct page_info *pg, uint64_t type)
{
    uint64_t x = READ_ONCE(pg->type_info);

    do {
        if (!type_is_valid(x, type) || (uint32_t)x == PGT_COUNT_MASK)
            return false;
    } while (!__atomic_compare_exchange_n(&pg->type_info, &x, type_count_up(x), false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    return true;
}

/* Gives a type reference back, unless it is the last one of a table, which is to be torn down then. */
static always_inline bool page_put_type_simple(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->type_info);

    do {
        if (unlikely((uint32_t)x <= 1)) {
            if ((x & (PGT_TYPE_MASK | PGT_COUNT_MASK)) != (PGT_WRITABLE | 1))
                return false;
            arch_page_stamp(pg);
        }
    } while (
        !__atomic_compare_exchange_n(&pg->type_info, &x, x - 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return true;
}

#endif
