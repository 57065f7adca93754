/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses of grants: what an entry permits to whom, the marks by which its domain sees that it is in use, and
 * the pins that count the uses. The entry is the guest's to change at any time: it is read once, and marked
 * by compare-and-exchange (version 1) or marked and looked at once more (version 2). What it says of the
 * frame counts when the first use begins, and stays until the last has ended.
 */
#include <xen/domain.h>
#include "grant_private.h"

#define UNSTABLE_TRIES 5

struct request {
    struct domain *granter;
    const struct domain *user;
    grant_ref_t ref;
    uint32_t use;
    bool whole;
};

/* Type and reader of an entry, both versions alike: the first word. */
struct header {
    uint16_t flags;
    domid_t domid;
};

static bool writes(uint32_t use)
{
    return use & GRANT_USE_WRITES;
}

static uint16_t marks(uint32_t use)
{
    return (uint16_t)(GTF_reading | (writes(use) ? GTF_writing : 0));
}

static uint32_t *header_word(const struct grant_table *gt, grant_ref_t ref)
{
    return gt->version == 1 ? (uint32_t *)grant_entry_v1(gt, ref) : (uint32_t *)grant_entry_v2(gt, ref);
}

static struct header unpack(uint32_t word)
{
    return (struct header){(uint16_t)word, (domid_t)(word >> 16)};
}

static grant_status_t *status_word(const struct grant_table *gt, grant_ref_t ref)
{
    return &gt->status[ref / STATUSES_A_FRAME][ref % STATUSES_A_FRAME];
}

/* Takes the marks off that nobody's use asks for any more. Lock held. */
static void clear_marks(const struct grant_table *gt, grant_ref_t ref, uint32_t uses)
{
    uint16_t gone = uses ? (writes(uses) ? 0 : GTF_writing) : GTF_reading | GTF_writing;

    if (!gone)
        return;
    if (gt->version == 1)
        __atomic_and_fetch(&grant_entry_v1(gt, ref)->flags, (uint16_t)~gone, __ATOMIC_RELEASE);
    else
        __atomic_and_fetch(status_word(gt, ref), (uint16_t)~gone, __ATOMIC_RELEASE);
}

static noinline int16_t refuse_entry(const struct request *r, struct header h)
{
    return (int16_t)refuse(GNTST_general_error, "grant.entry",
                           "entry %u of domain %u (flags %#x, for domain %u) does not permit domain %u to %s",
                           r->ref, r->granter->id, h.flags, h.domid, r->user->id,
                           writes(r->use) ? "write" : "read");
}

static bool permits(const struct request *r, struct header h)
{
    uint16_t type = h.flags & GTF_type_mask;

    if (h.domid != r->user->id || (writes(r->use) && (h.flags & GTF_readonly)))
        return false;
    if (r->whole && r->granter->grant_table->version == 2 && (h.flags & GTF_sub_page))
        return false;
    return type == GTF_permit_access ||
           (!r->whole && type == GTF_transitive && r->granter->grant_table->version == 2);
}

static int16_t mark_v1(const struct request *r, const struct grant_table *gt)
{
    uint32_t *entry = header_word(gt, r->ref), word = READ_ONCE(*entry);

    for (unsigned int tries = 0; tries < UNSTABLE_TRIES; tries++) {
        struct header h = unpack(word);

        if (!permits(r, h))
            return refuse_entry(r, h);
        if (__atomic_compare_exchange_n(entry, &word, word | marks(r->use), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
            return GNTST_okay;
    }
    return (int16_t)refuse(GNTST_general_error, "grant.unstable", "entry %u of domain %u keeps changing",
                           r->ref, r->granter->id);
}

static int16_t mark_v2(const struct request *r, const struct grant_table *gt)
{
    const uint32_t *entry = header_word(gt, r->ref);
    struct header h = unpack(READ_ONCE(*entry));

    if (permits(r, h)) {
        __atomic_or_fetch(status_word(gt, r->ref), marks(r->use), __ATOMIC_SEQ_CST);
        /* The domain first changes the entry and then looks at the mark: one of the two sees the other. */
        h = unpack(READ_ONCE(*entry));
        if (permits(r, h))
            return GNTST_okay;
        clear_marks(gt, r->ref, grant_pin_of(gt, r->ref)->uses);
    }
    return refuse_entry(r, h);
}

/* A page reference, the frame being the granter's. */
static bool frame_get(mfn_t m, const struct domain *granter)
{
    return m.n < max_page && page_get_inline(mfn_to_page(m), granter);
}

static void describe_v2(struct grant_pin *pin, const grant_entry_v2_t *e)
{
    uint16_t flags = READ_ONCE(e->hdr.flags);

    pin->is_part = flags & GTF_sub_page;
    pin->frame = mfn(READ_ONCE(e->full_page.frame));
    if (pin->is_part) {
        pin->start = READ_ONCE(e->sub_page.page_off);
        pin->length = READ_ONCE(e->sub_page.length);
    }
}

/* What the entry says of its frame, at the first use of it. */
static void describe(struct grant_pin *pin, const struct request *r, const struct grant_table *gt)
{
    pin->domid = r->user->id;
    if (gt->version == 1)
        pin->frame = mfn(READ_ONCE(grant_entry_v1(gt, r->ref)->frame));
    else
        describe_v2(pin, grant_entry_v2(gt, r->ref));
}

static noinline int16_t refuse_pinned(const struct request *r, const struct grant_pin *pin)
{
    return (int16_t)refuse(
        GNTST_general_error, "grant.pinned",
        "entry %u of domain %u is in use by domain %u (uses %#x%s%s): nothing for domain %u", r->ref,
        r->granter->id, pin->domid, pin->uses, pin->is_part ? ", a part of the frame" : "",
        pin->source ? ", of another domain's grant" : "", r->user->id);
}

/* Bounds, what other uses there are, and the entry's marks. Lock held. */
static int16_t admit(const struct request *r, struct grant_table *gt, struct grant_pin **out)
{
    struct grant_pin *pin;

    if (r->ref >= grant_entries(gt))
        return (int16_t)refuse(GNTST_bad_gntref, "grant.ref", "domain %u's table has entries 0 to %u, not %u",
                               r->granter->id, grant_entries(gt) - 1, r->ref);
    pin = *out = grant_pin_of(gt, r->ref);
    if (pin->uses && (pin->domid != r->user->id || (pin->uses & GRANT_USE_FULL) ||
                      (r->whole && (pin->is_part || pin->source))))
        return refuse_pinned(r, pin);
    if (pin->uses && (writes(pin->uses) || !writes(r->use)))
        return GNTST_okay;
    return gt->version == 1 ? mark_v1(r, gt) : mark_v2(r, gt);
}

/* Lock held. */
static void forget_if_unused(struct grant_pin *pin)
{
    if (pin->uses)
        return;
    pin->is_part = false;
    pin->source = NULL;
}

static int16_t refuse_frame(const struct request *r, mfn_t m)
{
    return (int16_t)refuse(GNTST_bad_page, "grant.frame",
                           "entry %u of domain %u names frame %#lx, which is not its", r->ref, r->granter->id,
                           (unsigned long)m.n);
}

/* A use of an admitted entry that names a frame. Lock held. */
static int16_t use_frame(const struct request *r, struct grant_table *gt, struct grant_pin *pin)
{
    if (!pin->uses)
        describe(pin, r, gt);
    if (!frame_get(pin->frame, r->granter)) {
        forget_if_unused(pin);
        clear_marks(gt, r->ref, pin->uses);
        return refuse_frame(r, pin->frame);
    }
    pin->uses += r->use;
    return GNTST_okay;
}

int16_t grant_pin_whole(struct domain *d, grant_ref_t ref, const struct domain *user, uint32_t use,
                        mfn_t *frame)
{
    struct grant_table *gt = d->grant_table;
    struct request r = {d, user, ref, use, true};
    struct grant_pin *pin;
    int16_t status;

    spin_lock(&gt->lock);
    status = admit(&r, gt, &pin);
    if (status == GNTST_okay)
        status = use_frame(&r, gt, pin);
    if (status == GNTST_okay)
        *frame = pin->frame;
    spin_unlock(&gt->lock);
    return status;
}

void grant_unpin(struct domain *d, grant_ref_t ref, uint32_t use)
{
    struct grant_table *gt = d->grant_table;
    struct grant_pin *pin;

    spin_lock(&gt->lock);
    pin = grant_pin_of(gt, ref);
    pin->uses -= use;
    forget_if_unused(pin);
    clear_marks(gt, ref, pin->uses);
    spin_unlock(&gt->lock);
}

/* --- Copies --- */
/* The entry is transitive: of whose grant, and of which. */
struct transit {
    domid_t domid;
    grant_ref_t ref;
};

static bool is_transitive(const struct grant_table *gt, const struct grant_pin *pin, grant_ref_t ref)
{
    if (pin->uses)
        return pin->source;
    return gt->version == 2 &&
           (READ_ONCE(grant_entry_v2(gt, ref)->hdr.flags) & GTF_type_mask) == GTF_transitive;
}

static struct transit transit_of(const struct grant_table *gt, const struct grant_pin *pin, grant_ref_t ref)
{
    const grant_entry_v2_t *e = grant_entry_v2(gt, ref);

    if (pin->uses)
        return (struct transit){pin->source->id, pin->source_ref};
    return (struct transit){READ_ONCE(e->transitive.trans_domid), READ_ONCE(e->transitive.gref)};
}

static struct grant_window window_of(const struct grant_pin *pin)
{
    return pin->is_part ? (struct grant_window){pin->frame, pin->start, pin->length}
                        : (struct grant_window){pin->frame, 0, PAGE_SIZE};
}

/* A use that names a frame itself. */
static int16_t pin_direct(const struct request *r, struct grant_window *out, struct transit *transit)
{
    struct grant_table *gt = r->granter->grant_table;
    struct grant_pin *pin;
    int16_t status;

    transit->domid = DOMID_INVALID;
    spin_lock(&gt->lock);
    status = admit(r, gt, &pin);
    if (status == GNTST_okay && pin->uses && r->granter->is_dying) {
        clear_marks(gt, r->ref, pin->uses);
        status = (int16_t)refuse(GNTST_bad_domain, "grant.copy-dying",
                                 "entry %u of domain %u is in use, and that domain is dying", r->ref,
                                 r->granter->id);
    }
    if (status == GNTST_okay && is_transitive(gt, pin, r->ref)) {
        *transit = transit_of(gt, pin, r->ref);
        clear_marks(gt, r->ref, pin->uses);
    } else if (status == GNTST_okay) {
        status = use_frame(r, gt, pin);
    }
    if (status == GNTST_okay)
        *out = window_of(pin);
    spin_unlock(&gt->lock);
    return status;
}

/* The other domain's grant is pinned: now ours, if it still says the same. */
static int16_t pin_transit(const struct request *r, struct domain *source, struct transit transit,
                           const struct grant_window *w)
{
    struct grant_table *gt = r->granter->grant_table;
    struct grant_pin *pin;
    int16_t status;

    spin_lock(&gt->lock);
    status = admit(r, gt, &pin);
    if (status == GNTST_okay && pin->uses == 0 && is_transitive(gt, pin, r->ref)) {
        struct transit now = transit_of(gt, pin, r->ref);

        if (now.domid == transit.domid && now.ref == transit.ref)
            *pin = (struct grant_pin){.domid = r->user->id,
                                      .start = w->start,
                                      .length = w->length,
                                      .is_part = true,
                                      .source_ref = transit.ref,
                                      .source = source,
                                      .frame = w->frame};
    }
    if (status == GNTST_okay && (pin->source != source || pin->source_ref != transit.ref)) {
        clear_marks(gt, r->ref, pin->uses);
        status = (int16_t)refuse(GNTST_general_error, "grant.unstable",
                                 "entry %u of domain %u keeps changing", r->ref, r->granter->id);
    }
    if (status == GNTST_okay)
        pin->uses += r->use;
    spin_unlock(&gt->lock);
    return status;
}

static int16_t pin_through(const struct request *r, struct domain *source, struct transit transit,
                           struct grant_window *out)
{
    struct request inner = {source, r->granter, transit.ref, r->use, false};
    struct transit further;
    int16_t status = pin_direct(&inner, out, &further);

    if (status != GNTST_okay)
        return status;
    if (further.domid != DOMID_INVALID)
        return (int16_t)refuse(GNTST_general_error, "grant.transitive",
                               "entry %u of domain %u leads to a transitive grant once more", r->ref,
                               r->granter->id);
    status = pin_transit(r, source, transit, out);
    if (status != GNTST_okay) {
        page_put(mfn_to_page(out->frame));
        grant_unpin(source, transit.ref, r->use);
    }
    return status;
}

static int16_t pin_transitive(const struct request *r, struct transit transit, struct grant_window *out)
{
    struct domain *source;
    int16_t status;

    if (transit.domid == r->granter->id)
        return (int16_t)refuse(GNTST_general_error, "grant.transitive",
                               "entry %u of domain %u leads to a grant of its own", r->ref, r->granter->id);
    source = domain_get_any(transit.domid);
    if (!source)
        return (int16_t)refuse(GNTST_general_error, "grant.transitive",
                               "entry %u of domain %u leads to domain %u, which is not there", r->ref,
                               r->granter->id, transit.domid);
    status = pin_through(r, source, transit, out);
    /* Each use keeps its own reference. */
    if (status != GNTST_okay)
        domain_put(source);
    return status;
}

int16_t grant_pin_copy(struct domain *d, grant_ref_t ref, const struct domain *user, uint32_t use,
                       struct grant_window *out)
{
    struct request r = {d, user, ref, use, false};
    struct transit transit;
    int16_t status = pin_direct(&r, out, &transit);

    if (status == GNTST_okay && transit.domid != DOMID_INVALID)
        return pin_transitive(&r, transit, out);
    return status;
}

void grant_unpin_copy(struct domain *d, grant_ref_t ref, uint32_t use)
{
    struct grant_table *gt = d->grant_table;
    struct domain *source;
    grant_ref_t source_ref;
    struct grant_pin *pin;

    spin_lock(&gt->lock);
    pin = grant_pin_of(gt, ref);
    source = pin->source;
    source_ref = pin->source_ref;
    pin->uses -= use;
    forget_if_unused(pin);
    clear_marks(gt, ref, pin->uses);
    spin_unlock(&gt->lock);
    if (source) {
        grant_unpin(source, source_ref, use);
        domain_put(source);
    }
}
