/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round robin: each CPU runs the vCPUs of its queue in turn, one slice each. A CPU with nothing to do takes a
 * waiting vCPU from another. The smallest policy that is fair; the example for those to come.
 */
#include <xen/list.h>
#include <xen/log.h>
#include <xen/sched_policy.h>
#include <xen/xmalloc.h>
#include <public/domctl.h>

#define SLICE MILLISECONDS(5)

struct sched_vcpu {
    struct vcpu *v;
    struct list_head queue; /* empty: on none */
    bool yielded;
};

static int cpu_add(struct sched_cpu *sc)
{
    sc->data = xzalloc(struct list_head);
    if (!sc->data)
        return -XEN_ENOMEM;
    list_init(sc->data);
    return 0;
}

static void cpu_remove(struct sched_cpu *sc)
{
    xfree(sc->data);
}

static int vcpu_add(struct sched_instance *s, struct vcpu *v)
{
    v->sched = xzalloc(struct sched_vcpu);
    if (!v->sched)
        return -XEN_ENOMEM;
    v->sched->v = v;
    list_init(&v->sched->queue);
    return 0;
}

static void vcpu_remove(struct sched_instance *s, struct vcpu *v)
{
    xfree(v->sched);
    v->sched = NULL;
}

static void wake(struct vcpu *v, s_time_t now)
{
    struct sched_cpu *sc = sched_cpu_of(v->cpu);
    bool others = !list_empty(sc->data) || !sc->curr->is_idle;

    list_add_tail(&v->sched->queue, sc->data);
    sched_ask_cpus(sc, v, others);
}

static void sleep(struct vcpu *v, s_time_t now)
{
    list_del(&v->sched->queue);
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

/* The first in other's queue that may run on sc, off the queue. */
static struct vcpu *dequeue(struct sched_cpu *other, const struct sched_cpu *sc)
{
    struct list_head *queue = other->data;
    struct sched_vcpu *u;

    list_for_each_entry(u, queue, queue)
    {
        if (likely(sched_may_run(sc, u->v) && sched_is_saved(u->v))) {
            list_del(&u->queue);
            WRITE_ONCE(u->v->cpu, sc->cpu);
            return u->v;
        }
    }
    return NULL;
}

/* From another CPU, whose lock is only tried: two CPUs may look at once. */
static struct vcpu *steal(const struct sched_cpu *sc)
{
    struct vcpu *found = NULL;
    unsigned int cpu;

    for_each_cpu(cpu, cpumask_andnot(sc->instance->cpus, cpumask_of(sc->cpu)))
    {
        struct sched_cpu *other = sched_cpu_of(cpu);

        if (list_empty(other->data) || !spin_trylock(other->lock))
            continue;
        found = dequeue(other, sc);
        spin_unlock(other->lock);
        if (found)
            break;
    }
    return found;
}

static struct sched_decision pick(struct sched_cpu *sc, s_time_t now)
{
    struct list_head *queue = sc->data;
    struct vcpu *curr = sc->curr, *next;
    bool goes_on = !curr->is_idle && sc->curr_goes_on && sched_may_run(sc, curr);
    bool yielded = !curr->is_idle && curr->sched->yielded;
    s_time_t used = now - curr->scheduled_at_ns;

    if (!curr->is_idle)
        curr->sched->yielded = false;
    if (goes_on && list_empty(queue))
        return (struct sched_decision){curr, -1};
    if (goes_on && !yielded && used < SLICE)
        return (struct sched_decision){curr, SLICE - used};
    next = dequeue(sc, sc);
    if (!curr->is_idle && sc->curr_goes_on) {
        if (!next && goes_on)
            return (struct sched_decision){curr, SLICE};
        list_add_tail(&curr->sched->queue, queue);
    }
    if (!next)
        next = steal(sc);
    if (!next)
        return (struct sched_decision){sc->idle, -1};
    return (struct sched_decision){next, list_empty(queue) ? -1 : SLICE};
}

static void dump(struct sched_cpu *sc)
{
    struct list_head *queue = sc->data;
    struct sched_vcpu *u;

    list_for_each_entry(u, queue, queue) printk("  waits: d%uv%u\n", u->v->domain->id, u->v->id);
}

const struct scheduler scheduler_round_robin = {
    .name = "rr",
    .title = "round robin",
    .id = XEN_SCHEDULER_NULL, /* libxl knows no other that has no parameters */
    .cpu_add = cpu_add,
    .cpu_remove = cpu_remove,
    .vcpu_add = vcpu_add,
    .vcpu_remove = vcpu_remove,
    .choose_cpu = sched_choose_cpu,
    .wake = wake,
    .sleep = sleep,
    .yield = yield,
    .pick = pick,
    .dump = dump,
};
