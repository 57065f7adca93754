/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything at once and at random: waking, sleeping, yielding, pausing, pinning, coming, going. The
 * simulator asserts the contract.
 */
#include "suites.h"

#define NR_TASKS 40

static struct habit any_habit(struct simulation *sim)
{
    struct habit h = {.run_ns = simulation_random(sim) % MILLISECONDS(5) + 1,
                      .sleep_ns = simulation_random(sim) % MILLISECONDS(5) + 1};

    h.random = simulation_random(sim) % 2;
    h.yields = simulation_random(sim) % 4 == 0;
    return simulation_random(sim) % 4 ? h : hog;
}

static cpumask_t any_cpus(struct simulation *sim, unsigned int nr_cpus)
{
    cpumask_t cpus = {simulation_random(sim) & ((1ul << nr_cpus) - 1)};

    return cpumask_empty(cpus) ? cpumask_all() : cpus;
}

static void disturb(struct simulation *sim, struct domain *d, struct task **t, unsigned int nr_cpus)
{
    switch (simulation_random(sim) % 4) {
    case 0:
        if ((*t)->paused)
            simulation_unpause(sim, *t);
        else
            simulation_pause(sim, *t);
        break;
    case 1:
        if (!(*t)->paused)
            simulation_pin(sim, *t, any_cpus(sim, nr_cpus));
        break;
    case 2:
        simulation_remove(sim, *t);
        *t = simulation_task(sim, d, any_habit(sim), any_cpus(sim, nr_cpus), any_cpus(sim, nr_cpus));
        break;
    case 3:
        break;
    }
}

/* At the end all run free: who can run does, and each gets something. */
static void stress(int policy, unsigned int nr_cpus, unsigned int seed, unsigned int cap)
{
    struct simulation *sim = simulation_create(policies[policy], nr_cpus);
    struct domain *d = simulation_domain(sim, NR_TASKS, 0, cap);
    struct task *t[NR_TASKS];

    while (seed--)
        simulation_random(sim);
    for (unsigned int i = 0; i < NR_TASKS; i++)
        t[i] = simulation_task(sim, d, any_habit(sim), any_cpus(sim, nr_cpus), any_cpus(sim, nr_cpus));
    for (unsigned int round = 0; round < 2000; round++) {
        simulation_run(sim, simulation_random(sim) % MILLISECONDS(2));
        disturb(sim, d, &t[simulation_random(sim) % NR_TASKS], nr_cpus);
    }
    for (unsigned int i = 0; i < NR_TASKS; i++) {
        if (t[i]->paused)
            simulation_unpause(sim, t[i]);
        simulation_pin(sim, t[i], cpumask_all());
    }
    simulation_run(sim, SECONDS(1));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(20));
    for (unsigned int i = 0; i < NR_TASKS; i++)
        ck_assert_int_gt(t[i]->ran_ns, 0);
    ck_assert_int_le(permille(simulation_wasted(sim), SECONDS(20) * nr_cpus), 5);
    simulation_destroy(sim);
}

START_TEST(anything_may_happen)
{
    static const unsigned int machines[] = {1, 2, 3, 9, 24};

    for (unsigned int i = 0; i < ARRAY_SIZE(machines); i++)
        stress(_i, machines[i], (unsigned int)i + 1, 0);
}
END_TEST

START_TEST(under_a_cap_as_well)
{
    for (unsigned int seed = 1; seed <= 5; seed++)
        stress(_i, seed * 3, seed, 150);
}
END_TEST

TCase *stress_tests(void)
{
    TCase *t = tcase_create("stress");

    tcase_add_loop_test(t, anything_may_happen, 0, NR_POLICIES);
    tcase_add_loop_test(t, under_a_cap_as_well, 0, CREDIT + 1);
    return t;
}
