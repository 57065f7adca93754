/* SPDX-License-Identifier: BSD-2-Clause */
/* The test cases, and the schedulers that they are run with. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>
#include "simulator.h"

/* The one that docs/scheduler-exercise.md writes. */
extern const struct scheduler scheduler_lottery;

enum { CREDIT2, CREDIT, SEDF, BVT, ROUND_ROBIN, LOTTERY, NR_POLICIES };
extern const struct scheduler *const policies[NR_POLICIES];

static const struct habit hog = {0};

TCase *fairness_tests(void);
TCase *latency_tests(void);
TCase *place_tests(void);
TCase *stress_tests(void);

/* The share of a duration, in thousandths. */
static inline long permille(s_time_t part, s_time_t whole)
{
    return (long)(part * 1000 / whole);
}
#define ASSERT_WITHIN(value, low, high)                                                                      \
    do {                                                                                                     \
        ck_assert_int_ge(value, low);                                                                        \
        ck_assert_int_le(value, high);                                                                       \
    } while (0)

#endif
