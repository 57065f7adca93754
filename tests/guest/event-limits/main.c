/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All ports of a domain taken, by itself: what the next call answers, that nobody else notices, and that
 * everything works again afterwards.
 *
 * event_channel.h, domctl.h: the 2-level layout has EVTCHN_2L_NR_CHANNELS ports, of which 0 is no port;
 * createdomain's max_evtchn_port is the highest number that a domain may have. Beyond: -ENOSPC, of each call
 * that makes a port.
 *
 * What goes wrong: a call that found no port has bound half a channel; the lowest free number is not found
 * after the end was reached once; an unprivileged domain, or a toolstack for it, goes past its limit; ports
 * are taken from another domain's. (Sending to a domain before it has vCPUs: event-no-vcpu.)
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "event channels: no ports left";

#define OTHERS_LAST 1023 /* domain_create's limit */

static struct {
    volatile uint32_t done, highest, number, again;
    volatile int32_t rc, bind_rc;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static struct xen_domctl op;

/* Takes ports of this domain until there are none. */
static long take_all(uint32_t *highest, uint32_t *number)
{
    evtchn_port_t port;
    long rc;

    *highest = *number = 0;
    while ((rc = event_bind_ipi(0, &port)) == 0) {
        ++*number;
        *highest = port > *highest ? port : *highest;
    }
    return rc;
}

/* --- The other domain --- */
static void taker(void)
{
    uint32_t highest, number;
    evtchn_port_t port;

    shared.rc = (int32_t)take_all(&highest, &number);
    shared.highest = highest;
    shared.number = number;
    shared.bind_rc = (int32_t)event_bind_virq(VIRQ_DEBUG, 0, &port);
    shared.done = 1;
    while (shared.done == 1) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    event_close(77);
    event_alloc_unbound(0, &port);
    shared.again = port;
    shared.done = 3;
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

/* --- This domain --- */
static long offer(domid_t owner, evtchn_port_t *port)
{
    struct evtchn_alloc_unbound request = {.dom = owner, .remote_dom = DOMID_SELF};
    long rc = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &request);

    *port = request.port;
    return rc;
}

static void others_ports(void)
{
    domid_t other = domain_create(taker);
    evtchn_port_t theirs, mine, port;

    CHECK_RC(offer(other, &theirs), 0);
    CHECK_EQUAL(theirs, 1);
    CHECK_RC(event_bind_interdomain(other, theirs, &mine), 0);
    event_clear(mine);
    domain_share(&shared);
    domain_run(-1);
    domain_wait(&shared.done, 1);
    CHECK_EQUAL(shared.rc, -XEN_ENOSPC);
    CHECK_EQUAL(shared.bind_rc, -XEN_ENOSPC);
    CHECK_EQUAL(shared.highest, OTHERS_LAST);
    CHECK_EQUAL(shared.number, OTHERS_LAST - 1);
    CHECK_RC(offer(other, &port), -XEN_ENOSPC);
    /* This domain's own, and the channel that is there, are as before. */
    CHECK_RC(event_send(mine), 0);
    CHECK_RC(offer(DOMID_SELF, &port), 0);
    CHECK_RC(event_close(port), 0);
    shared.done = 2;
    domain_wait(&shared.done, 3);
    CHECK_EQUAL(shared.again, 77);
    CHECK_RC(event_bind_interdomain(other, 77, &port), 0);
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    CHECK_RC(event_close(port), 0);
    CHECK_RC(event_close(mine), 0);
}

static void own_ports(void)
{
    struct evtchn_reset reset = {.dom = DOMID_SELF};
    uint32_t highest, number;
    evtchn_port_t far, near, port;

    CHECK_RC(offer(DOMID_SELF, &far), 0);
    CHECK_RC(take_all(&highest, &number), -XEN_ENOSPC);
    CHECK_EQUAL(highest, EVTCHN_2L_NR_CHANNELS - 1);
    CHECK_EQUAL(number, EVTCHN_2L_NR_CHANNELS - 2);
    CHECK_RC(event_send(highest), 0);
    CHECK(event_pending(highest));
    CHECK_RC(offer(DOMID_SELF, &port), -XEN_ENOSPC);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, far, &near), -XEN_ENOSPC);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, 5, &near), -XEN_ENOSPC);
    CHECK_RC(event_bind_virq(VIRQ_DEBUG, 0, &port), -XEN_ENOSPC);
    CHECK_RC(event_close(2000), 0);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, far, &near), 0);
    CHECK_EQUAL(near, 2000);
    CHECK_RC(event_send(far), 0);
    CHECK_RC(event_close(near), 0);
    CHECK_RC(event_bind_virq(VIRQ_DEBUG, 0, &port), 0);
    CHECK_EQUAL(port, 2000);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_reset, &reset), 0);
    CHECK(!event_pending(highest));
    CHECK_RC(event_bind_ipi(0, &port), 0);
    CHECK_EQUAL(port, 1);
    CHECK_RC(event_close(port), 0);
}

static long domctl(uint32_t command, domid_t id)
{
    return hypercall_domctl(&op, id, command);
}

static domid_t make(uint32_t last_port)
{
    op.u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = 1,
                                                         .max_evtchn_port = last_port,
                                                         .max_grant_frames = 4,
                                                         .max_maptrack_frames = 4,
                                                         .grant_opts = 1};
    REQUIRE(domctl(XEN_DOMCTL_createdomain, 0) == 0);
    return op.domain;
}

static void before_there_are_vcpus(void)
{
    domid_t id = make(1);
    evtchn_port_t theirs, mine, port;

    CHECK_RC(offer(id, &theirs), 0);
    CHECK_EQUAL(theirs, 1);
    CHECK_RC(offer(id, &port), -XEN_ENOSPC);
    CHECK_RC(event_bind_interdomain(id, theirs, &mine), 0);
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain, id), 0);
    CHECK_RC(event_send(mine), 0);
    CHECK_RC(event_close(mine), 0);

    id = make(0);
    CHECK_RC(offer(id, &port), -XEN_ENOSPC);
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain, id), 0);
    id = make(0xffffffff);
    CHECK_RC(offer(id, &port), 0);
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain, id), 0);
}

void test_main(void)
{
    others_ports();
    own_ports();
    before_there_are_vcpus();
    test_success();
}
