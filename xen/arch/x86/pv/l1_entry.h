/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The usual ways of an L1 entry, inline for the hypercalls of which it is most of the cost: frames of RAM
 * that the domain owns, cached. All else is l1_entry.c's, which has the rules.
 */
#ifndef PV_L1_ENTRY_H
#define PV_L1_ENTRY_H

#include <xen/domain.h>
#include <xen/page_ref.h>
#include <asm/pv_mm.h>

#define L1_CACHE (PTE_PWT | PTE_PCD | PTE_PAT)
/* Entries that differ in nothing of this need the same references. */
#define L1_MEANING (PTE_ADDR | PTE_PRESENT | PTE_WRITE | L1_CACHE)

/* l1_entry.c: what l1_entry_get leaves to it. 0, bits to change or negative, as there. */
int l1_entry_get_uncached(pte_t e, struct domain *table_owner, struct domain *page_owner);
int l1_entry_get_other(pte_t e, struct domain *table_owner, struct domain *page_owner);
int l1_entry_get_type(pte_t e, struct page_info *pg, struct domain *page_owner);
/* l1_entry_write with keep_ad. */
int l1_entry_write_keeping_ad(pte_t *slot, pte_t new, struct domain *table_owner, struct domain *page_owner);

/* Takes the references of a present entry that asks for no memory type. */
static always_inline int l1_entry_get_cached(pte_t e, struct domain *table_owner, struct domain *page_owner)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);

    if (unlikely(m.n >= max_page || !page_get_inline(pg, page_owner)))
        return l1_entry_get_other(e, table_owner, page_owner);
    if ((e.v & PTE_WRITE) && unlikely(!page_get_type_same(pg, PGT_WRITABLE)) &&
        unlikely(!page_get_writable_first(pg)))
        return l1_entry_get_type(e, pg, page_owner);
    return 0;
}

/*
 * Takes the references of a present entry: 0, the bits that must change in it (exclusive or), or what
 * l1_entry_write is refused with.
 */
static always_inline int l1_entry_get(pte_t e, struct domain *table_owner, struct domain *page_owner)
{
    if (unlikely(e.v & L1_CACHE))
        return l1_entry_get_uncached(e, table_owner, page_owner);
    return l1_entry_get_cached(e, table_owner, page_owner);
}

/* Gives back what l1_entry_get took. A frame without any reference is no RAM, and the entry took none. */
static always_inline void l1_entry_put(pte_t e)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);

    if (!pte_present(e) || unlikely(!frame_in_use(m)))
        return;
    if (e.v & PTE_WRITE)
        page_put_type_simple(pg);
    page_put_inline(pg);
}

/* The same of one entry of many, of a table that goes. */
static always_inline void l1_entry_put_batched(pte_t e, struct page_batch *b)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);

    if (!pte_present(e) || unlikely(!frame_in_use(m)))
        return;
    if (e.v & PTE_WRITE)
        page_put_type_simple(pg);
    page_put_batched(pg, b);
}

/*
 * A guest kernel runs in ring 3, so every entry has USER; what the guest meant for its kernel alone is marked
 * instead, and only the rest is global, so that a switch from kernel to user mode hides the kernel's pages.
 */
static always_inline pte_t l1_entry_adjust(pte_t e)
{
    if (!(e.v & PTE_USER))
        e.v |= PTE_USER | PTE_GUEST_KERNEL;
    else if (!(e.v & PTE_GUEST_KERNEL))
        e.v |= PTE_GLOBAL;
    return e;
}

#define L1_ACCESSED_DIRTY (PTE_ACCESSED | PTE_DIRTY)

/* keep_ad: Accessed and Dirty as they are at the moment of the exchange. */
static always_inline uint64_t l1_entry_value(pte_t new, uint64_t old, bool keep_ad)
{
    return keep_ad ? (new.v & ~L1_ACCESSED_DIRTY) | (old & L1_ACCESSED_DIRTY) : new.v;
}

/*
 * Puts new where *old was; goes on over the processor's Accessed and Dirty bits. False: something else has
 * changed it. *old: what came out.
 */
static always_inline bool l1_entry_replace_same(pte_t *slot, pte_t *old, pte_t new, bool keep_ad)
{
    uint64_t x = old->v;

    do {
        if (likely(__atomic_compare_exchange_n(&slot->v, &x, l1_entry_value(new, x, keep_ad), false,
                                               __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))) {
            old->v = x;
            return true;
        }
    } while (!((x ^ old->v) & L1_MEANING));
    return false;
}

/*
 * From read-only to writable: the reference goes on, held twice until the entry is ours; the type is taken.
 */
static always_inline bool l1_entry_gain_write(pte_t *slot, pte_t *old, pte_t new, struct domain *page_owner,
                                              bool keep_ad)
{
    mfn_t m = pte_mfn(new);
    struct page_info *pg = mfn_to_page(m);
    bool done;

    if (unlikely(m.n >= max_page || !page_get_inline(pg, page_owner)))
        return false;
    done = likely(page_get_type_same(pg, PGT_WRITABLE));
    if (done && unlikely(!l1_entry_replace_same(slot, old, l1_entry_adjust(new), keep_ad))) {
        page_put_type_simple(pg);
        done = false;
    }
    page_put_inline(pg);
    return done;
}

/* From writable to read-only: the reference goes on, the type is given back. */
static always_inline bool l1_entry_drop_write(pte_t *slot, pte_t *old, pte_t new, bool keep_ad)
{
    mfn_t m = pte_mfn(new);

    if (unlikely(!l1_entry_replace_same(slot, old, l1_entry_adjust(new), keep_ad)))
        return false;
    if (likely(frame_in_use(m)))
        page_put_type_simple(mfn_to_page(m));
    return true;
}

/*
 * The entry goes on naming its frame, cached: with the same rights, or with the right to write gained or
 * lost. False: not so, or no longer; nothing has been done.
 */
static always_inline bool l1_entry_rewrite(pte_t *slot, pte_t *old, pte_t new, struct domain *page_owner,
                                           bool keep_ad)
{
    uint64_t change = (old->v ^ new.v) & L1_MEANING;

    if (!pte_present(*old) || (change & ~PTE_WRITE) || (new.v & L1_CACHE))
        return false;
    if (!change)
        return l1_entry_replace_same(slot, old, l1_entry_adjust(new), keep_ad);
    return old->v & PTE_WRITE ? l1_entry_drop_write(slot, old, new, keep_ad)
                              : l1_entry_gain_write(slot, old, new, page_owner, keep_ad);
}

/* l1_entry_write without keep_ad; *old: what came out. */
static always_inline int l1_entry_swap(pte_t *slot, pte_t new, struct domain *table_owner,
                                       struct domain *page_owner, pte_t *old)
{
    int rc;

    old->v = READ_ONCE(slot->v);
    if (l1_entry_rewrite(slot, old, new, page_owner, false))
        return 0;
    if (pte_present(new)) {
        rc = l1_entry_get(new, table_owner, page_owner);
        if (unlikely(rc)) {
            if (rc < 0)
                return rc;
            new.v ^= (uint64_t)rc;
        }
        new = l1_entry_adjust(new);
    }
    old->v = __atomic_exchange_n(&slot->v, new.v, __ATOMIC_SEQ_CST);
    l1_entry_put(*old);
    return 0;
}

static always_inline int l1_entry_write_inline(pte_t *slot, pte_t new, struct domain *table_owner,
                                               struct domain *page_owner)
{
    pte_t old;

    return l1_entry_swap(slot, new, table_owner, page_owner, &old);
}

#endif
