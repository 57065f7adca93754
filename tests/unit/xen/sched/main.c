/* SPDX-License-Identifier: BSD-2-Clause */
/* The schedulers on the simulated machine: each test in a process of its own. */
#include "suites.h"
#include <stdlib.h>

const struct scheduler *const policies[NR_POLICIES] = {&scheduler_credit2,     &scheduler_credit,
                                                       &scheduler_sedf,        &scheduler_bvt,
                                                       &scheduler_round_robin, &scheduler_lottery};

int main(void)
{
    Suite *s = suite_create("schedulers");
    SRunner *runner;
    int failed;

    suite_add_tcase(s, fairness_tests());
    suite_add_tcase(s, latency_tests());
    suite_add_tcase(s, place_tests());
    suite_add_tcase(s, stress_tests());
    runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
