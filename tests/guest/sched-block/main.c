/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCHEDOP_block enables upcalls and sleeps in one step, and returns after the upcall that woke it.
 *
 * sched.h: the mask byte becomes 0 and the vCPU sleeps unless an event is pending already: no event can fall
 * in between. The upcall is taken before the call returns, and the mask byte is 0 after. A pending event
 * whose port is masked does not wake.
 *
 * What goes wrong: the classic lost wake-up, when check and sleep are two steps; returning with the byte
 * still 1; blocking with an event pending that was masked by the byte alone.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "block: unmask and sleep in one step";

void test_main(void)
{
    volatile struct vcpu_info *info = &shared_info.vcpu_info[0];
    evtchn_port_t ipi, masked, timer;
    uint64_t due;

    CHECK_RC(event_bind_ipi(0, &ipi), 0);
    CHECK_RC(event_bind_ipi(0, &masked), 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    event_clear(timer);
    event_unmask_locally(ipi);
    event_unmask_locally(timer);

    /* Pending before: returns at once, after the upcall. */
    CHECK_RC(event_send(ipi), 0);
    CHECK_EQUAL(info->evtchn_upcall_mask, 1);
    CHECK_RC(hypercall_sched_op(SCHEDOP_block, NULL), 0);
    CHECK_EQUAL(event_count[ipi], 1);
    CHECK_EQUAL(info->evtchn_upcall_mask, 0);

    /* Sleeps until the timer; an event of a masked port neither wakes nor is delivered. */
    event_disable();
    CHECK_RC(event_send(masked), 0);
    due = time_ns() + 20000000;
    CHECK_RC(hypercall_set_timer_op(due), 0);
    CHECK_RC(hypercall_sched_op(SCHEDOP_block, NULL), 0);
    CHECK(time_ns() >= due);
    CHECK_EQUAL(event_count[timer], 1);
    CHECK_EQUAL(event_count[masked], 0);
    CHECK(event_pending(masked));
    CHECK_EQUAL(info->evtchn_upcall_mask, 0);

    due = time_ns() + 20000000;
    CHECK_RC(hypercall_set_timer_op(due), 0);
    CHECK_RC(hypercall_sched_op(SCHEDOP_block, NULL), 0);
    CHECK_EQUAL(event_count[timer], 2);
    CHECK(time_ns() >= due);
    test_success();
}
