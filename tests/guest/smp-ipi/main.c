/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two vCPUs on two processors: IPIs arrive on the vCPU they are bound to, both ways, none lost.
 *
 * event_channel.h: bind_ipi makes a port whose events go to one vCPU of the same domain; any of them sends on
 * it. Each vCPU has its own pending byte and selector, its own mask. A vCPU that is blocked wakes; one that
 * runs user or kernel code is interrupted.
 *
 * What goes wrong: the target's pending byte is set but no processor is told (the event waits for a timer);
 * the sender's mask is looked at; the wake-up of a vCPU about to block is lost: a thousand round trips find
 * it.
 */
#include "guest.h"

const char test_title[] = "IPIs between two vCPUs";

#define ROUNDS 1000

static evtchn_port_t to_first, to_second;
static volatile unsigned int ready, done;

/* Answers each IPI: blocked for the first half, spinning for the second. */
static void second(void)
{
    unsigned int round;

    event_enable();
    ready = 1;
    for (round = 1; round <= ROUNDS; round++) {
        if (round <= ROUNDS / 2) {
            event_wait(to_second, round);
        }
        while (event_count[to_second] < round) {
            cpu_relax();
        }
        event_send(to_first);
    }
    done = 1;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

void test_main(void)
{
    unsigned int round;
    struct evtchn_status status;
    evtchn_port_t none;

    CHECK_RC(event_bind_ipi(0, &to_first), 0);
    CHECK_RC(event_bind_ipi(1, &to_second), 0);
    CHECK_RC(event_bind_ipi(2, &none), -XEN_ENOENT);
    event_unmask_locally(to_first);
    event_unmask_locally(to_second);
    CHECK_RC(event_status(to_second, &status), 0);
    CHECK_EQUAL(status.vcpu, 1);

    REQUIRE(vcpu_launch(1, second) == 0);
    while (!ready) {
        cpu_relax();
    }
    event_enable();
    for (round = 1; round <= ROUNDS; round++) {
        CHECK_RC(event_send(to_second), 0);
        event_wait(to_first, round);
    }
    CHECK_EQUAL(event_count[to_first], ROUNDS);
    CHECK_EQUAL(event_count[to_second], ROUNDS);
    CHECK_EQUAL(event_vcpu[to_first], 0);
    CHECK_EQUAL(event_vcpu[to_second], 1);
    while (!done) {
        cpu_relax();
    }
    test_success();
}
