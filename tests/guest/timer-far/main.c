/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_timer_op takes a time that cannot be meant as one in a tenth of a second: a negative one, and one that
 * is 2^50 ns (13 days) ahead or more.
 *
 * xen.h says nothing of it. It is what stock Xen does for kernels whose count of ticks wraps: some of them
 * ask for a time long past that way and have work to do, others for a time in years and have none; so it
 * wakes both, but not at once. A kernel that waits for such an event stands still where the time is taken as
 * it is.
 *
 * What goes wrong: a negative time is past, and fires at once; a far one never comes.
 */
#include "guest.h"

#define FAR  (1ull << 50)
#define SOON 100000000ull /* ns */

const char test_title[] = "set_timer_op with a time that cannot be meant";

static evtchn_port_t timer;

static void fires_soon(uint64_t due)
{
    unsigned int before = event_count[timer];
    uint64_t asked = time_ns();

    CHECK_RC(hypercall_set_timer_op(due), 0);
    event_wait(timer, before + 1);
    CHECK(time_ns() - asked >= SOON);
}

void test_main(void)
{
    unsigned int count;

    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    event_unmask_locally(timer);
    event_enable();

    fires_soon(~0ull);
    fires_soon(1ull << 63);
    fires_soon(time_ns() + 2 * FAR);
    fires_soon((1ull << 63) - 1);
    CHECK_EQUAL(event_count[timer], 4);

    /* Not yet so far. */
    count = event_count[timer];
    CHECK_RC(hypercall_set_timer_op(time_ns() + FAR / 2), 0);
    time_spin_ns(2 * SOON);
    CHECK_EQUAL(event_count[timer], count);
    test_success();
}
