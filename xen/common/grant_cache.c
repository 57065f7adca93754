/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_cache_flush: memory and cache of a frame become one, for devices that do not look into caches. */
#include <xen/hypercall.h>
#include "grant_private.h"

#define OPERATIONS (GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL)

/* The uses that a domain makes of a frame by one of these grants; 0: none. Lock held. */
static uint32_t uses_among(const struct grant_pin *pins, const struct domain *user, mfn_t m)
{
    for (unsigned int i = 0; i < GRANTS_A_FRAME_V1; i++)
        if (pins[i].uses && pins[i].domid == user->id && mfn_eq(pins[i].frame, m))
            return pins[i].uses;
    return 0;
}

/*
 * By the first grant of d's that is found. The lock is held for a frame of them at a time: the table may be
 * long.
 */
static uint32_t granted_uses(struct domain *d, const struct domain *user, mfn_t m)
{
    struct grant_table *gt = d->grant_table;
    uint32_t uses = 0;

    for (unsigned int i = 0; !uses && i < READ_ONCE(gt->nr_frames); i++) {
        spin_lock(&gt->lock);
        uses = uses_among(gt->pins[i], user, m);
        spin_unlock(&gt->lock);
    }
    return uses;
}

/* A reference to the page is held: so its owner stays. */
static int flush_page(struct page_info *pg, const struct gnttab_cache_flush *op)
{
    struct domain *d = current->domain, *owner = pg->owner;
    mfn_t m = page_to_mfn(pg);
    uint32_t uses = GRANT_USE_WRITES;

    if (!owner || !owner->grant_table)
        return refuse(-XEN_EPERM, "grant.cache-owner", "frame %#lx is no domain's memory",
                      (unsigned long)m.n);
    if (owner != d)
        uses = granted_uses(owner, d, m);
    if (!uses)
        return refuse(-XEN_EINVAL, "grant.cache-foreign",
                      "frame %#lx is domain %u's, and domain %u has no grant of it mapped",
                      (unsigned long)m.n, owner->id, d->id);
    /*
     * The processor has no instruction that forgets a line without writing it. Who may only read is not to
     * make others' writes forgotten: for him stock Xen leaves the invalidation out.
     */
    if (!(op->op & GNTTAB_CACHE_CLEAN) && !(uses & GRANT_USE_WRITES))
        return 0;
    if (!(op->op & GNTTAB_CACHE_CLEAN))
        return refuse(-XEN_EOPNOTSUPP, "grant.cache-invalidate", "a cache cannot be invalidated alone");
    arch_page_flush_cache(pg);
    return 0;
}

static int cache_flush(const struct gnttab_cache_flush *op)
{
    uint64_t frame = op->a.dev_bus_addr >> PAGE_SHIFT;
    int rc;

    /* By a grant's number (GNTTAB_CACHE_SOURCE_GREF) stock Xen serves nobody. */
    if (op->op & ~OPERATIONS || op->offset >= PAGE_SIZE || op->length > PAGE_SIZE - op->offset)
        return refuse(-XEN_EINVAL, "grant.cache-arguments", "operation %#x on %u bytes from offset %u",
                      op->op, op->length, op->offset);
    if (!op->op || !op->length)
        return 0;
    if (frame >= max_page)
        return refuse(-XEN_EINVAL, "grant.cache-frame", "there is no memory at %#lx",
                      (unsigned long)op->a.dev_bus_addr);
    if (!mfn_valid(mfn(frame)) || !page_get_any(mfn_to_page(mfn(frame))))
        return refuse(-XEN_EPERM, "grant.cache-owner", "frame %#lx is no domain's memory",
                      (unsigned long)frame);
    rc = flush_page(mfn_to_page(mfn(frame)), op);
    page_put(mfn_to_page(mfn(frame)));
    return rc;
}

long grants_cache_flush(uint64_t va, unsigned int count)
{
    struct gnttab_cache_flush op;

    for (unsigned int i = 0; i < count; i++) {
        uint64_t element = guest_element(va, i, op);
        int rc;

        if (i && hypercall_preempt_check())
            return grant_continue(GNTTABOP_cache_flush, element, count - i);
        if (copy_from_guest(&op, element, sizeof(op)))
            return grant_refuse_argument(element);
        rc = cache_flush(&op);
        if (rc)
            return rc;
    }
    return 0;
}
