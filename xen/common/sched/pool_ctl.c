/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pools of CPUs that a toolstack makes: their numbers, and XEN_SYSCTL_cpupool_op. How CPUs and domains
 * get from one to another is pool.c's.
 *
 * Changes are made with both the sysctl and the domctl lock held, so that under either of them pools stay as
 * they are. Pool 0 is sched_default, which stays, and CPU 0 stays in it.
 */
#include <xen/cpu_hotplug.h>
#include <xen/ctl.h>
#include <xen/refusal.h>
#include <xen/sched.h>

#define POOLS_PER_CPU 2u

static struct list_head pools = {&pools, &pools}; /* all but pool 0, by their numbers */

/* The pool with this number, or the next higher one; NULL: none. */
static struct sched_instance *pool_from(uint32_t id)
{
    struct sched_instance *s;

    if (id == 0)
        return sched_default;
    list_for_each_entry(s, &pools, other_pools)
    {
        if (s->pool_id >= id)
            return s;
    }
    return NULL;
}

struct sched_instance *sched_pool(uint32_t id)
{
    struct sched_instance *s = pool_from(id);

    return s && s->pool_id == id ? s : NULL;
}

/* Is cpu in no pool but in s, or on its way out of there? */
static bool is_of(unsigned int cpu, const struct sched_instance *s)
{
    return cpumask_test(sched_online_cpus(), cpu) && sched_cpu_instance(cpu) == s;
}

static cpumask_t cpus_of(const struct sched_instance *s)
{
    cpumask_t found = {0};
    unsigned int cpu;

    for_each_cpu(cpu, sched_online_cpus()) if (is_of(cpu, s)) found = cpumask_or(found, cpumask_of(cpu));
    return found;
}

static int refuse_pool(uint32_t id)
{
    return refuse(-XEN_ENOENT, "pool.id", "there is no pool %u of CPUs", id);
}

/* --- Pools come and go --- */
static bool is_room(void)
{
    unsigned int nr = 1;
    struct sched_instance *s;

    list_for_each_entry(s, &pools, other_pools) nr++;
    return nr < POOLS_PER_CPU * cpumask_count(sched_online_cpus());
}

/* After the highest; when that is the highest possible, the first that is free. */
static uint32_t next_id(void)
{
    const struct sched_instance *last = list_entry(pools.prev, struct sched_instance, other_pools);
    uint32_t id = list_empty(&pools) ? 1 : last->pool_id + 1;

    if (id != XEN_SYSCTL_CPUPOOL_PAR_ANY)
        return id;
    for (id = 1; sched_pool(id); id++)
        ;
    return id;
}

static long create(struct xen_sysctl_cpupool_op *op)
{
    uint32_t id = op->cpupool_id == XEN_SYSCTL_CPUPOOL_PAR_ANY ? next_id() : op->cpupool_id;
    const struct scheduler *policy = scheduler_by_id(op->sched_id);
    struct sched_instance *s, *after;

    if (sched_pool(id))
        return refuse(-XEN_EEXIST, "pool.exists", "there is a pool %u already", id);
    if (!is_room())
        return refuse(-XEN_ENOSPC, "pool.number", "there are twice as many pools as CPUs");
    if (!policy)
        return refuse(-XEN_ENOENT, "pool.scheduler", "there is no scheduler %u", op->sched_id);
    s = sched_instance_create(policy);
    if (!s)
        return refuse(-XEN_ENOMEM, "pool.memory", "no memory for a pool");
    after = pool_from(id);
    s->pool_id = op->cpupool_id = id;
    list_add_tail(&s->other_pools, after ? &after->other_pools : &pools);
    return 0;
}

static long destroy(struct sched_instance *s)
{
    if (s == sched_default || !cpumask_empty(cpus_of(s)) || __atomic_load_n(&s->nr_domains, __ATOMIC_ACQUIRE))
        return refuse(-XEN_EBUSY, "pool.busy", "pool %u has CPUs or domains", s->pool_id);
    list_del(&s->other_pools);
    sched_instance_destroy(s);
    return 0;
}

/* --- CPUs --- */
static bool is_online(uint32_t cpu)
{
    return cpu < MAX_CPUS && cpumask_test(sched_online_cpus(), cpu);
}

static int refuse_cpu(uint32_t cpu)
{
    return refuse(-XEN_EINVAL, "pool.cpu", "CPU %u does not run, or stays where it is", cpu);
}

static long add_cpu(struct sched_instance *s, uint32_t cpu)
{
    cpumask_t free = cpus_of(NULL);
    int rc;

    if (cpu == XEN_SYSCTL_CPUPOOL_PAR_ANY && !cpumask_empty(free))
        cpu = cpumask_first(free);
    if (cpu != XEN_SYSCTL_CPUPOOL_PAR_ANY && !cpu_is_present(cpu))
        return refuse_cpu(cpu);
    if (cpu == XEN_SYSCTL_CPUPOOL_PAR_ANY || !cpumask_test(free, cpu))
        return refuse(-XEN_ENODEV, "pool.cpu-free", "CPU %u is in a pool, or none is free", cpu);
    rc = sched_cpu_enter(cpu, s);
    return rc ? refuse(rc, "pool.memory", "no memory for CPU %u in pool %u", cpu, s->pool_id) : 0;
}

/* One that a call before has begun to remove; else the last. */
static uint32_t any_cpu(const struct sched_instance *s)
{
    cpumask_t cpus = cpus_of(s), leaving = cpumask_andnot(cpus, s->cpus);

    if (!cpumask_empty(leaving))
        return cpumask_first(leaving);
    return cpumask_empty(cpus) ? XEN_SYSCTL_CPUPOOL_PAR_ANY : cpumask_last(cpus);
}

/* Domains that die do not hold a pool's last CPU. */
static long evacuate(struct sched_instance *s)
{
    struct domain *d;
    long rc = 0;

    for (domid_t from = 0; !rc && (d = domain_get_from(from)); from = (domid_t)(from + 1)) {
        from = d->id;
        if (d->sched_instance == s)
            rc = d->is_dying ? sched_domain_move(d, sched_default) : -XEN_EBUSY;
        domain_put(d);
    }
    return rc;
}

static long remove_cpu(struct sched_instance *s, uint32_t cpu)
{
    int rc = 0;

    if (cpu == XEN_SYSCTL_CPUPOOL_PAR_ANY)
        cpu = any_cpu(s);
    if (!is_online(cpu) || (cpu == 0 && s == sched_default))
        return refuse_cpu(cpu);
    if (!is_of(cpu, s))
        return refuse(-XEN_EADDRNOTAVAIL, "pool.cpu-other", "CPU %u is not in pool %u", cpu, s->pool_id);
    if (s->cpus.bits == cpumask_of(cpu).bits)
        rc = evacuate(s);
    if (!rc)
        rc = sched_cpu_leave(cpu);
    if (rc && rc != -XEN_ERESTART)
        return refuse(rc, "pool.cpu-in-use",
                      "CPU %u is the last of a pool with domains, or a vCPU is pinned to it", cpu);
    return rc;
}

/* --- Domains --- */
static long move(uint32_t id, struct domain *d)
{
    struct sched_instance *s = sched_pool(id);
    int rc;

    if (!s || cpumask_empty(s->cpus))
        return refuse(-XEN_ENOENT, "pool.empty", "there is no pool %u, or it has no CPU", id);
    rc = sched_domain_move(d, s);
    return rc ? refuse(rc, "pool.memory", "no memory for domain %u in pool %u", d->id, id) : 0;
}

static long move_domain(uint32_t id, domid_t domid)
{
    struct domain *d = domain_get_any(domid);
    long rc;

    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", domid);
    rc = d == current->domain ? refuse(-XEN_EPERM, "pool.self", "domain %u cannot move itself", domid)
                              : move(id, d);
    domain_put(d);
    return rc;
}

/* --- The calls --- */
static long info(struct xen_sysctl_cpupool_op *op)
{
    const struct sched_instance *s = pool_from(op->cpupool_id);

    if (!s)
        return refuse(-XEN_ENOENT, "pool.end", "there is no pool %u of CPUs, nor one with a higher number",
                      op->cpupool_id);
    op->cpupool_id = s->pool_id;
    op->sched_id = s->policy->id;
    op->n_dom = READ_ONCE(s->nr_domains);
    return ctl_bitmap_write(&op->cpumap, MAX_CPUS, s->cpus.bits);
}

static long change(struct xen_sysctl_cpupool_op *op)
{
    struct sched_instance *s = sched_pool(op->cpupool_id);

    if (op->op == XEN_SYSCTL_CPUPOOL_OP_CREATE)
        return create(op);
    if (op->op == XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN)
        return move_domain(op->cpupool_id, (domid_t)op->domid);
    if (!s)
        return refuse_pool(op->cpupool_id);
    switch (op->op) {
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
        return destroy(s);
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
        return add_cpu(s, op->cpu);
    default:
        return remove_cpu(s, op->cpu);
    }
}

long sysctl_cpupool_op(struct xen_sysctl_cpupool_op *op)
{
    long rc;

    switch (op->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        return info(op);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        return ctl_bitmap_write(&op->cpumap, MAX_CPUS, cpus_of(NULL).bits);
    case XEN_SYSCTL_CPUPOOL_OP_CREATE:
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
    case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
        if (!domctl_try_lock())
            return -XEN_ERESTART;
        rc = change(op);
        domctl_unlock();
        return rc;
    default:
        return refuse(-XEN_ENOSYS, "pool.command", "there is no command %u of pools", op->op);
    }
}
