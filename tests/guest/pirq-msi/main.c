/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's message (MSI) arrives at the port that its PIRQ is bound to.
 *
 * physdev.h: PHYSDEVOP_map_pirq with MAP_PIRQ_TYPE_MSI, index -1, for a device that PHYSDEVOP_pci_device_add
 * has told of, else -ENODEV. The hypervisor writes address and data; the guest switches the capability on
 * itself. The number is one of those behind the GSIs. A message needs no end.
 *
 * What goes wrong: the data register lies elsewhere in 64-bit capabilities; the guest's own write to address
 * or data takes effect.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "a message of a PCI device arrives (MSI)";

#define NR_GSIS 24

void test_main(void)
{
    volatile uint32_t *edu;
    evtchn_port_t port, again;
    unsigned int at, count;
    int pirq = -1, second = -1;

    device_initialise();
    edu = edu_find();
    at = pci_capability(EDU, CAP_MSI);
    REQUIRE(at);
    CHECK_RC(pirq_map_msi(EDU, 0, 0, &pirq), -XEN_ENODEV);
    CHECK_RC(pci_tell(EDU), 0);
    CHECK_RC(pci_tell(EDU), 0);
    CHECK_RC(pirq_map_msi(EDU, 0, 0, &pirq), 0);
    CHECK(pirq >= NR_GSIS);
    CHECK_EQUAL(pci_read(EDU, at) >> 16 & MSI_ENABLE, 0);
    CHECK_EQUAL(pci_read(EDU, at + 4) >> 20, 0xfee);
    CHECK_RC(pirq_bind(pirq, &port), 0);
    CHECK_RC(event_unmask(port), 0);
    event_enable();
    pci_write_word(EDU, at + 2, (uint16_t)(pci_read(EDU, at) >> 16 | MSI_ENABLE));

    for (unsigned int i = 1; i <= 5; i++) {
        edu[EDU_RAISE] = i;
        event_wait(port, i);
        edu[EDU_DISMISS] = ~0u;
        CHECK_RC(pirq_eoi(pirq), 0);
    }
    time_spin_ns(5000000);
    CHECK_EQUAL(event_count[port], 5);

    /* While the port is masked the event waits. */
    event_mask(port);
    edu[EDU_RAISE] = 0x10;
    while (!event_pending(port)) {
    }
    edu[EDU_DISMISS] = ~0u;
    CHECK_RC(event_unmask(port), 0);
    CHECK_EQUAL(event_count[port], 6);

    CHECK_RC(event_close(port), 0);
    CHECK_RC(pirq_bind(pirq, &again), 0);
    CHECK_RC(event_unmask(again), 0);
    count = event_count[again];
    edu[EDU_RAISE] = 0x20;
    event_wait(again, count + 1);
    edu[EDU_DISMISS] = ~0u;
    CHECK_RC(event_close(again), 0);
    CHECK_RC(pirq_unmap(pirq), 0);
    CHECK_RC(pirq_unmap(pirq), -XEN_EINVAL);
    /* The number is free again. */
    CHECK_RC(pirq_map_msi(EDU, 0, 0, &second), 0);
    CHECK_EQUAL(second, pirq);
    CHECK_RC(pirq_unmap(second), 0);
    test_success();
}
