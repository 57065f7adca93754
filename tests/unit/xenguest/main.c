/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs every suite, each test in a process of its own, and prints Check's summary. */
#include <stdlib.h>
#include "fake_xen.h"
#include "suites.h"

int main(void)
{
    TCase *(*const all[])(void) = {
        boot_tests,          format_tests,        event_tests,       event_race_tests,  event_fifo_tests,
        interleave_tests,    clock_tests,         mmu_tests,         map_tests,         p2m_tests,
        grant_tests,         console_tests,       trap_tests,        vcpu_tests,        ring_tests,
        store_tests,         store_hostile_tests, bus_tests,         block_tests,       block_again_tests,
        block_hostile_tests, net_tests,           net_connect_tests, net_control_tests, net_events_tests,
        net_hostile_tests,   net_checksum_tests,  control_tests,     suspend_tests,     channel_tests,
        screen_tests,        input_tests,         p9_tests,          archive_tests};
    Suite *suite = suite_create("libxenguest");
    SRunner *runner;
    unsigned int i;
    int failed;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        TCase *tests = all[i]();

        tcase_add_checked_fixture(tests, fake_reset, NULL);
        suite_add_tcase(suite, tests);
    }
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
