/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling. The core (common/sched/core.c) owns states, run times, blocking, waking and the switch; a
 * scheduler is a policy behind struct scheduler (sched_policy.h), in one file, that only answers which vCPU a
 * CPU should run next and for how long.
 *
 * Lock: one for each CPU's queue (sched_cpu.lock), which CPUs that share a queue share.
 */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include <xen/types.h>
#include <public/sched.h>
#include <xen/domain.h>
#include <xen/sched_policy.h>

/* The pool that the machine starts with, which has every CPU; its scheduler is sched='s. */
extern struct sched_instance *sched_default;

/* Chooses the policy by `sched=`; unknown names warn and take the default. */
void scheduler_init(void);
/* NULL: there is none of that name or id. */
const struct scheduler *scheduler_by_name(const char *name);
const struct scheduler *scheduler_by_id(unsigned int id);
/* Pools of CPUs. 0 or -XEN_ENOMEM. */
struct sched_instance *sched_instance_create(const struct scheduler *policy) __must_check;
/* It has neither CPUs nor domains. */
void sched_instance_destroy(struct sched_instance *s);
/*
 * A toolstack's pools (pool_ctl.c). NULL: there is none of this number. The domctl or the sysctl lock is
 * held.
 */
struct sched_instance *sched_pool(uint32_t id);
/*
 * The pool that a CPU is in; NULL: in none. Pools are changed with both the domctl and the sysctl lock held.
 */
struct sched_instance *sched_cpu_instance(unsigned int cpu);
/*
 * Out of its pool; its vCPUs go elsewhere, and who had no other CPU may run anywhere. 0; -XEN_EBUSY: the last
 * one of a pool with domains; -XEN_EADDRINUSE: a vCPU has pinned itself there (SCHEDOP_pin_override);
 * -XEN_ERESTART: not yet, since somebody still runs there, perhaps the caller: begun, and to be called again
 * after the CPU has had time to switch.
 */
int sched_cpu_leave(unsigned int cpu) __must_check;
/* Into a pool: it is in none. 0 or -XEN_ENOMEM. */
int sched_cpu_enter(unsigned int cpu, struct sched_instance *s) __must_check;
/*
 * d, not the caller's own, to another pool, with the parameters and affinities that one begins with. The
 * domctl lock is held. 0, -XEN_ENOMEM, -XEN_EINVAL: the pool has no CPU.
 */
int sched_domain_move(struct domain *d, struct sched_instance *to) __must_check;

/* idle runs there already. 0 or -XEN_ENOMEM. */
int sched_cpu_add(unsigned int cpu, struct vcpu *idle) __must_check;
/* CPUs that take part. */
cpumask_t sched_online_cpus(void);
/* Those that the machine started with, on line or off (cpu_hotplug.c). */
cpumask_t sched_present_cpus(void);
/* It is in no pool. */
void sched_cpu_set_online(unsigned int cpu, bool online);
/* Before its first vCPU, and after its last. 0 or -XEN_ENOMEM. */
int sched_domain_add(struct domain *d, struct sched_instance *s) __must_check;
void sched_domain_remove(struct domain *d);
int sched_vcpu_add(struct vcpu *v) __must_check;
void sched_vcpu_remove(struct vcpu *v);

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
/* 0; -XEN_EINVAL: none of these CPUs is in its pool. */
int vcpu_set_affinity(struct vcpu *v, cpumask_t mask) __must_check;
/* A consistent copy of the runstate, with the time since the last change added. */
void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *out);
long do_sched_op(int cmd, uint64_t arg_va);
long do_sched_op_compat(int cmd, uint64_t arg);
long do_set_timer_op(s_time_t timeout_ns);
/* Called by arch on the new vCPU's stack when prev's state is saved: prev->is_running = false. */
void sched_context_saved(struct vcpu *prev);
/*
 * No CPU looks any more at a vCPU that it had left when this was called, and that has not run since. In no
 * interrupt, and under no lock that is taken with interrupts off.
 */
void sched_wait_for_switches(void);
void sched_dump(void);

#endif
