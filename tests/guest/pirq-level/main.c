/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A level-triggered interrupt comes again as long as its wire is up, and only after the guest has said that
 * it is done with the last one.
 *
 * physdev.h: PHYSDEVOP_eoi ends an interrupt; irq_status_query says that it is wanted. The wire is that of
 * QEMU's `edu` device: a write to one register raises it, a write to another takes it down. A guest that
 * never ends an interrupt harms itself alone: timers and other events arrive all the same. Ending twice, or
 * what has not come, is no error.
 *
 * What goes wrong: the local interrupt controller is not told of the end, and everything of lower priority
 * stays out; the input stays masked behind the end; the wire is up when the port is bound and nothing comes.
 * Stock Xen does not wait for the end for ever: after a millisecond the interrupt may come again. That is not
 * asserted either way.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "a level-triggered interrupt wants to be ended";

#define A_WHILE_NS 20000000ul
#define UNENDED_NS 1000000ul /* after which stock Xen lets it come again, on a busy host too soon */

static volatile uint32_t *edu;

/* The wire goes down, and the interrupt is over. */
static void dismiss(int pirq)
{
    edu[EDU_DISMISS] = ~0u;
    CHECK_EQUAL(edu[EDU_STATUS], 0);
    CHECK_RC(pirq_eoi(pirq), 0);
}

static void one_at_a_time(int pirq, evtchn_port_t port)
{
    for (unsigned int i = 1; i <= 5; i++) {
        unsigned int before = event_count[port], came;
        uint64_t begin = time_ns(), took;

        edu[EDU_RAISE] = i;
        event_wait(port, before + 1);
        CHECK_EQUAL(edu[EDU_STATUS], i);
        dismiss(pirq);
        took = time_ns() - begin;
        time_spin_ns(A_WHILE_NS);
        came = event_count[port] - before;
        CHECK(came == 1 || took >= UNENDED_NS);
        time_spin_ns(A_WHILE_NS);
        CHECK_EQUAL(event_count[port] - before, came);
    }
}

/* Ended with the wire up: it comes again, each time. */
static void still_up(int pirq, evtchn_port_t port)
{
    unsigned int first = event_count[port];

    edu[EDU_RAISE] = 0x100;
    for (unsigned int i = 1; i <= 4; i++) {
        event_wait(port, first + i);
        CHECK_RC(pirq_eoi(pirq), 0);
    }
    dismiss(pirq);
}

/* Not ended: the timer and the clock go on. */
static void others_arrive(int pirq, evtchn_port_t port)
{
    evtchn_port_t timer;
    unsigned int first = event_count[port];

    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    CHECK_RC(event_unmask(timer), 0);
    edu[EDU_RAISE] = 0x200;
    event_wait(port, first + 1);
    for (unsigned int i = 1; i <= 3; i++) {
        CHECK_RC(hypercall_set_timer_op(time_ns() + 2000000), 0);
        event_wait(timer, i);
    }
    dismiss(pirq);
    CHECK_RC(event_close(timer), 0);
}

/* The port closes between the interrupt and its end; the wire is up when it is bound anew. */
static void bound_while_up(int pirq, evtchn_port_t port)
{
    evtchn_port_t again;
    unsigned int count = event_count[port];

    edu[EDU_RAISE] = 0x400;
    event_wait(port, count + 1);
    CHECK_RC(event_close(port), 0);
    CHECK_RC(pirq_eoi(pirq), 0);
    CHECK_RC(pirq_bind(pirq, &again), 0);
    CHECK_RC(event_unmask(again), 0);
    event_wait(again, (again == port ? count + 1 : 0) + 1);
    dismiss(pirq);
}

void test_main(void)
{
    struct physdev_irq_status_query query;
    evtchn_port_t port;
    int pirq;

    device_initialise();
    edu = edu_find();
    pirq = edu_map_wire();
    query.irq = (uint32_t)pirq;
    CHECK_RC(pirq_bind(pirq, &port), 0);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_irq_status_query, &query), 0);
    CHECK_EQUAL(query.flags, XENIRQSTAT_needs_eoi);
    CHECK_RC(event_unmask(port), 0);
    event_enable();
    CHECK_RC(pirq_eoi(pirq), 0);
    one_at_a_time(pirq, port);
    still_up(pirq, port);
    others_arrive(pirq, port);
    bound_while_up(pirq, port);
    test_success();
}
