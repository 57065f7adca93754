/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual NUMA: which nodes a toolstack tells a domain that it has (XEN_DOMCTL_setvnumainfo), and how the
 * domain asks (XENMEM_get_vnumainfo). It is kept and told; the hypervisor places nothing by it: the machine
 * has one node.
 */
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/memory.h>
#include <xen/refusal.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

/* Of each, so that its lists are small: stock Xen's limit is as far beyond what anybody sets. */
#define NODES_MAX  128
#define RANGES_MAX 256

#define NO_NODE (~0u) /* XEN_NUMA_NO_NODE of public/memory.h is of another form there */

/* The lists lie behind the structure in one piece of memory. */
struct vnuma {
    unsigned int nr_nodes, nr_vcpus, nr_ranges;
    xen_vmemrange_t *ranges;
    uint32_t *distances; /* nr_nodes rows of nr_nodes */
    uint32_t *node_of_vcpu;
};

static size_t bytes_of(const struct vnuma *n)
{
    return sizeof(*n) + n->nr_ranges * sizeof(*n->ranges) +
           ((size_t)n->nr_nodes * n->nr_nodes + n->nr_vcpus) * sizeof(uint32_t);
}

static struct vnuma *make(const struct vnuma *as)
{
    struct vnuma *n = xzalloc_bytes(bytes_of(as), _Alignof(struct vnuma));

    if (!n)
        return NULL;
    *n = *as;
    n->ranges = (xen_vmemrange_t *)(n + 1);
    n->distances = (uint32_t *)(n->ranges + n->nr_ranges);
    n->node_of_vcpu = n->distances + (size_t)n->nr_nodes * n->nr_nodes;
    return n;
}

/* --- Set --- */
static int refuse_list(void)
{
    return refuse(-XEN_EFAULT, "vnuma.list", "a list of the topology cannot be read");
}

/* Where a node's memory is to come from; all of it comes from the one there is. */
static int check_places(uint64_t list, unsigned int nr)
{
    for (unsigned int i = 0; i < nr; i++) {
        uint32_t node;

        if (copy_from_guest(&node, guest_element(list, i, node), sizeof(node)))
            return refuse_list();
        if (node == NO_NODE)
            return refuse(-XEN_E2BIG, "vnuma.place", "node %u has no place in the machine", i);
    }
    return 0;
}

static int read_lists(struct vnuma *n, const struct xen_domctl_vnuma *op)
{
    if (copy_from_guest(n->distances, handle_va(op->vdistance),
                        (size_t)n->nr_nodes * n->nr_nodes * sizeof(uint32_t)) ||
        copy_from_guest(n->ranges, handle_va(op->vmemrange), n->nr_ranges * sizeof(*n->ranges)) ||
        copy_from_guest(n->node_of_vcpu, handle_va(op->vcpu_to_vnode), n->nr_vcpus * sizeof(uint32_t)))
        return refuse_list();
    for (unsigned int i = 0; i < n->nr_vcpus; i++)
        if (n->node_of_vcpu[i] >= n->nr_nodes)
            return refuse(-XEN_E2BIG, "vnuma.vcpu", "vCPU %u cannot be of node %u of %u", i,
                          n->node_of_vcpu[i], n->nr_nodes);
    for (unsigned int i = 0; i < n->nr_ranges; i++)
        if (n->ranges[i].flags)
            return refuse(-XEN_EINVAL, "vnuma.range", "flags %#x of range %u are not known",
                          n->ranges[i].flags, i);
    return check_places(handle_va(op->vnode_to_pnode), n->nr_nodes);
}

static void replace(struct domain *d, struct vnuma *n)
{
    struct vnuma *old;

    spin_lock(&d->vnuma_lock);
    old = d->vnuma;
    d->vnuma = n;
    spin_unlock(&d->vnuma_lock);
    xfree(old);
}

long domctl_set_vnuma(struct domain *d, const struct xen_domctl_vnuma *op)
{
    struct vnuma as = {.nr_nodes = op->nr_vnodes, .nr_vcpus = op->nr_vcpus, .nr_ranges = op->nr_vmemranges},
                 *n;
    int rc;

    if (op->pad || !op->nr_vnodes || op->nr_vcpus != d->max_vcpus || op->nr_vnodes > NODES_MAX ||
        op->nr_vmemranges > RANGES_MAX)
        return refuse(-XEN_EINVAL, "vnuma.sizes", "%u nodes, %u ranges, %u vCPUs (of %u), padding %#x",
                      op->nr_vnodes, op->nr_vmemranges, op->nr_vcpus, d->max_vcpus, op->pad);
    if (!handle_va(op->vdistance) || !handle_va(op->vcpu_to_vnode) || !handle_va(op->vnode_to_pnode) ||
        !handle_va(op->vmemrange))
        return refuse_list();
    n = make(&as);
    if (!n)
        return refuse(-XEN_ENOMEM, "vnuma.memory", "no memory for the topology");
    rc = read_lists(n, op);
    if (rc)
        xfree(n);
    else
        replace(d, n);
    return rc;
}

void vnuma_free(struct domain *d)
{
    replace(d, NULL);
}

/* --- Told --- */
/*
 * A copy, so that nobody waits while a guest's memory is written. NULL: there is none, or no memory for it
 * (*rc says which).
 */
static struct vnuma *copy_of(struct domain *d, int *rc)
{
    struct vnuma *n = NULL;

    *rc = -XEN_EOPNOTSUPP;
    spin_lock(&d->vnuma_lock);
    if (d->vnuma) {
        n = make(d->vnuma);
        *rc = n ? 0 : -XEN_ENOMEM;
    }
    if (n) {
        memcpy(n->ranges, d->vnuma->ranges, bytes_of(n) - sizeof(*n));
    }
    spin_unlock(&d->vnuma_lock);
    return n;
}

static long tell(const struct vnuma *n, uint64_t va, struct xen_vnuma_topology_info *g)
{
    bool fits = g->nr_vnodes >= n->nr_nodes && g->nr_vcpus >= n->nr_vcpus && g->nr_vmemranges >= n->nr_ranges;

    g->nr_vnodes = n->nr_nodes;
    g->nr_vcpus = n->nr_vcpus;
    g->nr_vmemranges = n->nr_ranges;
    if (fits &&
        (copy_to_guest(handle_va(g->vmemrange.h), n->ranges, n->nr_ranges * sizeof(*n->ranges)) ||
         copy_to_guest(handle_va(g->vdistance.h), n->distances,
                       (size_t)n->nr_nodes * n->nr_nodes * sizeof(uint32_t)) ||
         copy_to_guest(handle_va(g->vcpu_to_vnode.h), n->node_of_vcpu, n->nr_vcpus * sizeof(uint32_t))))
        return refuse(-XEN_EFAULT, "memory.vnuma.list", "a list for the topology cannot be written");
    if (copy_to_guest(va, g, sizeof(*g)))
        return refuse(-XEN_EFAULT, "memory.arg", "the argument at %#lx cannot be written", (unsigned long)va);
    if (!fits)
        return refuse(-XEN_ENOBUFS, "memory.vnuma.room",
                      "%u nodes, %u ranges, %u vCPUs: the lists are shorter", n->nr_nodes, n->nr_ranges,
                      n->nr_vcpus);
    return 0;
}

long memory_vnuma(uint64_t va)
{
    struct xen_vnuma_topology_info g;
    struct domain *d;
    struct vnuma *n;
    int rc;

    if (copy_from_guest(&g, va, sizeof(g)))
        return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
    if (g.pad)
        return refuse(-XEN_EINVAL, "memory.vnuma.pad", "the padding is %#x, not zero", g.pad);
    rc = memory_subject(g.domid, &d);
    if (rc)
        return rc;
    n = copy_of(d, &rc);
    domain_put(d);
    if (!n)
        return refuse(rc, "memory.vnuma", "domain %u has no virtual NUMA topology", g.domid);
    rc = (int)tell(n, va, &g);
    xfree(n);
    return rc;
}
