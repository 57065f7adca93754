/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_timer_op raises VIRQ_TIMER at the given system time: not before, and once. (How soon after:
 * preempt-tables, which counts instructions.)
 *
 * xen.h: the argument is absolute system time in nanoseconds; 0 cancels; a time that is past raises the event
 * at once. A new call replaces the old one. Guests compute their sleeping on it: an event even a little early
 * makes them wait again for nothing, or count a tick twice.
 *
 * What goes wrong: the comparison is made in TSC ticks and rounded down; a cancelled timer fires all the
 * same; a past time is taken as very far away.
 */
#include "guest.h"

const char test_title[] = "set_timer_op is never early";

static evtchn_port_t timer;

/* Sets the timer and sleeps until its event. */
static void sleep_until(uint64_t due)
{
    unsigned int before = event_count[timer];

    CHECK_RC(hypercall_set_timer_op(due), 0);
    event_wait(timer, before + 1);
}

void test_main(void)
{
    unsigned int round, count;
    uint64_t due, now;

    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    event_unmask_locally(timer);
    event_enable();

    for (round = 1; round <= 20; round++) {
        due = time_ns() + round * 500000;
        sleep_until(due);
        now = time_ns();
        if (now < due) {
            test_failure("round %u: %lu ns early", round, due - now);
        }
    }
    CHECK_EQUAL(event_count[timer], 20);

    CHECK_RC(hypercall_set_timer_op(time_ns() - 1000), 0);
    event_wait(timer, 21);
    time_spin_ns(20000000);
    CHECK_EQUAL(event_count[timer], 21);
    CHECK_RC(hypercall_set_timer_op(1), 0);
    event_wait(timer, 22);
    time_spin_ns(20000000);
    CHECK_EQUAL(event_count[timer], 22);

    /* Cancelled before it was due, which a busy host may prevent. */
    do {
        count = event_count[timer];
        due = time_ns() + 10000000;
        CHECK_RC(hypercall_set_timer_op(due), 0);
        CHECK_RC(hypercall_set_timer_op(0), 0);
    } while (time_ns() >= due);
    time_spin_ns(40000000);
    CHECK_EQUAL(event_count[timer], count);

    CHECK_RC(hypercall_set_timer_op(time_ns() + 3600000000000), 0);
    due = time_ns() + 5000000;
    sleep_until(due);
    CHECK(time_ns() >= due);
    test_success();
}
