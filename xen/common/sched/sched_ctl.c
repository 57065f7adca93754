/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schedulers as a toolstack sees them: their ids, the parameters of domains, and those of a pool's scheduler.
 */
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <xen/sched.h>

static int refuse_scheduler(uint32_t id, const struct sched_instance *s)
{
    return refuse(-XEN_EINVAL, "sched.id", "scheduler %u is not the one in use (%u, %s)", id, s->policy->id,
                  s->policy->title);
}

static int refuse_command(uint32_t cmd)
{
    return refuse(-XEN_EINVAL, "sched.command", "there is no command %u, or the scheduler has it not", cmd);
}

/* Parameters of single vCPUs, as many as the caller names: tells how many were done. */
static long vcpus_parameters(struct domain *d, struct xen_domctl_scheduler_op *op)
{
    struct sched_instance *s = d->sched_instance;
    bool set = op->cmd == XEN_DOMCTL_SCHEDOP_putvcpuinfo;
    uint32_t done = 0;
    long rc = 0;

    if (!s->policy->vcpu_parameters)
        return refuse_command(op->cmd);
    if (op->u.v.nr_vcpus > MAX_VCPUS)
        return refuse(-XEN_E2BIG, "sched.vcpus-list", "a list of %u vCPUs, and no domain has more than %u",
                      op->u.v.nr_vcpus, MAX_VCPUS);
    for (; !rc && done < op->u.v.nr_vcpus; done++) {
        uint64_t va = guest_element(handle_va(op->u.v.vcpus), done, struct xen_domctl_schedparam_vcpu);
        struct xen_domctl_schedparam_vcpu p;
        struct vcpu *v;

        if (copy_from_guest(&p, va, sizeof(p)))
            return refuse(-XEN_EFAULT, "sched.vcpus", "no readable parameters at %#lx", (unsigned long)va);
        v = domctl_vcpu(d, p.vcpuid);
        if (!v)
            return refuse(-XEN_EINVAL, "domctl.vcpu", "domain %u has no vCPU %u that this could be done to",
                          d->id, p.vcpuid);
        rc = s->policy->vcpu_parameters(s, v, &p, set);
        if (!rc && !set && copy_to_guest(va, &p, sizeof(p)))
            return refuse(-XEN_EFAULT, "sched.vcpus", "the parameters at %#lx cannot be written",
                          (unsigned long)va);
    }
    op->u.v.nr_vcpus = done;
    return rc;
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl_scheduler_op *op)
{
    struct sched_instance *s = d->sched_instance;

    if (op->sched_id != s->policy->id)
        return refuse_scheduler(op->sched_id, s);
    switch (op->cmd) {
    case XEN_DOMCTL_SCHEDOP_putinfo:
    case XEN_DOMCTL_SCHEDOP_getinfo:
        return s->policy->domain_parameters ? s->policy->domain_parameters(s, d, op) : 0;
    case XEN_DOMCTL_SCHEDOP_putvcpuinfo:
    case XEN_DOMCTL_SCHEDOP_getvcpuinfo:
        return s->policy->domain_parameters ? vcpus_parameters(d, op) : 0;
    default:
        return refuse_command(op->cmd);
    }
}

long sysctl_scheduler_op(struct xen_sysctl_scheduler_op *op)
{
    struct sched_instance *s = sched_pool(op->cpupool_id);

    if (op->cmd > XEN_SYSCTL_SCHEDOP_getinfo)
        return refuse_command(op->cmd);
    if (!s)
        return refuse(-XEN_ESRCH, "sched.pool", "there is no pool %u of CPUs", op->cpupool_id);
    if (op->sched_id != s->policy->id)
        return refuse_scheduler(op->sched_id, s);
    return s->policy->global_parameters ? s->policy->global_parameters(s, op) : 0;
}
