/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling. The core (common/sched/core.c) owns states, run times, blocking, waking and the switch; a scheduler is a policy behind
 * struct scheduler, in one file, that only answers which vCPU a CPU should run next and for how long.
 *
 * Lock: one per CPU (sched_cpu.lock). All the policy's functions are called with the lock of the CPU concerned held and interrupts off.
 */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include <xen/types.h>
#include <public/sched.h>
#include <xen/domain.h>
#include <xen/percpu.h>
#include <xen/spinlock.h>

struct sched_decision {
    struct vcpu *next;
    s_time_t slice_ns; /* < 0: until something happens */
};

/* A CPU as the core sees it; policies read curr. */
struct sched_cpu {
    spinlock_t lock;
    struct vcpu *curr, *idle;
    bool curr_goes_on; /* when pick is called: whether curr is runnable, which changes without the lock and is asked once */
    struct timer slice_timer;
};
DECLARE_PER_CPU(struct sched_cpu, sched_cpu);

struct xen_domctl_scheduler_op;
struct xen_sysctl_scheduler_op;

struct scheduler {
    const char *name;   /* what `sched=` takes */
    const char *title;  /* for people */
    unsigned int id;    /* XEN_SCHEDULER_* of the public headers */
    int (*init)(void);
    int (*cpu_add)(unsigned int cpu);
    int (*vcpu_add)(struct vcpu *v);     /* may allocate v->sched */
    void (*vcpu_remove)(struct vcpu *v); /* and frees it */
    /* Where should v run? Called with no CPU's lock: only reads. */
    unsigned int (*choose_cpu)(struct vcpu *v);
    void (*wake)(struct vcpu *v, s_time_t now);  /* became runnable on v->cpu */
    void (*sleep)(struct vcpu *v, s_time_t now); /* is not runnable any more */
    /* v, which is current, wants others to run first: noted for the pick that comes. No lock held. */
    void (*yield)(struct vcpu *v);
    /* What runs on from now: sched_cpu.curr, which is on no queue while it runs and goes on one if it is not picked but runnable. */
    struct sched_decision (*pick)(unsigned int cpu, struct vcpu *idle, s_time_t now);
    void (*dump)(unsigned int cpu);
    /* NULL: it has none. XEN_DOMCTL_SCHEDOP_*, XEN_SYSCTL_SCHEDOP_*: set or tell; 0 or -XEN_E*. Any CPU's lock is theirs to take. */
    long (*domain_parameters)(struct domain *d, struct xen_domctl_scheduler_op *op);
    long (*global_parameters)(struct xen_sysctl_scheduler_op *op);
};

extern const struct scheduler scheduler_round_robin;

/* Chooses the policy by `sched=`; unknown names warn and take the default. */
void scheduler_init(void);
const struct scheduler *scheduler_current(void);
/* idle runs there already. 0 or -XEN_ENOMEM. */
int sched_cpu_add(unsigned int cpu, struct vcpu *idle) __must_check;
/* CPUs that take part; those of them that have nothing to do now (may be stale). */
cpumask_t sched_online_cpus(void);
cpumask_t sched_idle_cpus(void);
int sched_vcpu_add(struct vcpu *v) __must_check;
void sched_vcpu_remove(struct vcpu *v);

bool vcpu_is_runnable(const struct vcpu *v);
/* After pause_flags or pause counts changed: puts v on or off its CPU's queue. Any context. */
void vcpu_wake(struct vcpu *v);
void vcpu_sleep_nosync(struct vcpu *v);
void vcpu_sleep_sync(struct vcpu *v);
/* Clears VPF_BLOCKED (and polling) and wakes. */
void vcpu_unblock(struct vcpu *v);
/* Makes a running vCPU look at its pending events soon (IPI when it runs elsewhere), or unblocks it. */
void vcpu_kick(struct vcpu *v);
/* current stops until an event is pending, or returns at once when one is. Unmasks events first. */
void vcpu_block_enable_events(void);
void vcpu_yield(void);
int vcpu_set_affinity(struct vcpu *v, cpumask_t mask) __must_check;
/* A consistent copy of the runstate, with the time since the last change added. */
void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *out);
long do_sched_op(int cmd, uint64_t arg_va);
long do_sched_op_compat(int cmd, uint64_t arg);
long do_set_timer_op(s_time_t timeout_ns);
/* Called by arch on the new vCPU's stack when prev's state is saved: prev->is_running = false. */
void sched_context_saved(struct vcpu *prev);
/* Ask the CPU to reschedule. */
void sched_resched_cpu(unsigned int cpu);
void sched_dump(void);

#endif
