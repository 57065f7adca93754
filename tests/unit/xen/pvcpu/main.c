/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the suites; Check prints the summary line. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(decode_suite());
    int failed;

    srunner_add_suite(runner, descriptor_suite());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
