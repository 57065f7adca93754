/* SPDX-License-Identifier: BSD-2-Clause */
/* Ticks to nanoseconds for clocks of all speeds that machines have, and dates. */
#include <check.h>
#include <stdlib.h>
#include <asm/time.h>
#include "suites.h"

/* A scale made from one second of a clock is right to 1 in 2^30 over longer times. */
START_TEST(test_clock_speeds)
{
    static const uint64_t hz[] = {1193182, 3579545, 14318180, 100000000, 1000000000, 2596123456, 5700000000};
    uint64_t f = hz[_i];
    uint32_t multiplier;
    int8_t shift;

    scale_make(f, 1000000000, &multiplier, &shift);
    ck_assert_uint_ge(multiplier, 1u << 31);
    for (uint64_t seconds = 1; seconds <= 3600; seconds *= 60) {
        uint64_t ns = scale_ticks(f * seconds, multiplier, shift), expected = seconds * 1000000000;
        uint64_t difference = ns > expected ? ns - expected : expected - ns;

        ck_assert_uint_le(difference, expected >> 29);
    }
}
END_TEST

/* What a measurement over a short or a very long time gives is the same. */
START_TEST(test_length_of_measurement)
{
    uint32_t multiplier, again;
    int8_t shift, shift_again;

    scale_make(2500000, 1000000, &multiplier, &shift);
    scale_make(2500000000000ull, 1000000000000ull, &again, &shift_again);
    ck_assert_int_eq(shift, shift_again);
    ck_assert_uint_le(multiplier - again, 8);
}
END_TEST

START_TEST(test_never_backwards)
{
    uint32_t multiplier;
    int8_t shift;
    uint64_t last = 0;

    scale_make(2596123456, 1000000000, &multiplier, &shift);
    for (uint64_t ticks = 0; ticks < 10000; ticks++) {
        uint64_t ns = scale_ticks(ticks, multiplier, shift);

        ck_assert_uint_ge(ns, last);
        last = ns;
    }
}
END_TEST

/* A 24-bit PM timer of which nobody has seen some runs; small differences either way are none. */
START_TEST(test_wraps_missed)
{
    const uint64_t wrap = 4686964480, about = 30000000;

    ck_assert_uint_eq(scale_wraps_missed(-60000000000, wrap), 0);
    ck_assert_uint_eq(scale_wraps_missed(0, wrap), 0);
    ck_assert_uint_eq(scale_wraps_missed((int64_t)(wrap / 2 - 1), wrap), 0);
    for (uint64_t nr = 1; nr <= 1000; nr *= 10) {
        ck_assert_uint_eq(scale_wraps_missed((int64_t)(nr * wrap - about), wrap), nr);
        ck_assert_uint_eq(scale_wraps_missed((int64_t)(nr * wrap + about), wrap), nr);
    }
}
END_TEST

START_TEST(test_dates)
{
    ck_assert_int_eq(days_since_1970(1970, 1, 1), 0);
    ck_assert_int_eq(days_since_1970(1969, 12, 31), -1);
    ck_assert_int_eq(days_since_1970(2000, 2, 29), 11016);
    ck_assert_int_eq(days_since_1970(2000, 3, 1), 11017);
    ck_assert_int_eq(days_since_1970(2026, 11, 21), 20778);
    ck_assert_int_eq(days_since_1970(2100, 3, 1) - days_since_1970(2100, 2, 28), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine");
    TCase *scale = tcase_create("time scale");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(scale, test_clock_speeds, 0, 7);
    tcase_add_test(scale, test_length_of_measurement);
    tcase_add_test(scale, test_never_backwards);
    tcase_add_test(scale, test_wraps_missed);
    tcase_add_test(scale, test_dates);
    suite_add_tcase(suite, scale);
    runner = srunner_create(suite);
    srunner_add_suite(runner, suite_vector());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
