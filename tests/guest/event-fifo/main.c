/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FIFO layout: a word of memory for each port, and queues of ports for each vCPU.
 *
 * event_channel.h: after init_control ports have event words, whose bits are PENDING, MASKED and LINKED and
 * whose low bits name the next port of the queue; the control block has the queues' heads and a bit for each
 * that is not empty. Up to EVTCHN_FIFO_NR_CHANNELS ports can be had. Events are taken in the order in which
 * they came. What is masked is not queued and comes when it is unmasked; what is taken is queued again when
 * it comes again. reset goes back to two levels.
 *
 * What goes wrong: an event that comes while its port is queued is lost, or queues it twice; the upcall is
 * raised for each event instead of each queue that begins; masked ports are queued; the bits of two levels
 * are written on; events that were pending at the switch, or came before their page of words, are lost; a
 * closed port that is still queued is given to a new owner, whose events then come by the old queue; ports
 * beyond 4,095 cannot be had.
 */
#include "guest.h"
#include "fifo.h"

#include <xen/sched.h>

const char test_title[] = "FIFO event channels";

static bool upcall(unsigned int vcpu)
{
    return __atomic_load_n(&shared_info.vcpu_info[vcpu].evtchn_upcall_pending, __ATOMIC_SEQ_CST);
}

static evtchn_port_t ipi(unsigned int vcpu)
{
    evtchn_port_t port = 0;

    CHECK_RC(event_bind_ipi(vcpu, &port), 0);
    return port;
}

static void in_order(void)
{
    evtchn_port_t a = ipi(0), b = ipi(0), c = ipi(0);

    fifo_unmask(a);
    fifo_unmask(b);
    fifo_unmask(c);
    CHECK(!upcall(0));
    CHECK_RC(event_send(b), 0);
    CHECK(upcall(0) && fifo_pending(b) && fifo_linked(b));
    CHECK_EQUAL(fifo_control(0)->ready, 1u << EVTCHN_FIFO_PRIORITY_DEFAULT);
    CHECK_EQUAL(fifo_control(0)->head[EVTCHN_FIFO_PRIORITY_DEFAULT], b);
    shared_info.vcpu_info[0].evtchn_upcall_pending = 0;
    CHECK_RC(event_send(a), 0);
    CHECK_RC(event_send(c), 0);
    CHECK_RC(event_send(b), 0);
    CHECK(!upcall(0));
    CHECK_EQUAL(*fifo_word(b) & EVTCHN_FIFO_LINK_MASK, a);
    CHECK(!event_pending(a) && !event_pending(b));
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_pending_sel, 0);
    CHECK_EQUAL(fifo_take(0), b);
    /* Again while the others wait: behind them. */
    CHECK_RC(event_send(b), 0);
    CHECK_EQUAL(fifo_take(0), a);
    CHECK_EQUAL(fifo_take(0), c);
    CHECK_EQUAL(fifo_take(0), b);
    CHECK_EQUAL(fifo_take(0), 0);
    /* Queued, not pending any more: passed over; queued and pending again: once. */
    CHECK_RC(event_send(a), 0);
    fifo_clear_pending(a);
    CHECK_RC(event_send(c), 0);
    CHECK_EQUAL(fifo_take(0), c);
    CHECK_EQUAL(fifo_take(0), 0);
    CHECK_RC(event_close(a), 0);
    CHECK_RC(event_close(b), 0);
    CHECK_RC(event_close(c), 0);
}

static void masked(void)
{
    evtchn_port_t a = ipi(0), b = ipi(0);

    fifo_mask(a);
    fifo_unmask(b);
    CHECK_RC(event_send(a), 0);
    CHECK(fifo_pending(a) && !fifo_linked(a) && !upcall(0));
    CHECK_RC(event_send(b), 0);
    fifo_unmask(a);
    CHECK(fifo_linked(a) && upcall(0));
    CHECK_EQUAL(fifo_take(0), b);
    CHECK_EQUAL(fifo_take(0), a);
    CHECK_EQUAL(fifo_take(0), 0);
    /* Masked while queued: passed over, and comes back with the unmasking. */
    CHECK_RC(event_send(a), 0);
    fifo_mask(a);
    CHECK_EQUAL(fifo_take(0), 0);
    CHECK(fifo_pending(a) && !fifo_linked(a));
    fifo_unmask(a);
    CHECK_EQUAL(fifo_take(0), a);
    /* A masked port ends a poll all the same. */
    fifo_mask(a);
    CHECK_RC(event_send(a), 0);
    {
        struct sched_poll poll = {.nr_ports = 1, .timeout = 0};

        set_xen_guest_handle(poll.ports, &a);
        CHECK_RC(hypercall_sched_op(SCHEDOP_poll, &poll), 0);
    }
    fifo_clear_pending(a);
    CHECK_RC(event_close(a), 0);
    CHECK_RC(event_close(b), 0);
}

static void closed_while_queued(void)
{
    evtchn_port_t a = ipi(0), b, far, near;

    fifo_unmask(a);
    CHECK_RC(event_send(a), 0);
    CHECK_RC(event_close(a), 0);
    CHECK(!fifo_pending(a) && fifo_linked(a));
    b = ipi(0);
    CHECK(b != a);
    CHECK_EQUAL(fifo_take(0), 0);
    CHECK_RC(event_close(b), 0);
    CHECK_EQUAL(ipi(0), a);
    CHECK_RC(event_close(a), 0);

    CHECK_RC(event_alloc_unbound(DOMID_SELF, &far), 0);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, far, &near), 0);
    CHECK(fifo_pending(near) && !fifo_pending(far));
    fifo_unmask(near);
    fifo_unmask(far);
    CHECK_RC(event_send(near), 0);
    CHECK_EQUAL(fifo_take(0), near);
    CHECK_EQUAL(fifo_take(0), far);
    CHECK_RC(event_close(near), 0);
    CHECK_RC(event_close(far), 0);
}

/* More ports than two levels have; the words of the last ones come after their events. */
static void many(void)
{
    static volatile event_word_t more[PAGE_SIZE / sizeof(event_word_t)] __attribute__((aligned(PAGE_SIZE)));
    evtchn_port_t port;
    struct evtchn_status status;

    do {
        port = ipi(0);
    } while (port && port < FIFO_PORTS + 10);
    CHECK_EQUAL(port, FIFO_PORTS + 10);
    CHECK_RC(event_status(port, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_ipi);
    CHECK_RC(event_send(port), 0);
    CHECK(!upcall(0));
    CHECK_RC(fifo_expand_array(mfn_of(more)), 0);
    CHECK(upcall(0));
    CHECK_EQUAL(more[10], 1u << EVTCHN_FIFO_PENDING | 1u << EVTCHN_FIFO_LINKED);
    CHECK_EQUAL(fifo_control(0)->head[EVTCHN_FIFO_PRIORITY_DEFAULT], port);
    CHECK_EQUAL(more[9], 0);
}

void test_main(void)
{
    struct evtchn_reset reset = {.dom = DOMID_SELF};
    evtchn_port_t early = ipi(0), port;

    event_unmask_locally(early);
    CHECK_RC(event_send(early), 0);
    CHECK(event_pending(early));
    shared_info.vcpu_info[0].evtchn_upcall_pending = 0;
    shared_info.vcpu_info[0].evtchn_pending_sel = 0;
    fifo_initialise(1);
    /* What was pending at the switch is pending in its word: masked there. */
    CHECK(fifo_pending(early) && !upcall(0));
    fifo_unmask(early);
    CHECK_EQUAL(fifo_take(0), early);
    CHECK_RC(event_close(early), 0);
    event_clear(early);

    in_order();
    masked();
    closed_while_queued();
    many();

    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_reset, &reset), 0);
    port = ipi(0);
    CHECK_EQUAL(port, 1);
    event_clear(port);
    event_unmask_locally(port);
    CHECK_RC(event_send(port), 0);
    CHECK(event_pending(port) && upcall(0));
    test_success();
}
