/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interrupt of a device for another domain: PHYSDEVOP_map_pirq with its number and
 * XEN_DOMCTL_irq_permission, as xl's irqs= asks.
 *
 * Mapping gives the right to bind, irq_permission takes and gives it; a port that is bound already goes on.
 * irq_permission takes the caller's number for the interrupt, so the caller must have it, too. The domain
 * itself maps nothing (-EPERM). It binds, is told, and ends a level-triggered interrupt as Domain 0 would.
 * Several domains have an interrupt if each says that it shares (else -EBUSY): an edge is an event for each,
 * and a level-triggered one comes again when all have ended it, or after a millisecond, since one domain must
 * not keep it from another. Unmapping and the end of a domain take it away and leave it to the others.
 *
 * What goes wrong: the other domain gets what Domain 0 has for itself alone; a domain that never ends an
 * interrupt stops the disk of another; what dies goes on getting events, or the wire stays masked behind it.
 *
 * The devices are the CMOS clock (edges) and QEMU's edu (a wire). Domain 0 works both: only the interrupt is
 * the other's.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "device.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "interrupts of devices for another domain";

#define FREE_GSI     3
#define FREE_NUMBER  40
#define OTHERS_PIRQS 56
#define A_WHILE_NS   20000000ul

enum { BIND, BIND_SHARED, CLOSE, END, MAP, UNMAP, QUERY };

static struct {
    volatile uint32_t asked, answered, cmd, argument;
    volatile int32_t rc;
    volatile uint32_t port, count;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static struct xen_domctl op;
static domid_t other;
static volatile uint32_t *edu;

static long bind(uint32_t pirq, uint32_t flags, uint32_t *port)
{
    struct evtchn_bind_pirq request = {.pirq = pirq, .flags = flags};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_pirq, &request);

    if (rc == 0) {
        *port = request.port;
        rc = event_unmask(request.port);
    }
    return rc;
}

/* --- The other domain --- */
static long perform(uint32_t cmd, uint32_t argument)
{
    struct physdev_irq_status_query query = {.irq = argument};
    uint32_t port = shared.port;
    int pirq = (int)argument;
    long rc;

    switch (cmd) {
    case BIND:
    case BIND_SHARED:
        rc = bind(argument, cmd == BIND_SHARED ? BIND_PIRQ__WILL_SHARE : 0, &port);
        shared.port = port;
        return rc;
    case CLOSE:
        return event_close(argument);
    case END:
        return pirq_eoi(pirq);
    case MAP:
        return pirq_map_gsi(pirq, &pirq);
    case UNMAP:
        return pirq_unmap(pirq);
    default:
        return hypercall_physdev_op(PHYSDEVOP_irq_status_query, &query);
    }
}

static void count(const struct trap_frame *frame)
{
    uint32_t sum = 0;

    for (unsigned int i = 0; i < EVENT_PORTS; i++) {
        sum += event_count[i];
    }
    shared.count = sum;
}

static void serve(void)
{
    event_in_upcall = count;
    event_enable();
    for (uint32_t done = 0;; done = shared.asked) {
        while (shared.asked == done) {
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        shared.rc = (int32_t)perform(shared.cmd, shared.argument);
        __atomic_store_n(&shared.answered, shared.asked, __ATOMIC_RELEASE);
    }
}

/* --- This domain --- */
static long ask(uint32_t cmd, uint32_t argument)
{
    shared.cmd = cmd;
    shared.argument = argument;
    shared.asked++;
    domain_wait(&shared.answered, shared.asked);
    return shared.rc;
}

/* The other is told so many times more. */
static void await_there(uint32_t first, uint32_t number)
{
    uint64_t end = time_ns() + PATIENCE_NS;

    while (shared.count - first < number) {
        REQUIRE(time_ns() < end);
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static void await_here(evtchn_port_t port, unsigned int first, unsigned int number)
{
    uint64_t end = time_ns() + PATIENCE_NS;

    while (event_count[port] - first < number) {
        REQUIRE(time_ns() < end);
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static long map_there(int gsi, int wish, int *pirq)
{
    *pirq = wish;
    return pirq_map_gsi_for(other, gsi, pirq);
}

static long permit(uint32_t pirq, bool allow)
{
    memset(&op, 0, sizeof(op));
    op.u.irq_permission.pirq = pirq;
    op.u.irq_permission.allow_access = allow;
    return hypercall_domctl(&op, other, XEN_DOMCTL_irq_permission);
}

/* Edges come to the other. */
static void check_edges(uint32_t number)
{
    uint32_t first = shared.count;

    rtc_periodic(true);
    await_there(first, number);
    rtc_periodic(false);
}

static void check_numbers(void)
{
    int pirq;

    CHECK_RC(map_there(0, 0, &pirq), -XEN_EPERM);
    CHECK_RC(map_there(24, -1, &pirq), -XEN_EINVAL);
    CHECK_RC(map_there(FREE_GSI, OTHERS_PIRQS, &pirq), -XEN_EINVAL);
    CHECK_RC(map_there(FREE_GSI, FREE_NUMBER, &pirq), 0);
    CHECK_RC(map_there(FREE_GSI, FREE_GSI, &pirq), -XEN_EEXIST);
    CHECK_RC(map_there(FREE_GSI, -1, &pirq), 0);
    CHECK_EQUAL(pirq, FREE_NUMBER);
    CHECK_RC(pirq_unmap_for(other, FREE_NUMBER), 0);
    CHECK_RC(pirq_unmap_for(other, FREE_NUMBER), -XEN_EINVAL);
    CHECK_RC(pirq_unmap_for(other, -1), -XEN_EINVAL);
    CHECK_RC(pirq_unmap_for(other, OTHERS_PIRQS), -XEN_EINVAL);
    CHECK_RC(map_there(FREE_GSI, -1, &pirq), 0);
    CHECK_EQUAL(pirq, 16);
    CHECK_RC(pirq_unmap_for(99, 16), -XEN_ESRCH);
}

/* What it has not been given. */
static void check_none(void)
{
    CHECK_RC(ask(BIND, RTC_GSI), -XEN_EPERM);
    CHECK_RC(ask(BIND, OTHERS_PIRQS), -XEN_EINVAL);
    CHECK_RC(ask(MAP, RTC_GSI), -XEN_EPERM);
    CHECK_RC(ask(UNMAP, RTC_GSI), -XEN_EPERM);
    CHECK_RC(ask(QUERY, RTC_GSI), 0);
    CHECK_RC(ask(QUERY, OTHERS_PIRQS), -XEN_EINVAL);
    CHECK_RC(ask(END, RTC_GSI), -XEN_EINVAL);
    CHECK_RC(permit(RTC_GSI, true), -XEN_EPERM); /* nor has this domain */
    CHECK_RC(permit(100000, true), -XEN_EINVAL);
}

static void check_permission(void)
{
    evtchn_port_t port = 0;
    int pirq;

    CHECK_RC(map_there(RTC_GSI, RTC_GSI, &pirq), 0);
    CHECK_RC(ask(END, RTC_GSI), 0);
    CHECK_RC(ask(BIND, RTC_GSI), 0);
    CHECK_RC(ask(BIND, RTC_GSI), -XEN_EEXIST);
    check_edges(5);
    pirq = RTC_GSI;
    CHECK_RC(pirq_map_gsi(RTC_GSI, &pirq), 0);
    CHECK_RC(bind(RTC_GSI, 0, &port), -XEN_EBUSY);
    CHECK_RC(bind(RTC_GSI, BIND_PIRQ__WILL_SHARE, &port), -XEN_EBUSY);
    CHECK_RC(permit(RTC_GSI, false), 0);
    check_edges(2);
    CHECK_RC(ask(CLOSE, shared.port), 0);
    CHECK_RC(ask(BIND, RTC_GSI), -XEN_EPERM);
    CHECK_RC(permit(RTC_GSI, true), 0);
    CHECK_RC(ask(BIND, RTC_GSI), 0);
    CHECK_RC(ask(CLOSE, shared.port), 0);
    CHECK_RC(permit(RTC_GSI, false), 0);
    CHECK_RC(map_there(RTC_GSI, RTC_GSI, &pirq), 0);
}

static void check_shared_edges(void)
{
    evtchn_port_t port = 0;
    uint32_t first;
    unsigned int first_here;

    CHECK_RC(ask(BIND_SHARED, RTC_GSI), 0);
    CHECK_RC(bind(RTC_GSI, 0, &port), -XEN_EBUSY);
    REQUIRE(bind(RTC_GSI, BIND_PIRQ__WILL_SHARE, &port) == 0);
    first = shared.count;
    first_here = event_count[port];
    rtc_periodic(true);
    await_there(first, 2);
    await_here(port, first_here, 2);
    rtc_periodic(false);
    CHECK_RC(event_close(port), 0);
    check_edges(2);
    /* The number goes, the port stays. */
    CHECK_RC(pirq_unmap_for(other, RTC_GSI), 0);
    /* By its answer it has taken what came before. */
    CHECK_RC(ask(QUERY, RTC_GSI), 0);
    first = shared.count;
    rtc_periodic(true);
    time_spin_ns(A_WHILE_NS);
    rtc_periodic(false);
    CHECK_RC(ask(QUERY, RTC_GSI), 0);
    CHECK_EQUAL(shared.count, first);
    CHECK_RC(ask(CLOSE, shared.port), 0);
    CHECK_RC(ask(BIND, RTC_GSI), -XEN_EPERM);
}

/* The wire of the edu, a number of the other's that is not the GSI. */
static void raise(uint32_t number)
{
    edu[EDU_RAISE] = number;
}

static void dismiss(int pirq)
{
    edu[EDU_DISMISS] = ~0u;
    CHECK_EQUAL(edu[EDU_STATUS], 0);
    (void)pirq_eoi(pirq);
}

static evtchn_port_t check_level(int wire)
{
    evtchn_port_t port = 0;
    unsigned int here;
    uint32_t there = shared.count;
    int pirq;

    CHECK_RC(map_there(wire, FREE_NUMBER, &pirq), 0);
    CHECK_RC(ask(BIND_SHARED, FREE_NUMBER), 0);
    raise(1);
    await_there(there, 1);
    dismiss(wire);
    CHECK_RC(ask(END, FREE_NUMBER), 0);

    REQUIRE(bind((uint32_t)wire, BIND_PIRQ__WILL_SHARE, &port) == 0);
    here = event_count[port];
    there = shared.count;
    raise(2);
    await_there(there, 1);
    await_here(port, here, 1);
    dismiss(wire);
    CHECK_RC(ask(END, FREE_NUMBER), 0);
    /* The other ends nothing, and this domain goes on. */
    for (uint32_t i = 3; i < 6; i++) {
        here = event_count[port];
        raise(i);
        await_here(port, here, 1);
        dismiss(wire);
    }
    return port;
}

/* The other dies with the wire up and the port bound. */
static void check_end(int wire, evtchn_port_t port)
{
    unsigned int here = event_count[port];
    uint32_t there = shared.count;
    int pirq;

    raise(6);
    await_there(there, 1);
    await_here(port, here, 1);
    memset(&op, 0, sizeof(op));
    CHECK_RC(hypercall_domctl(&op, other, XEN_DOMCTL_destroydomain), 0);
    dismiss(wire);
    here = event_count[port];
    raise(7);
    await_here(port, here, 1);
    dismiss(wire);
    CHECK_RC(map_there(RTC_GSI, RTC_GSI, &pirq), 0);
    CHECK_RC(pirq_unmap_for(other, RTC_GSI), 0);
    CHECK_RC(map_there(RTC_GSI, RTC_GSI, &pirq), 0);
    CHECK_RC(bind(RTC_GSI, 0, &port), 0);
    REQUIRE(page_unprotect(&shared) == 0);
    CHECK(domain_is_gone(PATIENCE_NS));
}

void test_main(void)
{
    int wire;

    device_initialise();
    edu = edu_find();
    wire = edu_map_wire();
    other = domain_create(serve);
    domain_share(&shared);
    domain_run(-1);
    event_enable();
    check_none();
    check_numbers();
    check_permission();
    check_shared_edges();
    check_end(wire, check_level(wire));
    test_success();
}
