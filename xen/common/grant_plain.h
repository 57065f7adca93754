/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The usual use of a grant, inline for mapping and copying: version 1, the only one of its entry, the whole
 * frame. Each looks at the same things in the same order as grant_pin.c, which has the rules, and leaves to
 * it whatever is not so: false, and nothing has been done.
 */
#ifndef COMMON_GRANT_PLAIN_H
#define COMMON_GRANT_PLAIN_H

#include "grant_private.h"

/*
 * A use under way: where its pin and its entry stand. Neither moves, nor does the version change, as long as
 * the pin has uses.
 */
struct grant_place {
    struct grant_pin *pin;
    grant_entry_v1_t *entry;
};

/* Lock held; ref is one of the table's, of version 1. */
static always_inline struct grant_place grant_place_v1(const struct grant_table *gt, grant_ref_t ref)
{
    size_t frame = ref / GRANTS_A_FRAME_V1, index = ref % GRANTS_A_FRAME_V1;

    return (struct grant_place){&gt->pins[frame][index], (grant_entry_v1_t *)gt->frames[frame] + index};
}

/* The first word must permit this to this domain; it is marked. */
static always_inline bool grant_mark_plain(grant_entry_v1_t *e, const struct domain *user, bool writes)
{
    uint32_t *header = (uint32_t *)e, word = READ_ONCE(*header);
    uint32_t matters = 0xffffu << 16 | GTF_type_mask | (writes ? GTF_readonly : 0);

    return likely((word & matters) == ((uint32_t)user->id << 16 | GTF_permit_access)) &&
           likely(__atomic_compare_exchange_n(header, &word, word | GTF_reading | (writes ? GTF_writing : 0),
                                              false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
}

static always_inline void grant_unmark_plain(grant_entry_v1_t *e)
{
    __atomic_and_fetch(&e->flags, (uint16_t) ~(GTF_reading | GTF_writing), __ATOMIC_RELEASE);
}

/* Lock held. */
static always_inline bool grant_use_plain(struct grant_table *gt, const struct domain *d, grant_ref_t ref,
                                          const struct domain *user, uint32_t use, struct grant_place *at,
                                          mfn_t *frame)
{
    mfn_t m;

    if (unlikely(gt->version != 1) || unlikely(ref / GRANTS_A_FRAME_V1 >= gt->nr_frames))
        return false;
    *at = grant_place_v1(gt, ref);
    if (unlikely(at->pin->uses) || unlikely(!grant_mark_plain(at->entry, user, use & GRANT_USE_WRITES)))
        return false;
    m = mfn(READ_ONCE(at->entry->frame));
    if (unlikely(m.n >= max_page) || unlikely(!page_get_inline(mfn_to_page(m), d))) {
        grant_unmark_plain(at->entry);
        return false;
    }
    at->pin->domid = user->id;
    at->pin->frame = m;
    at->pin->uses = use;
    *frame = m;
    return true;
}

/* *frame: with a reference, as grant_pin_whole and grant_pin_copy say. */
static always_inline bool grant_pin_plain(struct domain *d, grant_ref_t ref, const struct domain *user,
                                          uint32_t use, struct grant_place *at, mfn_t *frame)
{
    struct grant_table *gt = d->grant_table;
    bool done;

    spin_lock(&gt->lock);
    done = grant_use_plain(gt, d, ref, user, use, at, frame);
    spin_unlock(&gt->lock);
    return done;
}

/* Lock held. The end of the last use; its pin is of no transitive grant. */
static always_inline bool grant_unuse_plain(struct grant_place at, uint32_t use)
{
    if (unlikely(at.pin->uses != use))
        return false;
    at.pin->uses = 0;
    grant_unmark_plain(at.entry);
    return true;
}

/* Of what grant_pin_plain has pinned. */
static always_inline bool grant_unpin_plain(struct domain *d, struct grant_place at, uint32_t use)
{
    struct grant_table *gt = d->grant_table;
    bool done;

    spin_lock(&gt->lock);
    done = grant_unuse_plain(at, use);
    spin_unlock(&gt->lock);
    return done;
}

/* Of what whoever has pinned as a whole. */
static always_inline bool grant_unpin_plain_ref(struct domain *d, grant_ref_t ref, uint32_t use)
{
    struct grant_table *gt = d->grant_table;
    bool done;

    spin_lock(&gt->lock);
    done = likely(gt->version == 1) && grant_unuse_plain(grant_place_v1(gt, ref), use);
    spin_unlock(&gt->lock);
    return done;
}

#endif
