/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An edge-triggered interrupt of a device arrives at the port that it is bound to: the CMOS clock's, GSI 8.
 *
 * physdev.h: PHYSDEVOP_map_pirq gives the GSI a number; event_channel.h: EVTCHNOP_bind_pirq a port. Trigger
 * and polarity of an ISA interrupt are the firmware's until setup_gsi says otherwise; in use they stay
 * (-EEXIST). The chip interrupts 1,024 times a second while register B says so, each time after register C
 * was read. While the port is masked the event waits, once. EVTCHNOP_status tells the number; EVTCHNOP_send
 * is -EINVAL. A closed port gets nothing, and the interrupt can be bound again.
 *
 * Not asserted: that register C names a cause. QEMU's chip now and then interrupts once more than it says
 * why.
 *
 * What goes wrong: nothing comes without setup_gsi; an edge while the port is masked is lost for good; the
 * interrupt stays closed after the second binding.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "an edge-triggered interrupt: the CMOS clock";

#define A_WHILE_NS 20000000ul

/* Takes so many interrupts, each answered. */
static void take(evtchn_port_t port, unsigned int number)
{
    unsigned int first = event_count[port];

    for (unsigned int i = 1; i <= number; i++) {
        event_wait(port, first + i);
        rtc_read(RTC_REG_C);
    }
}

static void check_status(evtchn_port_t port, int pirq)
{
    struct evtchn_status status = {.dom = DOMID_SELF, .port = port};

    CHECK_RC(event_status(port, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_pirq);
    CHECK_EQUAL(status.u.pirq, (unsigned int)pirq);
    CHECK_EQUAL(status.vcpu, 0);
    CHECK_RC(event_send(port), -XEN_EINVAL);
}

void test_main(void)
{
    evtchn_port_t port, again;
    unsigned int count;
    int pirq = RTC_GSI;

    device_initialise();
    CHECK_RC(pirq_map_gsi(RTC_GSI, &pirq), 0);
    CHECK_EQUAL(pirq, RTC_GSI);
    CHECK_RC(pirq_bind(pirq, &port), 0);
    check_status(port, pirq);

    rtc_periodic(true);
    CHECK_RC(event_unmask(port), 0);
    event_enable();
    take(port, 5);
    CHECK_RC(pirq_setup_gsi(RTC_GSI, 1, 1), -XEN_EEXIST);

    /*
     * The chip is still before the event is let through: QEMU's makes an edge each time, whether register C
     * was read or not.
     */
    event_mask(port);
    count = event_count[port];
    rtc_read(RTC_REG_C);
    while (!event_pending(port)) {
    }
    time_spin_ns(A_WHILE_NS);
    CHECK_EQUAL(event_count[port], count);
    rtc_periodic(false);
    CHECK_RC(event_unmask(port), 0);
    CHECK_EQUAL(event_count[port], count + 1);
    rtc_periodic(true);
    take(port, 3);

    CHECK_RC(event_close(port), 0);
    count = event_count[port];
    rtc_read(RTC_REG_C);
    time_spin_ns(A_WHILE_NS);
    CHECK_EQUAL(event_count[port], count);
    CHECK(!event_pending(port));
    CHECK_RC(pirq_bind(pirq, &again), 0);
    CHECK_RC(event_unmask(again), 0);
    rtc_read(RTC_REG_C);
    take(again, 3);
    rtc_periodic(false);
    test_success();
}
