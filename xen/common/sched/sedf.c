/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simple earliest deadline first: each vCPU is promised a budget of running time in each of its periods. Of
 * those with budget left the one whose period ends first runs; as long as the budgets fit on the CPUs, each
 * has had its own by the end of its period. What is left over is extra time, which those who may use it share
 * equally; who may not waits for its next period, so that its budget is a cap as well.
 *
 * All CPUs share one queue. Deadlines come before extra time in the order of its keys.
 */
#include <xen/log.h>
#include <xen/refusal.h>
#include <xen/sched_policy.h>
#include <public/domctl.h>
#include <public/sysctl.h>
#include "shared_queue.h"

#define PERIOD       MICROSECONDS(10000)
#define BUDGET       MICROSECONDS(4000)
#define TIME_LEAST   MICROSECONDS(10)     /* of a period, and of a budget */
#define PERIOD_MOST  SECONDS(10)
#define EXTRA_SLICE  MILLISECONDS(5)
#define EXTRA_KEYS   ((int64_t)1 << 61)   /* where the keys of those begin who run in extra time */

struct sched_vcpu {
    struct shared_entry entry; /* waiting, by key */
    struct ordered release;    /* without budget: by the end of the period */
    s_time_t period_ns, budget_ns;
    s_time_t deadline_ns, left_ns;
    int64_t extra_used;
    s_time_t since_ns;
    bool may_extra, yielded;
    bool parked; /* could run, but must wait for its next period */
};

struct sedf {
    struct shared_queue q; /* first */
    struct list_head releases;
    int64_t extra_base; /* of extra_used: who comes back has used at least that */
};

static void create(struct sched_instance *s)
{
    struct sedf *e = s->data;

    shared_queue_init(&e->q);
    list_init(&e->releases);
}

static void vcpu_add(struct sched_instance *s, struct vcpu *v)
{
    struct sched_vcpu *u = v->sched;

    shared_entry_init(&u->entry, v);
    list_init(&u->release.node);
    u->period_ns = PERIOD;
    u->budget_ns = BUDGET;
    u->may_extra = true;
}

static void vcpu_remove(struct sched_instance *s, struct vcpu *v)
{
    struct sedf *e = s->data;
    unsigned long flags = spin_lock_irqsave(&e->q.lock);

    list_del(&v->sched->release.node);
    spin_unlock_irqrestore(&e->q.lock, flags);
}

/* --- Budgets --- */
static int64_t key_of(const struct sched_vcpu *u)
{
    return u->left_ns > 0 ? u->deadline_ns : EXTRA_KEYS + u->extra_used;
}

static void renew(struct sched_vcpu *u, s_time_t now)
{
    if (now < u->deadline_ns)
        return;
    u->deadline_ns += ((now - u->deadline_ns) / u->period_ns + 1) * u->period_ns;
    u->left_ns = u->budget_ns;
    list_del(&u->release.node);
}

/* u has run until now. */
static void charge(struct sedf *e, const struct sched_cpu *sc, struct sched_vcpu *u, s_time_t now)
{
    s_time_t ran = now - u->since_ns;

    u->since_ns = now;
    if (!cpumask_test(e->q.untimed, sc->cpu)) {
        if (u->left_ns > 0)
            u->left_ns -= ran;
        else
            u->extra_used += ran;
    }
    renew(u, now);
    if (u->left_ns <= 0 && list_empty(&u->release.node)) {
        u->release.key = u->deadline_ns;
        ordered_insert(&u->release, &e->releases);
    }
}

static int64_t running_key(const struct sched_cpu *sc, s_time_t now)
{
    return key_of(sc->curr->sched);
}

static void wait_in(struct sedf *e, struct sched_vcpu *u)
{
    u->parked = u->left_ns <= 0 && !u->may_extra;
    if (!u->parked)
        shared_queue_insert(&e->q, &u->entry, key_of(u));
}

/* Those whose period has ended have budget again. */
static void release(struct sedf *e, const struct sched_instance *s, s_time_t now)
{
    while (!list_empty(&e->releases)) {
        struct sched_vcpu *u = list_entry(e->releases.next, struct sched_vcpu, release.node);

        if (u->deadline_ns > now)
            break;
        renew(u, now);
        if (list_empty(&u->entry.order.node) && !u->parked)
            continue;
        list_del(&u->entry.order.node);
        wait_in(e, u);
        shared_queue_ask(&e->q, &u->entry, s, now, running_key);
    }
}

static void wake(struct vcpu *v, s_time_t now)
{
    struct sched_cpu *sc = sched_cpu_of(v->cpu);
    struct sedf *e = sc->data;
    struct sched_vcpu *u = v->sched;

    renew(u, now);
    if (u->extra_used < e->extra_base)
        u->extra_used = e->extra_base;
    wait_in(e, u);
    if (u->parked)
        sched_resched_cpu(v->cpu);
    else
        shared_queue_ask(&e->q, &u->entry, sc->instance, now, running_key);
}

static void sleep(struct vcpu *v, s_time_t now)
{
    list_del(&v->sched->entry.order.node);
    v->sched->parked = false;
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

/* --- The decision --- */
static s_time_t slice(const struct sedf *e, const struct sched_vcpu *next, s_time_t now)
{
    s_time_t ends = -1, due;

    if (next && next->left_ns > 0 && (!next->may_extra || !list_empty(&e->q.waiting)))
        ends = next->left_ns;
    else if (next && !list_empty(&e->q.waiting))
        ends = EXTRA_SLICE;
    if (list_empty(&e->releases))
        return ends;
    due = max(ordered_entry(e->releases.next)->key - now, (int64_t)0);
    return ends < 0 ? due : min(ends, due);
}

static bool keeps_cpu(const struct sched_vcpu *curr, const struct sched_vcpu *best)
{
    int64_t slack = curr->left_ns > 0 ? 0 : EXTRA_SLICE;

    if (curr->left_ns <= 0 && !curr->may_extra)
        return false;
    if (!best)
        return true;
    return !curr->yielded && ordered_distance(key_of(curr), best->entry.order.key + slack) > 0;
}

static void start(struct sedf *e, struct sched_cpu *sc, struct sched_vcpu *next, s_time_t now)
{
    list_del(&next->entry.order.node);
    if (next->left_ns <= 0)
        e->extra_base = max(e->extra_base, next->extra_used - EXTRA_SLICE);
    next->since_ns = now;
    WRITE_ONCE(next->entry.v->cpu, sc->cpu);
}

static struct sched_decision pick_anew(struct sedf *e, struct sched_cpu *sc, s_time_t now)
{
    struct sched_vcpu *curr = sc->curr->is_idle ? NULL : sc->curr->sched, *best;
    s_time_t ends;

    if (curr)
        charge(e, sc, curr, now);
    e->q.untimed.bits &= ~cpumask_of(sc->cpu).bits;
    release(e, sc->instance, now);
    best = (struct sched_vcpu *)shared_queue_first(&e->q, sc);
    if (curr && sc->curr_goes_on && sched_may_run(sc, curr->entry.v) && keeps_cpu(curr, best)) {
        best = curr;
    } else {
        if (best)
            start(e, sc, best, now);
        if (curr && sc->curr_goes_on)
            wait_in(e, curr);
    }
    if (curr)
        curr->yielded = false;
    ends = slice(e, best, now);
    if (best && ends < 0)
        e->q.untimed.bits |= cpumask_of(sc->cpu).bits;
    return (struct sched_decision){best ? best->entry.v : sc->idle, ends};
}

static struct sched_decision pick(struct sched_cpu *sc, s_time_t now)
{
    struct sedf *e = sc->data;

    if (shared_queue_is_quiet(&e->q, sc) && list_empty(&e->releases)) {
        sc->curr->sched->yielded = false;
        return (struct sched_decision){sc->curr, -1};
    }
    return pick_anew(e, sc, now);
}

static void dump(struct sched_cpu *sc)
{
    struct sedf *e = sc->data;

    if (sc->cpu != cpumask_first(e->q.cpus))
        return;
    for (struct list_head *at = e->q.waiting.next; at != &e->q.waiting; at = at->next) {
        const struct sched_vcpu *u = (struct sched_vcpu *)shared_entry_of(at);

        printk("  waits: d%uv%u, has %ld us until %ld us\n", u->entry.v->domain->id, u->entry.v->id,
               (long)u->left_ns / 1000, (long)u->deadline_ns / 1000);
    }
}

/* --- What a toolstack sets --- */
static void tell(const struct sched_vcpu *u, struct xen_domctl_sched_rtds *p)
{
    p->period = (uint32_t)(u->period_ns / 1000);
    p->budget = (uint32_t)(u->budget_ns / 1000);
    p->flags = u->may_extra ? XEN_DOMCTL_SCHEDRT_extra : 0;
}

static long judge(const struct xen_domctl_sched_rtds *p)
{
    s_time_t period = MICROSECONDS(p->period), budget = MICROSECONDS(p->budget);

    if (period > PERIOD_MOST || period < TIME_LEAST || budget < TIME_LEAST || budget > period)
        return refuse(-XEN_EINVAL, "sched.sedf.budget", "a budget of %u us in a period of %u us cannot be",
                      p->budget, p->period);
    return 0;
}

/* The lock held. */
static void set(struct sched_vcpu *u, const struct xen_domctl_sched_rtds *p)
{
    u->period_ns = MICROSECONDS(p->period);
    u->budget_ns = MICROSECONDS(p->budget);
    u->may_extra = p->flags & XEN_DOMCTL_SCHEDRT_extra;
}

static void set_and_ask(struct sedf *e, struct sched_vcpu *u, const struct xen_domctl_sched_rtds *p)
{
    unsigned long flags = spin_lock_irqsave(&e->q.lock);

    set(u, p);
    spin_unlock_irqrestore(&e->q.lock, flags);
    /* It may run without an end, or be parked. */
    sched_resched_cpu(READ_ONCE(u->entry.v->cpu));
}

static long domain_parameters(struct sched_instance *s, struct domain *d, struct xen_domctl_scheduler_op *op)
{
    static const struct sched_vcpu defaults = {.period_ns = PERIOD, .budget_ns = BUDGET};
    struct vcpu *v;
    long rc;

    if (op->cmd == XEN_DOMCTL_SCHEDOP_getinfo) {
        tell(&defaults, &op->u.rtds);
        return 0;
    }
    rc = judge(&op->u.rtds);
    if (rc)
        return rc;
    for_each_vcpu(d, v) set_and_ask(s->data, v->sched, &op->u.rtds);
    return 0;
}

static long vcpu_parameters(struct sched_instance *s, struct vcpu *v, struct xen_domctl_schedparam_vcpu *p,
                            bool change)
{
    long rc;

    if (!change) {
        tell(v->sched, &p->u.rtds);
        return 0;
    }
    rc = judge(&p->u.rtds);
    if (!rc)
        set_and_ask(s->data, v->sched, &p->u.rtds);
    return rc;
}

const struct scheduler scheduler_sedf = {
    .name = "sedf",
    .title = "simple earliest deadline first",
    .id = XEN_SCHEDULER_RTDS, /* which has periods and budgets of vCPUs, and extra time, as well */
    .instance_bytes = sizeof(struct sedf),
    .vcpu_bytes = sizeof(struct sched_vcpu),
    .create = create,
    .cpu_add = shared_queue_cpu_add,
    .cpu_remove = shared_queue_cpu_remove,
    .vcpu_add = vcpu_add,
    .vcpu_remove = vcpu_remove,
    .choose_cpu = sched_choose_cpu,
    .wake = wake,
    .sleep = sleep,
    .yield = yield,
    .pick = pick,
    .dump = dump,
    .domain_parameters = domain_parameters,
    .vcpu_parameters = vcpu_parameters,
};
