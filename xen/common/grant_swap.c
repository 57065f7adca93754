/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_swap_grant_ref: two entries of the caller's own table change their places, neither of them in use.
 */
#include <xen/hypercall.h>
#include "grant_private.h"

#define SWAP(a, b)                                                                                           \
    do {                                                                                                     \
        __typeof__(a) swap_ = (a);                                                                           \
        (a) = (b);                                                                                           \
        (b) = swap_;                                                                                         \
    } while (0)

/* Lock held. */
static void swap_entries(struct grant_table *gt, grant_ref_t a, grant_ref_t b)
{
    if (gt->version == 1) {
        SWAP(*grant_entry_v1(gt, a), *grant_entry_v1(gt, b));
        return;
    }
    SWAP(*grant_entry_v2(gt, a), *grant_entry_v2(gt, b));
    SWAP(gt->status[a / STATUSES_A_FRAME][a % STATUSES_A_FRAME],
         gt->status[b / STATUSES_A_FRAME][b % STATUSES_A_FRAME]);
}

static int16_t swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
    struct grant_table *gt = d->grant_table;

    if (a >= grant_entries(gt) || b >= grant_entries(gt))
        return (int16_t)refuse(GNTST_bad_gntref, "grant.ref", "domain %u's table has entries 0 to %u, not %u",
                               d->id, grant_entries(gt) - 1, a >= grant_entries(gt) ? a : b);
    if (a == b)
        return GNTST_okay;
    if (grant_pin_of(gt, a)->uses || grant_pin_of(gt, b)->uses)
        return (int16_t)refuse(GNTST_eagain, "grant.swap-busy", "entry %u is in use",
                               grant_pin_of(gt, a)->uses ? a : b);
    swap_entries(gt, a, b);
    return GNTST_okay;
}

long grants_swap(uint64_t va, unsigned int count)
{
    struct domain *d = current->domain;
    struct gnttab_swap_grant_ref op;

    for (unsigned int i = 0; i < count; i++) {
        uint64_t element = guest_element(va, i, op);

        if (i && hypercall_preempt_check())
            return grant_continue(GNTTABOP_swap_grant_ref, element, count - i);
        if (copy_from_guest(&op, element, sizeof(op)))
            return grant_refuse_argument(element);
        spin_lock(&d->grant_table->lock);
        op.status = swap(d, op.ref_a, op.ref_b);
        spin_unlock(&d->grant_table->lock);
        if (copy_to_guest(guest_field(element, struct gnttab_swap_grant_ref, status), &op.status,
                          sizeof(op.status)))
            return grant_refuse_argument(element);
    }
    return 0;
}
