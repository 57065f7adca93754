/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round robin: who waits runs in turn, one slice each, on whichever CPU is free. The smallest policy that is
 * fair to vCPUs; it knows nothing of domains. The keys of its queue are numbers that it gives out.
 */
#include <xen/log.h>
#include <xen/sched_policy.h>
#include <public/domctl.h>
#include "shared_queue.h"

#define SLICE MILLISECONDS(5)

struct sched_vcpu {
    struct shared_entry entry;
    bool yielded;
};

struct round_robin {
    struct shared_queue q; /* first */
    int64_t last;
};

static void create(struct sched_instance *s)
{
    shared_queue_init(s->data);
}

static void vcpu_add(struct sched_instance *s, struct vcpu *v)
{
    shared_entry_init(&v->sched->entry, v);
}

static void wait_in(struct round_robin *r, struct sched_vcpu *u)
{
    shared_queue_insert(&r->q, &u->entry, ++r->last);
}

/* Nobody is preempted before his slice ends. */
static int64_t running_key(const struct sched_cpu *sc, s_time_t now)
{
    return 0;
}

static void wake(struct vcpu *v, s_time_t now)
{
    struct sched_cpu *sc = sched_cpu_of(v->cpu);
    struct round_robin *r = sc->data;

    wait_in(r, v->sched);
    shared_queue_ask(&r->q, &v->sched->entry, sc->instance, now, running_key);
}

static void sleep(struct vcpu *v, s_time_t now)
{
    list_del(&v->sched->entry.order.node);
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

static struct sched_decision go_on(struct round_robin *r, const struct sched_cpu *sc, struct vcpu *v,
                                   s_time_t slice)
{
    unsigned long bit = cpumask_of(sc->cpu).bits;

    if (!list_empty(&r->q.waiting))
        return (struct sched_decision){v, slice};
    r->q.untimed.bits |= bit;
    return (struct sched_decision){v, -1};
}

static struct sched_decision pick_anew(struct round_robin *r, struct sched_cpu *sc, s_time_t now)
{
    struct sched_vcpu *curr = sc->curr->is_idle ? NULL : sc->curr->sched;
    struct sched_vcpu *next = (struct sched_vcpu *)shared_queue_first(&r->q, sc);
    bool goes_on = curr && sc->curr_goes_on, yielded = curr && curr->yielded;
    s_time_t used = now - sc->curr->scheduled_at_ns;

    if (curr)
        curr->yielded = false;
    /* Who was alone begins a slice now. */
    if (cpumask_test(r->q.untimed, sc->cpu))
        used %= SLICE;
    r->q.untimed.bits &= ~cpumask_of(sc->cpu).bits;
    if (goes_on && sched_may_run(sc, curr->entry.v) && (!next || (!yielded && used < SLICE)))
        return go_on(r, sc, curr->entry.v, next ? SLICE - used : SLICE);
    if (next) {
        list_del(&next->entry.order.node);
        WRITE_ONCE(next->entry.v->cpu, sc->cpu);
    }
    if (goes_on)
        wait_in(r, curr);
    return next ? go_on(r, sc, next->entry.v, SLICE) : (struct sched_decision){sc->idle, -1};
}

static struct sched_decision pick(struct sched_cpu *sc, s_time_t now)
{
    struct round_robin *r = sc->data;

    if (shared_queue_is_quiet(&r->q, sc)) {
        sc->curr->sched->yielded = false;
        return (struct sched_decision){sc->curr, -1};
    }
    return pick_anew(r, sc, now);
}

static void dump(struct sched_cpu *sc)
{
    struct round_robin *r = sc->data;

    if (sc->cpu != cpumask_first(r->q.cpus))
        return;
    for (struct list_head *at = r->q.waiting.next; at != &r->q.waiting; at = at->next)
        printk("  waits: d%uv%u\n", shared_entry_of(at)->v->domain->id, shared_entry_of(at)->v->id);
}

const struct scheduler scheduler_round_robin = {
    .name = "rr",
    .title = "round robin",
    .id = XEN_SCHEDULER_NULL, /* libxl knows no other that has no parameters */
    .instance_bytes = sizeof(struct round_robin),
    .vcpu_bytes = sizeof(struct sched_vcpu),
    .create = create,
    .cpu_add = shared_queue_cpu_add,
    .cpu_remove = shared_queue_cpu_remove,
    .vcpu_add = vcpu_add,
    .choose_cpu = sched_choose_cpu,
    .wake = wake,
    .sleep = sleep,
    .yield = yield,
    .pick = pick,
    .dump = dump,
};
