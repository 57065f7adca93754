/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EVTCHNOP_status describes a port of each kind, and bind_vcpu moves those that may be moved.
 *
 * event_channel.h: closed, unbound with the domain that may bind, interdomain with the partner, VIRQ with its
 * number, IPI; and the vCPU that gets the event. bind_vcpu is for interdomain, physical and global virtual
 * interrupts, and for unbound ports; IPIs and VIRQs of one vCPU stay. Toolstacks and Linux (after -EEXIST)
 * search ports by it.
 *
 * What goes wrong: a closed port is an error instead of a status; DOMID_SELF is shown where the domain's
 * number belongs; bind_vcpu accepts a vCPU that does not exist.
 */
#include "guest.h"

const char test_title[] = "EVTCHNOP_status and bind_vcpu";

static long bind_vcpu(evtchn_port_t port, unsigned int vcpu)
{
    struct evtchn_bind_vcpu op = {.port = port, .vcpu = vcpu};

    return hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &op);
}

void test_main(void)
{
    evtchn_port_t unbound, far, near, virq, ipi;
    struct evtchn_status status;

    CHECK_RC(event_alloc_unbound(5, &unbound), 0);
    CHECK_RC(event_alloc_unbound(DOMID_SELF, &far), 0);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, far, &near), 0);
    CHECK_RC(event_bind_virq(VIRQ_DEBUG, 0, &virq), 0);
    CHECK_RC(event_bind_ipi(0, &ipi), 0);

    CHECK_RC(event_status(unbound, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_unbound);
    CHECK_EQUAL(status.u.unbound.dom, 5);
    CHECK_EQUAL(status.vcpu, 0);
    CHECK_RC(event_status(near, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_interdomain);
    CHECK_EQUAL(status.u.interdomain.dom, 0);
    CHECK_EQUAL(status.u.interdomain.port, far);
    CHECK_RC(event_status(virq, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_virq);
    CHECK_EQUAL(status.u.virq, VIRQ_DEBUG);
    CHECK_RC(event_status(ipi, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_ipi);
    CHECK_EQUAL(status.vcpu, 0);

    CHECK_RC(event_close(near), 0);
    CHECK_RC(event_status(near, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_closed);
    CHECK_RC(event_status(far, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_unbound);
    CHECK_EQUAL(status.u.unbound.dom, 0);
    CHECK_RC(event_status(1u << 20, &status), -XEN_EINVAL);
    status.dom = 1;
    status.port = far;
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_status, &status), -XEN_ESRCH);

    CHECK_RC(bind_vcpu(far, 0), 0);
    CHECK_RC(bind_vcpu(far, 1), -XEN_ENOENT);
    CHECK_RC(bind_vcpu(far, 100000), -XEN_ENOENT);
    CHECK_RC(bind_vcpu(virq, 0), -XEN_EINVAL);
    CHECK_RC(bind_vcpu(ipi, 0), -XEN_EINVAL);
    CHECK_RC(bind_vcpu(near, 0), -XEN_EINVAL);
    CHECK_RC(bind_vcpu(1u << 20, 0), -XEN_EINVAL);
    test_success();
}
