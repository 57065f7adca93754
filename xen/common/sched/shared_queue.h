/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue that several CPUs share, with its lock: those who wait, in the order of a key, and which CPUs to
 * ask when that changes. What the key means is the policy's. All but init and the adding of a CPU with the
 * lock held.
 */
#ifndef SCHED_SHARED_QUEUE_H
#define SCHED_SHARED_QUEUE_H

#include <xen/sched_policy.h>
#include "ordered.h"

struct shared_queue {
    spinlock_t lock;
    struct list_head waiting; /* struct shared_entry.order */
    cpumask_t cpus;
    cpumask_t untimed; /* whose current vCPU runs without an end: nobody waited when it was picked */
    cpumask_t poked;   /* idle ones that have been asked to pick and have not yet */
};

/* A vCPU's place in it; a policy has it first in its struct sched_vcpu. */
struct shared_entry {
    struct ordered order;
    struct vcpu *v;
};

static inline struct shared_entry *shared_entry_of(const struct list_head *node)
{
    return list_entry(node, struct shared_entry, order.node);
}

static inline void shared_entry_init(struct shared_entry *e, struct vcpu *v)
{
    e->v = v;
    list_init(&e->order.node);
}

static inline void shared_queue_init(struct shared_queue *q)
{
    list_init(&q->waiting);
}

static inline void shared_queue_add_cpu(struct shared_queue *q, struct sched_cpu *sc)
{
    unsigned long flags = spin_lock_irqsave(&q->lock);

    q->cpus.bits |= cpumask_of(sc->cpu).bits;
    spin_unlock_irqrestore(&q->lock, flags);
    sc->data = q;
    sc->lock = &q->lock;
}

/* The same as a policy's hook: for instances with one queue, first in their data. */
static inline void shared_queue_cpu_add(struct sched_cpu *sc)
{
    shared_queue_add_cpu(sc->instance->data, sc);
}

/* A policy's hook. */
static inline void shared_queue_cpu_remove(struct sched_cpu *sc)
{
    struct shared_queue *q = sc->data;
    unsigned long others = ~cpumask_of(sc->cpu).bits;

    q->cpus.bits &= others;
    q->untimed.bits &= others;
    q->poked.bits &= others;
    /* What it waited for, another one waits for. */
    if (!cpumask_empty(q->cpus))
        sched_resched_cpu(cpumask_first(q->cpus));
}

static always_inline void shared_queue_insert(struct shared_queue *q, struct shared_entry *e, int64_t key)
{
    e->order.key = key;
    ordered_insert(&e->order, &q->waiting);
}

/* The first that may run on sc; NULL: none. */
static always_inline struct shared_entry *shared_queue_first(const struct shared_queue *q,
                                                             const struct sched_cpu *sc)
{
    for (const struct list_head *at = q->waiting.next; at != &q->waiting; at = at->next) {
        struct shared_entry *e = shared_entry_of(at);

        if (likely(sched_may_run(sc, e->v) && sched_is_saved_for(sc, e->v)))
            return e;
    }
    return NULL;
}

/* sc picks: is there nothing to decide, since curr goes on, nobody waits, and its time is not counted? */
static always_inline bool shared_queue_is_quiet(struct shared_queue *q, const struct sched_cpu *sc)
{
    q->poked.bits &= ~cpumask_of(sc->cpu).bits;
    return list_empty(&q->waiting) && !sc->curr->is_idle && sc->curr_goes_on &&
           likely(cpumask_test(q->untimed, sc->cpu)) && sched_may_run(sc, sc->curr);
}

/* An idle CPU for v that nobody else is meant to take; MAX_CPUS: none. */
static always_inline unsigned int shared_queue_idle_cpu(const struct shared_queue *q, const struct vcpu *v,
                                                        cpumask_t idle)
{
    cpumask_t preferred;

    idle = cpumask_andnot(idle, q->poked);
    if (cpumask_empty(idle))
        return MAX_CPUS;
    preferred = cpumask_and(idle, v->soft_affinity);
    if (!cpumask_empty(preferred))
        idle = preferred;
    return cpumask_test(idle, v->cpu) ? v->cpu : cpumask_first(idle);
}

/*
 * e waits from now on: asks the CPUs that this concerns. An idle one; or the one whose vCPU has the greatest
 * key, if that is greater than e's; and those that have been running without an end. key_now: of what runs on
 * a CPU.
 */
static always_inline void shared_queue_ask(struct shared_queue *q, const struct shared_entry *e,
                                           const struct sched_instance *s, s_time_t now,
                                           int64_t (*key_now)(const struct sched_cpu *sc, s_time_t now))
{
    cpumask_t allowed = sched_allowed(s, e->v),
              idle = cpumask_and((cpumask_t){READ_ONCE(s->idle.bits)}, allowed), asked;
    unsigned int cpu = shared_queue_idle_cpu(q, e->v, cpumask_and(idle, q->cpus));
    int64_t most = e->order.key;

    if (cpu != MAX_CPUS) {
        q->poked.bits |= cpumask_of(cpu).bits;
        sched_resched_cpu(cpu);
        return;
    }
    /* CPUs of other queues take it from here. */
    idle = cpumask_andnot(idle, q->cpus);
    if (unlikely(!cpumask_empty(idle)))
        sched_resched_cpu(cpumask_first(idle));
    allowed = cpumask_and(allowed, q->cpus);
    asked = cpumask_and(allowed, q->untimed);
    for_each_cpu(cpu, cpumask_andnot(allowed, q->poked))
    {
        const struct sched_cpu *sc = sched_cpu_of(cpu);
        int64_t key = sc->curr->is_idle ? most : key_now(sc, now);

        if (ordered_distance(most, key) > 0) {
            most = key;
            asked = cpumask_or(cpumask_and(allowed, q->untimed), cpumask_of(cpu));
        }
    }
    for_each_cpu(cpu, asked) sched_resched_cpu(cpu);
}

#endif
