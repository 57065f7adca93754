/* SPDX-License-Identifier: BSD-2-Clause */
/* The pv clock: scaling at its limits, the version protocol against a writer, monotonic time, the wall clock,
 * the timers. */
#include <pthread.h>
#include <xenguest/clock.h>
#include <xenguest/errno.h>
#include <xenguest/sched.h>
#include <xenguest/timer.h>
#include "fake_xen.h"
#include "suites.h"

static struct vcpu_time_info *time_of(unsigned int vcpu)
{
    return &fake.shared.vcpu_info[vcpu].time;
}

static struct vcpu_info *info(unsigned int vcpu)
{
    return &fake.shared.vcpu_info[vcpu];
}

START_TEST(scale)
{
    ck_assert_uint_eq(xg_clock_scale(1000, 0x80000000, 0), 500);
    ck_assert_uint_eq(xg_clock_scale(1000, 0x80000000, 1), 1000);
    ck_assert_uint_eq(xg_clock_scale(1000, 0x80000000, -1), 250);
    ck_assert_uint_eq(xg_clock_scale(0, 0xffffffff, 10), 0);
    ck_assert_uint_eq(xg_clock_scale(1, 0xffffffff, 0), 0);
    ck_assert_uint_eq(xg_clock_scale(~0ull, 0xffffffff, 0), 0xfffffffeffffffffull);
    ck_assert_uint_eq(xg_clock_scale(~0ull, 0xffffffff, -31), 0x1fffffffdull);
}
END_TEST

/* A product of more than 64 bits: a year of ticks of a 3 GHz TSC. */
START_TEST(scale_keeps_high_bits)
{
    uint64_t year = 365ull * 86400;
    uint64_t ticks = year * 3000000000ull;
    uint32_t multiplier = (uint32_t)((1000000000ull << 32) / 3000000000ull);
    uint64_t ns = xg_clock_scale(ticks, multiplier, 0);

    ck_assert_uint_ge(ns, year * 1000000000ull - year * 2);
    ck_assert_uint_le(ns, year * 1000000000ull);
}
END_TEST

START_TEST(scale_with_impossible_shift_is_defined)
{
    ck_assert_uint_eq(xg_clock_scale(~0ull, 1, 64), 0);
    ck_assert_uint_eq(xg_clock_scale(~0ull, 1, -64), 0);
    ck_assert_uint_eq(xg_clock_scale(~0ull, 1, -128), 0);
    ck_assert_uint_eq(xg_clock_scale(~0ull, 1, 127), 0);
}
END_TEST

static void set_time(uint64_t tsc, uint64_t system, uint32_t multiplier, int8_t shift)
{
    *time_of(0) = (struct vcpu_time_info){.version = 2,
                                          .tsc_timestamp = tsc,
                                          .system_time = system,
                                          .tsc_to_system_mul = multiplier,
                                          .tsc_shift = shift};
}

START_TEST(frequency)
{
    set_time(0, 0, 0x80000000, 1);
    ck_assert_uint_eq(xg_clock_tsc_hz(info(0)), 1000000000);
    set_time(0, 0, 0x80000000, 0);
    ck_assert_uint_eq(xg_clock_tsc_hz(info(0)), 2000000000);
    set_time(0, 0, 0x80000000, -1);
    ck_assert_uint_eq(xg_clock_tsc_hz(info(0)), 4000000000);
    set_time(0, 0, 0, 0);
    ck_assert_uint_eq(xg_clock_tsc_hz(info(0)), 0);
    set_time(0, 0, 1, -128);
    ck_assert_uint_eq(xg_clock_tsc_hz(info(0)), 0);
}
END_TEST

START_TEST(now)
{
    set_time(1000, 5000, 0x80000000, 1);
    fake.tsc = 1000;
    ck_assert_uint_eq(xg_clock_vcpu_ns(info(0)), 5000);
    fake.tsc = 1700;
    ck_assert_uint_eq(xg_clock_vcpu_ns(info(0)), 5700);
}
END_TEST

START_TEST(tsc_behind_its_timestamp)
{
    set_time(1000, 5000, 0x80000000, 1);
    fake.tsc = 990;
    ck_assert_uint_eq(xg_clock_vcpu_ns(info(0)), 5000);
}
END_TEST

START_TEST(never_backwards)
{
    struct xg_clock clock = {0};

    set_time(0, 5000, 0x80000000, 1);
    fake.tsc = 100;
    ck_assert_uint_eq(xg_clock_now_ns(&clock, info(0)), 5100);
    /* Xen has calibrated anew, and this vCPU is now behind. */
    set_time(0, 4000, 0x80000000, 1);
    ck_assert_uint_eq(xg_clock_now_ns(&clock, info(0)), 5100);
    fake.tsc = 1200;
    ck_assert_uint_eq(xg_clock_now_ns(&clock, info(0)), 5200);
}
END_TEST

/* The writer keeps system_time at three times tsc_timestamp, in each version; a torn read would show. */
static int stop;

static void *update_time(void *arg)
{
    struct vcpu_time_info *time = time_of(0);
    uint64_t n;

    for (n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
        __atomic_store_n(&time->version, time->version + 1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&time->tsc_timestamp, (n & 0xfffff) << 40, __ATOMIC_SEQ_CST);
        __atomic_store_n(&time->system_time, 3 * ((n & 0xfffff) << 40), __ATOMIC_SEQ_CST);
        __atomic_store_n(&time->version, time->version + 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

START_TEST(version_protocol)
{
    pthread_t writer;
    unsigned int i;

    set_time(1ull << 40, 3ull << 40, 0x80000000, 1);
    fake.tsc = 0;
    pthread_create(&writer, NULL, update_time, NULL);
    for (i = 0; i < 200000; i++) {
        uint64_t ns = xg_clock_vcpu_ns(info(0));

        /* The TSC is behind every timestamp: what is read is some system_time, whole. */
        ck_assert_uint_eq(ns % (3ull << 40), 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(writer, NULL);
}
END_TEST

static void *finish_update(void *arg)
{
    struct vcpu_time_info *time = time_of(0);

    time->system_time = 7000;
    __atomic_store_n(&time->version, 4, __ATOMIC_SEQ_CST);
    return NULL;
}

START_TEST(odd_version_is_waited_for)
{
    pthread_t writer;

    set_time(0, 1, 0, 0);
    time_of(0)->version = 3;
    pthread_create(&writer, NULL, finish_update, NULL);
    ck_assert_uint_eq(xg_clock_vcpu_ns(info(0)), 7000);
    pthread_join(writer, NULL);
}
END_TEST

START_TEST(wall_clock)
{
    struct xg_wall_time wall;

    fake.shared.wc_version = 2;
    fake.shared.wc_sec = 0xfffffff0;
    fake.shared.wc_sec_hi = 1;
    fake.shared.wc_nsec = 600000000;
    xg_clock_wall(&fake.shared, 20500000000ull, &wall);
    ck_assert_uint_eq(wall.seconds, 0x1fffffff0ull + 21);
    ck_assert_uint_eq(wall.nanoseconds, 100000000);
    fake.shared.wc_nsec = 0xffffffff;
    xg_clock_wall(&fake.shared, ~0ull, &wall);
    ck_assert_uint_lt(wall.nanoseconds, 1000000000);
}
END_TEST

START_TEST(timers_and_scheduling_calls)
{
    const xg_evtchn_t ports[2] = {3, 4};

    ck_assert_int_eq(xg_timer_set(123), 0);
    ck_assert_uint_eq(fake_last(__HYPERVISOR_set_timer_op)->a[0], 123);
    ck_assert_int_eq(xg_timer_set_singleshot(0, 5), 0);
    ck_assert_uint_eq(fake_last(__HYPERVISOR_vcpu_op)->a[0], VCPUOP_set_singleshot_timer);
    fake_refuse(__HYPERVISOR_vcpu_op, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_timer_set_singleshot(1, 5), -XG_EINVAL);
    ck_assert_int_eq(xg_timer_stop_periodic(0), 0);
    ck_assert_int_eq(xg_timer_stop_singleshot(0), 0);
    xg_sched_block();
    ck_assert_uint_eq(fake_last(__HYPERVISOR_sched_op)->a[0], SCHEDOP_block);
    ck_assert_int_eq(xg_sched_poll(ports, 2, 9), 0);
    ck_assert_uint_eq(fake_last(__HYPERVISOR_sched_op)->a[0], SCHEDOP_poll);
}
END_TEST

TCase *clock_tests(void)
{
    TCase *tests = tcase_create("clock");

    tcase_add_test(tests, scale);
    tcase_add_test(tests, scale_keeps_high_bits);
    tcase_add_test(tests, scale_with_impossible_shift_is_defined);
    tcase_add_test(tests, frequency);
    tcase_add_test(tests, now);
    tcase_add_test(tests, tsc_behind_its_timestamp);
    tcase_add_test(tests, never_backwards);
    tcase_add_test(tests, version_protocol);
    tcase_add_test(tests, odd_version_is_waited_for);
    tcase_add_test(tests, wall_clock);
    tcase_add_test(tests, timers_and_scheduling_calls);
    return tests;
}
