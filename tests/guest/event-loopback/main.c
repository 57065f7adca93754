/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interdomain channel of a domain with itself: allocate, bind, send, close, and every wrong order of
 * these.
 *
 * event_channel.h: alloc_unbound makes a port that a named domain may bind; bind_interdomain connects a new
 * local port and sets both sides pending once; sending on one sets the other pending; closing one end makes
 * the other unbound again. Ports are given out lowest first and a closed one may come again, with its pending
 * bit clear.
 *
 * What goes wrong: sending sets the sender's own bit; a closed port stays pending and its number's next owner
 * gets an event that is not his; port 0 is given out although it means "no port"; a masked port loses the
 * event.
 */
#include "guest.h"

const char test_title[] = "event channels: a loop back to oneself";

void test_main(void)
{
    evtchn_port_t far, near, other;

    CHECK_RC(event_alloc_unbound(DOMID_SELF, &far), 0);
    CHECK(far != 0);
    CHECK(!event_pending(far));
    CHECK_RC(event_send(far), 0);
    CHECK(!event_pending(far));

    CHECK_RC(event_bind_interdomain(DOMID_SELF, far, &near), 0);
    CHECK(near != far && near != 0);
    CHECK(event_pending(near));
    CHECK(!event_pending(far));
    event_clear(near);

    CHECK_RC(event_send(near), 0);
    CHECK(event_pending(far) && !event_pending(near));
    CHECK_RC(event_send(far), 0);
    CHECK(event_pending(near));
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_pending_sel, 0);

    CHECK_RC(event_bind_interdomain(DOMID_SELF, far, &other), -XEN_EINVAL);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, 900, &other), -XEN_EINVAL);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, 1u << 20, &other), -XEN_EINVAL);
    CHECK_RC(event_bind_interdomain(1, far, &other), -XEN_ESRCH);
    CHECK_RC(event_alloc_unbound(1, &other), 0);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, other, &near), -XEN_EINVAL);
    CHECK_RC(event_close(other), 0);

    /* Closing one end, whose own bit was pending: the other end waits for a new partner. */
    CHECK_RC(event_bind_ipi(0, &other), 0);
    CHECK_RC(event_close(other), 0);
    CHECK_RC(event_close(far), 0);
    CHECK(!event_pending(far));
    CHECK_RC(event_close(far), -XEN_EINVAL);
    CHECK_RC(event_send(far), -XEN_EINVAL);
    CHECK_RC(event_close(0), -XEN_EINVAL);
    CHECK_RC(event_close(1u << 20), -XEN_EINVAL);
    CHECK_RC(event_send(0), -XEN_EINVAL);
    CHECK_RC(event_send(1u << 20), -XEN_EINVAL);
    CHECK_RC(event_alloc_unbound(DOMID_SELF, &other), 0);
    CHECK_EQUAL(other, far);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_close, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_event_channel_op(20, &other), -XEN_ENOSYS);
    test_success();
}
