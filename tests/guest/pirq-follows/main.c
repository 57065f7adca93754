/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's interrupts go where their vCPU runs, also after the scheduler has moved it, and none is lost on
 * the way.
 *
 * sched.h: SCHEDOP_pin_override takes Domain 0's only vCPU from one CPU to another and back. QEMU's `edu`
 * raises its wire (level-triggered) and its message after each move. Which CPU they go to is nothing that a
 * guest can see: on Xenport the hypervisor's key i is to show it after the second interrupt, the first of
 * which may still have come where the vCPU was.
 *
 * What goes wrong: an interrupt keeps to the CPU where its port was bound, each costs a message between CPUs,
 * and that CPU cannot be taken off line; it is moved in the middle of its arrival and never comes again.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"

#include "device.h"
#include "sysctl.h"

#include <xen/sched.h>
#include <xen/sysctl.h>

const char test_title[] = "interrupts follow their vCPU";

#define ROUNDS 6

static volatile uint32_t *edu;

static void press(char key)
{
    static char keys[1];
    struct xen_sysctl op = {0};

    keys[0] = key;
    set_xen_guest_handle(op.u.debug_keys.keys, keys);
    op.u.debug_keys.nr_keys = 1;
    CHECK_RC(hypercall_sysctl(&op, XEN_SYSCTL_debug_keys), 0);
}

/* It has come; the wire may make it come more than once. */
static void raise(evtchn_port_t port, int pirq)
{
    unsigned int before = event_count[port];

    edu[EDU_RAISE] = 1;
    event_wait(port, before + 1);
    edu[EDU_DISMISS] = ~0u;
    CHECK_RC(pirq_eoi(pirq), 0);
}

static void to_and_fro(evtchn_port_t port, int pirq)
{
    for (int i = 1; i <= ROUNDS; i++) {
        CHECK_RC(vcpu_pin(i & 1), 0);
        raise(port, pirq);
        raise(port, pirq);
        printk("EXPECT: vector CPU%d d0 port %u\n", i & 1, port);
        press('i');
        CHECK_RC(vcpu_pin(-1), 0);
    }
    CHECK_RC(event_close(port), 0);
}

void test_main(void)
{
    evtchn_port_t wire, message;
    int pirq;

    device_initialise();
    event_enable();
    edu = edu_find();
    pirq = edu_map_wire();
    CHECK_RC(pirq_bind(pirq, &wire), 0);
    CHECK_RC(event_unmask(wire), 0);
    to_and_fro(wire, pirq);

    pirq = edu_bind_message(&message);
    to_and_fro(message, pirq);
    test_success();
}
