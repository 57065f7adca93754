/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs and domains that change from one pool, that is one instance of a scheduler, to another. */
#include <xen/arch.h>
#include <xen/log.h>
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
static const struct scheduler no_scheduler = {.name = "none",
                                              .title = "no pool",
                                              .wake = nothing,
                                              .sleep = nothing,
                                              .pick = pick_idle,
                                              .dump = dump_nothing};
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
    /*
     * Also if it did not wait: who was waking it, and had just chosen the CPU that leaves, gives up now that
     * it is elsewhere.
     */
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

static void look_for_pinned(struct domain *d, void *data)
{
    struct leaving *l = data;
    struct vcpu *v;

    if (d->sched_instance != l->from)
        return;
    for_each_vcpu(d, v) if (!cpumask_empty(v->affinity_unpinned) && cpumask_test(v->affinity, l->cpu))
        l->done = false;
}

/*
 * Those whom a toolstack let run here and nowhere else in the pool run anywhere from now on, and it is told
 * so.
 */
static void free_affinity(struct domain *d, void *data)
{
    struct leaving *l = data;
    struct vcpu *v;

    if (d->sched_instance != l->from)
        return;
    for_each_vcpu(d, v)
    {
        unsigned long flags;
        struct sched_cpu *sc;

        if (!cpumask_test(v->affinity, l->cpu) || !cpumask_empty(cpumask_and(v->affinity, l->from->cpus)))
            continue;
        sc = sched_vcpu_lock(v, &flags);
        v->affinity = cpumask_all();
        sched_unlock(sc, flags);
        printk("CPU%u leaves its pool: d%uv%u may run on every CPU from now on\n", l->cpu, d->id, v->id);
    }
}

/* It runs idle, and no vCPU of its pool is there: it is in no pool from now on. */
static void leave_pool(struct sched_cpu *sc)
{
    const struct scheduler *policy = sc->instance->policy;
    unsigned long flags = arch_irq_save();
    void *unused;
    spinlock_t *lock;

    sched_cpu_lock(sc);
    lock = sc->lock;
    if (policy->cpu_remove)
        policy->cpu_remove(sc);
    unused = policy->cpu_bytes ? sc->data : NULL;
    sc->instance = &no_instance;
    sc->data = NULL;
    WRITE_ONCE(sc->lock, &sc->own_lock);
    spin_unlock_irqrestore(lock, flags);
    timer_stop(&sc->slice_timer);
    xfree(unused);
}

/* Begun, and not to be: it is as it was. */
static void stay_in_pool(struct sched_cpu *sc)
{
    unsigned long flags = arch_irq_save();

    sched_cpu_lock(sc);
    cpumask_set_atomic(&sc->instance->cpus, sc->cpu);
    if (sc->curr == sc->idle)
        cpumask_set_atomic(&sc->instance->idle, sc->cpu);
    sched_unlock(sc, flags);
    sched_resched_cpu(sc->cpu);
}

int sched_cpu_leave(unsigned int cpu)
{
    struct sched_cpu *sc = sched_cpu_of(cpu);
    struct leaving l = {.from = sc->instance, .cpu = cpu, .done = true};

    if (l.from == &no_instance)
        return 0;
    if (l.from->nr_domains && l.from->cpus.bits == cpumask_of(cpu).bits)
        return -XEN_EBUSY;
    for_each_domain(look_for_pinned, &l);
    if (!l.done) {
        stay_in_pool(sc);
        return -XEN_EADDRINUSE;
    }
    cpumask_clear_atomic(&l.from->cpus, cpu);
    for_each_domain(free_affinity, &l);
    sched_resched_cpu(cpu);
    if (READ_ONCE(sc->curr) != sc->idle)
        return -XEN_ERESTART;
    cpumask_clear_atomic(&l.from->idle, cpu);
    for_each_domain(move_vcpus, &l);
    /* In the midst of a switch it still looks at its instance: pairs with sched_context_saved. */
    if (!l.done || READ_ONCE(sc->curr) != sc->idle || __atomic_load_n(&sc->is_switching, __ATOMIC_ACQUIRE))
        return -XEN_ERESTART;
    leave_pool(sc);
    return 0;
}

int sched_cpu_enter(unsigned int cpu, struct sched_instance *s)
{
    struct sched_cpu *sc = sched_cpu_of(cpu), prepared = {.cpu = cpu, .instance = s, .lock = &sc->own_lock};
    unsigned long flags;
    int rc = sched_cpu_prepare(&prepared);

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

/* For each vCPU of d, what a policy keeps. False: there is no memory, and none is kept. */
static bool get_all(const struct domain *d, const struct scheduler *policy, void **memory)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        if (sched_memory(policy->vcpu_bytes, &memory[v->id]))
            continue;
        for (unsigned int id = 0; id < v->id; id++)
            xfree(memory[id]);
        return false;
    }
    return true;
}

/* Those of a paused domain wait nowhere. */
static void leave_instance(struct domain *d, struct sched_instance *from)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        if (from->policy->vcpu_remove)
            from->policy->vcpu_remove(from, v);
        xfree(v->sched);
        v->sched = NULL;
    }
    xfree(d->sched);
}

static void enter_instance(struct domain *d, struct sched_instance *to, void *domain_memory,
                           void **vcpu_memory)
{
    struct vcpu *v;

    d->sched = domain_memory;
    if (to->policy->domain_add)
        to->policy->domain_add(to, d);
    for_each_vcpu(d, v)
    {
        set_cpu(v, cpumask_first(to->cpus));
        v->sched = vcpu_memory[v->id];
        if (to->policy->vcpu_add)
            to->policy->vcpu_add(to, v);
        v->affinity = v->soft_affinity = cpumask_all();
    }
    d->sched_instance = to;
}

int sched_domain_move(struct domain *d, struct sched_instance *to)
{
    struct sched_instance *from = d->sched_instance;
    void *domain_memory = NULL, **vcpu_memory;

    if (from == to)
        return 0;
    if (cpumask_empty(to->cpus))
        return -XEN_EINVAL;
    vcpu_memory = xzalloc_array(void *, d->max_vcpus);
    if (!vcpu_memory || !sched_memory(to->policy->domain_bytes, &domain_memory) ||
        !get_all(d, to->policy, vcpu_memory)) {
        xfree(domain_memory);
        xfree(vcpu_memory);
        return -XEN_ENOMEM;
    }
    domain_pause_sync(d);
    leave_instance(d, from);
    enter_instance(d, to, domain_memory, vcpu_memory);
    domain_unpause(d);
    xfree(vcpu_memory);
    __atomic_fetch_add(&to->nr_domains, 1, __ATOMIC_RELAXED);
    __atomic_fetch_sub(&from->nr_domains, 1, __ATOMIC_RELEASE);
    return 0;
}
