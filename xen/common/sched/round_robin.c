/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round robin: each CPU runs the vCPUs of its queue in turn, one slice each. A CPU with nothing to do takes a
 * waiting vCPU from another. The smallest policy that is fair; the example for those to come.
 */
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>
#include <public/domctl.h>

#define SLICE MILLISECONDS(5)

struct sched_vcpu {
    struct vcpu *v;
    struct list_head queue; /* empty: on none */
    bool yielded;
};

static DEFINE_PER_CPU(struct list_head, run_queue);

static int cpu_add(unsigned int cpu)
{
    list_init(per_cpu_ptr(run_queue, cpu));
    return 0;
}

static int vcpu_add(struct vcpu *v)
{
    v->sched = xzalloc(struct sched_vcpu);
    if (!v->sched)
        return -XEN_ENOMEM;
    v->sched->v = v;
    list_init(&v->sched->queue);
    return 0;
}

static void vcpu_remove(struct vcpu *v)
{
    xfree(v->sched);
    v->sched = NULL;
}

/*
 * Where it was, if that is idle; else an idle CPU; else where it was; else any. vCPUs that never ran spread
 * by number.
 */
static unsigned int choose_cpu(struct vcpu *v)
{
    cpumask_t allowed = cpumask_and(sched_online_cpus(), v->affinity), idle;
    unsigned int skip;

    if (cpumask_empty(allowed))
        allowed = sched_online_cpus();
    idle = cpumask_and(sched_idle_cpus(), allowed);
    if (!v->scheduled_at_ns && v->sched == NULL) {
        skip = v->id % cpumask_count(allowed);
        while (skip--)
            allowed.bits &= allowed.bits - 1;
        return cpumask_first(allowed);
    }
    if (cpumask_test(idle, v->cpu))
        return v->cpu;
    if (!cpumask_empty(idle))
        return cpumask_first(idle);
    return cpumask_test(allowed, v->cpu) ? v->cpu : cpumask_first(allowed);
}

static void wake(struct vcpu *v, s_time_t now)
{
    list_add_tail(&v->sched->queue, per_cpu_ptr(run_queue, v->cpu));
}

static void sleep(struct vcpu *v, s_time_t now)
{
    list_del(&v->sched->queue);
}

static void yield(struct vcpu *v)
{
    v->sched->yielded = true;
}

/*
 * A waiting vCPU of another CPU that may run here and whose registers are saved. Its CPU's lock is only
 * tried: two CPUs may look at once.
 */
static struct vcpu *steal_from(unsigned int other, unsigned int cpu)
{
    struct sched_cpu *sc = per_cpu_ptr(sched_cpu, other);
    struct sched_vcpu *s;
    struct vcpu *found = NULL;

    if (list_empty(per_cpu_ptr(run_queue, other)) || !spin_trylock(&sc->lock))
        return NULL;
    list_for_each_entry(s, per_cpu_ptr(run_queue, other), queue)
    {
        if (cpumask_test(s->v->affinity, cpu) && !__atomic_load_n(&s->v->is_running, __ATOMIC_ACQUIRE)) {
            found = s->v;
            list_del(&s->queue);
            WRITE_ONCE(found->cpu, cpu);
            break;
        }
    }
    spin_unlock(&sc->lock);
    return found;
}

static struct vcpu *steal(unsigned int cpu)
{
    unsigned int other;

    for_each_cpu(other, cpumask_andnot(sched_online_cpus(), cpumask_of(cpu)))
    {
        struct vcpu *v = steal_from(other, cpu);

        if (v)
            return v;
    }
    return NULL;
}

/* The first that may run here. One that may not waits for sched_context_saved to move it. */
static struct vcpu *dequeue(unsigned int cpu)
{
    struct sched_vcpu *s;

    list_for_each_entry(s, per_cpu_ptr(run_queue, cpu), queue)
    {
        if (likely(cpumask_test(s->v->affinity, cpu))) {
            list_del(&s->queue);
            return s->v;
        }
    }
    return NULL;
}

static struct sched_decision pick(unsigned int cpu, struct vcpu *idle, s_time_t now)
{
    const struct sched_cpu *sc = per_cpu_ptr(sched_cpu, cpu);
    struct vcpu *curr = sc->curr, *next;
    bool others = !list_empty(per_cpu_ptr(run_queue, cpu));
    bool goes_on = !curr->is_idle && sc->curr_goes_on && cpumask_test(curr->affinity, cpu);
    s_time_t used = now - curr->scheduled_at_ns;

    if (goes_on && !others) {
        curr->sched->yielded = false;
        return (struct sched_decision){curr, -1};
    }
    if (goes_on && !curr->sched->yielded && used < SLICE)
        return (struct sched_decision){curr, SLICE - used};
    if (!curr->is_idle) {
        curr->sched->yielded = false;
        if (sc->curr_goes_on)
            list_add_tail(&curr->sched->queue, per_cpu_ptr(run_queue, cpu));
    }
    next = dequeue(cpu);
    if (!next)
        next = steal(cpu);
    if (!next)
        return (struct sched_decision){idle, -1};
    return (struct sched_decision){next, list_empty(per_cpu_ptr(run_queue, cpu)) ? -1 : SLICE};
}

static void dump(unsigned int cpu)
{
    struct sched_vcpu *s;

    list_for_each_entry(s, per_cpu_ptr(run_queue, cpu), queue)
        printk("  waits: d%uv%u\n", s->v->domain->id, s->v->id);
}

const struct scheduler scheduler_round_robin = {
    .name = "rr",
    .title = "round robin",
    .id = XEN_SCHEDULER_NULL, /* libxl knows no other that has no parameters */
    .cpu_add = cpu_add,
    .vcpu_add = vcpu_add,
    .vcpu_remove = vcpu_remove,
    .choose_cpu = choose_cpu,
    .wake = wake,
    .sleep = sleep,
    .yield = yield,
    .pick = pick,
    .dump = dump,
};
