/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_acquire_resource: the frames of something that a domain has beside its memory, so that the caller
 * may map them: grant-table frames and their status frames. The frames stay the domain's; the caller maps
 * them as that domain's.
 */
#include <xen/domain.h>
#include <xen/grant_table.h>
#include <xen/guest_access.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/refusal.h>

#define FRAMES_AT_ONCE 32

struct request {
    uint64_t va;
    struct xen_mem_acquire_resource g;
};

static int refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "memory.resource.argument", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

static int refuse_type(const struct xen_mem_acquire_resource *g)
{
    return refuse(-XEN_EOPNOTSUPP, "memory.resource.type", "domain %u has no resource of type %u", g->domid,
                  g->type);
}

/* How many frames there are: asked with no list. */
static long answer_size(const struct request *r, const struct domain *d)
{
    uint32_t nr;

    if (r->g.type != XENMEM_resource_grant_table)
        return refuse_type(&r->g);
    if (r->g.id > XENMEM_resource_grant_table_id_status)
        return refuse(-XEN_EINVAL, "memory.resource.id", "a grant table has no part %u", r->g.id);
    nr = r->g.id == XENMEM_resource_grant_table_id_shared ? d->grant_table->max_frames
                                                          : grant_status_frames_max(d->grant_table);
    if (copy_to_guest(guest_field(r->va, struct xen_mem_acquire_resource, nr_frames), &nr, sizeof(nr)))
        return refuse_argument(r->va);
    return 0;
}

static long answer_frames(const struct request *r, struct domain *d)
{
    xen_pfn_t frames[FRAMES_AT_ONCE] = {0};
    uint32_t nr;

    if (r->g.type != XENMEM_resource_grant_table)
        return refuse_type(&r->g);
    /* No table has so many that this takes long. */
    for (uint32_t done = 0; done < r->g.nr_frames; done += nr) {
        uint64_t va = guest_element(handle_va(r->g.frame_list), done, frames[0]);
        int rc;

        nr = min(r->g.nr_frames - done, (uint32_t)FRAMES_AT_ONCE);
        rc = grant_table_frames(d, r->g.id, r->g.frame + done, nr, frames);
        if (rc)
            return rc;
        if (copy_to_guest(va, frames, nr * sizeof(frames[0])))
            return refuse_argument(va);
    }
    return 0;
}

static int find(const struct request *r, struct domain **out)
{
    struct domain *d = domain_get_by_id(r->g.domid);

    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", r->g.domid);
    if (d == current->domain || !current->domain->is_privileged) {
        domain_put(d);
        return refuse(-XEN_EPERM, "memory.resource", "domain %u may not have the tables of domain %u",
                      current->domain->id, r->g.domid);
    }
    *out = d;
    return 0;
}

long memory_acquire_resource(uint64_t va)
{
    struct request r = {.va = va};
    struct domain *d = NULL;
    long rc;

    if (copy_from_guest(&r.g, va, sizeof(r.g)))
        return refuse_argument(va);
    if (r.g.pad)
        return refuse(-XEN_EINVAL, "memory.resource.pad", "the padding is %#x, not zero", r.g.pad);
    rc = find(&r, &d);
    if (rc)
        return rc;
    if (handle_va(r.g.frame_list))
        rc = answer_frames(&r, d);
    else if (r.g.nr_frames)
        rc = refuse(-XEN_EINVAL, "memory.resource.list", "%u frames, and no list for them", r.g.nr_frames);
    else
        rc = answer_size(&r, d);
    domain_put(d);
    return rc;
}
