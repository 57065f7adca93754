/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Borrowed virtual time: each vCPU has an actual virtual time, which advances while it runs, the slower the
 * greater its domain's weight; the one whose effective virtual time is least runs, and goes on until
 * another's is less by the context switch allowance. Who wakes up is set to at least the scheduler's virtual
 * time, the least of all that can run, so that sleeping saves nothing up. Effective is actual less a warp: a
 * domain that is warped borrows from its own future to be served at once. Here Domain 0 is, whose back ends
 * others wait for; it may run warped for so long without a break, and pays with its share like everybody.
 */
#include <xen/log.h>
#include <xen/refusal.h>
#include <xen/sched_policy.h>
#include <public/domctl.h>
#include <public/sysctl.h>
#include "share.h"
#include "shared_queue.h"

#define ALLOWANCE      MILLISECONDS(5)
#define WARP           MILLISECONDS(10)
#define WARP_LIMIT     MILLISECONDS(10) /* of running since it woke up */
#define DEBT_MAX       SECONDS(1)       /* of virtual time: what a vCPU can be ahead */
#define SLICE_LEAST    MICROSECONDS(500)

struct sched_domain {
    struct share share;
    int64_t warp;
};

struct sched_vcpu {
    struct shared_entry entry; /* waiting, by effective virtual time */
    struct sched_domain *d;
    int64_t actual;
    s_time_t since_ns, warped_ns; /* warped_ns: how long it may still run warped */
    bool yielded;
};

struct bvt {
    struct shared_queue q; /* first */
    int64_t time;
    s_time_t allowance_ns;
};

static void create(struct sched_instance *s)
{
    struct bvt *b = s->data;

    shared_queue_init(&b->q);
    b->allowance_ns = ALLOWANCE;
}

static void domain_add(struct sched_instance *s, struct domain *d)
{
    share_set(&d->sched->share, WEIGHT_DEFAULT);
    d->sched->warp = d->is_hardware ? WARP : 0;
}

static void vcpu_add(struct sched_instance *s, struct vcpu *v)
{
    shared_entry_init(&v->sched->entry, v);
    v->sched->d = v->domain->sched;
}

/* --- Virtual time --- */
static int64_t effective(const struct sched_vcpu *u)
{
    return u->warped_ns > 0 ? u->actual - u->d->warp : u->actual;
}

static int64_t advance(const struct sched_vcpu *u, s_time_t ran)
{
    return share_virtual_ns(&u->d->share, min(ran, DEBT_MAX));
}

/* What runs while nobody wants its place gets no older by it. */
static void charge(struct bvt *b, const struct sched_cpu *sc, struct sched_vcpu *u, s_time_t now, bool wanted)
{
    s_time_t ran = now - u->since_ns;

    if (wanted && !cpumask_test(b->q.untimed, sc->cpu))
        u->actual += advance(u, ran);
    u->warped_ns -= min(ran, u->warped_ns);
    u->since_ns = now;
    if (ordered_distance(b->time, u->actual) < 0)
        u->actual = b->time;
    else if (ordered_distance(b->time, u->actual) > DEBT_MAX)
        u->actual = b->time + DEBT_MAX;
}

static int64_t running_key(const struct sched_cpu *sc, s_time_t now)
{
    const struct bvt *b = sc->data;
    const struct sched_vcpu *u = sc->curr->sched;

    if (cpumask_test(b->q.untimed, sc->cpu))
        return effective(u);
    return effective(u) + advance(u, now - u->since_ns);
}

static void wait_in(struct bvt *b, struct sched_vcpu *u)
{
    shared_queue_insert(&b->q, &u->entry, effective(u));
}

static void wake(struct vcpu *v, s_time_t now)
{
    struct sched_cpu *sc = sched_cpu_of(v->cpu);
    struct sched_vcpu *u = v->sched;
    struct bvt *b = sc->data;

    if (ordered_distance(b->time, u->actual) < 0)
        u->actual = b->time;
    if (u->d->warp)
        u->warped_ns = WARP_LIMIT;
    wait_in(b, u);
    shared_queue_ask(&b->q, &u->entry, sc->instance, now, running_key);
}

static void sleep(struct vcpu *v, s_time_t now)
{
    list_del(&v->sched->entry.order.node);
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

/* --- The decision --- */
/* How long next may run before the first that waits is ahead of it by the allowance. */
static s_time_t slice(const struct bvt *b, const struct sched_vcpu *next)
{
    int64_t lead;

    if (list_empty(&b->q.waiting))
        return -1;
    lead = ordered_distance(effective(next), shared_entry_of(b->q.waiting.next)->order.key);
    lead = lead < 0 ? 0 : min(lead, ALLOWANCE * 4) * next->d->share.weight / WEIGHT_DEFAULT;
    return max(min(lead + b->allowance_ns, ALLOWANCE * 4), SLICE_LEAST);
}

static bool keeps_cpu(const struct bvt *b, const struct sched_vcpu *curr, const struct sched_vcpu *best)
{
    if (!best)
        return true;
    if (curr->yielded)
        return false;
    /* A warped one is served at once. */
    if (best->warped_ns > 0 && best->entry.order.key < effective(curr))
        return false;
    return ordered_distance(best->entry.order.key, effective(curr)) <
           min(share_virtual_ns(&curr->d->share, b->allowance_ns), DEBT_MAX / 2);
}

static struct sched_decision pick_anew(struct bvt *b, struct sched_cpu *sc, s_time_t now)
{
    struct sched_vcpu *curr = sc->curr->is_idle ? NULL : sc->curr->sched;
    struct sched_vcpu *best = (struct sched_vcpu *)shared_queue_first(&b->q, sc);
    s_time_t ends = -1;

    if (curr)
        charge(b, sc, curr, now, best);
    b->q.untimed.bits &= ~cpumask_of(sc->cpu).bits;
    if (curr && sc->curr_goes_on && sched_may_run(sc, curr->entry.v) && keeps_cpu(b, curr, best)) {
        best = curr;
    } else {
        if (best) {
            const struct sched_vcpu *least = (struct sched_vcpu *)shared_entry_of(b->q.waiting.next);

            /* The scheduler's virtual time only rises. */
            if (ordered_distance(b->time, least->actual - b->allowance_ns) > 0)
                b->time = least->actual - b->allowance_ns;
            list_del(&best->entry.order.node);
            best->since_ns = now;
            WRITE_ONCE(best->entry.v->cpu, sc->cpu);
        }
        if (curr && sc->curr_goes_on)
            wait_in(b, curr);
    }
    if (curr)
        curr->yielded = false;
    if (best)
        ends = slice(b, best);
    if (best && ends < 0)
        b->q.untimed.bits |= cpumask_of(sc->cpu).bits;
    return (struct sched_decision){best ? best->entry.v : sc->idle, ends};
}

static struct sched_decision pick(struct sched_cpu *sc, s_time_t now)
{
    struct bvt *b = sc->data;

    if (shared_queue_is_quiet(&b->q, sc)) {
        sc->curr->sched->yielded = false;
        return (struct sched_decision){sc->curr, -1};
    }
    return pick_anew(b, sc, now);
}

static void dump(struct sched_cpu *sc)
{
    struct bvt *b = sc->data;

    if (sc->cpu != cpumask_first(b->q.cpus))
        return;
    for (struct list_head *at = b->q.waiting.next; at != &b->q.waiting; at = at->next)
        printk("  waits: d%uv%u, %ld us from now\n", shared_entry_of(at)->v->domain->id,
               shared_entry_of(at)->v->id,
               (long)ordered_distance(b->time, shared_entry_of(at)->order.key) / 1000);
}

/* --- What a toolstack sets: weights as credit has them --- */
static long domain_parameters(struct sched_instance *s, struct domain *d, struct xen_domctl_scheduler_op *op)
{
    if (op->cmd == XEN_DOMCTL_SCHEDOP_getinfo) {
        op->u.credit.weight = d->sched->share.weight;
        op->u.credit.cap = 0;
        return 0;
    }
    if (op->u.credit.cap && op->u.credit.cap != (uint16_t)~0)
        return refuse(-XEN_EOPNOTSUPP, "sched.bvt.cap", "BVT has no caps: %u%%", op->u.credit.cap);
    if (op->u.credit.weight)
        share_set(&d->sched->share, op->u.credit.weight);
    return 0;
}

/* The slice is the allowance; the rate limit and the delay of migrations are none. */
static long global_parameters(struct sched_instance *s, struct xen_sysctl_scheduler_op *op)
{
    struct bvt *b = s->data;
    struct xen_sysctl_credit_schedule *p = &op->u.sched_credit;

    if (op->cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
        if (p->tslice_ms < XEN_SYSCTL_CSCHED_TSLICE_MIN || p->tslice_ms > XEN_SYSCTL_CSCHED_TSLICE_MAX)
            return refuse(-XEN_EINVAL, "sched.slice", "a slice of %u ms is not between %u and %u",
                          p->tslice_ms, XEN_SYSCTL_CSCHED_TSLICE_MIN, XEN_SYSCTL_CSCHED_TSLICE_MAX);
        if (p->ratelimit_us || p->vcpu_migr_delay_us)
            return refuse(-XEN_EOPNOTSUPP, "sched.bvt.limits",
                          "BVT has neither a rate limit nor a delay of migrations");
        WRITE_ONCE(b->allowance_ns, MILLISECONDS(p->tslice_ms));
    }
    *p = (struct xen_sysctl_credit_schedule){.tslice_ms = (uint32_t)(b->allowance_ns / MILLISECONDS(1))};
    return 0;
}

const struct scheduler scheduler_bvt = {
    .name = "bvt",
    .title = "borrowed virtual time",
    .id = XEN_SCHEDULER_CREDIT, /* weights of domains and a slice are what credit has as well */
    .instance_bytes = sizeof(struct bvt),
    .domain_bytes = sizeof(struct sched_domain),
    .vcpu_bytes = sizeof(struct sched_vcpu),
    .create = create,
    .cpu_add = shared_queue_cpu_add,
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
