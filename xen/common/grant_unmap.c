/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unmapping of grants, and the end of a domain that has mapped some. It has three steps: the entries of up to
 * a batch of grants are cleared, TLBs forget them, and only then are the references, the pins and the
 * granter's marks given back.
 */
#include <xen/hypercall.h>
#include "grant_mapping.h"

struct unmapping {
    uint64_t host_addr, device_addr, new_addr;
    grant_handle_t handle;
    bool replaces;
    int16_t status;
    uint32_t gone; /* host_map, device_map: what this has unmapped */
    struct grant_mapping was;
    struct domain *granter; /* as grant_peer_get gives it, when something is to be unmapped */
    mfn_t frame;
};

/*
 * The frame that an entry in use is about. No lock: it was written before the handle was set, and stays while
 * the handle's pin does.
 */
static always_inline mfn_t pinned_frame(const struct domain *granter, grant_ref_t ref)
{
    return grant_pin_of(granter->grant_table, ref)->frame;
}

static always_inline void unpin(struct domain *granter, const struct grant_mapping *was, uint32_t uses)
{
    if (unlikely(!grant_unpin_plain_ref(granter, was->ref, uses)))
        grant_unpin(granter, was->ref, uses);
}

/*
 * The granting domain is gone, and so is the frame: the caller has overwritten the entry. Stock Xen goes by
 * the domain's number: it crashes the caller when nobody has it, and finds no such mapping when another has.
 */
static noinline int16_t unmap_of_gone(struct domain *d, domid_t granter, grant_handle_t handle, uint32_t part)
{
    struct domain *other = domain_get_any(granter);

    if (!other) {
        domain_crash(d, "unmaps handle %u of domain %u, which is gone: the entry was overwritten before",
                     handle, granter);
        return GNTST_general_error;
    }
    domain_put(other);
    if (!part)
        return GNTST_okay;
    return (int16_t)refuse(GNTST_general_error, "grant.granter-gone",
                           "handle %u is of a domain %u that is gone", handle, granter);
}

/* The very domain: the caller's own number nobody else has had meanwhile. */
static always_inline struct domain *granter_of(struct domain *d, const struct grant_mapping *was)
{
    return was->granter == d->id ? d : domain_get_by_serial(was->granter, was->granter_serial);
}

static noinline int16_t refuse_device(grant_handle_t handle, mfn_t m, uint64_t address)
{
    return (int16_t)refuse(GNTST_bad_dev_addr, "grant.device-address",
                           "handle %u has the bus address %#lx, not %#lx", handle,
                           (unsigned long)mfn_to_paddr(m), (unsigned long)address);
}

static noinline int16_t refuse_replacing(grant_handle_t handle)
{
    return (int16_t)refuse(GNTST_general_error, "grant.replace",
                           "handle %u was mapped by its entry, not by an address", handle);
}

static noinline int16_t refuse_handle(const struct domain *d, grant_handle_t handle)
{
    return (int16_t)refuse(GNTST_bad_handle, "grant.handle", "handle %u of domain %u stands for nothing",
                           handle, d->id);
}

/* What is asked for of a handle that stands for u->was. */
static always_inline int16_t unmap_part(struct domain *d, struct unmapping *u, uint32_t part)
{
    u->granter = granter_of(d, &u->was);
    if (unlikely(!u->granter))
        return unmap_of_gone(d, u->was.granter, u->handle, part);
    u->frame = pinned_frame(u->granter, u->was.ref);
    if (unlikely(part & GNTMAP_device_map) && u->device_addr != mfn_to_paddr(u->frame))
        return refuse_device(u->handle, u->frame, u->device_addr);
    if (unlikely(!(part & GNTMAP_host_map)))
        return GNTST_okay;
    if (unlikely(u->replaces) && (u->was.flags & GNTMAP_contains_pte) && u->new_addr)
        return refuse_replacing(u->handle);
    return arch_grant_unmap(u->host_addr, u->frame, u->was.flags, u->new_addr);
}

/* First step: the entry goes, and the handle's flags. */
static always_inline void unmap(struct domain *d, struct unmapping *u)
{
    uint32_t part = (u->host_addr ? GNTMAP_host_map : 0) | (u->device_addr ? GNTMAP_device_map : 0);

    u->granter = NULL;
    u->frame = mfn(0);
    u->gone = 0;
    if (unlikely(!mapping_take(d, u->handle, part, &u->was))) {
        u->status = refuse_handle(d, u->handle);
        return;
    }
    part &= u->was.flags;
    u->status = unmap_part(d, u, part);
    if (likely(u->status == GNTST_okay))
        u->gone = part;
    else
        mapping_untake(d, u->handle, part);
}

/* Third step: nobody has the frame in a TLB. */
static always_inline void unmap_finish(struct domain *d, const struct unmapping *u)
{
    struct page_info *pg = mfn_to_page(u->frame);
    uint32_t flags = u->gone | (u->was.flags & GNTMAP_readonly);

    if (likely(u->gone)) {
        if (likely(flags & GNTMAP_host_map))
            mapping_put_frame(pg, flags);
        if (unlikely(flags & GNTMAP_device_map))
            mapping_put_frame(pg, flags);
        unpin(u->granter, &u->was, mapping_uses(flags));
        mapping_end(d, u->handle, u->gone);
    }
    if (likely(u->granter))
        grant_peer_put(d, u->granter);
}

/* How the two commands' elements differ: reading one, and where its status goes. */
struct kind {
    int (*read)(struct unmapping *u, uint64_t element);
    unsigned int command, size, status_offset;
};

static always_inline int read_unmap(struct unmapping *u, uint64_t element)
{
    struct gnttab_unmap_grant_ref op;

    if (copy_from_guest(&op, element, sizeof(op)))
        return -XEN_EFAULT;
    u->host_addr = op.host_addr;
    u->device_addr = op.dev_bus_addr;
    u->new_addr = 0;
    u->handle = op.handle;
    u->replaces = false;
    return 0;
}

static int read_replace(struct unmapping *u, uint64_t element)
{
    struct gnttab_unmap_and_replace op;

    if (copy_from_guest(&op, element, sizeof(op)))
        return -XEN_EFAULT;
    u->host_addr = op.host_addr;
    u->device_addr = 0;
    u->new_addr = op.new_addr;
    u->handle = op.handle;
    u->replaces = true;
    return 0;
}

/* The first step of an element; false: it could not be read. */
static always_inline bool unmap_begin(struct domain *d, struct unmapping *u, const struct kind *kind,
                                      uint64_t element, long *rc)
{
    if (unlikely(kind->read(u, element))) {
        *rc = grant_refuse_argument(element);
        return false;
    }
    unmap(d, u);
    *rc = 0;
    if (unlikely(!arch_write_guest_16(element + kind->status_offset, (uint16_t)u->status)))
        *rc = grant_refuse_argument(element);
    return true;
}

#define BATCH 32
struct batch {
    struct unmapping u[BATCH];
    unsigned int nr;
};

static void batch_finish(struct domain *d, struct batch *b)
{
    uint32_t gone = 0;

    for (unsigned int i = 0; i < b->nr; i++)
        gone |= b->u[i].gone;
    if (gone & GNTMAP_host_map)
        arch_grant_flush();
    for (unsigned int i = 0; i < b->nr; i++)
        unmap_finish(d, &b->u[i]);
    b->nr = 0;
}

static noinline long unmap_list(struct domain *d, const struct kind *kind, uint64_t va, unsigned int count)
{
    struct batch b; /* not cleared as a whole: it is large */
    unsigned int done = 0;
    long rc = 0;

    b.nr = 0;
    while (!rc && done < count) {
        b.nr += unmap_begin(d, &b.u[b.nr], kind, va + (uint64_t)done * kind->size, &rc);
        done += !rc;
        if (b.nr < BATCH)
            continue;
        batch_finish(d, &b);
        if (!rc && done < count && hypercall_preempt_check())
            return grant_continue(kind->command, va + (uint64_t)done * kind->size, count - done);
    }
    batch_finish(d, &b);
    return rc;
}

/* A list of one: who unmaps as he goes. */
static always_inline long unmap_alone(struct domain *d, const struct kind *kind, uint64_t element)
{
    struct unmapping u;
    long rc;

    if (unlikely(!unmap_begin(d, &u, kind, element, &rc)))
        return rc;
    if (likely(u.gone & GNTMAP_host_map))
        arch_grant_flush();
    unmap_finish(d, &u);
    return rc;
}

long grants_unmap(uint64_t va, unsigned int count)
{
    static const struct kind kind = {read_unmap, GNTTABOP_unmap_grant_ref,
                                     sizeof(struct gnttab_unmap_grant_ref),
                                     offsetof(struct gnttab_unmap_grant_ref, status)};
    struct domain *d = current->domain;

    return likely(count == 1) ? unmap_alone(d, &kind, va) : unmap_list(d, &kind, va, count);
}

long grants_unmap_and_replace(uint64_t va, unsigned int count)
{
    static const struct kind kind = {read_replace, GNTTABOP_unmap_and_replace,
                                     sizeof(struct gnttab_unmap_and_replace),
                                     offsetof(struct gnttab_unmap_and_replace, status)};

    return unmap_list(current->domain, &kind, va, count);
}

/* --- The end of a domain --- */
/*
 * Its page-table entries give back what they hold; here go the pins, and what devices held. Of a granter that
 * is gone nothing is left.
 */
static void release_of(struct domain *granter, const struct grant_mapping *was)
{
    if (was->flags & GNTMAP_device_map)
        mapping_put_frame(mfn_to_page(pinned_frame(granter, was->ref)), was->flags);
    unpin(granter, was, mapping_uses(was->flags));
    domain_put(granter);
}

static void release(struct domain *d, grant_handle_t handle)
{
    struct grant_mapping was;
    struct domain *granter;

    if (!mapping_take(d, handle, MAPPING_PARTS, &was))
        return;
    granter = domain_get_by_serial(was.granter, was.granter_serial);
    if (granter)
        release_of(granter, &was);
    mapping_end(d, handle, was.flags & MAPPING_PARTS);
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
