/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credit: each CPU has a queue in the order of three priorities: boosted (woke up, or may run again under its
 * cap, with credit left), under (has credit left), over. Credit is dealt out every 30 ms, by weight
 * (credit.h), and running uses it up. Within a priority it is turn and turn about. A CPU that has nothing, or
 * none with credit left, takes from other CPUs one that has.
 *
 * Running is charged by the nanosecond when it ends, where the first credit scheduler charged who ran at a
 * tick: sleeping before the tick gains nothing. A cap is a pot (pot.h).
 */
#include <xen/log.h>
#include <xen/refusal.h>
#include <public/domctl.h>
#include <public/sysctl.h>
#include "credit.h"
#include "share.h"

#define SLICE     MILLISECONDS(30)
#define RATELIMIT MICROSECONDS(1000)
#define BOOST     MICROSECONDS(1000) /* of running, then it is over */

enum priority { BOOSTED, UNDER, OVER };

/* A CPU's. */
struct queue {
    struct list_head waiting, parked;
    unsigned int deal; /* the last one that waiting is ordered by */
};

static struct credit *credit_of(const struct sched_instance *s)
{
    return s->data;
}

/* --- What comes and goes --- */
static void create(struct sched_instance *s)
{
    struct credit *c = credit_of(s);

    list_init(&c->active);
    c->slice_ns = SLICE;
    c->ratelimit_ns = RATELIMIT;
}

static void cpu_add(struct sched_cpu *sc)
{
    struct queue *q = sc->data;

    list_init(&q->waiting);
    list_init(&q->parked);
}

static void domain_add(struct sched_instance *s, struct domain *d)
{
    list_init(&d->sched->active_domains);
    list_init(&d->sched->active_vcpus);
    d->sched->weight = WEIGHT_DEFAULT;
    pot_init(&d->sched->pot, d->max_vcpus);
}

static void vcpu_add(struct sched_instance *s, struct vcpu *v)
{
    struct sched_vcpu *u = v->sched;

    u->v = v;
    u->d = v->domain->sched;
    u->credit_ns = RATELIMIT;
    list_init(&u->queue.node);
    list_init(&u->active);
}

static void vcpu_remove(struct sched_instance *s, struct vcpu *v)
{
    credit_forget(credit_of(s), v->sched);
}

/* --- The queue --- */
static enum priority priority(const struct sched_vcpu *u)
{
    if (READ_ONCE(u->credit_ns) <= 0)
        return OVER;
    return u->boosted_ns > 0 ? BOOSTED : UNDER;
}

static struct sched_vcpu *vcpu_at(const struct list_head *node)
{
    return list_entry(node, struct sched_vcpu, queue.node);
}

static void wait_in(struct queue *q, struct sched_vcpu *u)
{
    u->queue.key = priority(u);
    ordered_insert(&u->queue, &q->waiting);
}

static void leave(struct sched_vcpu *u)
{
    list_del(&u->queue.node);
    u->parked = false;
}

/* After a deal: who was over may be under. */
static void reorder(struct queue *q, unsigned int dealt)
{
    struct list_head all;

    if (likely(q->deal == dealt))
        return;
    q->deal = dealt;
    if (list_empty(&q->waiting))
        return;
    list_insert_between(&all, &q->waiting, q->waiting.next);
    list_del(&q->waiting);
    while (!list_empty(&all)) {
        struct sched_vcpu *u = vcpu_at(all.next);

        list_del(&u->queue.node);
        u->queue.key = priority(u);
        ordered_insert(&u->queue, &q->waiting);
    }
}

static bool takes_portion(struct queue *q, struct sched_vcpu *u, s_time_t now)
{
    s_time_t until;

    if (pot_take(&u->d->pot, &u->portion_ns, now, &until))
        return true;
    u->parked = true;
    u->queue.key = until;
    ordered_insert(&u->queue, &q->parked);
    return false;
}

static void unpark(struct queue *q, const struct sched_cpu *sc, s_time_t now)
{
    while (unlikely(!list_empty(&q->parked)) && vcpu_at(q->parked.next)->queue.key <= now) {
        struct sched_vcpu *u = vcpu_at(q->parked.next);

        leave(u);
        /* What it does not use in this period is gone. */
        u->boosted_ns = BOOST;
        if (takes_portion(q, u, now)) {
            wait_in(q, u);
            sched_ask_cpus(sc, u->v, true);
        }
    }
}

static void wake(struct vcpu *v, s_time_t now)
{
    struct sched_cpu *sc = sched_cpu_of(v->cpu);
    struct sched_vcpu *u = v->sched;
    struct queue *q = sc->data;
    bool others = !list_empty(&q->waiting) || !sc->curr->is_idle;

    credit_wants(credit_of(sc->instance), u);
    u->boosted_ns = BOOST;
    if (likely(!u->d->pot.cap) || takes_portion(q, u, now))
        wait_in(q, u);
    sched_ask_cpus(sc, v, others && !u->parked);
}

static void sleep(struct vcpu *v, s_time_t now)
{
    leave(v->sched);
    WRITE_ONCE(v->sched->runnable, false);
    pot_give_back(&v->sched->d->pot, &v->sched->portion_ns);
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

/* --- The decision --- */
static void charge(struct sched_vcpu *u, s_time_t now)
{
    s_time_t ran = now - u->since_ns;

    if (unlikely(u->d->pot.cap))
        pot_charge(&u->d->pot, &u->portion_ns, u->since_ns, now);
    u->since_ns = now;
    /* Longer than any slice, it ran alone. */
    __atomic_fetch_sub(&u->credit_ns, min(ran, DEAL_PERIOD), __ATOMIC_RELAXED);
    u->boosted_ns -= min(ran, u->boosted_ns);
}

/* Of the priorities below limit, the first in other's queue that may run on sc. */
static struct sched_vcpu *first_in(struct sched_cpu *other, const struct sched_cpu *sc, enum priority limit,
                                   s_time_t now)
{
    s_time_t delay = credit_of(sc->instance)->migration_delay_ns;
    struct queue *q = other->data;

    for (struct list_head *at = q->waiting.next; at != &q->waiting; at = at->next) {
        struct sched_vcpu *u = vcpu_at(at);

        if (u->queue.key >= limit)
            return NULL;
        if (sched_may_run(sc, u->v) && (other == sc || now - u->since_ns >= delay) &&
            sched_is_saved_for(sc, u->v))
            return u;
    }
    return NULL;
}

/* One from another CPU, off its queue; that CPU's lock is only tried. */
static struct sched_vcpu *steal(struct sched_cpu *sc, enum priority limit, s_time_t now)
{
    unsigned int cpu;

    for_each_cpu(cpu, cpumask_andnot(sc->instance->cpus, cpumask_of(sc->cpu)))
    {
        struct sched_cpu *other = sched_cpu_of(cpu);
        struct sched_vcpu *u;

        /* The lock of any CPU of credit's. It may have left the pool, and its queue is freed. */
        if (!spin_trylock(&other->own_lock))
            continue;
        u = other->instance == sc->instance ? first_in(other, sc, limit, now) : NULL;
        if (u) {
            leave(u);
            WRITE_ONCE(u->v->cpu, sc->cpu);
        }
        spin_unlock(&other->own_lock);
        if (u)
            return u;
    }
    return NULL;
}

/* Is there no other CPU on which somebody may wait? */
static bool is_alone(const struct sched_cpu *sc)
{
    return sc->instance->cpus.bits == cpumask_of(sc->cpu).bits;
}

/* Until next's turn ends; -1: nobody waits for that. */
static s_time_t slice(const struct sched_cpu *sc, const struct credit *c, const struct sched_vcpu *next,
                      s_time_t rest, s_time_t now)
{
    const struct queue *q = sc->data;
    s_time_t ends = -1;

    if (next && (!list_empty(&q->waiting) || !is_alone(sc))) {
        s_time_t credit = READ_ONCE(next->credit_ns);

        ends = rest;
        if (credit > 0)
            ends = min(ends, max(credit, c->ratelimit_ns));
        ends = min(ends, max(c->deal_at_ns - now, (s_time_t)0));
    }
    if (next && unlikely(next->d->pot.cap))
        ends = sched_sooner(ends, next->portion_ns);
    if (unlikely(!list_empty(&q->parked)))
        ends = sched_sooner(ends, max(vcpu_at(q->parked.next)->queue.key - now, (s_time_t)0));
    return ends;
}

/* curr could go on. Does it, though best waits? */
static bool keeps_cpu(const struct credit *c, const struct sched_vcpu *curr, const struct sched_vcpu *best,
                      s_time_t ran)
{
    enum priority own = priority(curr);

    if (!best)
        return true;
    if (curr->yielded)
        return false;
    if (ran < c->ratelimit_ns)
        return true;
    return best->queue.key > own || (best->queue.key == own && ran < c->slice_ns);
}

/* It stays: how long? One that would preempt it waits for the rate limit only. */
static s_time_t rest_of_turn(const struct credit *c, const struct sched_vcpu *curr,
                             const struct sched_vcpu *best, s_time_t ran)
{
    if (best && best->queue.key < priority(curr) && ran < c->ratelimit_ns)
        return c->ratelimit_ns - ran;
    return max(c->slice_ns - ran, c->ratelimit_ns);
}

static struct sched_decision pick(struct sched_cpu *sc, s_time_t now)
{
    struct queue *q = sc->data;
    struct credit *c = credit_of(sc->instance);
    struct sched_vcpu *curr = sc->curr->is_idle ? NULL : sc->curr->sched, *best, *other = NULL;
    bool goes_on = curr && sc->curr_goes_on, stays = false;
    s_time_t ran = now - sc->curr->scheduled_at_ns;

    if (goes_on && is_alone(sc) && list_empty(&q->waiting) && list_empty(&q->parked) && !curr->d->pot.cap) {
        curr->since_ns = now;
        curr->yielded = false;
        return (struct sched_decision){curr->v, -1};
    }
    if (curr)
        charge(curr, now);
    if (credit_deal_is_due(c, now))
        credit_deal(c, cpumask_count(sc->instance->cpus), now);
    reorder(q, READ_ONCE(c->deal));
    unpark(q, sc, now);
    if (goes_on && unlikely(curr->d->pot.cap))
        goes_on = takes_portion(q, curr, now);
    best = first_in(sc, sc, OVER + 1, now);
    if (goes_on && sched_may_run(sc, curr->v))
        stays = keeps_cpu(c, curr, best, ran);
    /* Neither has credit left: somebody elsewhere may have. */
    if (stays ? priority(curr) == OVER && ran >= c->ratelimit_ns : !best || best->queue.key == OVER)
        other = steal(sc, stays || best ? OVER : OVER + 1, now);
    if (stays && !other) {
        curr->yielded = false;
        return (struct sched_decision){curr->v, slice(sc, c, curr, rest_of_turn(c, curr, best, ran), now)};
    }
    if (other)
        best = other;
    else if (best)
        leave(best);
    if (curr) {
        curr->yielded = false;
        pot_give_back(&curr->d->pot, &curr->portion_ns);
        if (goes_on)
            wait_in(q, curr);
        if (!sc->curr_goes_on)
            WRITE_ONCE(curr->runnable, false);
    }
    if (best) {
        best->since_ns = now;
        WRITE_ONCE(best->v->cpu, sc->cpu);
    }
    return (struct sched_decision){best ? best->v : sc->idle, slice(sc, c, best, c->slice_ns, now)};
}

static void dump(struct sched_cpu *sc)
{
    static const char *const names[] = {"boosted", "under", "over"};
    struct queue *q = sc->data;

    for (struct list_head *at = q->waiting.next; at != &q->waiting; at = at->next)
        printk("  waits: d%uv%u, %s, credit %ld us\n", vcpu_at(at)->v->domain->id, vcpu_at(at)->v->id,
               names[vcpu_at(at)->queue.key], (long)vcpu_at(at)->credit_ns / 1000);
    for (struct list_head *at = q->parked.next; at != &q->parked; at = at->next)
        printk("  is over its cap: d%uv%u\n", vcpu_at(at)->v->domain->id, vcpu_at(at)->v->id);
}

/* --- What a toolstack sets --- */
static long domain_parameters(struct sched_instance *s, struct domain *d, struct xen_domctl_scheduler_op *op)
{
    struct sched_domain *sd = d->sched;
    struct vcpu *v;

    if (op->cmd == XEN_DOMCTL_SCHEDOP_getinfo) {
        op->u.credit.weight = sd->weight;
        op->u.credit.cap = sd->pot.cap;
        return 0;
    }
    if (op->u.credit.weight)
        WRITE_ONCE(sd->weight, op->u.credit.weight);
    /* All ones: as it is. */
    if (op->u.credit.cap == (uint16_t)~0)
        return 0;
    pot_set_cap(&sd->pot, op->u.credit.cap, now_ns());
    /* One that runs untimed gets a portion. */
    for_each_vcpu(d, v)
        sched_resched_cpu(READ_ONCE(v->cpu));
    return 0;
}

static long set_global(struct credit *c, const struct xen_sysctl_credit_schedule *p)
{
    if (p->tslice_ms < XEN_SYSCTL_CSCHED_TSLICE_MIN || p->tslice_ms > XEN_SYSCTL_CSCHED_TSLICE_MAX)
        return refuse(-XEN_EINVAL, "sched.slice", "a slice of %u ms is not between %u and %u", p->tslice_ms,
                      XEN_SYSCTL_CSCHED_TSLICE_MIN, XEN_SYSCTL_CSCHED_TSLICE_MAX);
    if (p->ratelimit_us && (p->ratelimit_us < XEN_SYSCTL_SCHED_RATELIMIT_MIN ||
                            p->ratelimit_us > XEN_SYSCTL_SCHED_RATELIMIT_MAX))
        return refuse(-XEN_EINVAL, "sched.ratelimit", "a rate limit of %u us is not between %u and %u",
                      p->ratelimit_us, XEN_SYSCTL_SCHED_RATELIMIT_MIN, XEN_SYSCTL_SCHED_RATELIMIT_MAX);
    if (MICROSECONDS(p->ratelimit_us) > MILLISECONDS(p->tslice_ms))
        return refuse(-XEN_EINVAL, "sched.ratelimit", "a rate limit of %u us is more than the slice",
                      p->ratelimit_us);
    if (p->vcpu_migr_delay_us > XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US)
        return refuse(-XEN_EINVAL, "sched.migration-delay", "a delay of %u us is more than %u",
                      p->vcpu_migr_delay_us, XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US);
    WRITE_ONCE(c->slice_ns, MILLISECONDS(p->tslice_ms));
    WRITE_ONCE(c->ratelimit_ns, MICROSECONDS(p->ratelimit_us));
    WRITE_ONCE(c->migration_delay_ns, MICROSECONDS(p->vcpu_migr_delay_us));
    return 0;
}

static long global_parameters(struct sched_instance *s, struct xen_sysctl_scheduler_op *op)
{
    struct credit *c = credit_of(s);
    struct xen_sysctl_credit_schedule *p = &op->u.sched_credit;
    long rc = op->cmd == XEN_SYSCTL_SCHEDOP_putinfo ? set_global(c, p) : 0;

    if (rc)
        return rc;
    p->tslice_ms = (uint32_t)(c->slice_ns / MILLISECONDS(1));
    p->ratelimit_us = (uint32_t)(c->ratelimit_ns / 1000);
    p->vcpu_migr_delay_us = (uint32_t)(c->migration_delay_ns / 1000);
    return 0;
}

const struct scheduler scheduler_credit = {
    .name = "credit",
    .title = "SMP Credit Scheduler",
    .id = XEN_SCHEDULER_CREDIT,
    .instance_bytes = sizeof(struct credit),
    .cpu_bytes = sizeof(struct queue),
    .domain_bytes = sizeof(struct sched_domain),
    .vcpu_bytes = sizeof(struct sched_vcpu),
    .create = create,
    .cpu_add = cpu_add,
    .domain_add = domain_add,
    .vcpu_add = vcpu_add,
    .vcpu_remove = vcpu_remove,
    .choose_cpu = sched_choose_cpu,
    .wake = wake,
    .sleep = sleep,
    .yield = yield,
    .pick = pick,
    .dump = dump,
    .domain_parameters = domain_parameters,
    .global_parameters = global_parameters,
};
