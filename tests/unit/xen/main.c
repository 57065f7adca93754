/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs every test case, each test in a process of its own, and prints Check's summary. */
#include <stdlib.h>
#include "suites.h"

int main(void)
{
    TCase *(*const all[])(void) = {
        page_alloc_tests, page_offline_tests, xmalloc_tests,   timer_tests,           domain_tests,
        domctl_tests,     sched_tests,        pool_tests,      event_tests,           event_race_tests,
        event_fifo_tests, vcpu_op_tests,      memory_op_tests, memory_exchange_tests, multicall_tests,
        version_tests,    grant_table_tests,  grant_use_tests, console_tests,         param_tests,
        refusal_tests,    string_tests,       range_set_tests, interleaving_tests,    cpu_hotplug_tests};
    Suite *suite = suite_create("xen/common");
    SRunner *runner;
    int failed;

    for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        suite_add_tcase(suite, all[i]());
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
