/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs and domains that change from one pool, that is one instance of a scheduler, to another. */
#include <xen/arch.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include "private.h"

/* What a CPU without a pool has: it runs its idle vCPU. */
static void nothing(struct vcpu *v, s_time_t now)
{
}
static struct sched_decision pick_idle(struct sched_cpu *sc, s_time_t now)
{
    return (struct sched_decision){sc->idle, -1};
}
static void dump_nothing(struct sched_cpu *sc)
{
}
static const struct scheduler no_scheduler = {
    .name = "none", .title = "no pool", .wake = nothing, .sleep = nothing, .pick = pick_idle, .dump = dump_nothing};
static struct sched_instance no_instance = {.policy = &no_scheduler};

struct sched_instance *sched_cpu_instance(unsigned int cpu)
{
    struct sched_instance *s = READ_ONCE(sched_cpu_of(cpu)->instance);

    return s == &no_instance ? NULL : s;
}

/* v, which was on a CPU that its pool has no more, waits elsewhere, or will when it wakes up. */
static void move_from(struct vcpu *v, unsigned int cpu)
{
    struct sched_instance *s = v->domain->sched_instance;
    unsigned long flags;
    struct sched_cpu *sc = sched_vcpu_lock(v, &flags);
    bool waits = v->runstate.state == RUNSTATE_runnable;

    if (sc->cpu != cpu || !sched_is_saved(v)) {
        sched_unlock(sc, flags);
        return;
    }
    if (waits) {
        s->policy->sleep(v, now_ns());
        runstate_change(v, RUNSTATE_offline, now_ns());
    }
    WRITE_ONCE(v->cpu, cpumask_first(s->cpus));
    sched_unlock(sc, flags);
    if (waits)
        vcpu_wake(v);
}

struct leaving {
    struct sched_instance *from;
    unsigned int cpu;
    bool done;
};

static void move_vcpus(struct domain *d, void *data)
{
    struct leaving *l = data;
    struct vcpu *v;

    if (d->sched_instance != l->from)
        return;
    for_each_vcpu(d, v)
    {
        move_from(v, l->cpu);
        l->done = l->done && READ_ONCE(v->cpu) != l->cpu;
    }
}

/* It runs idle, and no vCPU of its pool is there: it is in no pool from now on. */
static void leave_pool(struct sched_cpu *sc)
{
    unsigned long flags = arch_irq_save();
    spinlock_t *lock;

    sched_cpu_lock(sc);
    lock = sc->lock;
    if (sc->instance->policy->cpu_remove)
        sc->instance->policy->cpu_remove(sc);
    sc->instance = &no_instance;
    sc->data = NULL;
    WRITE_ONCE(sc->lock, &sc->own_lock);
    spin_unlock_irqrestore(lock, flags);
}

int sched_cpu_leave(unsigned int cpu)
{
    struct sched_cpu *sc = sched_cpu_of(cpu);
    struct leaving l = {.from = sc->instance, .cpu = cpu, .done = true};

    if (l.from == &no_instance)
        return 0;
    if (l.from->nr_domains && l.from->cpus.bits == cpumask_of(cpu).bits)
        return -XEN_EBUSY;
    cpumask_clear_atomic(&l.from->cpus, cpu);
    sched_resched_cpu(cpu);
    if (READ_ONCE(sc->curr) != sc->idle)
        return -XEN_ERESTART;
    cpumask_clear_atomic(&l.from->idle, cpu);
    for_each_domain(move_vcpus, &l);
    if (!l.done || READ_ONCE(sc->curr) != sc->idle)
        return -XEN_ERESTART;
    leave_pool(sc);
    return 0;
}

int sched_cpu_enter(unsigned int cpu, struct sched_instance *s)
{
    struct sched_cpu *sc = sched_cpu_of(cpu), prepared = {.cpu = cpu, .instance = s, .lock = &sc->own_lock};
    unsigned long flags;
    int rc = s->policy->cpu_add ? s->policy->cpu_add(&prepared) : 0;

    if (rc)
        return rc;
    flags = spin_lock_irqsave(&sc->own_lock);
    sc->instance = s;
    sc->data = prepared.data;
    WRITE_ONCE(sc->lock, prepared.lock);
    spin_unlock_irqrestore(&sc->own_lock, flags);
    cpumask_set_atomic(&s->cpus, cpu);
    cpumask_set_atomic(&s->idle, cpu);
    sched_resched_cpu(cpu);
    return 0;
}

/* --- Domains --- */
static void set_cpu(struct vcpu *v, unsigned int cpu)
{
    unsigned long flags;
    struct sched_cpu *sc = sched_vcpu_lock(v, &flags);

    WRITE_ONCE(v->cpu, cpu);
    sched_unlock(sc, flags);
}

/* Gives v what it was and what is kept for it; the rest is freed. */
static void drop(struct sched_instance *s, struct vcpu *v, struct sched_vcpu *unwanted, struct sched_vcpu *kept)
{
    v->sched = unwanted;
    if (unwanted && s->policy->vcpu_remove)
        s->policy->vcpu_remove(s, v);
    v->sched = kept;
}

static void drop_domain(struct sched_instance *s, struct domain *d, struct sched_domain *unwanted, struct sched_domain *kept)
{
    d->sched = unwanted;
    if (s->policy->domain_remove)
        s->policy->domain_remove(s, d);
    d->sched = kept;
}

/* Every vCPU gets what the new scheduler needs; was: what it had. */
static int add_all(struct domain *d, struct sched_instance *to, struct sched_vcpu **was)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        set_cpu(v, cpumask_first(to->cpus));
        was[v->id] = v->sched;
        v->sched = NULL;
        if (to->policy->vcpu_add && to->policy->vcpu_add(to, v))
            return -XEN_ENOMEM;
    }
    return 0;
}

static int move_paused(struct domain *d, struct sched_instance *to, struct sched_vcpu **was)
{
    struct sched_instance *from = d->sched_instance;
    struct sched_domain *domain_was = d->sched, *domain_new;
    struct vcpu *v;

    if (to->policy->domain_add && to->policy->domain_add(to, d)) {
        d->sched = domain_was;
        return -XEN_ENOMEM;
    }
    domain_new = d->sched;
    if (add_all(d, to, was)) {
        for_each_vcpu(d, v)
        {
            if (was[v->id])
                drop(to, v, v->sched, was[v->id]);
            set_cpu(v, cpumask_first(from->cpus));
        }
        drop_domain(to, d, domain_new, domain_was);
        return -XEN_ENOMEM;
    }
    for_each_vcpu(d, v) drop(from, v, was[v->id], v->sched);
    drop_domain(from, d, domain_was, domain_new);
    d->sched_instance = to;
    return 0;
}

int sched_domain_move(struct domain *d, struct sched_instance *to)
{
    struct sched_instance *from = d->sched_instance;
    struct sched_vcpu **was;
    int rc;

    if (from == to)
        return 0;
    if (cpumask_empty(to->cpus))
        return -XEN_EINVAL;
    was = xzalloc_array(struct sched_vcpu *, d->max_vcpus);
    if (!was)
        return -XEN_ENOMEM;
    domain_pause_sync(d);
    rc = move_paused(d, to, was);
    domain_unpause(d);
    xfree(was);
    if (!rc) {
        __atomic_fetch_add(&to->nr_domains, 1, __ATOMIC_RELAXED);
        __atomic_fetch_sub(&from->nr_domains, 1, __ATOMIC_RELEASE);
    }
    return rc;
}
