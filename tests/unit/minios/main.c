/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the suites; the exit status tells whether all passed. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(line_edit_suite());
    int failed;

    srunner_add_suite(runner, page_alloc_suite());
    srunner_add_suite(runner, ext2_suite());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
