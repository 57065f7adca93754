/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping of grants. A mapping for the host is a page-table entry, which holds its references like any other;
 * a mapping for devices holds its own. These keep the granting domain alive; a handle whose entry was
 * overwritten does not (docs/grants.md).
 */
#include <xen/hypercall.h>
#include "grant_mapping.h"

/* What an element asks for, and what it gets. */
struct request {
    uint64_t host_addr;
    uint32_t flags;
    grant_ref_t ref;
    grant_handle_t handle;
    mfn_t frame;
};

/* A reference is held: with its type, if it may write. */
static always_inline bool take_type(struct page_info *pg, struct domain *granter, uint32_t flags)
{
    return (flags & GNTMAP_readonly) || likely(page_get_type_same(pg, PGT_WRITABLE)) ||
           !page_get_type(pg, granter, PGT_WRITABLE);
}

/* One reference is held: makes it one for each of the two parts, with their types. False: as before. */
static noinline bool take_both(struct page_info *pg, struct domain *granter, uint32_t flags)
{
    if (!take_type(pg, granter, flags))
        return false;
    if (page_get(pg, granter)) {
        if (take_type(pg, granter, flags))
            return true;
        page_put(pg);
    }
    if (!(flags & GNTMAP_readonly))
        page_put_type(pg);
    return false;
}

static noinline int16_t refuse_type(const struct domain *granter, grant_ref_t ref, mfn_t m)
{
    page_put(mfn_to_page(m));
    return (int16_t)refuse(GNTST_general_error, "grant.type",
                           "frame %#lx of domain %u (entry %u) is no writable memory", (unsigned long)m.n,
                           granter->id, ref);
}

static always_inline int16_t map_frame(struct domain *granter, const struct request *r)
{
    struct page_info *pg = mfn_to_page(r->frame);
    bool two = unlikely((r->flags & MAPPING_PARTS) == MAPPING_PARTS);
    int16_t status = GNTST_okay;

    if (unlikely(!(two ? take_both(pg, granter, r->flags) : take_type(pg, granter, r->flags))))
        return refuse_type(granter, r->ref, r->frame);
    if (likely(r->flags & GNTMAP_host_map))
        status = arch_grant_map(r->host_addr, r->frame, r->flags);
    if (unlikely(status != GNTST_okay)) {
        mapping_put_frame(pg, r->flags);
        if (two)
            mapping_put_frame(pg, r->flags);
    }
    return status;
}

/* The entry is pinned first: then its frame may be used. */
static always_inline int16_t map_pinned(struct domain *d, struct domain *granter, struct request *r)
{
    uint32_t use = mapping_uses(r->flags);
    int16_t status = GNTST_okay;
    struct grant_place at;
    mfn_t unusual; /* its address goes out, that of r does not */

    if (unlikely(!grant_pin_plain(granter, r->ref, d, use, &at, &r->frame))) {
        status = grant_pin_whole(granter, r->ref, d, use, &unusual);
        if (status != GNTST_okay)
            return status;
        r->frame = unusual;
    }
    status = map_frame(granter, r);
    if (unlikely(status != GNTST_okay))
        grant_unpin(granter, r->ref, use);
    return status;
}

static noinline int16_t refuse_handle(const struct domain *d)
{
    return (int16_t)refuse(GNTST_no_space, "grant.handles", "domain %u has no free handle (%u frames of %u)",
                           d->id, d->grant_table->nr_mapping_frames, d->grant_table->max_mapping_frames);
}

static always_inline int16_t map_of(struct domain *d, struct domain *granter, struct request *r)
{
    int16_t status;

    r->handle = mapping_reserve(d);
    if (unlikely(r->handle == GRANT_HANDLE_NONE))
        return refuse_handle(d);
    status = map_pinned(d, granter, r);
    if (unlikely(status != GNTST_okay))
        mapping_free(d, r->handle);
    else
        mapping_set(d, r->handle, granter, r->ref, r->flags);
    return status;
}

static always_inline int16_t map(struct domain *d, domid_t of, struct request *r)
{
    struct domain *granter;
    int16_t status;

    if (unlikely(!(r->flags & MAPPING_PARTS)))
        return (int16_t)refuse(GNTST_bad_gntref, "grant.flags",
                               "flags %#x ask for neither a host nor a device mapping", r->flags);
    granter = grant_peer_get(d, of);
    if (unlikely(!granter))
        return (int16_t)refuse(GNTST_bad_domain, "domain.id", "there is no domain %u", of);
    status = map_of(d, granter, r);
    grant_peer_put(d, granter);
    return status;
}

/* From the field dom on: what is written back. */
#define RESULT_BYTES (sizeof(struct gnttab_map_grant_ref) - offsetof(struct gnttab_map_grant_ref, dom))

long grants_map(uint64_t va, unsigned int count)
{
    struct domain *d = current->domain;
    struct gnttab_map_grant_ref op;
    struct request request;

    for (unsigned int i = 0; i < count; i++) {
        uint64_t element = guest_element(va, i, op);

        if (i && hypercall_preempt_check())
            return grant_continue(GNTTABOP_map_grant_ref, element, count - i);
        if (copy_from_guest(&op, element, sizeof(op)))
            return grant_refuse_argument(element);
        request = (struct request){.host_addr = op.host_addr, .flags = op.flags, .ref = op.ref};
        op.status = map(d, op.dom, &request);
        if (likely(op.status == GNTST_okay)) {
            op.handle = request.handle;
            op.dev_bus_addr = mfn_to_paddr(request.frame);
        }
        if (copy_to_guest(guest_field(element, struct gnttab_map_grant_ref, dom), &op.dom, RESULT_BYTES))
            return grant_refuse_argument(element);
    }
    return 0;
}
