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

#define PAGE_CHILD_PARTIAL 0x8000u /* in nr_validated: the entry there may point to a PGT_PARTIAL table */

/*
 * The references are the low half of count_info; the flags above are changed in the whole word. page_get_any
 * gives out no more than 2^31, so that those which the hypervisor adds to one that it has always fit.
 */
typedef uint32_t __attribute__((may_alias)) page_references_t;

static always_inline page_references_t *page_references(struct page_info *pg)
{
    return (page_references_t *)&pg->count_info;
}

/* A reference, whoever owns the frame; false when it is free or has too many. */
static always_inline bool page_get_any(struct page_info *pg)
{
    page_references_t x = READ_ONCE(*page_references(pg));

    do {
        /* None, or 2^31 already: one comparison for both. */
        if (unlikely((int32_t)x <= 0))
            return false;
    } while (!__atomic_compare_exchange_n(page_references(pg), &x, x + 1, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    return true;
}

/*
 * Is there RAM with an owner behind this number? For numbers found on the way through tables that may change:
 * device memory and holes never have references.
 */
static always_inline bool frame_in_use(mfn_t m)
{
    return m.n < max_page && READ_ONCE(*page_references(mfn_to_page(m)));
}

/* Gives the last reference back: out of line. */
void page_put_last(struct page_info *pg);

/*
 * Frames whose last reference went, in a row: nobody can take one any more, and none has another use before
 * page_batch_free. TLBs are then flushed once for all. Begins as zero; no giving way in between.
 */
struct page_batch {
    uint32_t first; /* frame number, linked by page_info.extra; 0: none */
};
void page_put_last_batched(struct page_info *pg, struct page_batch *b);
void page_batch_free(struct page_batch *b);

static always_inline void page_put_batched(struct page_info *pg, struct page_batch *b)
{
    if (unlikely(!__atomic_sub_fetch(page_references(pg), 1, __ATOMIC_ACQ_REL)))
        page_put_last_batched(pg, b);
}

static always_inline void page_put_inline(struct page_info *pg)
{
    if (unlikely(!__atomic_sub_fetch(page_references(pg), 1, __ATOMIC_ACQ_REL)))
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

#define PGT_GENERATIONS (PGT_GENERATION_OVERFLOW - PGT_GENERATION)

/*
 * The first type of a frame that has had none since it came to its owner, if it is to be writable memory:
 * nothing is to be checked, and no TLB has it. False: it has had one, or is marked otherwise.
 */
static always_inline bool page_get_writable_first(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->type_info);

    return !(x & ~PGT_GENERATIONS) &&
           __atomic_compare_exchange_n(&pg->type_info, &x, type_count_up(x) | PGT_WRITABLE | PGT_VALIDATED,
                                       false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
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
