/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels between two domains: who may offer, bind, ask, close and reset, and what one end's close or
 * death leaves at the other.
 *
 * event_channel.h: a port is offered to a named domain, which binds it to a port of its own; sending at one
 * end makes the other pending. A privileged domain offers ports of others, asks for their status and resets
 * them while they are paused. Closing one end makes the other unbound again, offered to the same domain.
 *
 * What goes wrong: an unprivileged domain acts for others; a port that was closed, or offered to somebody
 * else, can be bound; sending to who is not there any more is an error that kernels do not expect; events
 * survive in a port that has a new owner; the ends of a domain that died stay bound; a domain that dies, but
 * is still referenced, takes new ports which nobody will close.
 *
 * The other domain does here what it is asked to, one call of event_channel_op after the other.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "grant.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "event channels between two domains";

#define REF 8

static struct {
    volatile uint32_t asked, answered;
    volatile int32_t cmd, rc;
    volatile uint64_t argument[4];
    volatile uint64_t pending; /* ports 0 to 63 */
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static volatile char granted[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static domid_t other;

/* --- The other domain --- */
static void answerer(void)
{
    grant_initialise(1);
    grant_v1[REF].domid = 0;
    grant_v1[REF].frame = (uint32_t)mfn_of(granted);
    __atomic_store_n(&grant_v1[REF].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
    for (uint32_t done = 0;; done = shared.asked) {
        uint64_t argument[4];

        while (shared.asked == done) {
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        for (unsigned int i = 0; i < ARRAY_SIZE(argument); i++) {
            argument[i] = shared.argument[i];
        }
        shared.rc = (int32_t)hypercall_event_channel_op(shared.cmd, argument);
        for (unsigned int i = 0; i < ARRAY_SIZE(argument); i++) {
            shared.argument[i] = argument[i];
        }
        shared.pending = shared_info.evtchn_pending[0];
        shared.answered = shared.asked;
    }
}

/* --- This domain --- */
static long ask(int cmd, void *argument, size_t size)
{
    memcpy((void *)shared.argument, argument, size);
    shared.cmd = cmd;
    shared.asked++;
    domain_wait(&shared.answered, shared.asked);
    memcpy(argument, (void *)shared.argument, size);
    return shared.rc;
}

static bool is_pending_there(evtchn_port_t port)
{
    struct evtchn_status op = {.dom = DOMID_SELF, .port = port};

    CHECK_RC(ask(EVTCHNOP_status, &op, sizeof(op)), 0);
    return shared.pending >> port & 1;
}

static long send_there(evtchn_port_t port)
{
    struct evtchn_send op = {.port = port};

    return ask(EVTCHNOP_send, &op, sizeof(op));
}

static long close_there(evtchn_port_t port)
{
    struct evtchn_close op = {.port = port};

    return ask(EVTCHNOP_close, &op, sizeof(op));
}

static long offer_there(domid_t owner, domid_t remote, evtchn_port_t *port)
{
    struct evtchn_alloc_unbound op = {.dom = owner, .remote_dom = remote};
    long rc = ask(EVTCHNOP_alloc_unbound, &op, sizeof(op));

    *port = op.port;
    return rc;
}

static long bind_there(domid_t remote, evtchn_port_t remote_port, evtchn_port_t *port)
{
    struct evtchn_bind_interdomain op = {.remote_dom = remote, .remote_port = remote_port};
    long rc = ask(EVTCHNOP_bind_interdomain, &op, sizeof(op));

    *port = op.local_port;
    return rc;
}

static long offer(domid_t owner, domid_t remote, evtchn_port_t *port)
{
    struct evtchn_alloc_unbound op = {.dom = owner, .remote_dom = remote};
    long rc = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &op);

    *port = op.port;
    return rc;
}

static long status_of(domid_t owner, evtchn_port_t port, struct evtchn_status *status)
{
    *status = (struct evtchn_status){.dom = owner, .port = port};
    return hypercall_event_channel_op(EVTCHNOP_status, status);
}

static long reset(domid_t id)
{
    struct evtchn_reset op = {.dom = id};

    return hypercall_event_channel_op(EVTCHNOP_reset, &op);
}

static long domctl(uint32_t command)
{
    static struct xen_domctl op;

    return hypercall_domctl(&op, other, command);
}

/* This domain's port waits for the other domain. */
static void check_waits(evtchn_port_t port)
{
    struct evtchn_status status;

    CHECK_RC(status_of(DOMID_SELF, port, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_unbound);
    CHECK_EQUAL(status.u.unbound.dom, other);
    CHECK_RC(event_send(port), 0);
}

static void offered_by_the_other(void)
{
    evtchn_port_t theirs, mine, again;
    struct evtchn_status status;

    CHECK_RC(offer_there(DOMID_SELF, 0, &theirs), 0);
    CHECK_RC(status_of(other, theirs, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_unbound);
    CHECK_EQUAL(status.u.unbound.dom, 0);
    CHECK_RC(send_there(theirs), 0);
    CHECK_RC(event_bind_interdomain(other, theirs, &mine), 0);
    CHECK(event_pending(mine));
    CHECK(!is_pending_there(theirs));
    CHECK_RC(event_bind_interdomain(other, theirs, &again), -XEN_EINVAL);
    event_clear(mine);
    CHECK_RC(status_of(other, theirs, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_interdomain);
    CHECK_EQUAL(status.u.interdomain.dom, 0);
    CHECK_EQUAL(status.u.interdomain.port, mine);
    CHECK_RC(send_there(theirs), 0);
    CHECK(event_pending(mine));
    CHECK_RC(event_send(mine), 0);
    CHECK(is_pending_there(theirs));

    /* The other closes: this end waits, what was sent stays to be seen, and the number cannot be bound. */
    CHECK_RC(close_there(theirs), 0);
    CHECK_RC(close_there(theirs), -XEN_EINVAL);
    CHECK(!is_pending_there(theirs));
    CHECK(event_pending(mine));
    check_waits(mine);
    CHECK_RC(event_bind_interdomain(other, theirs, &again), -XEN_EINVAL);
    CHECK_RC(bind_there(0, mine, &again), 0);
    CHECK_EQUAL(again, theirs);
    CHECK(is_pending_there(again));
    CHECK_RC(event_close(mine), 0);
    CHECK_RC(send_there(again), 0);
    CHECK_RC(bind_there(0, mine, &theirs), -XEN_EINVAL);
    CHECK_RC(close_there(again), 0);
}

static void offered_by_this_one(void)
{
    evtchn_port_t theirs, mine, port;

    CHECK_RC(offer(DOMID_SELF, 5, &port), 0);
    CHECK_RC(bind_there(0, port, &theirs), -XEN_EINVAL);
    CHECK_RC(event_close(port), 0);
    CHECK_RC(bind_there(0, 0, &theirs), -XEN_EINVAL);
    CHECK_RC(bind_there(0, 4096, &theirs), -XEN_EINVAL);
    CHECK_RC(bind_there(other + 1, 1, &theirs), -XEN_ESRCH);

    /* For the other, as a toolstack does: the port is the other's. */
    CHECK_RC(offer(other, 0, &theirs), 0);
    CHECK_RC(event_bind_interdomain(other, theirs, &mine), 0);
    CHECK_RC(event_send(mine), 0);
    CHECK(is_pending_there(theirs));
    CHECK_RC(event_close(mine), 0);
    CHECK_RC(send_there(theirs), 0);
    CHECK_RC(close_there(theirs), 0);
    CHECK_RC(offer(other, DOMID_SELF, &theirs), 0);
    CHECK_RC(event_bind_interdomain(other, theirs, &mine), 0);
    CHECK_RC(event_close(mine), 0);
    CHECK_RC(close_there(theirs), 0);
    CHECK_RC(offer(other + 1, 0, &theirs), -XEN_ESRCH);
    CHECK_RC(offer(DOMID_IO, 0, &theirs), -XEN_ESRCH);
    /* For nobody that there is. */
    CHECK_RC(offer(other, 999, &theirs), 0);
    CHECK_RC(offer(other, DOMID_IO, &theirs), 0);
    CHECK_RC(close_there(theirs), 0);
}

static void unprivileged(void)
{
    struct evtchn_status status = {.dom = 0, .port = 1};
    struct evtchn_reset reset_op = {.dom = 0};
    evtchn_port_t port;

    CHECK_RC(offer_there(0, other, &port), -XEN_EPERM);
    CHECK_RC(offer_there(other + 1, other, &port), -XEN_ESRCH);
    CHECK_RC(offer_there(other, 0, &port), 0);
    CHECK_RC(close_there(port), 0);
    CHECK_RC(ask(EVTCHNOP_status, &status, sizeof(status)), -XEN_EPERM);
    status.port = 1u << 20;
    CHECK_RC(ask(EVTCHNOP_status, &status, sizeof(status)), -XEN_EINVAL);
    CHECK_RC(ask(EVTCHNOP_reset, &reset_op, sizeof(reset_op)), -XEN_EPERM);
}

static void resets(void)
{
    evtchn_port_t theirs, mine;
    struct evtchn_status status;

    CHECK_RC(offer(DOMID_SELF, other, &mine), 0);
    CHECK_RC(bind_there(0, mine, &theirs), 0);
    event_clear(mine);
    CHECK_RC(send_there(theirs), 0);
    CHECK_RC(reset(other), -XEN_EINVAL);
    CHECK_RC(reset(other + 1), -XEN_ESRCH);
    CHECK_RC(domctl(XEN_DOMCTL_pausedomain), 0);
    CHECK_RC(reset(other), 0);
    CHECK_RC(domctl(XEN_DOMCTL_unpausedomain), 0);
    CHECK(event_pending(mine));
    check_waits(mine);
    CHECK_RC(status_of(other, theirs, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_closed);
    CHECK_RC(send_there(theirs), -XEN_EINVAL);
    CHECK_RC(event_close(mine), 0);
}

/* It stays as long as its page is mapped here. */
static void death(void)
{
    struct gnttab_map_grant_ref map = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = REF, .dom = other};
    evtchn_port_t bound, waiting, theirs, port;
    struct evtchn_status status;

    REQUIRE(grant_map(&map) == GNTST_okay);
    CHECK_RC(offer(DOMID_SELF, other, &bound), 0);
    CHECK_RC(bind_there(0, bound, &theirs), 0);
    CHECK_RC(offer_there(DOMID_SELF, 0, &port), 0);
    CHECK_RC(offer(DOMID_SELF, other, &waiting), 0);
    event_clear(bound);
    CHECK_RC(send_there(theirs), 0);
    CHECK_RC(domctl(XEN_DOMCTL_pausedomain), 0);
    domain_destroy();
    CHECK(!domain_is_gone(0));
    CHECK(event_pending(bound));
    check_waits(bound);
    check_waits(waiting);
    CHECK_RC(event_bind_interdomain(other, port, &theirs), -XEN_EINVAL);
    CHECK_RC(offer(other, 0, &theirs), -XEN_EINVAL);
    CHECK_RC(status_of(other, port, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_closed);
    CHECK_RC(reset(other), 0);
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, map.handle), GNTST_okay);
    CHECK(domain_is_gone(PATIENCE_NS));
    check_waits(bound);
    CHECK_RC(status_of(other, port, &status), -XEN_ESRCH);
    CHECK_RC(event_bind_interdomain(other, port, &theirs), -XEN_ESRCH);
    CHECK_RC(event_close(bound), 0);
    CHECK_RC(event_close(waiting), 0);
    CHECK_RC(event_close(bound), -XEN_EINVAL);
}

void test_main(void)
{
    grant_initialise(1);
    other = domain_create(answerer);
    domain_share(&shared);
    domain_run(-1);
    offered_by_the_other();
    offered_by_this_one();
    unprivileged();
    resets();
    death();
    test_success();
}
