/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping and unmapping of grants. A mapping for the host is a page-table entry, which holds its references like any other; a mapping for
 * devices holds its own. These keep the granting domain alive; a handle whose entry was overwritten does not (docs/grants.md). Unmapping has
 * three steps: the entries of up to a batch of grants are cleared, TLBs forget them, and only then are the references, the pins and the
 * granter's marks given back.
 */
#include <xen/hypercall.h>
#include "grant_private.h"

#define BOTH (GNTMAP_host_map | GNTMAP_device_map)

static uint32_t host_use(uint32_t flags)
{
    return !(flags & GNTMAP_host_map)    ? 0
           : (flags & GNTMAP_readonly) ? GRANT_USE_HOST_READ
                                       : GRANT_USE_HOST_WRITE;
}

static uint32_t device_use(uint32_t flags)
{
    return !(flags & GNTMAP_device_map)  ? 0
           : (flags & GNTMAP_readonly) ? GRANT_USE_DEVICE_READ
                                       : GRANT_USE_DEVICE_WRITE;
}

static void frame_put(struct page_info *pg, uint32_t flags)
{
    if (!(flags & GNTMAP_readonly))
        page_put_type(pg);
    page_put(pg);
}

/* --- Mapping --- */
/* One reference is held: makes it one for each of the two mappings, with their types. */
static bool take_references(struct page_info *pg, struct domain *granter, uint32_t flags)
{
    bool two = (flags & BOTH) == BOTH;

    if (!(flags & GNTMAP_readonly) && page_get_type(pg, granter, PGT_WRITABLE))
        return false;
    if (!two)
        return true;
    if (!page_get(pg, granter)) {
        if (!(flags & GNTMAP_readonly))
            page_put_type(pg);
        return false;
    }
    if ((flags & GNTMAP_readonly) || !page_get_type(pg, granter, PGT_WRITABLE))
        return true;
    page_put(pg);
    page_put_type(pg);
    return false;
}

static int16_t map_frame(struct domain *granter, const struct gnttab_map_grant_ref *op, mfn_t m)
{
    struct page_info *pg = mfn_to_page(m);
    int16_t status = GNTST_okay;

    if (!take_references(pg, granter, op->flags)) {
        page_put(pg);
        return (int16_t)refuse(GNTST_general_error, "grant.type",
                               "frame %#lx of domain %u (entry %u) is no writable memory", (unsigned long)m.n, granter->id,
                               op->ref);
    }
    if (op->flags & GNTMAP_host_map)
        status = arch_grant_map(op->host_addr, m, op->flags);
    if (status != GNTST_okay) {
        frame_put(pg, op->flags);
        if (op->flags & GNTMAP_device_map)
            frame_put(pg, op->flags);
    }
    return status;
}

/* The entry is pinned first: then its frame may be used. */
static int16_t map_pinned(struct domain *granter, const struct gnttab_map_grant_ref *op, mfn_t *m)
{
    uint32_t use = host_use(op->flags) + device_use(op->flags);
    int16_t status = grant_pin_whole(granter, op->ref, current->domain, use, m);

    if (status == GNTST_okay) {
        status = map_frame(granter, op, *m);
        if (status != GNTST_okay)
            grant_unpin(granter, op->ref, use);
    }
    return status;
}

static int16_t map_of(struct domain *granter, struct gnttab_map_grant_ref *op)
{
    struct domain *d = current->domain;
    grant_handle_t handle = mapping_reserve(d);
    int16_t status;
    mfn_t m;

    if (handle == GRANT_HANDLE_NONE)
        return (int16_t)refuse(GNTST_no_space, "grant.handles", "domain %u has no free handle (%u frames of %u)",
                               d->id, d->grant_table->nr_mapping_frames, d->grant_table->max_mapping_frames);
    status = map_pinned(granter, op, &m);
    if (status != GNTST_okay) {
        mapping_free(d, handle);
        return status;
    }
    mapping_set(d, handle, granter, op->ref, op->flags);
    op->handle = handle;
    op->dev_bus_addr = mfn_to_paddr(m);
    return GNTST_okay;
}

static int16_t map(struct gnttab_map_grant_ref *op)
{
    struct domain *granter;
    int16_t status;

    if (!(op->flags & BOTH))
        return (int16_t)refuse(GNTST_bad_gntref, "grant.flags", "flags %#x ask for neither a host nor a device mapping",
                               op->flags);
    granter = domain_get_by_id(op->dom);
    if (!granter)
        return (int16_t)refuse(GNTST_bad_domain, "domain.id", "there is no domain %u", op->dom);
    status = map_of(granter, op);
    domain_put(granter);
    return status;
}

long grants_map(uint64_t va, unsigned int count, unsigned int *done)
{
    struct gnttab_map_grant_ref op;

    for (; *done < count; ++*done) {
        uint64_t element = guest_element(va, *done, op);

        if (*done && hypercall_preempt_check())
            return -XEN_ERESTART;
        if (copy_from_guest(&op, element, sizeof(op)))
            return grant_refuse_argument(element);
        op.status = map(&op);
        if (copy_to_guest(element, &op, sizeof(op)))
            return grant_refuse_argument(element);
    }
    return 0;
}

/* --- Unmapping --- */
struct unmapping {
    uint64_t host_addr, device_addr, new_addr;
    grant_handle_t handle;
    bool replaces;
    int16_t status;
    uint32_t gone; /* host_map, device_map: what this has unmapped */
    struct grant_mapping was;
    struct domain *granter; /* with a reference, when something is to be unmapped */
    mfn_t frame;
};

/* The frame that an entry in use is about. No lock: it was written before the handle was set, and stays while the handle's pin does. */
static mfn_t pinned_frame(const struct domain *granter, grant_ref_t ref)
{
    return grant_pin_of(granter->grant_table, ref)->frame;
}

/*
 * The granting domain is gone, and so is the frame: the caller has overwritten the entry. Stock Xen goes by the domain's number: it crashes the
 * caller when nobody has it, and finds no such mapping when another has.
 */
static noinline int16_t unmap_of_gone(struct domain *d, const struct unmapping *u, uint32_t part)
{
    struct domain *other = domain_get_any(u->was.granter);

    if (!other) {
        domain_crash(d, "unmaps handle %u of domain %u, which is gone: the entry was overwritten before", u->handle,
                     u->was.granter);
        return GNTST_general_error;
    }
    domain_put(other);
    if (!part)
        return GNTST_okay;
    return (int16_t)refuse(GNTST_general_error, "grant.granter-gone", "handle %u is of a domain %u that is gone", u->handle,
                           u->was.granter);
}

static int16_t clear_entry(struct unmapping *u)
{
    if (u->replaces && (u->was.flags & GNTMAP_contains_pte) && u->new_addr)
        return (int16_t)refuse(GNTST_general_error, "grant.replace", "handle %u was mapped by its entry, not by an address",
                               u->handle);
    return arch_grant_unmap(u->host_addr, u->frame, u->was.flags, u->replaces ? u->new_addr : 0);
}

/* First step: the entry goes, and the handle's flags. */
static void unmap(struct unmapping *u)
{
    struct domain *d = current->domain;
    uint32_t part = (u->host_addr ? GNTMAP_host_map : 0) | (u->device_addr ? GNTMAP_device_map : 0);

    if (!mapping_take(d, u->handle, part, &u->was)) {
        u->status = (int16_t)refuse(GNTST_bad_handle, "grant.handle", "handle %u of domain %u stands for nothing",
                                    u->handle, d->id);
        return;
    }
    part &= u->was.flags;
    u->granter = domain_get_by_serial(u->was.granter, u->was.granter_serial);
    if (u->granter)
        u->frame = pinned_frame(u->granter, u->was.ref);
    if (unlikely(!u->granter))
        u->status = unmap_of_gone(d, u, part);
    else if ((part & GNTMAP_device_map) && u->device_addr != mfn_to_paddr(u->frame))
        u->status = (int16_t)refuse(GNTST_bad_dev_addr, "grant.device-address",
                                    "handle %u has the bus address %#lx, not %#lx", u->handle,
                                    (unsigned long)mfn_to_paddr(u->frame), (unsigned long)u->device_addr);
    else if (part & GNTMAP_host_map)
        u->status = clear_entry(u);
    if (u->status == GNTST_okay)
        u->gone = part;
    else
        mapping_untake(d, u->handle, part);
}

/* Third step: nobody has the frame in a TLB. */
static void unmap_finish(const struct unmapping *u)
{
    struct page_info *pg = mfn_to_page(u->frame);
    uint32_t gone = u->gone | (u->was.flags & GNTMAP_readonly);

    if (!u->gone)
        return;
    if (gone & GNTMAP_host_map)
        frame_put(pg, gone);
    if (gone & GNTMAP_device_map)
        frame_put(pg, gone);
    grant_unpin(u->granter, u->was.ref, host_use(gone) + device_use(gone));
    mapping_end(current->domain, u->handle, u->gone);
}

#define BATCH 32
struct batch {
    struct unmapping u[BATCH];
    unsigned int nr;
};

static void batch_finish(struct batch *b)
{
    uint32_t gone = 0;

    for (unsigned int i = 0; i < b->nr; i++)
        gone |= b->u[i].gone;
    if (gone & GNTMAP_host_map)
        arch_grant_flush();
    for (unsigned int i = 0; i < b->nr; i++) {
        unmap_finish(&b->u[i]);
        if (b->u[i].granter)
            domain_put(b->u[i].granter);
    }
    b->nr = 0;
}

/* How the two commands' elements differ: reading one into u (begun as zero), and where its status goes. */
struct kind {
    int (*read)(struct unmapping *u, uint64_t element);
    unsigned int size, status_offset;
};

static int read_unmap(struct unmapping *u, uint64_t element)
{
    struct gnttab_unmap_grant_ref op;

    if (copy_from_guest(&op, element, sizeof(op)))
        return -XEN_EFAULT;
    *u = (struct unmapping){.host_addr = op.host_addr, .device_addr = op.dev_bus_addr, .handle = op.handle};
    return 0;
}

static int read_replace(struct unmapping *u, uint64_t element)
{
    struct gnttab_unmap_and_replace op;

    if (copy_from_guest(&op, element, sizeof(op)))
        return -XEN_EFAULT;
    *u = (struct unmapping){
        .host_addr = op.host_addr, .new_addr = op.new_addr, .handle = op.handle, .replaces = true};
    return 0;
}

static int unmap_one(struct batch *b, const struct kind *kind, uint64_t element)
{
    struct unmapping *u = &b->u[b->nr];

    if (kind->read(u, element))
        return grant_refuse_argument(element);
    unmap(u);
    b->nr++;
    if (copy_to_guest(element + kind->status_offset, &u->status, sizeof(u->status)))
        return grant_refuse_argument(element);
    return 0;
}

static long unmap_list(const struct kind *kind, uint64_t va, unsigned int count, unsigned int *done)
{
    struct batch b; /* not cleared as a whole: it is large, and mostly one element is used */
    long rc = 0;

    b.nr = 0;
    while (!rc && *done < count) {
        rc = unmap_one(&b, kind, va + (uint64_t)*done * kind->size);
        if (!rc)
            ++*done;
        if (b.nr == BATCH) {
            batch_finish(&b);
            if (!rc && *done < count && hypercall_preempt_check())
                rc = -XEN_ERESTART;
        }
    }
    batch_finish(&b);
    return rc;
}

long grants_unmap(uint64_t va, unsigned int count, unsigned int *done)
{
    static const struct kind kind = {read_unmap, sizeof(struct gnttab_unmap_grant_ref),
                                     offsetof(struct gnttab_unmap_grant_ref, status)};

    return unmap_list(&kind, va, count, done);
}

long grants_unmap_and_replace(uint64_t va, unsigned int count, unsigned int *done)
{
    static const struct kind kind = {read_replace, sizeof(struct gnttab_unmap_and_replace),
                                     offsetof(struct gnttab_unmap_and_replace, status)};

    return unmap_list(&kind, va, count, done);
}

/* --- The end of a domain --- */
/* Its page-table entries give back what they hold; here go the pins, and what devices held. Of a granter that is gone nothing is left. */
static void release_of(struct domain *granter, const struct grant_mapping *was)
{
    if (was->flags & GNTMAP_device_map)
        frame_put(mfn_to_page(pinned_frame(granter, was->ref)), was->flags);
    grant_unpin(granter, was->ref, host_use(was->flags) + device_use(was->flags));
    domain_put(granter);
}

static void release(struct domain *d, grant_handle_t handle)
{
    struct grant_mapping was;
    struct domain *granter;

    if (!mapping_take(d, handle, BOTH, &was))
        return;
    granter = domain_get_by_serial(was.granter, was.granter_serial);
    if (granter)
        release_of(granter, &was);
    mapping_end(d, handle, was.flags & BOTH);
}

int grant_mappings_release(struct domain *d)
{
    struct grant_table *gt = d->grant_table;

    while (gt->nr_mapping_frames) {
        for (grant_handle_t i = 0; i < MAPPINGS_A_FRAME; i++)
            release(d, (grant_handle_t)((gt->nr_mapping_frames - 1) * MAPPINGS_A_FRAME + i));
        grant_mappings_shrink(gt);
        if (softirq_any_pending())
            return -XEN_ERESTART;
    }
    return 0;
}
