/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding virtual interrupts: once each, per vCPU or global as xen.h says, and who may.
 *
 * VIRQ_TIMER, VIRQ_DEBUG and VIRQ_XENPMU belong to a vCPU and cannot be moved; the others are global and are
 * bound to vCPU 0 first. A second binding of the same is -EEXIST, after a close it works again. Numbers from
 * 24 up do not exist: -EINVAL; vCPUs that do not exist: -ENOENT. A guest cannot send on such a port itself.
 *
 * What goes wrong: the second binding gives another port and takes the events away from the first; closing
 * leaves the slot taken, and a guest that resumes cannot bind its timer.
 */
#include "guest.h"

const char test_title[] = "binding virtual interrupts";

void test_main(void)
{
    evtchn_port_t timer, again, other;

    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &other), -XEN_EEXIST);
    CHECK_RC(event_close(timer), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &again), 0);
    CHECK_EQUAL(again, timer);

    CHECK_RC(event_bind_virq(VIRQ_DEBUG, 0, &other), 0);
    CHECK_RC(event_bind_virq(VIRQ_CONSOLE, 0, &other), 0);
    CHECK_RC(event_bind_virq(VIRQ_CONSOLE, 0, &other), -XEN_EEXIST);
    CHECK_RC(event_bind_virq(VIRQ_DOM_EXC, 0, &other), 0);

    CHECK_RC(event_bind_virq(NR_VIRQS, 0, &other), -XEN_EINVAL);
    CHECK_RC(event_bind_virq(~0u, 0, &other), -XEN_EINVAL);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 1, &other), -XEN_ENOENT);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 8192, &other), -XEN_ENOENT);
    CHECK_RC(event_bind_virq(VIRQ_TBUF, 1, &other), -XEN_EINVAL);
    CHECK_RC(event_send(timer), -XEN_EINVAL);
    CHECK(!event_pending(timer));
    test_success();
}
