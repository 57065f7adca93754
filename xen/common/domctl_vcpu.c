/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domctl: a domain's vCPUs from the outside: context, state, where they may run; and what is told of a domain
 * as a whole.
 */
#include <xen/arch.h>
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

static int refuse_vcpu(int rc, const struct domain *d, uint32_t id)
{
    return refuse(rc, "domctl.vcpu", "domain %u has no vCPU %u that this could be done to", d->id, id);
}

static int set_context(struct vcpu *v, const struct vcpu_guest_context *ctx)
{
    int rc;

    /* A first context takes references, which nobody would give back. */
    if (v->domain->is_dying && !v->is_initialised)
        return refuse(-XEN_EINVAL, "domctl.dying-context",
                      "domain %u is dying: vCPU %u takes no page tables any more", v->domain->id, v->id);
    domain_pause_sync(v->domain);
    spin_lock(&v->domain->vcpu_lock);
    rc = vcpu_set_context(v, ctx);
    if (!rc && (ctx->flags & VGCF_online))
        vcpu_bring_up(v);
    spin_unlock(&v->domain->vcpu_lock);
    domain_unpause(v->domain);
    return rc;
}

static int reset(struct vcpu *v)
{
    int rc;

    domain_pause_sync(v->domain);
    spin_lock(&v->domain->vcpu_lock);
    rc = vcpu_reset(v);
    spin_unlock(&v->domain->vcpu_lock);
    domain_unpause(v->domain);
    return rc;
}

long domctl_set_context(struct domain *d, const struct xen_domctl_vcpucontext *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    struct vcpu_guest_context *ctx;
    int rc;

    if (d == current->domain || !v)
        return refuse_vcpu(-XEN_EINVAL, d, op->vcpu);
    if (!handle_va(op->ctxt))
        return reset(v);
    ctx = xzalloc(struct vcpu_guest_context);
    if (!ctx)
        return refuse(-XEN_ENOMEM, "domctl.memory", "no memory for the context");
    rc = copy_from_guest(ctx, handle_va(op->ctxt), sizeof(*ctx))
             ? refuse(-XEN_EFAULT, "domctl.context", "no readable context at %#lx",
                      (unsigned long)handle_va(op->ctxt))
             : set_context(v, ctx);
    xfree(ctx);
    return rc;
}

long domctl_vcpu_info(struct domain *d, struct xen_domctl_getvcpuinfo *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    struct vcpu_runstate_info runstate;

    if (!v)
        return refuse_vcpu(op->vcpu < d->max_vcpus ? -XEN_ESRCH : -XEN_EINVAL, d, op->vcpu);
    vcpu_runstate_get(v, &runstate);
    op->online = !test_bit(VPF_DOWN, &v->pause_flags);
    op->blocked = test_bit(VPF_BLOCKED, &v->pause_flags);
    op->running = READ_ONCE(v->is_running);
    op->cpu_time = runstate.time[RUNSTATE_running];
    op->cpu = v->cpu;
    return 0;
}

/* --- Where they may run --- */
static int check_flags(const struct xen_domctl_vcpuaffinity *op)
{
    if (op->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT))
        return 0;
    return refuse(-XEN_EINVAL, "domctl.affinity", "flags %#x ask for neither hard nor soft affinity",
                  op->flags);
}

/*
 * The hard affinity is a rule, the soft one a wish, which may be empty or outside it. Both are judged before
 * either is set.
 */
static int affinity_read(const struct vcpu *v, const struct xen_domctl_vcpuaffinity *op, cpumask_t *hard,
                         cpumask_t *soft)
{
    int rc = check_flags(op);

    *hard = v->affinity;
    *soft = v->soft_affinity;
    if (!rc && (op->flags & XEN_VCPUAFFINITY_HARD))
        rc = ctl_bitmap_read(&op->cpumap_hard, MAX_CPUS, &hard->bits);
    if (!rc && (op->flags & XEN_VCPUAFFINITY_SOFT))
        rc = ctl_bitmap_read(&op->cpumap_soft, MAX_CPUS, &soft->bits);
    if (!rc && cpumask_empty(cpumask_and(*hard, v->domain->sched_instance->cpus)))
        rc = refuse(-XEN_EINVAL, "domctl.affinity-empty", "none of the CPUs %#lx is in the domain's pool",
                    hard->bits);
    *soft = cpumask_and(*soft, sched_present_cpus());
    return rc;
}

long domctl_set_affinity(struct domain *d, struct xen_domctl_vcpuaffinity *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    cpumask_t hard, soft, effective;
    int rc;

    if (!v)
        return refuse_vcpu(op->vcpu < d->max_vcpus ? -XEN_ESRCH : -XEN_EINVAL, d, op->vcpu);
    rc = affinity_read(v, op, &hard, &soft);
    if (!rc && (op->flags & XEN_VCPUAFFINITY_HARD))
        rc = vcpu_set_affinity(v, hard);
    if (rc)
        return rc;
    if (op->flags & XEN_VCPUAFFINITY_SOFT)
        WRITE_ONCE(v->soft_affinity.bits, soft.bits);
    effective = cpumask_and(v->affinity, d->sched_instance->cpus);
    if (op->flags & XEN_VCPUAFFINITY_HARD)
        rc = ctl_bitmap_write(&op->cpumap_hard, MAX_CPUS, effective.bits);
    if (!rc && (op->flags & XEN_VCPUAFFINITY_SOFT))
        rc = ctl_bitmap_write(&op->cpumap_soft, MAX_CPUS, cpumask_and(effective, soft).bits);
    return rc;
}

/* What the machine has not got is not shown: tools compare with the map of all CPUs. */
static uint64_t shown(cpumask_t mask)
{
    return mask.bits & ~0ull >> __builtin_clzll(sched_present_cpus().bits);
}

long domctl_get_affinity(struct domain *d, struct xen_domctl_vcpuaffinity *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    int rc;

    if (!v)
        return refuse_vcpu(op->vcpu < d->max_vcpus ? -XEN_ESRCH : -XEN_EINVAL, d, op->vcpu);
    rc = check_flags(op);
    if (!rc && (op->flags & XEN_VCPUAFFINITY_HARD))
        rc = ctl_bitmap_write(&op->cpumap_hard, MAX_CPUS, shown(v->affinity));
    if (!rc && (op->flags & XEN_VCPUAFFINITY_SOFT))
        rc = ctl_bitmap_write(&op->cpumap_soft, MAX_CPUS, shown(v->soft_affinity));
    return rc;
}

/* There is one node. */
long domctl_set_node_affinity(struct domain *d, const struct xen_domctl_nodeaffinity *op)
{
    uint64_t nodes;
    int rc = ctl_bitmap_read(&op->nodemap, 1, &nodes);

    if (!rc && !nodes)
        rc = refuse(-XEN_EINVAL, "domctl.nodes", "no node of the machine is in the map");
    return rc;
}

long domctl_get_node_affinity(struct domain *d, struct xen_domctl_nodeaffinity *op)
{
    return ctl_bitmap_write(&op->nodemap, 1, 1);
}

/* --- The domain as a whole --- */
static uint32_t vcpus_state(struct domain *d, struct xen_domctl_getdomaininfo *out)
{
    uint32_t flags = XEN_DOMINF_blocked;
    struct vcpu *v;

    out->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    for_each_vcpu(d, v)
    {
        struct vcpu_runstate_info runstate;

        vcpu_runstate_get(v, &runstate);
        out->cpu_time += runstate.time[RUNSTATE_running];
        out->max_vcpu_id = v->id;
        if (test_bit(VPF_DOWN, &v->pause_flags))
            continue;
        if (!test_bit(VPF_BLOCKED, &v->pause_flags))
            flags &= ~(uint32_t)XEN_DOMINF_blocked;
        if (READ_ONCE(v->is_running))
            flags |= XEN_DOMINF_running;
        out->nr_online_vcpus++;
    }
    return flags;
}

void domain_info_fill(struct domain *d, struct xen_domctl_getdomaininfo *out)
{
    *out = (struct xen_domctl_getdomaininfo){.domain = d->id,
                                             .tot_pages = d->tot_pages,
                                             .max_pages = d->max_pages,
                                             .outstanding_pages = d->claimed_pages,
                                             .shared_info_frame = virt_to_mfn(d->shared_info).n,
                                             .cpupool = d->sched_instance->pool_id};
    out->flags = vcpus_state(d, out);
    out->flags |= (d->is_dead ? XEN_DOMINF_dying : 0) | (d->is_shut_down ? XEN_DOMINF_shutdown : 0) |
                  (d->controller_pauses ? XEN_DOMINF_paused : 0) |
                  (d->is_debugged ? XEN_DOMINF_debugged : 0) | (d->serves_store ? XEN_DOMINF_xs_domain : 0) |
                  (d->has_shutdown_code ? d->shutdown_code : ~0u) << XEN_DOMINF_shutdownshift;
    memcpy(out->handle, d->handle, sizeof(out->handle));
    arch_domain_info(d, out);
}
