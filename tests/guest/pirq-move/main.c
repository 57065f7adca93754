/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interrupt arrives at the vCPU that its port notifies, from the moment on that EVTCHNOP_bind_vcpu names
 * another; none is lost on the way.
 *
 * event_channel.h: EVTCHNOP_bind_vcpu moves the port. Both kinds that have their own way to a processor are
 * moved to and fro: QEMU's `edu` by its wire (level-triggered) and by its message. Each is also moved between
 * the device's raising it and the guest's taking it.
 *
 * What goes wrong: address and data of a message are changed one after the other, and the device sends in
 * between; a level-triggered interrupt that was moved while it waited for its end stays out.
 */
#include "guest.h"

#include "device.h"

#include <xen/sched.h>

const char test_title[] = "an interrupt moves from one vCPU to another";

#define ROUNDS 24

static volatile unsigned int ready;
static volatile uint32_t *edu;

static void second(void)
{
    event_enable();
    ready = 1;
    for (;;) {
        hypercall_sched_op(SCHEDOP_block, NULL);
    }
}

static long move(evtchn_port_t port, unsigned int vcpu)
{
    struct evtchn_bind_vcpu op = {.port = port, .vcpu = vcpu};

    return hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &op);
}

static void to_and_fro(evtchn_port_t port, int pirq)
{
    unsigned int first = event_count[port];

    for (unsigned int i = 1; i <= ROUNDS; i++) {
        bool late = i % 3 == 0;

        if (late) {
            edu[EDU_RAISE] = i;
        }
        CHECK_RC(move(port, i & 1), 0);
        if (!late) {
            edu[EDU_RAISE] = i;
        }
        /*
         * One of the wire from before may still come to where it was: this round's comes to the other vCPU,
         * or never.
         */
        while (event_count[port] < first + i || (!late && event_vcpu[port] != (i & 1))) {
            cpu_relax();
        }
        edu[EDU_DISMISS] = ~0u;
        CHECK_RC(pirq_eoi(pirq), 0);
        time_spin_ns(3000000);
        /* Taken with the wire still up, it may have come once more: on stock Xen a millisecond later. */
        first = event_count[port] - i;
    }
}

void test_main(void)
{
    evtchn_port_t wire, message;
    int pirq;

    device_initialise();
    REQUIRE(vcpu_launch(1, second) == 0);
    while (!ready) {
        cpu_relax();
    }
    event_enable();
    edu = edu_find();
    pirq = edu_map_wire();
    CHECK_RC(pirq_bind(pirq, &wire), 0);
    CHECK_RC(event_unmask(wire), 0);
    CHECK_RC(move(wire, 2), -XEN_ENOENT);
    to_and_fro(wire, pirq);
    CHECK_RC(event_close(wire), 0);

    pirq = edu_bind_message(&message);
    to_and_fro(message, pirq);
    CHECK_RC(event_close(message), 0);
    test_success();
}
