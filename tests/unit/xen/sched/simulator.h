/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine on which only time passes: it runs the hypervisor's schedulers, the very files, over as many CPUs
 * and vCPUs as one wants, each vCPU with a habit, and keeps account of who ran when. It does with them what
 * common/sched/core.c does, and ends the program when one breaks its contract: two CPUs run one vCPU, one
 * runs where it may not, before its registers are saved, or though it cannot run.
 */
#ifndef SIMULATOR_H
#define SIMULATOR_H

#include <xen/sched_policy.h>

/*
 * What a vCPU does when it can: runs for run_ns, then sleeps for sleep_ns, or yields, and so on. run_ns 0: it
 * never stops.
 */
struct habit {
    s_time_t run_ns, sleep_ns;
    bool random; /* both are means, and the intervals are exponentially distributed */
    bool yields; /* in place of sleeping */
};

struct task {
    struct vcpu v; /* first */
    struct habit habit;
    s_time_t left_ns;           /* of the present run */
    s_time_t ran_ns, preferred_ns; /* preferred_ns: of it, on CPUs of its soft affinity */
    s_time_t runnable_since_ns; /* while it waits */
    s_time_t waited_ns, wait_longest_ns;
    unsigned long nr_wakes, nr_switches;
    s_time_t latency_ns, latency_longest_ns; /* from waking up to running: sum and longest */
    bool runnable, woken, paused, dead;
    unsigned long wake_generation;
};

struct simulation;

struct simulation *simulation_create(const struct scheduler *policy, unsigned int nr_cpus);
void simulation_destroy(struct simulation *sim);
/* weight 0, cap 0: the scheduler's defaults. It is not checked whether the scheduler has such. */
struct domain *simulation_domain(struct simulation *sim, unsigned int nr_vcpus, unsigned int weight,
                                 unsigned int cap);
/* Begins to run; hard and soft affinity: all bits set for any CPU. */
struct task *simulation_task(struct simulation *sim, struct domain *d, struct habit habit, cpumask_t hard,
                             cpumask_t soft);
static inline struct task *simulation_any(struct simulation *sim, struct domain *d, struct habit habit)
{
    return simulation_task(sim, d, habit, cpumask_all(), cpumask_all());
}
void simulation_run(struct simulation *sim, s_time_t duration_ns);
s_time_t simulation_now(const struct simulation *sim);
struct sched_instance *simulation_instance(struct simulation *sim);

/* What a toolstack does. */
void simulation_pause(struct simulation *sim, struct task *t);
void simulation_unpause(struct simulation *sim, struct task *t);
void simulation_pin(struct simulation *sim, struct task *t, cpumask_t hard);
void simulation_remove(struct simulation *sim, struct task *t);

/* Forgets the account so far: what comes is measured. */
void simulation_measure(struct simulation *sim);
s_time_t simulation_domain_ran(const struct domain *d);
/* CPU time that passed idle while somebody waited who could have run there (over a cap, one cannot). */
s_time_t simulation_wasted(const struct simulation *sim);
/* May a vCPU be kept waiting though a CPU idles? Set where caps are. */
void simulation_allow_waste(struct simulation *sim);

/* Called for each stretch of running. */
typedef void simulation_watcher(void *data, unsigned int cpu, const struct task *t, s_time_t from,
                                s_time_t to);
void simulation_watch(struct simulation *sim, simulation_watcher *watcher, void *data);

/* A reproducible sequence of numbers, for tests as well. */
uint32_t simulation_random(struct simulation *sim);

#endif
