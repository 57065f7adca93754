/* SPDX-License-Identifier: BSD-2-Clause */
/* How long one waits: after waking up, and for a turn. */
#include "suites.h"
#include <public/domctl.h>

/* What waking up may take beside three hogs on one CPU, in microseconds: on average, and at most. */
static const struct {
    long mean, most;
} bounds[NR_POLICIES] = {
    [CREDIT2] = {1100, 2100}, [CREDIT] = {1100, 2100}, [SEDF] = {3000, 8000}, [BVT] = {5100, 11000},
    [ROUND_ROBIN] = {16000, 16000}, [LOTTERY] = {40000, 1000000},
};

/* Deadlines are kept where budgets fit: by default four vCPUs would ask for 160 % of a CPU. */
static void promise_less(struct simulation *sim, struct domain *d)
{
    struct xen_domctl_scheduler_op op = {.cmd = XEN_DOMCTL_SCHEDOP_putinfo};

    op.u.rtds =
        (struct xen_domctl_sched_rtds){.period = 10000, .budget = 2000, .flags = XEN_DOMCTL_SCHEDRT_extra};
    ck_assert_int_eq(scheduler_sedf.domain_parameters(simulation_instance(sim), d, &op), 0);
}

/* A fifth of its share, in short stretches: as one that serves interrupts. */
START_TEST(who_sleeps_a_lot_runs_soon)
{
    struct simulation *sim = simulation_create(policies[_i], 1);
    struct domain *d = simulation_domain(sim, 4, 0, 0);
    struct task *t;

    for (unsigned int i = 0; i < 3; i++)
        simulation_any(sim, d, hog);
    t = simulation_any(
        sim, d, (struct habit){.run_ns = MICROSECONDS(150), .sleep_ns = MILLISECONDS(4), .random = true});
    if (_i == SEDF)
        promise_less(sim, d);
    simulation_run(sim, SECONDS(1));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(20));
    ck_assert_uint_gt(t->nr_wakes, 500);
    ck_assert_msg(t->latency_ns / (s_time_t)t->nr_wakes / 1000 <= bounds[_i].mean, "%s: %ld us on average",
                  policies[_i]->name, (long)t->latency_ns / (long)t->nr_wakes / 1000);
    ck_assert_msg(t->latency_longest_ns / 1000 <= bounds[_i].most, "%s: %ld us", policies[_i]->name,
                  (long)t->latency_longest_ns / 1000);
    simulation_destroy(sim);
}
END_TEST

/* With an idle CPU it is at once, but for the microsecond that a switch takes. */
START_TEST(an_idle_cpu_serves_at_once)
{
    struct simulation *sim = simulation_create(policies[_i], 4);
    struct domain *d = simulation_domain(sim, 4, 0, 0);
    struct task *t;

    for (unsigned int i = 0; i < 3; i++)
        simulation_any(sim, d, hog);
    t = simulation_any(
        sim, d, (struct habit){.run_ns = MICROSECONDS(500), .sleep_ns = MILLISECONDS(2), .random = true});
    simulation_run(sim, SECONDS(10));
    ck_assert_int_le(t->latency_longest_ns, 1000);
    ck_assert_int_eq(simulation_wasted(sim), 0);
    simulation_destroy(sim);
}
END_TEST

/* Sixteen a CPU: the longest wait for a turn. A slice is 30 ms at most. */
START_TEST(nobody_starves)
{
    struct simulation *sim = simulation_create(policies[_i], 16);
    struct domain *d = simulation_domain(sim, 256, 0, 0);
    struct task *t[256];

    for (unsigned int i = 0; i < 256; i++)
        t[i] = simulation_any(
            sim, d,
            i % 4 ? hog
                  : (struct habit){.run_ns = MILLISECONDS(3), .sleep_ns = MILLISECONDS(3), .random = true});
    simulation_run(sim, SECONDS(20));
    for (unsigned int i = 0; i < 256; i++)
        ck_assert_msg(t[i]->wait_longest_ns <= (_i == LOTTERY ? SECONDS(5) : MILLISECONDS(1000)),
                      "%s: %ld ms", policies[_i]->name, (long)t[i]->wait_longest_ns / 1000000);
    simulation_destroy(sim);
}
END_TEST

/*
 * Waking and sleeping at random on many CPUs, half of them busy: hardly ever idles one while somebody waits.
 */
START_TEST(work_is_conserved)
{
    struct simulation *sim = simulation_create(policies[_i], 24);
    struct domain *d = simulation_domain(sim, 48, 0, 0);

    for (unsigned int i = 0; i < 48; i++)
        simulation_any(
            sim, d, (struct habit){.run_ns = MILLISECONDS(2), .sleep_ns = MILLISECONDS(3), .random = true});
    simulation_run(sim, SECONDS(10));
    ck_assert_msg(permille(simulation_wasted(sim), SECONDS(10)) <= 24, "%s: %ld us wasted a second",
                  policies[_i]->name, (long)simulation_wasted(sim) / 10000);
    simulation_destroy(sim);
}
END_TEST

TCase *latency_tests(void)
{
    TCase *t = tcase_create("latency");

    tcase_add_loop_test(t, who_sleeps_a_lot_runs_soon, 0, NR_POLICIES);
    tcase_add_loop_test(t, an_idle_cpu_serves_at_once, 0, NR_POLICIES);
    tcase_add_loop_test(t, nobody_starves, 0, NR_POLICIES);
    tcase_add_loop_test(t, work_is_conserved, 0, NR_POLICIES);
    return t;
}
