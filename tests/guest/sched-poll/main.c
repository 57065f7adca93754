/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCHEDOP_poll returns when one of its ports is pending, or at its timeout; SCHEDOP_yield always returns.
 *
 * sched.h: a list of ports and an absolute system time, 0 for none. Ports may be masked: that is the point,
 * for a kernel waits so with upcalls off. A port already pending makes it return at once. At most 128 ports:
 * -EINVAL. Nothing is delivered and nothing is cleared by it.
 *
 * What goes wrong: the event that arrives between the check and the sleep is lost; an unbound port is an
 * error; the timeout is relative; the vCPU stays on the poll list and later wakes for nothing.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "poll: ports and timeout; yield";

static long poll_ports(evtchn_port_t *ports, unsigned int count, uint64_t timeout)
{
    struct sched_poll poll = {.nr_ports = count, .timeout = timeout};

    set_xen_guest_handle(poll.ports, ports);
    return hypercall_sched_op(SCHEDOP_poll, &poll);
}

void test_main(void)
{
    static evtchn_port_t many[129];
    evtchn_port_t ports[2], far, near;
    uint64_t before, due;

    CHECK_RC(event_bind_ipi(0, &ports[0]), 0);
    CHECK_RC(event_bind_ipi(0, &ports[1]), 0);

    before = time_ns();
    CHECK_RC(poll_ports(ports, 2, before + 20000000), 0);
    CHECK(time_ns() >= before + 20000000);
    CHECK_RC(poll_ports(ports, 2, 1), 0);

    CHECK_RC(event_send(ports[1]), 0);
    before = time_ns();
    CHECK_RC(poll_ports(ports, 2, before + PATIENCE_NS), 0);
    CHECK(time_ns() < before + PATIENCE_NS);
    CHECK(event_pending(ports[1]));
    CHECK_RC(poll_ports(ports, 2, 0), 0);

    /* The other port's event does not end a poll of this one. */
    due = time_ns() + 20000000;
    CHECK_RC(poll_ports(ports, 1, due), 0);
    CHECK(time_ns() >= due);
    CHECK_EQUAL(event_upcalls, 0);

    /* An event that comes while asleep: the timer's, on a masked port. */
    event_clear(ports[1]);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &far), 0);
    event_clear(far);
    before = time_ns();
    CHECK_RC(hypercall_set_timer_op(before + 10000000), 0);
    CHECK_RC(poll_ports(&far, 1, before + PATIENCE_NS), 0);
    CHECK(event_pending(far));
    CHECK(time_ns() >= before + 10000000 && time_ns() < before + PATIENCE_NS);

    CHECK_RC(poll_ports(many, 129, 1), -XEN_EINVAL);
    many[0] = 1u << 20;
    CHECK_RC(poll_ports(many, 1, 1), -XEN_EINVAL);
    CHECK_RC(poll_ports((void *)0x1000, 1, 1), -XEN_EFAULT);
    CHECK_RC(hypercall_sched_op(SCHEDOP_poll, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(event_alloc_unbound(DOMID_SELF, &near), 0);
    CHECK_RC(poll_ports(&near, 1, 1), 0);

    CHECK_RC(hypercall_sched_op(SCHEDOP_yield, NULL), 0);
    CHECK_RC(hypercall_sched_op(8, NULL), -XEN_ENOSYS);
    CHECK_RC(hypercall_sched_op(SCHEDOP_shutdown, (void *)0x1000), -XEN_EFAULT);
    test_success();
}
