/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCHEDOP_watchdog: a domain has two; one that is reached ends the domain with the reason "watchdog".
 *
 * sched.h: id 0 takes a free one and answers its number; a number with a timeout sets it anew, with timeout 0
 * gives it up. -EINVAL for one that is not in use, -ENOSPC when both are.
 *
 * What goes wrong: a watchdog that never fires is worse than none; one that fires early kills the healthy.
 * The end of this test is that it is killed: it says SUCCESS just before, and would take that back.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "watchdogs, and one that fires";

static long watchdog(uint32_t id, uint32_t seconds)
{
    struct sched_watchdog op = {.id = id, .timeout = seconds};

    return hypercall_sched_op(SCHEDOP_watchdog, &op);
}

void test_main(void)
{
    CHECK_RC(watchdog(1, 0), -XEN_EINVAL);
    CHECK_RC(watchdog(3, 10), -XEN_EINVAL);
    CHECK_RC(watchdog(0x80000001, 10), -XEN_EINVAL);
    CHECK_RC(watchdog(0, 10), 1);
    CHECK_RC(watchdog(0, 10), 2);
    /* Stock Xen's result is an int in an unsigned register: only its low half tells. */
    CHECK_RC((int)watchdog(0, 10), -XEN_ENOSPC);
    CHECK_RC(watchdog(1, 20), 0);
    CHECK_RC(watchdog(1, 0), 0);
    CHECK_RC(watchdog(1, 0), -XEN_EINVAL);
    CHECK_RC(watchdog(1, 5), -XEN_EINVAL);
    CHECK_RC(watchdog(0, 0x7fffffff), 1);
    CHECK_RC(hypercall_sched_op(SCHEDOP_watchdog, (void *)0x1000), -XEN_EFAULT);

    /*
     * A busy host may stop this vCPU for a while: some seconds are left between its deeds and the watchdog's.
     */
    CHECK_RC(watchdog(2, 4), 0);
    time_spin_ns(1000000000);
    CHECK_RC(watchdog(2, 4), 0);
    time_spin_ns(2000000000);
    /* Early: no verdict. Not at all: the last word counts. */
    printk("Test result: SUCCESS\n");
    time_spin_ns(PATIENCE_NS / 4);
    test_failure("the watchdog did not fire");
}
