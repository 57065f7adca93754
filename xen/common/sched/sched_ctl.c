/* SPDX-License-Identifier: BSD-2-Clause */
/* Schedulers and pools of CPUs as a toolstack sees them: their ids, parameters of domains, and the one pool that there is. */
#include <xen/ctl.h>
#include <xen/refusal.h>
#include <xen/sched.h>

#define POOL 0

static int refuse_scheduler(uint32_t id)
{
    return refuse(-XEN_EINVAL, "sched.id", "scheduler %u is not the one in use (%u, %s)", id, scheduler_current()->id,
                  scheduler_current()->title);
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl_scheduler_op *op)
{
    const struct scheduler *s = scheduler_current();

    if (op->sched_id != s->id)
        return refuse_scheduler(op->sched_id);
    if (op->cmd > XEN_DOMCTL_SCHEDOP_getvcpuinfo)
        return refuse(-XEN_EINVAL, "sched.command", "there is no command %u", op->cmd);
    /* A scheduler without parameters takes what is said of them as said of nothing, as stock Xen's null scheduler does. */
    return s->domain_parameters ? s->domain_parameters(d, op) : 0;
}

long sysctl_scheduler_op(struct xen_sysctl_scheduler_op *op)
{
    const struct scheduler *s = scheduler_current();

    if (op->cpupool_id != POOL)
        return refuse(-XEN_ESRCH, "sched.pool", "there is no pool %u of CPUs", op->cpupool_id);
    if (op->sched_id != s->id)
        return refuse_scheduler(op->sched_id);
    if (op->cmd > XEN_SYSCTL_SCHEDOP_getinfo)
        return refuse(-XEN_EINVAL, "sched.command", "there is no command %u", op->cmd);
    return s->global_parameters ? s->global_parameters(op) : 0;
}

static void count_domain(struct domain *d, void *data)
{
    ++*(uint32_t *)data;
}

static long pool_info(struct xen_sysctl_cpupool_op *op)
{
    if (op->cpupool_id > POOL)
        return refuse(-XEN_ENOENT, "sched.pool-end", "there is no pool %u of CPUs, nor one with a higher number",
                      op->cpupool_id);
    op->cpupool_id = POOL;
    op->sched_id = scheduler_current()->id;
    op->n_dom = 0;
    for_each_domain(count_domain, &op->n_dom);
    return ctl_bitmap_write(&op->cpumap, MAX_CPUS, sched_online_cpus().bits);
}

long sysctl_cpupool_op(struct xen_sysctl_cpupool_op *op)
{
    switch (op->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        return pool_info(op);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        /* Every CPU is in the pool. */
        return ctl_bitmap_write(&op->cpumap, MAX_CPUS, 0);
    default:
        return refuse(-XEN_ENOSYS, "sched.pool-command", "pools are neither made nor changed (command %u)", op->op);
    }
}
