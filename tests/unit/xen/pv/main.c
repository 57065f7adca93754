/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the suites and prints Check's summary line. */
#include <check.h>
#include <stdlib.h>

Suite *rules_suite(void);
Suite *random_suite(void);
Suite *write_emulation_suite(void);

int main(void)
{
    SRunner *runner = srunner_create(rules_suite());
    int failed;

    srunner_add_suite(runner, random_suite());
    srunner_add_suite(runner, write_emulation_suite());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
