/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credit: each CPU has a queue in the order of three priorities: boosted (woke up, or may run again under its cap, with credit left), under (has
 * credit left), over. Every 30 ms the credit of all CPUs is dealt out to the domains that want to run, by their weights, and from each to its
 * vCPUs; what one has no room to save goes to the others. Running uses it up. Within a
 * priority it is turn and turn about. A CPU that has nothing, or none with credit left, takes from other CPUs one that has.
 *
 * Running is charged by the nanosecond when it ends, where the first credit scheduler charged who ran at a tick: sleeping before the tick gains
 * nothing. A cap is a pot (pot.h).
 */
#include <xen/log.h>
#include <xen/refusal.h>
#include <xen/sched_policy.h>
#include <xen/xmalloc.h>
#include <public/domctl.h>
#include <public/sysctl.h>
#include "ordered.h"
#include "pot.h"

#define WEIGHT_DEFAULT 256
#define DEAL_PERIOD    MILLISECONDS(30) /* also the most that a vCPU saves, and owes */
#define DEAL_ROUNDS    4
#define SLICE          MILLISECONDS(30)
#define RATELIMIT      MICROSECONDS(1000)
#define BOOST          MICROSECONDS(1000) /* of running, then it is over */

enum priority { BOOSTED, UNDER, OVER };

struct sched_domain {
    struct list_head active_domains; /* empty: none of its vCPUs has wanted to run lately */
    struct list_head active_vcpus;
    unsigned int nr_active, sharers;
    uint16_t weight, cap;
    struct pot pot;
};

struct sched_vcpu {
    struct ordered queue;    /* waiting, by priority; or parked, by when the pot is filled */
    struct list_head active;
    struct vcpu *v;
    struct sched_domain *d;
    s_time_t credit_ns;      /* atomic */
    s_time_t since_ns;       /* running: what came before is charged */
    s_time_t boosted_ns;     /* how much of its boost is left */
    s_time_t portion_ns;
    bool yielded, parked, runnable;
    bool is_full; /* while it is dealt: has all that it may save */
    bool wants; /* has been runnable since the last deal */
};

struct queue {
    struct list_head waiting, parked;
    unsigned int deal; /* the last one that waiting is ordered by */
};

struct credit {
    spinlock_t lock; /* the lists of who is active; inside a CPU's */
    struct list_head active;
    s_time_t deal_at_ns;
    unsigned int deal; /* how many there were */
    s_time_t slice_ns, ratelimit_ns, migration_delay_ns;
};

static struct credit *credit_of(const struct sched_instance *s)
{
    return s->data;
}

/* --- What comes and goes --- */
static int create(struct sched_instance *s)
{
    struct credit *c = xzalloc(struct credit);

    if (!c)
        return -XEN_ENOMEM;
    list_init(&c->active);
    c->slice_ns = SLICE;
    c->ratelimit_ns = RATELIMIT;
    s->data = c;
    return 0;
}

static void destroy(struct sched_instance *s)
{
    xfree(s->data);
}

static int cpu_add(struct sched_cpu *sc)
{
    struct queue *q = xzalloc(struct queue);

    if (!q)
        return -XEN_ENOMEM;
    list_init(&q->waiting);
    list_init(&q->parked);
    sc->data = q;
    return 0;
}

static void cpu_remove(struct sched_cpu *sc)
{
    xfree(sc->data);
}

static int domain_add(struct sched_instance *s, struct domain *d)
{
    d->sched = xzalloc(struct sched_domain);
    if (!d->sched)
        return -XEN_ENOMEM;
    list_init(&d->sched->active_domains);
    list_init(&d->sched->active_vcpus);
    d->sched->weight = WEIGHT_DEFAULT;
    d->sched->sharers = min(d->max_vcpus, 4u);
    return 0;
}

static void domain_remove(struct sched_instance *s, struct domain *d)
{
    xfree(d->sched);
    d->sched = NULL;
}

static int vcpu_add(struct sched_instance *s, struct vcpu *v)
{
    struct sched_vcpu *u = xzalloc(struct sched_vcpu);

    if (!u)
        return -XEN_ENOMEM;
    u->v = v;
    u->d = v->domain->sched;
    u->credit_ns = RATELIMIT;
    list_init(&u->queue.node);
    list_init(&u->active);
    v->sched = u;
    return 0;
}

/* --- Who is active; c->lock held --- */
static void activate(struct credit *c, struct sched_vcpu *u)
{
    if (list_empty(&u->d->active_domains))
        list_add_tail(&u->d->active_domains, &c->active);
    list_add_tail(&u->active, &u->d->active_vcpus);
    u->d->nr_active++;
}

static void deactivate(struct sched_vcpu *u)
{
    if (list_empty(&u->active))
        return;
    list_del(&u->active);
    if (--u->d->nr_active == 0)
        list_del(&u->d->active_domains);
}

static void vcpu_remove(struct sched_instance *s, struct vcpu *v)
{
    struct credit *c = credit_of(s);
    unsigned long flags = spin_lock_irqsave(&c->lock);

    deactivate(v->sched);
    spin_unlock_irqrestore(&c->lock, flags);
    xfree(v->sched);
    v->sched = NULL;
}

static void wants(struct credit *c, struct sched_vcpu *u)
{
    WRITE_ONCE(u->runnable, true);
    WRITE_ONCE(u->wants, true);
    if (likely(!list_empty(&u->active)))
        return;
    spin_lock(&c->lock);
    if (list_empty(&u->active))
        activate(c, u);
    spin_unlock(&c->lock);
}

/* --- Dealing out --- */
static uint64_t part_of(const struct sched_vcpu *u)
{
    return (uint64_t)u->d->weight * 1024 / u->d->nr_active;
}

static s_time_t room_of(const struct sched_vcpu *u)
{
    return max(DEAL_PERIOD - READ_ONCE(u->credit_ns), (s_time_t)0);
}

static void give(struct sched_vcpu *u, s_time_t ns)
{
    __atomic_fetch_add(&u->credit_ns, ns, __ATOMIC_RELAXED);
}

/*
 * One round: whose share of what is left is more than he may save gets what he may; the shares of the others grow by what he does not get.
 * False: there was none.
 */
static bool fill_up(struct credit *c, s_time_t *total, uint64_t *parts)
{
    s_time_t rest = *total;
    uint64_t rest_parts = *parts;
    struct sched_domain *d;
    struct sched_vcpu *u;

    list_for_each_entry(d, &c->active, active_domains)
    {
        list_for_each_entry(u, &d->active_vcpus, active)
        {
            s_time_t room = room_of(u);

            if (u->is_full || (uint64_t)*total * part_of(u) / *parts < (uint64_t)room)
                continue;
            give(u, room);
            u->is_full = true;
            rest -= room;
            rest_parts -= part_of(u);
        }
    }
    if (rest_parts == *parts)
        return false;
    *total = max(rest, (s_time_t)0);
    *parts = rest_parts;
    return true;
}

static uint64_t begin_deal(struct credit *c)
{
    struct sched_domain *d;
    struct sched_vcpu *u;
    uint64_t parts = 0;

    list_for_each_entry(d, &c->active, active_domains)
    {
        list_for_each_entry(u, &d->active_vcpus, active)
        {
            u->is_full = false;
            parts += part_of(u);
        }
    }
    return parts;
}

/* What everybody gets after those that are full. One that has not wanted to run and is full is not dealt to any more. */
static void deal_to(struct sched_domain *d, s_time_t total, uint64_t parts)
{
    unsigned int nr_active = d->nr_active;
    struct sched_vcpu *u, *next;

    list_for_each_entry_safe(u, next, &d->active_vcpus, active)
    {
        s_time_t credit;

        if (!u->is_full)
            give(u, (s_time_t)((uint64_t)total * ((uint64_t)d->weight * 1024 / nr_active) / parts));
        credit = READ_ONCE(u->credit_ns);
        if (credit < -DEAL_PERIOD)
            give(u, -DEAL_PERIOD - credit);
        if (u->is_full && !READ_ONCE(u->wants))
            deactivate(u);
        WRITE_ONCE(u->wants, READ_ONCE(u->runnable));
    }
}

static void deal(struct credit *c, const struct sched_instance *s, s_time_t now)
{
    struct sched_domain *d, *next;

    if (likely(now < READ_ONCE(c->deal_at_ns)) || !spin_trylock(&c->lock))
        return;
    if (now >= c->deal_at_ns) {
        /* Time in which nobody asked was nobody's: all ran alone. */
        s_time_t periods = min((now - c->deal_at_ns) / DEAL_PERIOD + 1, (s_time_t)2);
        s_time_t total = periods * DEAL_PERIOD * cpumask_count(s->cpus);
        uint64_t parts = begin_deal(c);

        for (unsigned int round = 0; parts && round < DEAL_ROUNDS && fill_up(c, &total, &parts); round++)
            ;
        list_for_each_entry_safe(d, next, &c->active, active_domains) deal_to(d, total, parts ? parts : 1);
        WRITE_ONCE(c->deal_at_ns, now + DEAL_PERIOD);
        WRITE_ONCE(c->deal, c->deal + 1);
    }
    spin_unlock(&c->lock);
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

    if (u->portion_ns > 0)
        return true;
    if (u->portion_ns < 0)
        pot_give_back(&u->d->pot, u->portion_ns);
    u->portion_ns = pot_take(&u->d->pot, u->d->sharers, now, &until);
    if (u->portion_ns)
        return true;
    u->parked = true;
    u->queue.key = until;
    ordered_insert(&u->queue, &q->parked);
    return false;
}

static void give_back_portion(struct sched_vcpu *u)
{
    if (likely(!u->portion_ns))
        return;
    pot_give_back(&u->d->pot, u->portion_ns);
    u->portion_ns = 0;
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

    wants(credit_of(sc->instance), u);
    u->boosted_ns = BOOST;
    if (likely(!u->d->cap) || takes_portion(q, u, now))
        wait_in(q, u);
    sched_ask_cpus(sc, v, others && !u->parked);
}

static void sleep(struct vcpu *v, s_time_t now)
{
    leave(v->sched);
    WRITE_ONCE(v->sched->runnable, false);
    give_back_portion(v->sched);
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

/* --- The decision --- */
static void charge(struct sched_vcpu *u, s_time_t now)
{
    s_time_t ran = now - u->since_ns;

    u->since_ns = now;
    /* Longer than any slice, it ran alone. */
    __atomic_fetch_sub(&u->credit_ns, min(ran, DEAL_PERIOD), __ATOMIC_RELAXED);
    u->boosted_ns -= min(ran, u->boosted_ns);
    if (unlikely(u->portion_ns || u->d->cap))
        u->portion_ns -= ran;
}

/* Of the priorities below limit, the first in other's queue that may run on sc. */
static struct sched_vcpu *first_in(struct sched_cpu *other, const struct sched_cpu *sc, enum priority limit, s_time_t now)
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
        struct queue *q = other->data;
        struct sched_vcpu *u;

        if (list_empty(&q->waiting) || !spin_trylock(other->lock))
            continue;
        u = first_in(other, sc, limit, now);
        if (u) {
            leave(u);
            WRITE_ONCE(u->v->cpu, sc->cpu);
        }
        spin_unlock(other->lock);
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
static s_time_t slice(const struct sched_cpu *sc, const struct credit *c, const struct sched_vcpu *next, s_time_t rest, s_time_t now)
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
    if (next && unlikely(next->d->cap))
        ends = ends < 0 ? next->portion_ns : min(ends, next->portion_ns);
    if (unlikely(!list_empty(&q->parked))) {
        s_time_t due = max(vcpu_at(q->parked.next)->queue.key - now, (int64_t)0);

        ends = ends < 0 ? due : min(ends, due);
    }
    return ends;
}

/* curr could go on. Does it, though best waits? */
static bool keeps_cpu(const struct credit *c, const struct sched_vcpu *curr, const struct sched_vcpu *best, s_time_t ran)
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
static s_time_t rest_of_turn(const struct credit *c, const struct sched_vcpu *curr, const struct sched_vcpu *best, s_time_t ran)
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

    if (goes_on && is_alone(sc) && list_empty(&q->waiting) && list_empty(&q->parked) && !curr->d->cap) {
        curr->since_ns = now;
        curr->yielded = false;
        return (struct sched_decision){curr->v, -1};
    }
    if (curr)
        charge(curr, now);
    deal(c, sc->instance, now);
    reorder(q, READ_ONCE(c->deal));
    unpark(q, sc, now);
    if (goes_on && unlikely(curr->d->cap))
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
        if (!curr->parked)
            give_back_portion(curr);
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
        printk("  waits: d%uv%u, %s, credit %ld us\n", vcpu_at(at)->v->domain->id, vcpu_at(at)->v->id, names[vcpu_at(at)->queue.key],
               (long)vcpu_at(at)->credit_ns / 1000);
    for (struct list_head *at = q->parked.next; at != &q->parked; at = at->next)
        printk("  is over its cap: d%uv%u\n", vcpu_at(at)->v->domain->id, vcpu_at(at)->v->id);
}

/* --- What a toolstack sets --- */
static long domain_parameters(struct sched_instance *s, struct domain *d, struct xen_domctl_scheduler_op *op)
{
    struct sched_domain *sd = d->sched;

    if (op->cmd == XEN_DOMCTL_SCHEDOP_getinfo) {
        op->u.credit.weight = sd->weight;
        op->u.credit.cap = sd->cap;
        return 0;
    }
    if (op->u.credit.weight)
        WRITE_ONCE(sd->weight, op->u.credit.weight);
    /* All ones: as it is. */
    if (op->u.credit.cap == (uint16_t)~0)
        return 0;
    if (op->u.credit.cap)
        pot_set(&sd->pot, op->u.credit.cap);
    WRITE_ONCE(sd->cap, op->u.credit.cap);
    return 0;
}

static long set_global(struct credit *c, const struct xen_sysctl_credit_schedule *p)
{
    if (p->tslice_ms < XEN_SYSCTL_CSCHED_TSLICE_MIN || p->tslice_ms > XEN_SYSCTL_CSCHED_TSLICE_MAX)
        return refuse(-XEN_EINVAL, "sched.slice", "a slice of %u ms is not between %u and %u", p->tslice_ms, XEN_SYSCTL_CSCHED_TSLICE_MIN,
                      XEN_SYSCTL_CSCHED_TSLICE_MAX);
    if (p->ratelimit_us && (p->ratelimit_us < XEN_SYSCTL_SCHED_RATELIMIT_MIN || p->ratelimit_us > XEN_SYSCTL_SCHED_RATELIMIT_MAX))
        return refuse(-XEN_EINVAL, "sched.ratelimit", "a rate limit of %u us is not between %u and %u", p->ratelimit_us,
                      XEN_SYSCTL_SCHED_RATELIMIT_MIN, XEN_SYSCTL_SCHED_RATELIMIT_MAX);
    if (MICROSECONDS(p->ratelimit_us) > MILLISECONDS(p->tslice_ms))
        return refuse(-XEN_EINVAL, "sched.ratelimit", "a rate limit of %u us is more than the slice", p->ratelimit_us);
    if (p->vcpu_migr_delay_us > XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US)
        return refuse(-XEN_EINVAL, "sched.migration-delay", "a delay of %u us is more than %u", p->vcpu_migr_delay_us,
                      XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US);
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
    .create = create,
    .destroy = destroy,
    .cpu_add = cpu_add,
    .cpu_remove = cpu_remove,
    .domain_add = domain_add,
    .domain_remove = domain_remove,
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
