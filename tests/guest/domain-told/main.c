/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told of what: XEN_DOMCTL_subscribe, XEN_DOMCTL_set_virq_handler; and XEN_DOMCTL_soft_reset, which a
 * PV domain cannot have.
 *
 * A domain that suspends and has a port subscribed sends on that port as if it did so itself, in place of
 * VIRQ_DOM_EXC; for any other reason, or with port 0, it is the VIRQ. A port that leads nowhere is accepted,
 * and nobody is told. A VIRQ of the whole machine goes to the domain that was named for it instead of Domain
 * 0, until another is named or that domain dies; those of vCPUs and numbers that do not exist are -EINVAL.
 * Soft reset: -EINVAL, for a domain that has shut down after its ports were closed; going on with one that
 * was not begun is -EBUSY.
 *
 * What goes wrong: both are told, or none; a dead domain keeps the VIRQ, and toolstacks never hear again of
 * any other's end.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "who is told of a suspend and of the machine's VIRQs";

/* The ABI's header has it for the hypervisor alone. */
#define SOFT_RESET_CONT 23

static struct xen_domctl op;
static domid_t other;
static evtchn_port_t exceptions, port, others_port;

static void never(void)
{
    for (;;) {
    }
}

static long call(domid_t d, uint32_t cmd)
{
    memset(&op, 0, sizeof(op));
    return hypercall_domctl(&op, d, cmd);
}

static long subscribe(evtchn_port_t to)
{
    memset(&op, 0, sizeof(op));
    op.u.subscribe.port = to;
    return hypercall_domctl(&op, other, XEN_DOMCTL_subscribe);
}

static long set_handler(domid_t d, uint32_t virq)
{
    memset(&op, 0, sizeof(op));
    op.u.set_virq_handler.virq = virq;
    return hypercall_domctl(&op, d, XEN_DOMCTL_set_virq_handler);
}

static void offer(void)
{
    struct evtchn_alloc_unbound unbound = {.dom = other, .remote_dom = 0};

    REQUIRE(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &unbound) == 0);
    others_port = unbound.port;
}

/* The other shuts down: how often this domain is told by the VIRQ and by the port. It goes on. */
static void check_told(uint32_t reason, unsigned int by_virq, unsigned int by_port)
{
    sched_remote_shutdown_t request = {.domain_id = other, .reason = reason};
    unsigned int virqs = event_count[exceptions], events = event_count[port];

    CHECK_RC(hypercall_sched_op(SCHEDOP_remote_shutdown, &request), 0);
    CHECK_EQUAL(event_count[exceptions] - virqs, by_virq);
    CHECK_EQUAL(event_count[port] - events, by_port);
    CHECK_RC(call(other, XEN_DOMCTL_resumedomain), 0);
}

static void check_subscription(void)
{
    check_told(SHUTDOWN_suspend, 1, 0);
    CHECK_RC(subscribe(others_port), 0);
    check_told(SHUTDOWN_suspend, 0, 1);
    check_told(SHUTDOWN_reboot, 1, 0);
    CHECK_RC(subscribe(77), 0);
    check_told(SHUTDOWN_suspend, 0, 0);
    CHECK_RC(subscribe(5000), 0);
    check_told(SHUTDOWN_suspend, 0, 0);
    CHECK_RC(subscribe(0), 0);
    check_told(SHUTDOWN_suspend, 1, 0);
}

static void check_handlers(void)
{
    static const struct {
        uint32_t virq;
        long rc;
    } cases[] = {{VIRQ_TIMER, -XEN_EINVAL},   {VIRQ_DEBUG, -XEN_EINVAL}, {VIRQ_CONSOLE, 0},
                 {VIRQ_DOM_EXC, 0},           {VIRQ_TBUF, 0},            {VIRQ_XENOPROF, -XEN_EINVAL},
                 {VIRQ_XENPMU, -XEN_EINVAL},  {VIRQ_ARCH_0, 0},          {VIRQ_ARCH_7, 0},
                 {NR_VIRQS, -XEN_EINVAL},     {~0u, -XEN_EINVAL}};

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        CHECK_RC(set_handler(other, cases[i].virq), cases[i].rc);
        CHECK_RC(set_handler(other, cases[i].virq), cases[i].rc);
    }
    check_told(SHUTDOWN_reboot, 0, 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        CHECK_RC(set_handler(0, cases[i].virq), cases[i].rc);
    }
    check_told(SHUTDOWN_reboot, 1, 0);
}

static void check_soft_reset(void)
{
    sched_remote_shutdown_t request = {.domain_id = other, .reason = SHUTDOWN_soft_reset};
    struct evtchn_status status = {.dom = other, .port = others_port};

    CHECK_RC(call(0, XEN_DOMCTL_soft_reset), -XEN_EINVAL);
    CHECK_RC(call(other, XEN_DOMCTL_soft_reset), -XEN_EINVAL);
    CHECK_RC(call(other, SOFT_RESET_CONT), -XEN_EINVAL);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_interdomain);
    CHECK_RC(hypercall_sched_op(SCHEDOP_remote_shutdown, &request), 0);
    CHECK_RC(call(other, SOFT_RESET_CONT), -XEN_EBUSY);
    CHECK_RC(call(other, XEN_DOMCTL_soft_reset), -XEN_EINVAL);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_closed);
    CHECK_RC(call(other, XEN_DOMCTL_getdomaininfo), 0);
    CHECK_EQUAL(op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift, SHUTDOWN_soft_reset);
    CHECK(op.u.getdomaininfo.flags & XEN_DOMINF_shutdown);
}

/* Its end is told again to Domain 0. */
static void check_end(void)
{
    unsigned int virqs;

    CHECK_RC(set_handler(other, VIRQ_DOM_EXC), 0);
    virqs = event_count[exceptions];
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    CHECK(event_count[exceptions] > virqs);
}

void test_main(void)
{
    other = domain_create(never);
    offer();
    REQUIRE(event_bind_virq(VIRQ_DOM_EXC, 0, &exceptions) == 0);
    REQUIRE(event_bind_interdomain(other, others_port, &port) == 0);
    REQUIRE(event_unmask(exceptions) == 0 && event_unmask(port) == 0);
    event_enable();
    check_subscription();
    check_handlers();
    check_soft_reset();
    check_end();
    test_success();
}
