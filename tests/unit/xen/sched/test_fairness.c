/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets how much: equal shares, weights, caps, and what cheating gains. */
#include "suites.h"
#include <public/domctl.h>

/* Those whose shares follow weights. */
static const int weighted[] = {CREDIT2, CREDIT, BVT, LOTTERY};
static const int capping[] = {CREDIT2, CREDIT};
static const unsigned int machines[] = {1, 2, 8};

/* Thousands of vCPUs on as many CPUs as a machine may have. */
START_TEST(thousands_share_equally)
{
    struct simulation *sim = simulation_create(policies[_i], 64);
    struct domain *d[8];
    struct task *t[4096];
    s_time_t most = 0, least = SECONDS(100);

    for (unsigned int i = 0; i < 8; i++)
        d[i] = simulation_domain(sim, 512, 0, 0);
    for (unsigned int i = 0; i < 4096; i++)
        t[i] = simulation_any(sim, d[i % 8], hog);
    simulation_run(sim, SECONDS(10));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(64));
    for (unsigned int i = 0; i < 4096; i++) {
        most = max(most, t[i]->ran_ns);
        least = min(least, t[i]->ran_ns);
    }
    /* A second each. */
    ck_assert_int_ge(least, MILLISECONDS(900));
    ck_assert_int_le(most, MILLISECONDS(1100));
    ck_assert_int_eq(simulation_wasted(sim), 0);
    simulation_destroy(sim);
}
END_TEST

/*
 * Domains of weights 128, 256 and 512, with as many vCPUs each as there are CPUs, and one that hardly ever
 * runs.
 */
static void weights_hold(int policy, unsigned int nr_cpus)
{
    const struct habit often = {.run_ns = MICROSECONDS(300), .sleep_ns = MILLISECONDS(4), .random = true};
    struct simulation *sim = simulation_create(policies[policy], nr_cpus);
    struct domain *d[3];
    struct task *other;

    for (unsigned int i = 0; i < 3; i++) {
        d[i] = simulation_domain(sim, nr_cpus, 128u << i, 0);
        for (unsigned int k = 0; k < nr_cpus; k++)
            simulation_any(sim, d[i], hog);
    }
    other = simulation_any(sim, simulation_domain(sim, 1, 0, 0), often);
    simulation_run(sim, SECONDS(2));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(20));
    for (unsigned int i = 0; i < 3; i++) {
        long wanted = 7000 * (1 << i) / 7,
             got = permille(simulation_domain_ran(d[i]), SECONDS(20) * nr_cpus - other->ran_ns) * 7;
        long margin = policy == LOTTERY ? 10 : 3;

        ASSERT_WITHIN(got, wanted - wanted * margin / 100, wanted + wanted * margin / 100);
    }
    ck_assert_int_le(permille(simulation_wasted(sim), SECONDS(20)), 1);
    simulation_destroy(sim);
}

START_TEST(weights_hold_within_three_percent)
{
    /* On several CPUs those who run draw no tickets. */
    for (unsigned int i = 0; i < (weighted[_i] == LOTTERY ? 1 : ARRAY_SIZE(machines)); i++)
        weights_hold(weighted[_i], machines[i]);
}
END_TEST

/*
 * From the least weight to the greatest: nobody is forgotten (its share of the time is 15 ms), nor takes more
 * than the least turns.
 */
START_TEST(extreme_weights_starve_nobody)
{
    struct simulation *sim = simulation_create(policies[weighted[_i]], 1);
    struct task *small = simulation_any(sim, simulation_domain(sim, 1, 1, 0), hog);
    struct task *great = simulation_any(sim, simulation_domain(sim, 1, 65535, 0), hog);

    simulation_run(sim, SECONDS(1000));
    ck_assert_int_ge(small->ran_ns, MILLISECONDS(5));
    ck_assert_int_ge(permille(great->ran_ns, SECONDS(1000)), 900);
    simulation_destroy(sim);
}
END_TEST

/* A domain cannot use more than a CPU for each vCPU: the rest is the others', by their weights. */
START_TEST(what_one_cannot_use_goes_to_the_others)
{
    struct simulation *sim = simulation_create(policies[weighted[_i]], 2);
    struct task *great = simulation_any(sim, simulation_domain(sim, 1, 2048, 0), hog);
    struct task *middle = simulation_any(sim, simulation_domain(sim, 1, 512, 0), hog);
    struct task *small = simulation_any(sim, simulation_domain(sim, 1, 256, 0), hog);

    simulation_run(sim, SECONDS(20));
    ck_assert_int_ge(permille(great->ran_ns, SECONDS(20)), 940);
    ASSERT_WITHIN(permille(middle->ran_ns, SECONDS(20)), 600, 720);
    ASSERT_WITHIN(permille(small->ran_ns, SECONDS(20)), 290, 400);
    simulation_destroy(sim);
}
END_TEST

/* After an hour alone nobody owes anything. */
START_TEST(time_alone_is_nobodys)
{
    struct simulation *sim = simulation_create(policies[_i], 1);
    struct domain *d = simulation_domain(sim, 2, 0, 0);
    struct task *first = simulation_any(sim, d, hog), *second;

    simulation_run(sim, SECONDS(3600));
    simulation_measure(sim);
    second = simulation_any(sim, d, hog);
    simulation_run(sim, SECONDS(1));
    ASSERT_WITHIN(permille(first->ran_ns, SECONDS(1)), _i == LOTTERY ? 350 : 440, 560);
    ASSERT_WITHIN(permille(second->ran_ns, SECONDS(1)), 440, _i == LOTTERY ? 650 : 560);
    simulation_destroy(sim);
}
END_TEST

/* --- Caps --- */
/* Within a hundredth of a CPU, though CPUs idle; and those without a cap get the rest. */
START_TEST(caps_hold)
{
    static const unsigned int caps[] = {5, 33, 100, 150};

    for (unsigned int i = 0; i < ARRAY_SIZE(caps); i++) {
        struct simulation *sim = simulation_create(policies[capping[_i]], 4);
        struct domain *capped = simulation_domain(sim, 4, 256, caps[i]),
                      *other = simulation_domain(sim, 4, 256, 0);

        for (unsigned int k = 0; k < 4; k++)
            simulation_any(sim, capped, hog);
        simulation_run(sim, SECONDS(1));
        simulation_measure(sim);
        simulation_run(sim, SECONDS(10));
        ASSERT_WITHIN(permille(simulation_domain_ran(capped), SECONDS(10)), caps[i] * 10 - 10,
                      caps[i] * 10 + 10);
        for (unsigned int k = 0; k < 4; k++)
            simulation_any(sim, other, hog);
        simulation_measure(sim);
        simulation_run(sim, SECONDS(10));
        ASSERT_WITHIN(permille(simulation_domain_ran(capped), SECONDS(10)), caps[i] * 10 - 20,
                      caps[i] * 10 + 10);
        ck_assert_int_ge(permille(simulation_domain_ran(capped) + simulation_domain_ran(other), SECONDS(10)),
                         3990);
        simulation_destroy(sim);
    }
}
END_TEST

static void set_cap(struct simulation *sim, struct domain *d, uint16_t cap)
{
    struct sched_instance *s = simulation_instance(sim);
    struct xen_domctl_scheduler_op op = {.cmd = XEN_DOMCTL_SCHEDOP_putinfo,
                                         .u.credit = {.weight = 256, .cap = cap}};

    ck_assert_int_eq(s->policy->domain_parameters(s, d, &op), 0);
}

/* Its domain is capped, and gets what the cap says. */
static void assert_half_from_now(struct simulation *sim, struct domain *d)
{
    set_cap(sim, d, 50);
    simulation_allow_waste(sim);
    simulation_run(sim, MILLISECONDS(100));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(2));
    ASSERT_WITHIN(permille(simulation_domain_ran(d), SECONDS(2)), 480, 510);
}

/* A vCPU that ran alone for long when its domain is capped owes nothing for that time. */
START_TEST(a_cap_begins_when_it_is_set)
{
    struct simulation *sim = simulation_create(policies[capping[_i]], 1);
    struct domain *d = simulation_domain(sim, 1, 256, 0);

    simulation_any(sim, d, hog);
    simulation_run(sim, SECONDS(20));
    assert_half_from_now(sim, d);
    simulation_destroy(sim);
}
END_TEST

/* What ran while the cap was lifted is not to be paid for when it is set again. */
START_TEST(a_lifted_cap_leaves_no_debt)
{
    struct simulation *sim = simulation_create(policies[capping[_i]], 1);
    struct domain *d = simulation_domain(sim, 1, 256, 50), *other = simulation_domain(sim, 1, 256, 0);

    simulation_any(sim, d, hog);
    simulation_run(sim, SECONDS(1));
    set_cap(sim, d, 0);
    simulation_run(sim, SECONDS(20));
    /* It stops for the first time since. */
    simulation_any(sim, other, (struct habit){.run_ns = MILLISECONDS(1), .sleep_ns = MILLISECONDS(100)});
    simulation_run(sim, MILLISECONDS(50));
    assert_half_from_now(sim, d);
    simulation_destroy(sim);
}
END_TEST

/* All of those that were over it, at the end of the period at the latest. */
START_TEST(a_lifted_cap_parks_nobody)
{
    struct simulation *sim = simulation_create(policies[capping[_i]], 16);
    struct domain *d = simulation_domain(sim, 16, 256, 20);

    for (unsigned int i = 0; i < 16; i++)
        simulation_any(sim, d, hog);
    simulation_run(sim, MILLISECONDS(105));
    set_cap(sim, d, 0);
    simulation_measure(sim);
    simulation_run(sim, MILLISECONDS(40));
    ck_assert_int_ge(permille(simulation_domain_ran(d), 16 * MILLISECONDS(40)), 700);
    simulation_destroy(sim);
}
END_TEST

/* In no second is it more than in a period beside, and sleeping saves nothing up. */
START_TEST(a_cap_cannot_be_saved_up)
{
    struct simulation *sim = simulation_create(policies[capping[_i]], 1);
    struct domain *d = simulation_domain(sim, 1, 256, 20);
    struct task *t =
        simulation_any(sim, d, (struct habit){.run_ns = MILLISECONDS(300), .sleep_ns = SECONDS(2)});
    s_time_t before = 0;

    for (unsigned int i = 0; i < 200; i++) {
        simulation_run(sim, MILLISECONDS(100));
        ck_assert_int_le(t->ran_ns - before, MILLISECONDS(20 + 4));
        before = t->ran_ns;
    }
    simulation_destroy(sim);
}
END_TEST

/* SEDF's budgets: kept to the full while they fit, and a cap where extra time is not allowed. */
START_TEST(sedf_keeps_its_promises)
{
    static const uint32_t period[] = {10000, 20000, 50000}, budget[] = {2000, 8000, 15000}; /* 20, 40, 30 % */
    struct simulation *sim = simulation_create(&scheduler_sedf, 1);
    struct task *t[3], *other;

    for (unsigned int i = 0; i < 3; i++) {
        struct domain *d = simulation_domain(sim, 1, 0, 0);
        struct xen_domctl_scheduler_op op = {.cmd = XEN_DOMCTL_SCHEDOP_putinfo};

        t[i] = simulation_any(sim, d, hog);
        op.u.rtds = (struct xen_domctl_sched_rtds){.period = period[i], .budget = budget[i]};
        ck_assert_int_eq(scheduler_sedf.domain_parameters(simulation_instance(sim), d, &op), 0);
    }
    /* asks for 40 % more, and has extra time */
    other = simulation_any(sim, simulation_domain(sim, 1, 0, 0), hog);
    simulation_allow_waste(sim);
    {
        struct xen_domctl_scheduler_op op = {.cmd = XEN_DOMCTL_SCHEDOP_putinfo};

        op.u.rtds = (struct xen_domctl_sched_rtds){
            .period = 100000, .budget = 1000, .flags = XEN_DOMCTL_SCHEDRT_extra};
        ck_assert_int_eq(scheduler_sedf.domain_parameters(simulation_instance(sim), other->v.domain, &op), 0);
    }
    simulation_run(sim, SECONDS(1));
    simulation_measure(sim);
    simulation_run(sim, SECONDS(10));
    ASSERT_WITHIN(permille(t[0]->ran_ns, SECONDS(10)), 198, 202);
    ASSERT_WITHIN(permille(t[1]->ran_ns, SECONDS(10)), 396, 404);
    ASSERT_WITHIN(permille(t[2]->ran_ns, SECONDS(10)), 297, 303);
    ASSERT_WITHIN(permille(other->ran_ns, SECONDS(10)), 95, 105);
    simulation_destroy(sim);
}
END_TEST

/* --- Cheating --- */
/*
 * Each against a hog of the same weight on one CPU: running until just before something could look, and then
 * a nap or a yield.
 */
static const struct habit tricks[] = {
    {.run_ns = MICROSECONDS(9900), .sleep_ns = MICROSECONDS(100)}, /* before the tick of 10 ms */
    {.run_ns = MICROSECONDS(900), .sleep_ns = MICROSECONDS(10)},   /* within the rate limit */
    /* before the end of a slice, and credit's deal */
    {.run_ns = MICROSECONDS(29900), .sleep_ns = MICROSECONDS(50)},
    {.run_ns = MICROSECONDS(900), .yields = true},
    {.run_ns = MICROSECONDS(50), .sleep_ns = MICROSECONDS(5)},
};

START_TEST(tricks_gain_nothing)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(tricks); i++) {
        struct simulation *sim = simulation_create(policies[_i], 1);
        struct task *honest = simulation_any(sim, simulation_domain(sim, 1, 0, 0), hog);
        struct task *cheat = simulation_any(sim, simulation_domain(sim, 1, 0, 0), tricks[i]);

        simulation_run(sim, SECONDS(1));
        simulation_measure(sim);
        simulation_run(sim, SECONDS(10));
        /* Half is fair. */
        ck_assert_msg(permille(honest->ran_ns, SECONDS(10)) >= (_i == LOTTERY ? 400 : 480),
                      "%s: trick %u leaves %ld of 1000", policies[_i]->name, i,
                      permille(honest->ran_ns, SECONDS(10)));
        ck_assert_int_le(permille(cheat->ran_ns, SECONDS(10)), _i == LOTTERY ? 600 : 520);
        simulation_destroy(sim);
    }
}
END_TEST

TCase *fairness_tests(void)
{
    TCase *t = tcase_create("fairness");

    tcase_add_loop_test(t, thousands_share_equally, 0, LOTTERY);
    tcase_add_loop_test(t, weights_hold_within_three_percent, 0, ARRAY_SIZE(weighted));
    tcase_add_loop_test(t, extreme_weights_starve_nobody, 0, ARRAY_SIZE(weighted));
    tcase_add_loop_test(t, what_one_cannot_use_goes_to_the_others, 0, 3);
    tcase_add_loop_test(t, time_alone_is_nobodys, 0, NR_POLICIES);
    tcase_add_loop_test(t, caps_hold, 0, ARRAY_SIZE(capping));
    tcase_add_loop_test(t, a_cap_begins_when_it_is_set, 0, ARRAY_SIZE(capping));
    tcase_add_loop_test(t, a_lifted_cap_leaves_no_debt, 0, ARRAY_SIZE(capping));
    tcase_add_loop_test(t, a_lifted_cap_parks_nobody, 0, ARRAY_SIZE(capping));
    tcase_add_loop_test(t, a_cap_cannot_be_saved_up, 0, ARRAY_SIZE(capping));
    tcase_add_test(t, sedf_keeps_its_promises);
    tcase_add_loop_test(t, tricks_gain_nothing, 0, NR_POLICIES);
    return t;
}
