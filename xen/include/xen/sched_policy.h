/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything between the scheduler's core and a scheduler, which is a policy in one file: it answers which
 * vCPU a CPU runs next and for how long. States, run times, waking, blocking and the switch are the core's
 * (common/sched/core.c).
 *
 * A policy includes this header, lists, printk and refuse, and nothing else of the hypervisor. It has no
 * variables of its own: a policy may run several times at once, one instance for each pool of CPUs, and keeps
 * what it needs in instance.data, sched_cpu.data, domain.sched and vcpu.sched. So the same file is linked
 * into the hypervisor, the unit tests and the simulator.
 *
 * Of a vCPU it reads id, cpu, domain, affinity, soft_affinity, is_running, is_idle and scheduled_at_ns; it
 * writes sched, and cpu where pick takes a vCPU from elsewhere.
 */
#ifndef XEN_SCHED_POLICY_H
#define XEN_SCHED_POLICY_H

#include <xen/types.h>
#include <xen/cpumask.h>
#include <xen/domain.h>
#include <xen/list.h>
#include <xen/spinlock.h>
#include <xen/timer.h>

struct xen_domctl_scheduler_op;
struct xen_domctl_schedparam_vcpu;
struct xen_sysctl_scheduler_op;
struct scheduler;

struct sched_decision {
    struct vcpu *next;
    s_time_t slice_ns; /* pick is asked again after that long; < 0: not before something happens */
};
/* Of two such times the one that ends first. */
static inline s_time_t sched_sooner(s_time_t a, s_time_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* A scheduler at work on some of the CPUs. */
struct sched_instance {
    const struct scheduler *policy;
    void *data;      /* the policy's */
    cpumask_t cpus;  /* those that it has */
    cpumask_t idle;  /* of these, those that run their idle vCPU: changed under their locks, read by anyone */
    unsigned int nr_domains;
    uint32_t pool_id;             /* what a toolstack calls it; 0: the machine's first */
    struct list_head other_pools; /* pool_ctl.c */
};

/*
 * A CPU. Its lock guards its queue, curr, and the states of the vCPUs whose v->cpu it is. A policy with a
 * queue for several CPUs gives them one lock, in cpu_add.
 */
struct sched_cpu {
    spinlock_t *lock;
    struct vcpu *curr, *idle;
    struct sched_instance *instance;
    void *data;        /* the policy's */
    unsigned int cpu;
    /* in pick: whether curr is runnable, which changes without the lock and is asked once */
    bool curr_goes_on;
    bool is_switching; /* from the decision until what ran before is in memory and looked after: the core's */
    spinlock_t own_lock;
    struct timer slice_timer;
};

/* For CPUs that an instance has or had. */
extern struct sched_cpu *sched_cpu_table[MAX_CPUS];
static inline struct sched_cpu *sched_cpu_of(unsigned int cpu)
{
    return sched_cpu_table[cpu];
}

/*
 * "Locked": called with the lock of v->cpu, or of the CPU, and interrupts off; must not allocate, print or
 * take another lock but by trying, with the exception of locks of the policy's own that are innermost. All
 * others are called with no lock of a CPU held. NULL is allowed where it says so.
 */
struct scheduler {
    const char *name;    /* what `sched=` takes */
    const char *title;   /* for people */
    unsigned int id;     /* XEN_SCHEDULER_* of public/domctl.h: what a toolstack is told */

    /*
     * What the policy keeps: zeroed memory of these sizes is there before the first of the hooks below and
     * goes after the last.
     */
    size_t instance_bytes; /* sched_instance.data */
    size_t cpu_bytes;      /* sched_cpu.data; 0: what cpu_add sets it to */
    size_t domain_bytes;   /* domain.sched; may be 0 */
    size_t vcpu_bytes;     /* vcpu.sched */

    /* What comes and goes. NULL: nothing to do. */
    void (*create)(struct sched_instance *s);
    /*
     * instance is set; lock is own_lock, and is set if CPUs share one; sc may be a copy, so no pointer to it
     * is kept.
     */
    void (*cpu_add)(struct sched_cpu *sc);
    /* Locked. It runs idle, and no vCPU waits for it. */
    void (*cpu_remove)(struct sched_cpu *sc);
    void (*domain_add)(struct sched_instance *s, struct domain *d);
    /* v->cpu is one of s, and d->sched is there */
    void (*vcpu_add)(struct sched_instance *s, struct vcpu *v);
    void (*vcpu_remove)(struct sched_instance *s, struct vcpu *v); /* it waits nowhere */

    /*
     * Where should v, which is not running, wait? One of the CPUs of s; only reads, and what it reads may be
     * stale.
     */
    unsigned int (*choose_cpu)(const struct sched_instance *s, const struct vcpu *v);
    /* Locked. v can run from now on; asks the CPUs that are to pick anew. */
    void (*wake)(struct vcpu *v, s_time_t now);
    void (*sleep)(struct vcpu *v, s_time_t now); /* Locked. v, which waits, cannot run any more. */
    /* v, which is current, wants others to run first: pick comes next */
    void (*yield)(struct vcpu *v);
    /*
     * Locked. What runs on sc from now. sc->curr is on no queue while it runs; it goes on one if it is not
     * picked but goes on. next->cpu is to be sc->cpu. A vCPU other than curr whose is_running is set is still
     * being put away by another CPU and must not be picked.
     */
    struct sched_decision (*pick)(struct sched_cpu *sc, s_time_t now);
    void (*dump)(struct sched_cpu *sc); /* Locked, and may print. */

    /*
     * A toolstack's: XEN_DOMCTL_SCHEDOP_*, XEN_SYSCTL_SCHEDOP_*; set or tell. 0 or -XEN_E*. NULL: it has no
     * parameters, and what is said of them is taken as said of nothing. domain_parameters gets putinfo and
     * getinfo.
     */
    long (*domain_parameters)(struct sched_instance *s, struct domain *d, struct xen_domctl_scheduler_op *op);
    /* One vCPU's. NULL: it has none of their own, and -XEN_EINVAL is the answer. */
    long (*vcpu_parameters)(struct sched_instance *s, struct vcpu *v, struct xen_domctl_schedparam_vcpu *p,
                            bool set);
    long (*global_parameters)(struct sched_instance *s, struct xen_sysctl_scheduler_op *op);
};

extern const struct scheduler scheduler_credit2, scheduler_credit, scheduler_sedf, scheduler_bvt,
    scheduler_round_robin;

/* --- What policies share --- */

/* Asks the CPU to pick anew. Any context, any lock. */
void sched_resched_cpu(unsigned int cpu);

/* Where v may run: anywhere, if none of its CPUs belongs to s (any more). */
static inline cpumask_t sched_allowed(const struct sched_instance *s, const struct vcpu *v)
{
    cpumask_t allowed = cpumask_and(s->cpus, v->affinity);

    return likely(!cpumask_empty(allowed)) ? allowed : s->cpus;
}
/* May it run on sc, which its instance may be about to lose? */
static always_inline bool sched_may_run(const struct sched_cpu *sc, const struct vcpu *v)
{
    return likely(cpumask_test(cpumask_and(v->affinity, sc->instance->cpus), sc->cpu)) ||
           cpumask_test(sched_allowed(sc->instance, v), sc->cpu);
}
/* Of these, where it would like to; all, if it has no wish that can be met. */
static inline cpumask_t sched_preferred(const struct sched_instance *s, const struct vcpu *v)
{
    cpumask_t allowed = sched_allowed(s, v), soft = cpumask_and(allowed, v->soft_affinity);

    return cpumask_empty(soft) ? allowed : soft;
}
/*
 * Is v's state in memory, so that a CPU other than the one it ran on may take it? Pairs with
 * sched_context_saved.
 */
static always_inline bool sched_is_saved(const struct vcpu *v)
{
    return likely(!__atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE));
}
/* The same for sc, which would pick it: if it is not yet, sc is asked to pick anew when it is. Locked. */
static always_inline bool sched_is_saved_for(const struct sched_cpu *sc, struct vcpu *v)
{
    if (sched_is_saved(v))
        return true;
    /* Pairs with sched_context_saved, which clears is_running and then looks who wanted it. */
    __atomic_store_n(&v->wanted_by, sc->cpu + 1, __ATOMIC_SEQ_CST);
    return !__atomic_load_n(&v->is_running, __ATOMIC_SEQ_CST);
}
/*
 * The common choice: where v was, if that is idle and to its liking; an idle CPU that it likes; an idle one;
 * where it was.
 */
unsigned int sched_choose_cpu(const struct sched_instance *s, const struct vcpu *v);
/*
 * Where each CPU has a queue: v has come to sc's, others: where others wait or run. Asks sc, and an idle CPU
 * that can take v from there.
 */
void sched_ask_cpus(const struct sched_cpu *sc, const struct vcpu *v, bool others);

#endif
