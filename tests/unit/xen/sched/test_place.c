/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where vCPUs run: hard affinity (which the simulator asserts at each switch), soft affinity, and the evening
 * out of CPUs.
 */
#include "suites.h"

/* Pinned to CPU 0, to 0 and 1, to all: what each can get at most and at least. */
START_TEST(hard_affinity_is_a_rule)
{
    struct simulation *sim = simulation_create(policies[_i], 2);
    struct domain *d = simulation_domain(sim, 3, 0, 0);
    struct task *first = simulation_task(sim, d, hog, cpumask_of(0), cpumask_all());
    struct task *second = simulation_task(sim, d, hog, cpumask_of(0), cpumask_all());
    struct task *third = simulation_task(sim, d, hog, cpumask_of(1), cpumask_all());

    simulation_run(sim, SECONDS(10));
    ASSERT_WITHIN(permille(first->ran_ns, SECONDS(10)), _i == LOTTERY ? 400 : 480, _i == LOTTERY ? 600 : 520);
    ck_assert_int_ge(permille(first->ran_ns + second->ran_ns, SECONDS(10)), 999);
    ck_assert_int_ge(permille(third->ran_ns, SECONDS(10)), 999);
    simulation_pin(sim, third, cpumask_of(0));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(9));
    /* SEDF: three default budgets are more than a CPU, and whose deadline is first has his. */
    ASSERT_WITHIN(permille(third->ran_ns, SECONDS(9)), _i == LOTTERY || _i == SEDF ? 190 : 320,
                  _i == LOTTERY || _i == SEDF ? 450 : 347);
    simulation_destroy(sim);
}
END_TEST

/* A machine half idle: those who would like to be on its upper CPUs are. */
START_TEST(soft_affinity_is_a_wish)
{
    struct simulation *sim = simulation_create(policies[_i], 8);
    struct domain *d = simulation_domain(sim, 8, 0, 0);
    const struct habit habit = {.run_ns = MILLISECONDS(2), .sleep_ns = MILLISECONDS(6), .random = true};
    struct task *t[4];
    s_time_t ran = 0, liked = 0;

    for (unsigned int i = 0; i < 4; i++) {
        t[i] = simulation_task(sim, d, habit, cpumask_all(), (cpumask_t){0xf0});
        simulation_any(sim, d, habit);
    }
    simulation_run(sim, SECONDS(10));
    for (unsigned int i = 0; i < 4; i++) {
        ran += t[i]->ran_ns;
        liked += t[i]->preferred_ns;
    }
    ck_assert_int_ge(permille(liked, ran), 900);
    simulation_destroy(sim);
}
END_TEST

/* No idle CPU waits for those that like others: a wish is no rule. */
START_TEST(a_wish_keeps_nobody_waiting)
{
    struct simulation *sim = simulation_create(policies[_i], 4);
    struct domain *d = simulation_domain(sim, 4, 0, 0);
    struct task *t[4];

    for (unsigned int i = 0; i < 4; i++)
        t[i] = simulation_task(sim, d, hog, cpumask_all(), cpumask_of(0));
    simulation_run(sim, SECONDS(1));
    for (unsigned int i = 0; i < 4; i++)
        ck_assert_int_ge(permille(t[i]->ran_ns, SECONDS(1)), 990);
    simulation_destroy(sim);
}
END_TEST

/* All begin on CPUs 0 to 7, and may then go anywhere: soon all of sixteen CPUs have the same to do. */
START_TEST(load_spreads)
{
    struct simulation *sim = simulation_create(policies[_i], 16);
    struct domain *d = simulation_domain(sim, 32, 0, 0);
    struct task *t[32];

    for (unsigned int i = 0; i < 32; i++)
        t[i] = simulation_task(sim, d, hog, (cpumask_t){0xff}, cpumask_all());
    simulation_run(sim, MILLISECONDS(100));
    for (unsigned int i = 0; i < 32; i++)
        simulation_pin(sim, t[i], cpumask_all());
    simulation_run(sim, SECONDS(1));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(10));
    for (unsigned int i = 0; i < 32; i++)
        ck_assert_msg(_i == LOTTERY || (permille(t[i]->ran_ns, SECONDS(10)) >= 400 &&
                                        permille(t[i]->ran_ns, SECONDS(10)) <= 600),
                      "%s: %ld of 1000", policies[_i]->name, permille(t[i]->ran_ns, SECONDS(10)));
    simulation_destroy(sim);
}
END_TEST

TCase *place_tests(void)
{
    TCase *t = tcase_create("place");

    tcase_add_loop_test(t, hard_affinity_is_a_rule, 0, NR_POLICIES);
    tcase_add_loop_test(t, soft_affinity_is_a_wish, 0, NR_POLICIES);
    tcase_add_loop_test(t, a_wish_keeps_nobody_waiting, 0, NR_POLICIES);
    tcase_add_loop_test(t, load_spreads, 0, NR_POLICIES);
    return t;
}
