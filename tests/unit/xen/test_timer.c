/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers: order, never early, stopping, moving. */
#include <stdlib.h>
#include "suites.h"
#include <fake/fake.h>
#include <xen/softirq.h>
#include <xen/timer.h>

enum { NR = 500 };
static struct timer timers[NR];
static s_time_t due[NR], last_fired;
static unsigned int nr_fired, fired_on[NR];

static void note(void *data)
{
    unsigned int i = (unsigned int)(uintptr_t)data;

    ck_assert_int_ge(now_ns(), due[i]);
    /* The fake machine's clock stands while functions run: none is late either, and none out of order. */
    ck_assert_int_eq(now_ns(), due[i]);
    ck_assert_int_ge(due[i], last_fired);
    last_fired = due[i];
    fired_on[i] = arch_this_cpu();
    nr_fired++;
}

static void init(unsigned int i, unsigned int cpu)
{
    timer_init(&timers[i], note, (void *)(uintptr_t)i, cpu);
}

static void set(unsigned int i, s_time_t when)
{
    due[i] = when;
    timer_set(&timers[i], when);
}

START_TEST(many_timers_fire_in_order_and_on_time)
{
    unsigned int stopped = 0;

    fake_boot(4, 4096);
    srand(3);
    for (unsigned int i = 0; i < NR; i++) {
        init(i, i % 4);
        set(i, fake_now + 1 + rand() % 1000000);
    }
    for (unsigned int i = 0; i < NR; i += 3)
        set(i, fake_now + 1 + rand() % 1000000);
    for (unsigned int i = 0; i < NR; i += 7, stopped++)
        timer_stop(&timers[i]);
    fake_advance(fake_now + 2000000);
    ck_assert_uint_eq(nr_fired, NR - stopped);
    for (unsigned int i = 0; i < NR; i++) {
        ck_assert(!timer_is_active(&timers[i]));
        if (i % 7)
            ck_assert_uint_eq(fired_on[i], i % 4);
    }
    ck_assert_int_eq(fake_deadline[0], 0);
}
END_TEST

START_TEST(random_setting_and_stopping_keeps_the_heap_right)
{
    fake_boot(1, 4096);
    srand(4);
    for (unsigned int i = 0; i < NR; i++)
        init(i, 0);
    for (unsigned int round = 0; round < 200; round++) {
        unsigned int active = 0;

        for (unsigned int step = 0; step < 100; step++) {
            unsigned int i = (unsigned int)rand() % NR;

            if (rand() % 3)
                set(i, fake_now + 1 + rand() % 10000);
            else
                timer_stop(&timers[i]);
        }
        fake_advance(fake_now + rand() % 5000);
        for (unsigned int i = 0; i < NR; i++) {
            active += timer_is_active(&timers[i]);
            ck_assert(!timer_is_active(&timers[i]) || due[i] > fake_now);
        }
        if (active)
            ck_assert_int_ne(fake_deadline[0], 0);
    }
}
END_TEST

START_TEST(a_timer_does_not_fire_before_its_time)
{
    fake_boot(1, 4096);
    init(0, 0);
    set(0, fake_now + 1000);
    fake_advance(fake_now + 999);
    ck_assert_uint_eq(nr_fired, 0);
    fake_advance(fake_now + 1);
    ck_assert_uint_eq(nr_fired, 1);
}
END_TEST

/* An interrupt that comes too early, as from a coarse or a shared timer. */
START_TEST(an_early_interrupt_only_rearms)
{
    fake_boot(1, 4096);
    init(0, 0);
    set(0, fake_now + 1000);
    fake_deadline[0] = 0;
    timer_interrupt();
    fake_run_softirqs();
    ck_assert_uint_eq(nr_fired, 0);
    ck_assert_int_eq(fake_deadline[0], fake_now + 1000);
}
END_TEST

START_TEST(the_past_fires_at_once)
{
    fake_boot(1, 4096);
    init(0, 0);
    timer_set(&timers[0], fake_now - 500);
    due[0] = fake_now;
    last_fired = 0;
    fake_advance(fake_now);
    ck_assert_uint_eq(nr_fired, 1);
}
END_TEST

START_TEST(another_cpus_timer_is_armed_there)
{
    fake_boot(2, 4096);
    init(0, 1);
    set(0, fake_now + 1000);
    ck_assert_uint_eq(fake_ipis[1], 1);
    ck_assert_int_eq(fake_deadline[0], 0);
    fake_run_softirqs();
    ck_assert_int_eq(fake_deadline[1], fake_now + 1000);
    fake_advance(fake_now + 1000);
    ck_assert_uint_eq(fired_on[0], 1);
}
END_TEST

START_TEST(a_moved_timer_fires_on_its_new_cpu)
{
    fake_boot(2, 4096);
    init(0, 0);
    set(0, fake_now + 1000);
    timer_migrate(&timers[0], 1);
    fake_advance(fake_now + 1000);
    ck_assert_uint_eq(nr_fired, 1);
    ck_assert_uint_eq(fired_on[0], 1);
}
END_TEST

START_TEST(a_killed_timer_stays_dead)
{
    fake_boot(1, 4096);
    init(0, 0);
    set(0, fake_now + 1000);
    timer_kill(&timers[0]);
    set(0, fake_now + 1000);
    fake_advance(fake_now + 2000);
    ck_assert_uint_eq(nr_fired, 0);
}
END_TEST

static struct timer again;
static unsigned int times;

static void rearm(void *data)
{
    if (++times < 10)
        timer_set(&again, now_ns() + 10);
}

START_TEST(a_function_may_set_its_own_timer)
{
    fake_boot(1, 4096);
    timer_init(&again, rearm, NULL, 0);
    timer_set(&again, fake_now + 10);
    fake_advance(fake_now + 1000);
    ck_assert_uint_eq(times, 10);
}
END_TEST

static void ask_for_a_decision(void *unused)
{
    softirq_raise(SOFTIRQ_SCHEDULE);
}

static void count(void)
{
    times++;
}

/* The idle CPU's scheduler sets no timer: what is left in the heap is set all the same, and once. */
START_TEST(what_is_left_is_set_after_the_decision)
{
    fake_boot(1, 4096);
    timer_init(&again, ask_for_a_decision, NULL, 0);
    timer_set(&again, fake_now + 10);
    init(0, 0);
    set(0, fake_now + 1000);
    fake_on_timer_program = count;
    fake_advance(fake_now + 10);
    ck_assert_uint_eq(times, 1);
    ck_assert_int_eq(fake_deadline[0], due[0]);
    fake_advance(due[0]);
    ck_assert_uint_eq(nr_fired, 1);
}
END_TEST

TCase *timer_tests(void)
{
    TCase *t = tcase_create("timer");

    tcase_add_test(t, many_timers_fire_in_order_and_on_time);
    tcase_add_test(t, random_setting_and_stopping_keeps_the_heap_right);
    tcase_add_test(t, a_timer_does_not_fire_before_its_time);
    tcase_add_test(t, an_early_interrupt_only_rearms);
    tcase_add_test(t, the_past_fires_at_once);
    tcase_add_test(t, another_cpus_timer_is_armed_there);
    tcase_add_test(t, a_moved_timer_fires_on_its_new_cpu);
    tcase_add_test(t, a_killed_timer_stays_dead);
    tcase_add_test(t, a_function_may_set_its_own_timer);
    tcase_add_test(t, what_is_left_is_set_after_the_decision);
    return t;
}
