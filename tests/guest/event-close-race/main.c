/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One end of a channel is closed while the other end, on another processor, sends, closes, or dies.
 *
 * event_channel.h: closing one end makes the other unbound; sending there has no effect then. A port that is
 * closed is nobody's: no event comes for it, and whoever has its number next begins with nothing pending. A
 * domain that is destroyed closes all of its ports.
 *
 * What goes wrong: the sender has looked up the other end, which is closed, and perhaps somebody else's, when
 * it sets the bit (compare XSA-343, XSA-359); two ends that close at once wait for each other's locks; the
 * port of a domain that is gone still points to it. With FIFO a port is closed while it waits in a queue: its
 * number must not be used again before the guest has taken it, or its new events come by the old queue.
 *
 * Here the second domain sends as fast as it can on a port that it offers to this one, and now and then
 * closes it and offers one anew. This domain binds, awaits events, closes; what is closed must stay without
 * events. First with two levels, then with FIFO. Then this domain's second vCPU sends to domains that the
 * first destroys.
 */
#include "guest.h"
#include "domain.h"
#include "fifo.h"

#include <xen/sched.h>

const char test_title[] = "ports closed while the other end sends, closes, dies";

#define ROUNDS       300
#define DESTRUCTIONS 5
#define LOOKS        200

static struct {
    volatile uint32_t port, stop, stopped, sent, offers, failures;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static domid_t other;
static bool is_fifo;

/* --- The second domain --- */
static void offer(void)
{
    evtchn_port_t port;

    shared.failures += event_alloc_unbound(0, &port) != 0;
    shared.port = port;
    shared.offers++;
}

static void sender(void)
{
    shared.sent = 0;
    offer();
    while (!shared.stop) {
        shared.failures += event_send(shared.port) != 0;
        shared.sent++;
        if (shared.sent % 997 == 0) {
            shared.failures += event_close(shared.port) != 0;
            offer();
        }
    }
    shared.stopped = 1;
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

/* --- This domain --- */
static bool is_pending(evtchn_port_t port)
{
    return is_fifo ? fifo_pending(port) : event_pending(port);
}

static void take(evtchn_port_t port)
{
    if (is_fifo) {
        while (fifo_take(0)) {
        }
    } else {
        event_clear(port);
    }
}

/* Binds to what the other offers just now. */
static evtchn_port_t bind(void)
{
    evtchn_port_t port;
    uint64_t end = time_ns() + PATIENCE_NS;

    while (event_bind_interdomain(other, shared.port, &port) != 0) {
        REQUIRE(time_ns() < end);
    }
    CHECK(is_pending(port));
    if (is_fifo) {
        fifo_unmask(port);
    }
    take(port);
    return port;
}

/* Its end still is the other's, and an event came; or the other has closed. */
static bool event_came(evtchn_port_t port)
{
    struct evtchn_status status = {.status = EVTCHNSTAT_interdomain};

    while (!is_pending(port) && status.status == EVTCHNSTAT_interdomain) {
        REQUIRE(event_status(port, &status) == 0);
    }
    return is_pending(port);
}

static void check_silent(evtchn_port_t port)
{
    bool came = false;

    for (unsigned int look = 0; look < LOOKS; look++) {
        came |= is_pending(port);
    }
    CHECK(!came);
}

static void race(void)
{
    evtchn_port_t port, next;
    unsigned int events = 0, first_offer = shared.offers, round;

    for (round = 0; round < ROUNDS || shared.offers - first_offer < 10; round++) {
        port = bind();
        events += event_came(port);
        CHECK_RC(event_close(port), 0);
        CHECK_RC(event_send(port), -XEN_EINVAL);
        check_silent(port);
        REQUIRE(event_bind_ipi(0, &next) == 0);
        /* Two levels give the lowest port, which is the closed one; FIFO does not while it is queued. */
        CHECK(is_fifo || next == port);
        check_silent(next);
        CHECK_RC(event_close(next), 0);
        take(port);
    }
    printk("%u rounds, %u events, %u offers\n", round, events, shared.offers - first_offer);
    CHECK(events > ROUNDS / 2);
}

static void destroy_sender(void)
{
    evtchn_port_t port = bind();
    struct evtchn_status status;

    REQUIRE(event_came(port) || !shared.failures);
    domain_destroy();
    CHECK_RC(event_status(port, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_unbound);
    CHECK_EQUAL(status.u.unbound.dom, other);
    CHECK_RC(event_send(port), 0);
    CHECK_RC(event_close(port), 0);
    CHECK(domain_is_gone(PATIENCE_NS));
}

static volatile uint32_t second_port, second_sent, second_failed;

static void second(void)
{
    for (;;) {
        evtchn_port_t port = second_port;

        if (port) {
            second_failed += event_send(port) != 0;
            second_sent++;
        }
    }
}

static void destroy_receivers(void)
{
    REQUIRE(vcpu_launch(1, second) == 0);
    for (unsigned int n = 0; n < DESTRUCTIONS; n++) {
        struct evtchn_status status;
        uint32_t sent;

        shared.stop = 1;
        shared.stopped = shared.port = 0;
        other = domain_create(sender);
        domain_share(&shared);
        domain_run(0);
        domain_wait(&shared.stopped, 1);
        second_port = bind();
        sent = second_sent;
        domain_wait(&shared.stopped, 1);
        while (second_sent - sent < 1000) {
            cpu_relax();
        }
        domain_destroy();
        sent = second_sent;
        while (second_sent - sent < 1000) {
            cpu_relax();
        }
        CHECK_RC(event_status(second_port, &status), 0);
        CHECK_EQUAL(status.status, EVTCHNSTAT_unbound);
        CHECK(domain_is_gone(PATIENCE_NS));
    }
    CHECK_EQUAL(second_failed, 0);
}

static void with_sender(void)
{
    shared.port = 0;
    other = domain_create(sender);
    domain_share(&shared);
    domain_run(1);
    while (!shared.port) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    race();
    CHECK_EQUAL(shared.failures, 0);
    destroy_sender();
}

void test_main(void)
{
    with_sender();
    is_fifo = true;
    fifo_initialise(2);
    with_sender();
    destroy_receivers();
    test_success();
}
