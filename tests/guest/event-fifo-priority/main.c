/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priorities and vCPUs of the FIFO layout: queues by priority, ports that change theirs or their vCPU while
 * queued.
 *
 * event_channel.h: priorities go from 0, the highest, to 15; a port begins with 7. Each vCPU has a queue for
 * each. A port is in one queue at a time: where it was put stays until the guest has taken it; what comes
 * later goes by the new priority or to the new vCPU. A vCPU has queues once it has a control block.
 *
 * What goes wrong: a port that is the last of its old queue stays its tail when it goes to another one, and
 * what is then queued behind it arrives by the wrong queue or never; a change takes a queued port out; the
 * events of a vCPU without a control block crash the hypervisor; under two vCPUs that send, take and move at
 * a time an event is lost.
 */
#include "guest.h"
#include "fifo.h"

const char test_title[] = "FIFO event channels: priorities and vCPUs";

#define ROUNDS 2000
#define PORTS  8

static evtchn_port_t ports[PORTS];
static volatile unsigned int asked[PORTS], seen[PORTS];
static volatile bool ready, stop, stopped;

static void priorities(void)
{
    evtchn_port_t low, high, usual;

    CHECK_RC(event_bind_ipi(0, &low), 0);
    CHECK_RC(event_bind_ipi(0, &high), 0);
    CHECK_RC(event_bind_ipi(0, &usual), 0);
    CHECK_RC(fifo_set_priority(low, EVTCHN_FIFO_PRIORITY_MIN), 0);
    CHECK_RC(fifo_set_priority(high, EVTCHN_FIFO_PRIORITY_MAX), 0);
    fifo_unmask(low);
    fifo_unmask(high);
    fifo_unmask(usual);
    CHECK_RC(event_send(low), 0);
    CHECK_RC(event_send(usual), 0);
    CHECK_RC(event_send(high), 0);
    CHECK_EQUAL(fifo_control(0)->ready, 1u << 15 | 1u << 7 | 1u << 0);
    CHECK_EQUAL(fifo_take(0), high);
    CHECK_EQUAL(fifo_take(0), usual);
    /* Changed while queued: where it is it stays. */
    CHECK_RC(fifo_set_priority(low, 2), 0);
    CHECK_RC(event_send(low), 0);
    CHECK_EQUAL(fifo_control(0)->ready & (1u << 2), 0);
    CHECK_RC(event_send(usual), 0);
    CHECK_EQUAL(fifo_take(0), usual);
    CHECK_EQUAL(fifo_take(0), low);
    CHECK_EQUAL(fifo_take(0), 0);
    CHECK_RC(event_send(low), 0);
    CHECK_EQUAL(fifo_control(0)->ready, 1u << 2);
    /* Its old queue has no tail now: what comes there begins it anew. */
    CHECK_RC(fifo_set_priority(high, EVTCHN_FIFO_PRIORITY_MIN), 0);
    CHECK_RC(event_send(high), 0);
    CHECK_EQUAL(fifo_control(0)->ready, 1u << 15 | 1u << 2);
    CHECK_EQUAL(fifo_control(0)->head[15], high);
    CHECK_EQUAL(*fifo_word(low) & EVTCHN_FIFO_LINK_MASK, 0);
    CHECK_EQUAL(fifo_take(0), low);
    CHECK_EQUAL(fifo_take(0), high);
    CHECK_EQUAL(fifo_take(0), 0);
    CHECK_RC(event_close(high), 0);
    /* A new owner of the port begins with the usual priority. */
    CHECK_RC(event_bind_ipi(0, &high), 0);
    fifo_unmask(high);
    CHECK_RC(event_send(high), 0);
    CHECK_EQUAL(fifo_control(0)->ready, 1u << 7);
    CHECK_EQUAL(fifo_take(0), high);
    CHECK_RC(event_close(low), 0);
    CHECK_RC(event_close(high), 0);
    CHECK_RC(event_close(usual), 0);
}

static void vcpus(void)
{
    struct evtchn_bind_vcpu move = {.vcpu = 1};
    evtchn_port_t far, near, other;

    CHECK_RC(event_bind_ipi(1, &other), 0);
    /* vCPU 1 has no control block: events are lost. */
    CHECK_RC(event_send(other), 0);
    CHECK(!fifo_pending(other));
    fifo_unmask(other);
    CHECK_RC(event_send(other), 0);
    CHECK(!fifo_pending(other));
    CHECK(!fifo_linked(other));
    REQUIRE(fifo_init_control(mfn_of(fifo_control(1)), (uintptr_t)fifo_control(1) % PAGE_SIZE, 1, NULL) == 0);
    CHECK(!fifo_linked(other));
    CHECK_RC(event_send(other), 0);
    CHECK(fifo_linked(other));
    CHECK_EQUAL(fifo_take(1), other);
    CHECK_EQUAL(fifo_take(1), 0);

    CHECK_RC(event_alloc_unbound(DOMID_SELF, &far), 0);
    CHECK_RC(event_bind_interdomain(DOMID_SELF, far, &near), 0);
    fifo_clear_pending(near);
    fifo_unmask(near);
    CHECK_RC(event_send(far), 0);
    move.port = near;
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &move), 0);
    CHECK_RC(event_send(far), 0);
    CHECK_EQUAL(fifo_take(1), 0);
    CHECK_EQUAL(fifo_take(0), near);
    CHECK_RC(event_send(far), 0);
    CHECK_RC(event_send(other), 0);
    CHECK_EQUAL(fifo_take(0), 0);
    CHECK_EQUAL(fifo_take(1), near);
    CHECK_EQUAL(fifo_take(1), other);
    CHECK_EQUAL(fifo_take(1), 0);
    CHECK_RC(event_close(far), 0);
    CHECK_RC(event_close(near), 0);
    CHECK_RC(event_close(other), 0);
}

/* Takes what comes, on vCPU 1; only an upcall makes it look. */
static void second(void)
{
    ready = true;
    while (!stop) {
        evtchn_port_t port;
        unsigned int i;

        if (!shared_info.vcpu_info[1].evtchn_upcall_pending) {
            cpu_relax();
            continue;
        }
        while ((port = fifo_take(1)) != 0) {
            for (i = 0; i < PORTS; i++) {
                if (ports[i] == port) {
                    seen[i] = __atomic_load_n(&asked[i], __ATOMIC_SEQ_CST);
                }
            }
            if (port % 3 == 0) {
                fifo_mask(port);
                fifo_unmask(port);
            }
        }
    }
    stopped = true;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

static void race(void)
{
    unsigned int i, round;

    for (i = 0; i < PORTS; i++) {
        REQUIRE(event_bind_ipi(1, &ports[i]) == 0);
        fifo_unmask(ports[i]);
    }
    REQUIRE(vcpu_launch(1, second) == 0);
    while (!ready) {
        cpu_relax();
    }
    for (round = 1; round <= ROUNDS; round++) {
        for (i = 0; i < PORTS; i++) {
            if ((round + i) % 3) {
                continue;
            }
            __atomic_store_n(&asked[i], round, __ATOMIC_SEQ_CST);
            event_send(ports[i]);
            if (round % 5 == i % 5) {
                fifo_set_priority(ports[i], (round + i) % EVTCHN_FIFO_MAX_QUEUES);
            }
        }
    }
    /* Ends only if nothing was lost; else the runner's limit says so. */
    for (i = 0; i < PORTS; i++) {
        while (seen[i] != asked[i]) {
            cpu_relax();
        }
    }
    stop = true;
    while (!stopped) {
        cpu_relax();
    }
}

void test_main(void)
{
    fifo_initialise(1);
    priorities();
    vcpus();
    race();
    test_success();
}
