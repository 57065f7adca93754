/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credit2: CPUs in groups of eight share a queue, ordered by credit. Running burns credit, the faster the
 * smaller the domain's weight; who has most left runs. When nobody has any, all get more, but what one can
 * save up is limited: who sleeps a lot runs soon after he wakes, and cannot keep others waiting long. All is
 * counted in nanoseconds of real running time, not in ticks that one could sleep through.
 *
 * Here credit is kept the other way round: `key` is the virtual time that a vCPU has used (running time,
 * times 256, by weight), and what all get is the rise of `base`, which follows the least of those that wait
 * at a distance of SAVED. What runs while nobody waits costs nothing. A domain with a cap takes portions from
 * its pot (pot.h); without one its vCPUs are parked until the pot's next period.
 */
#include <xen/log.h>
#include <xen/refusal.h>
#include <xen/sched_policy.h>
#include <public/domctl.h>
#include <public/sysctl.h>
#include "pot.h"
#include "share.h"
#include "shared_queue.h"

#define CPUS_PER_QUEUE  8u
#define SAVED           MICROSECONDS(10500) /* of virtual time: the lead of who has slept */
#define DEBT_MAX        SECONDS(1)          /* of virtual time: what a vCPU can be behind */
#define SLICE_LEAD      MILLISECONDS(2)     /* the next is overtaken by so much before it gets its turn */
#define SLICE_MAX       MILLISECONDS(10)
#define RATELIMIT       MICROSECONDS(1000)
#define BALANCE_PERIOD  MILLISECONDS(10)

struct sched_domain {
    struct share share;
    struct pot pot;
};

struct sched_vcpu {
    struct shared_entry entry; /* waiting, by used; or parked, by when the pot is filled */
    int64_t used;              /* virtual time, against the base of queue */
    struct sched_domain *d;
    struct queue *queue;     /* where it was runnable last; used is in its time */
    s_time_t since_ns;       /* running: what came before is in used */
    s_time_t portion_ns;     /* of the pot, not used yet */
    unsigned int load;       /* what it adds to the queue's */
    bool yielded, parked;
};

struct queue {
    struct shared_queue q; /* first */
    struct list_head parked;
    int64_t base;
    unsigned long load; /* weights of the vCPUs that run or wait here */
    s_time_t balance_at_ns, ratelimit_ns;
};

struct credit2 {
    struct queue queue[MAX_CPUS / CPUS_PER_QUEUE];
};

/* --- What comes and goes --- */
static void create(struct sched_instance *s)
{
    struct credit2 *c = s->data;

    for (unsigned int i = 0; i < ARRAY_SIZE(c->queue); i++) {
        shared_queue_init(&c->queue[i].q);
        list_init(&c->queue[i].parked);
        c->queue[i].ratelimit_ns = RATELIMIT;
    }
}

static void cpu_add(struct sched_cpu *sc)
{
    struct queue *q = &((struct credit2 *)sc->instance->data)->queue[sc->cpu / CPUS_PER_QUEUE];

    shared_queue_add_cpu(&q->q, sc);
}

static void domain_add(struct sched_instance *s, struct domain *d)
{
    share_set(&d->sched->share, WEIGHT_DEFAULT);
    pot_init(&d->sched->pot, d->max_vcpus);
}

static void vcpu_add(struct sched_instance *s, struct vcpu *v)
{
    struct sched_vcpu *u = v->sched;

    shared_entry_init(&u->entry, v);
    u->d = v->domain->sched;
    u->queue = sched_cpu_of(v->cpu)->data;
}

/* --- Virtual time --- */
/* What u, which runs on sc, has used until now, had it to be said. */
static int64_t used_now(const struct queue *q, const struct sched_cpu *sc, const struct sched_vcpu *u,
                        s_time_t now)
{
    return cpumask_test(q->q.untimed, sc->cpu)
               ? u->used
               : u->used + share_virtual_ns(&u->d->share, min(now - u->since_ns, DEBT_MAX));
}

/* Neither too far ahead nor too far behind. */
static void limit_used(const struct queue *q, struct sched_vcpu *u)
{
    int64_t lead = ordered_distance(q->base, u->used);

    if (lead < 0)
        u->used = q->base;
    else if (unlikely(lead > DEBT_MAX))
        u->used = q->base + DEBT_MAX;
}

/* u has run until now; wanted: others would have liked to run here. */
static void charge(struct queue *q, const struct sched_cpu *sc, struct sched_vcpu *u, s_time_t now,
                   bool wanted)
{
    if (wanted)
        u->used = used_now(q, sc, u, now);
    if (unlikely(READ_ONCE(u->d->pot.cap)))
        pot_charge(&u->d->pot, &u->portion_ns, u->since_ns, now);
    u->since_ns = now;
    limit_used(q, u);
}

static void enter(struct queue *q, struct sched_vcpu *u)
{
    if (unlikely(u->queue != q)) {
        u->used = q->base + ordered_distance(READ_ONCE(u->queue->base), u->used);
        u->queue = q;
    }
    limit_used(q, u);
}

static void add_load(struct queue *q, struct sched_vcpu *u)
{
    u->load = READ_ONCE(u->d->share.weight);
    q->load += u->load;
}

static void drop_load(struct queue *q, struct sched_vcpu *u)
{
    q->load -= u->load;
    u->load = 0;
}

static void wait_in(struct queue *q, struct sched_vcpu *u)
{
    shared_queue_insert(&q->q, &u->entry, u->used);
}

static struct sched_vcpu *vcpu_at(const struct list_head *node)
{
    return list_entry(node, struct sched_vcpu, entry.order.node);
}

/* --- Caps --- */
static void park(struct queue *q, struct sched_vcpu *u, s_time_t until)
{
    u->parked = true;
    u->entry.order.key = until;
    ordered_insert(&u->entry.order, &q->parked);
}

/* May u run, for what its cap leaves? If not it is parked. */
static bool takes_portion(struct queue *q, struct sched_vcpu *u, s_time_t now)
{
    s_time_t until;

    if (pot_take(&u->d->pot, &u->portion_ns, now, &until))
        return true;
    park(q, u, until);
    return false;
}

/* --- Waking and sleeping --- */
static int64_t running_used(const struct sched_cpu *sc, s_time_t now)
{
    return used_now(sc->data, sc, sc->curr->sched, now);
}

static void make_wait(struct queue *q, struct sched_vcpu *u, const struct sched_instance *s, s_time_t now)
{
    add_load(q, u);
    wait_in(q, u);
    shared_queue_ask(&q->q, &u->entry, s, now, running_used);
}

static void wake(struct vcpu *v, s_time_t now)
{
    const struct sched_cpu *sc = sched_cpu_of(v->cpu);
    struct sched_vcpu *u = v->sched;
    struct queue *q = sc->data;

    enter(q, u);
    if (unlikely(u->d->pot.cap) && !takes_portion(q, u, now)) {
        /* It looks at when the pot is filled. */
        sched_resched_cpu(v->cpu);
        return;
    }
    make_wait(q, u, sc->instance, now);
}

static void sleep(struct vcpu *v, s_time_t now)
{
    struct sched_vcpu *u = v->sched;

    list_del(&u->entry.order.node);
    drop_load(u->queue, u);
    u->parked = false;
    pot_give_back(&u->d->pot, &u->portion_ns);
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

static void unpark(struct queue *q, const struct sched_instance *s, s_time_t now)
{
    while (!list_empty(&q->parked) && vcpu_at(q->parked.next)->entry.order.key <= now) {
        struct sched_vcpu *u = vcpu_at(q->parked.next);

        list_del(&u->entry.order.node);
        u->parked = false;
        limit_used(q, u);
        if (takes_portion(q, u, now))
            make_wait(q, u, s, now);
    }
}

/* --- Between queues --- */
/* Off its queue and to that of sc, which both are locked. */
static void move_to(struct sched_cpu *sc, struct sched_vcpu *u)
{
    struct queue *q = sc->data;

    list_del(&u->entry.order.node);
    drop_load(u->queue, u);
    WRITE_ONCE(u->entry.v->cpu, sc->cpu);
    enter(q, u);
    add_load(q, u);
}

/* sc idles: one that waits in another queue; now on none. */
static struct sched_vcpu *take_from(struct queue *other, struct sched_cpu *sc)
{
    struct sched_vcpu *found;

    if (list_empty(&other->q.waiting) || !spin_trylock(&other->q.lock))
        return NULL;
    found = (struct sched_vcpu *)shared_queue_first(&other->q, sc);
    if (found)
        move_to(sc, found);
    spin_unlock(&other->q.lock);
    return found;
}

/* Are there others? Wrong at most while a CPU comes or goes. */
static bool is_only_queue(const struct queue *q, const struct sched_instance *s)
{
    return cpumask_empty(cpumask_andnot(s->cpus, q->q.cpus));
}

static struct queue *another_queue(const struct sched_cpu *sc, unsigned int i)
{
    struct credit2 *c = sc->instance->data;

    return &c->queue[(sc->cpu / CPUS_PER_QUEUE + i) % ARRAY_SIZE(c->queue)];
}

static struct sched_vcpu *take_from_others(struct sched_cpu *sc)
{
    if (is_only_queue(sc->data, sc->instance))
        return NULL;
    for (unsigned int i = 1; i < MAX_CPUS / CPUS_PER_QUEUE; i++) {
        struct sched_vcpu *u = take_from(another_queue(sc, i), sc);

        if (u)
            return u;
    }
    return NULL;
}

/* Would the queues be more even with w moved from the one to the other? */
static bool evens(const struct queue *from, const struct queue *to, unsigned long w)
{
    unsigned long nr_from = cpumask_count(from->q.cpus), nr_to = cpumask_count(to->q.cpus);

    return from->load > w && (from->load - w) * nr_to > (READ_ONCE(to->load) + w) * nr_from;
}

/* The first that waits in q and may run in to, whose CPUs are asked to. */
static bool give_to(struct queue *q, struct queue *to, const struct sched_instance *s, s_time_t now)
{
    for (struct list_head *at = q->q.waiting.next; at != &q->q.waiting; at = at->next) {
        struct sched_vcpu *u = vcpu_at(at);
        cpumask_t cpus = cpumask_and(sched_preferred(s, u->entry.v), to->q.cpus);

        if (cpumask_empty(cpus) || !sched_is_saved(u->entry.v) || !evens(q, to, u->load))
            continue;
        move_to(sched_cpu_of(cpumask_first(cpus)), u);
        wait_in(to, u);
        shared_queue_ask(&to->q, &u->entry, s, now, running_used);
        return true;
    }
    return false;
}

/* A queue where some wait gives to the others: those on which all run have no reason to look. */
static void balance(struct queue *q, struct sched_cpu *sc, s_time_t now)
{
    q->balance_at_ns = now + BALANCE_PERIOD;
    if (is_only_queue(q, sc->instance))
        return;
    for (unsigned int i = 1; i < MAX_CPUS / CPUS_PER_QUEUE && !list_empty(&q->q.waiting); i++) {
        struct queue *to = another_queue(sc, i);

        if (cpumask_empty(to->q.cpus) || !evens(q, to, 1) || !spin_trylock(&to->q.lock))
            continue;
        while (give_to(q, to, sc->instance, now))
            ;
        spin_unlock(&to->q.lock);
    }
}

/* --- The decision --- */
/* Until when next runs if nothing happens. */
static s_time_t slice(struct queue *q, const struct sched_vcpu *next, s_time_t now)
{
    s_time_t ends = -1;

    if (next && !list_empty(&q->q.waiting)) {
        int64_t lead = ordered_distance(next->used, vcpu_at(q->q.waiting.next)->used);

        lead = lead < 0 ? 0 : min(lead, SAVED * 4) * next->d->share.weight / WEIGHT_DEFAULT;
        ends = min(lead + SLICE_LEAD, SLICE_MAX);
        ends = max(ends, q->ratelimit_ns);
    }
    if (next && unlikely(next->d->pot.cap))
        ends = sched_sooner(ends, next->portion_ns);
    if (unlikely(!list_empty(&q->parked)))
        ends = sched_sooner(ends, max(vcpu_at(q->parked.next)->entry.order.key - now, (s_time_t)0));
    return ends;
}

/* curr has been charged and can go on. */
static bool keeps_cpu(const struct queue *q, const struct sched_vcpu *curr, const struct sched_vcpu *best,
                      s_time_t *rest, s_time_t now)
{
    s_time_t ratelimit = q->ratelimit_ns, ran = now - curr->entry.v->scheduled_at_ns;

    if (!best)
        return true;
    if (curr->yielded)
        return false;
    if (ordered_distance(curr->used, best->used) >= 0)
        return true;
    *rest = ratelimit - ran;
    return ran < ratelimit;
}

static void start(struct queue *q, struct sched_cpu *sc, struct sched_vcpu *next, s_time_t now)
{
    int64_t least = list_empty(&q->q.waiting) ? next->used : vcpu_at(q->q.waiting.next)->used;

    if (ordered_distance(q->base, least) > SAVED)
        q->base = least - SAVED;
    list_del(&next->entry.order.node);
    next->since_ns = now;
    WRITE_ONCE(next->entry.v->cpu, sc->cpu);
}

/* curr stops: it waits, is parked, or is gone. */
static void stop(struct queue *q, struct sched_vcpu *curr, bool runnable)
{
    pot_give_back(&curr->d->pot, &curr->portion_ns);
    if (curr->parked || !runnable)
        drop_load(q, curr);
    else
        wait_in(q, curr);
}

static struct sched_decision pick_anew(struct queue *q, struct sched_cpu *sc, s_time_t now)
{
    struct sched_vcpu *curr = sc->curr->is_idle ? NULL : sc->curr->sched, *best;
    bool goes_on = curr && sc->curr_goes_on;
    s_time_t rest = -1, ends;

    unpark(q, sc->instance, now);
    if (now >= q->balance_at_ns)
        balance(q, sc, now);
    best = (struct sched_vcpu *)shared_queue_first(&q->q, sc);
    if (curr)
        charge(q, sc, curr, now, best);
    q->q.untimed.bits &= ~cpumask_of(sc->cpu).bits;
    if (goes_on && unlikely(curr->d->pot.cap))
        goes_on = takes_portion(q, curr, now);
    if (goes_on && sched_may_run(sc, curr->entry.v) && keeps_cpu(q, curr, best, &rest, now)) {
        best = curr;
    } else {
        if (!best)
            best = take_from_others(sc);
        if (best)
            start(q, sc, best, now);
        if (curr)
            stop(q, curr, goes_on);
    }
    if (curr)
        curr->yielded = false;
    ends = slice(q, best, now);
    if (rest > 0 && best == curr)
        ends = min(ends, rest);
    if (ends < 0 && best)
        q->q.untimed.bits |= cpumask_of(sc->cpu).bits;
    return (struct sched_decision){best ? best->entry.v : sc->idle, ends};
}

static struct sched_decision pick(struct sched_cpu *sc, s_time_t now)
{
    struct queue *q = sc->data;

    if (shared_queue_is_quiet(&q->q, sc) && list_empty(&q->parked) && likely(!sc->curr->sched->d->pot.cap)) {
        sc->curr->sched->yielded = false;
        return (struct sched_decision){sc->curr, -1};
    }
    return pick_anew(q, sc, now);
}

static void dump(struct sched_cpu *sc)
{
    struct queue *q = sc->data;

    if (sc->cpu != cpumask_first(q->q.cpus))
        return;
    for (struct list_head *at = q->q.waiting.next; at != &q->q.waiting; at = at->next)
        printk("  waits: d%uv%u, ahead by %ld us\n", vcpu_at(at)->entry.v->domain->id,
               vcpu_at(at)->entry.v->id, (long)ordered_distance(vcpu_at(at)->used, q->base + SAVED) / 1000);
    for (struct list_head *at = q->parked.next; at != &q->parked; at = at->next)
        printk("  is over its cap: d%uv%u\n", vcpu_at(at)->entry.v->domain->id, vcpu_at(at)->entry.v->id);
}

/* --- What a toolstack sets --- */
static long domain_parameters(struct sched_instance *s, struct domain *d, struct xen_domctl_scheduler_op *op)
{
    struct sched_domain *sd = d->sched;
    struct vcpu *v;

    if (op->cmd == XEN_DOMCTL_SCHEDOP_getinfo) {
        op->u.credit2.weight = sd->share.weight;
        op->u.credit2.cap = sd->pot.cap;
        return 0;
    }
    if (op->u.credit2.weight)
        share_set(&sd->share, op->u.credit2.weight);
    /* The weight is taken all the same, as stock Xen does. */
    if (op->u.credit2.cap > 100 * d->max_vcpus)
        return refuse(-XEN_EINVAL, "sched.cap", "a cap of %u%% is more than %u vCPUs can use",
                      op->u.credit2.cap, d->max_vcpus);
    pot_set_cap(&sd->pot, op->u.credit2.cap, now_ns());
    /* One that runs untimed gets a portion. */
    for_each_vcpu(d, v)
        sched_resched_cpu(READ_ONCE(v->cpu));
    return 0;
}

static long global_parameters(struct sched_instance *s, struct xen_sysctl_scheduler_op *op)
{
    struct credit2 *c = s->data;
    uint32_t us = op->u.sched_credit2.ratelimit_us;

    if (op->cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
        if (us && (us < XEN_SYSCTL_SCHED_RATELIMIT_MIN || us > XEN_SYSCTL_SCHED_RATELIMIT_MAX))
            return refuse(-XEN_EINVAL, "sched.ratelimit", "a rate limit of %u us is not between %u and %u",
                          us, XEN_SYSCTL_SCHED_RATELIMIT_MIN, XEN_SYSCTL_SCHED_RATELIMIT_MAX);
        for (unsigned int i = 0; i < ARRAY_SIZE(c->queue); i++)
            WRITE_ONCE(c->queue[i].ratelimit_ns, MICROSECONDS(us));
    }
    op->u.sched_credit2.ratelimit_us = (uint32_t)(c->queue[0].ratelimit_ns / 1000);
    return 0;
}

const struct scheduler scheduler_credit2 = {
    .name = "credit2",
    .title = "SMP Credit Scheduler rev2",
    .id = XEN_SCHEDULER_CREDIT2,
    .instance_bytes = sizeof(struct credit2),
    .domain_bytes = sizeof(struct sched_domain),
    .vcpu_bytes = sizeof(struct sched_vcpu),
    .create = create,
    .cpu_add = cpu_add,
    .cpu_remove = shared_queue_cpu_remove,
    .domain_add = domain_add,
    .vcpu_add = vcpu_add,
    .choose_cpu = sched_choose_cpu,
    .wake = wake,
    .sleep = sleep,
    .yield = yield,
    .pick = pick,
    .dump = dump,
    .domain_parameters = domain_parameters,
    .global_parameters = global_parameters,
};
