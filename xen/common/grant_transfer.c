/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_transfer: a frame changes its owner, to a domain that has an entry open for it. A frame that its
 * giver has let go and that cannot be given on after all is freed, as on stock Xen: it never comes back.
 */
#include <xen/hypercall.h>
#include <xen/mm.h>
#include "grant_private.h"

#define UNSTABLE_TRIES 5

/* Claims the entry for the frame on its way. Lock of d's table held. */
static int16_t commit_entry(struct grant_table *gt, const struct domain *d, const struct domain *giver,
                            grant_ref_t ref)
{
    uint32_t *entry, word;

    if (ref >= grant_entries(gt))
        return (int16_t)refuse(GNTST_general_error, "grant.ref",
                               "domain %u's table has entries 0 to %u, not %u", d->id, grant_entries(gt) - 1,
                               ref);
    entry = gt->version == 1 ? (uint32_t *)grant_entry_v1(gt, ref) : (uint32_t *)grant_entry_v2(gt, ref);
    word = READ_ONCE(*entry);
    for (unsigned int tries = 0; tries < UNSTABLE_TRIES; tries++) {
        if ((uint16_t)word != GTF_accept_transfer || word >> 16 != giver->id)
            break;
        if (__atomic_compare_exchange_n(entry, &word, word | GTF_transfer_committed, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
            return GNTST_okay;
    }
    return (int16_t)refuse(GNTST_general_error, "grant.transfer-entry",
                           "entry %u of domain %u (flags %#x, for domain %u) takes no frame of domain %u",
                           ref, d->id, (uint16_t)word, word >> 16, giver->id);
}

/* Tells the receiver which frame it is: first the number, then the mark. Lock held. */
static void complete_entry(struct grant_table *gt, grant_ref_t ref, mfn_t m)
{
    uint16_t *flags;

    if (gt->version == 1) {
        WRITE_ONCE(grant_entry_v1(gt, ref)->frame, (uint32_t)m.n);
        flags = &grant_entry_v1(gt, ref)->flags;
    } else {
        WRITE_ONCE(grant_entry_v2(gt, ref)->full_page.frame, m.n);
        flags = &grant_entry_v2(gt, ref)->hdr.flags;
    }
    __atomic_or_fetch(flags, GTF_transfer_completed, __ATOMIC_RELEASE);
}

/* The frame has no owner and no reference. On failure it is still so. */
static int16_t give(struct page_info *pg, struct domain *to, grant_ref_t ref)
{
    struct grant_table *gt = to->grant_table;
    int16_t status;

    spin_lock(&gt->lock);
    status = commit_entry(gt, to, current->domain, ref);
    if (status == GNTST_okay && !domain_pages_assign(to, pg, 1))
        status = (int16_t)refuse(GNTST_general_error, "grant.transfer-room",
                                 "domain %u has no room for a frame more", to->id);
    else if (status == GNTST_okay)
        complete_entry(gt, ref, page_to_mfn(pg));
    spin_unlock(&gt->lock);
    return status;
}

static int16_t give_to(struct page_info *pg, const struct gnttab_transfer *op)
{
    struct domain *to = domain_get_any(op->domid);
    int16_t status;

    if (!to)
        return (int16_t)refuse(GNTST_bad_domain, "domain.id", "there is no domain %u", op->domid);
    status = give(pg, to, op->ref);
    domain_put(to);
    return status;
}

static int16_t transfer(const struct gnttab_transfer *op)
{
    struct page_info *pg = mfn_to_page(mfn(op->mfn));
    int16_t status;

    if (op->mfn >= max_page || !mfn_valid(mfn(op->mfn)) || page_steal(current->domain, pg))
        return (int16_t)refuse(GNTST_bad_page, "grant.transfer-frame",
                               "frame %#lx is not domain %u's, or it is mapped or in use",
                               (unsigned long)op->mfn, current->domain->id);
    arch_m2p_set(page_to_mfn(pg), ~0ull);
    status = give_to(pg, op);
    if (status != GNTST_okay)
        page_free(pg, 0);
    return status;
}

long grants_transfer(uint64_t va, unsigned int count)
{
    struct gnttab_transfer op;

    for (unsigned int i = 0; i < count; i++) {
        uint64_t element = guest_element(va, i, op);

        if (i && hypercall_preempt_check())
            return grant_continue(GNTTABOP_transfer, element, count - i);
        if (copy_from_guest(&op, element, sizeof(op)))
            return grant_refuse_argument(element);
        op.status = transfer(&op);
        if (copy_to_guest(guest_field(element, struct gnttab_transfer, status), &op.status,
                          sizeof(op.status)))
            return grant_refuse_argument(element);
    }
    return 0;
}
