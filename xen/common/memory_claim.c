/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a control domain asks of memory before it builds another domain: a claim. Claims are counted by the
 * allocator (page_alloc.c).
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/memory.h>
#include <xen/mm.h>

static int refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
}

/* Named by number, DOMID_SELF is not understood. */
static int claim_for(domid_t id, uint64_t nr)
{
    struct domain *d = domain_get_by_id(id);
    int rc;

    if (!d)
        return refuse(-XEN_EINVAL, "domain.id", "there is no domain %u", id);
    rc = current->domain->is_privileged ? page_claim(d, nr) : -XEN_EPERM;
    if (rc)
        refuse(rc, "memory.claim", "%lu pages cannot be claimed for domain %u, which has %lu of %lu",
               (unsigned long)nr, id, (unsigned long)d->tot_pages, (unsigned long)d->max_pages);
    domain_put(d);
    return rc;
}

long memory_claim(uint64_t va)
{
    struct xen_memory_reservation g;

    if (copy_from_guest(&g, va, sizeof(g)))
        return refuse_argument(va);
    if (handle_va(g.extent_start) || g.extent_order || g.mem_flags)
        return refuse(-XEN_EINVAL, "memory.claim.arg", "a claim has no list, order or flags");
    return claim_for(g.domid, g.nr_extents);
}
