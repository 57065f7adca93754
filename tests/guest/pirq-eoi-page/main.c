/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page of the guest's own tells which interrupts want to be ended, a bit for each PIRQ.
 *
 * physdev.h: PHYSDEVOP_pirq_eoi_gmfn_v2 registers it, once (-EBUSY); it must be a writable page of the
 * domain's (-EINVAL). A bit is written when the PIRQ is bound: set for level-triggered interrupts, clear for
 * edges. What was bound before is not in it.
 *
 * What goes wrong: the bits are in words of another width; a page table is taken as the page.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "the page that says which interrupts want to be ended";

static unsigned char __attribute__((aligned(PAGE_SIZE))) bits[PAGE_SIZE];

static long register_page(int command, uint64_t frame)
{
    struct physdev_pirq_eoi_gmfn op = {.gmfn = frame};

    return hypercall_physdev_op(command, &op);
}

static bool bit(int pirq)
{
    return bits[pirq / 8] >> (pirq % 8) & 1;
}

void test_main(void)
{
    evtchn_port_t port;
    int rtc = 8, wire;

    device_initialise();
    CHECK_RC(register_page(PHYSDEVOP_pirq_eoi_gmfn_v2, ~0ul), -XEN_EINVAL);
    CHECK_RC(register_page(PHYSDEVOP_pirq_eoi_gmfn_v2, 0xfec00), -XEN_EINVAL);
    CHECK_RC(register_page(PHYSDEVOP_pirq_eoi_gmfn_v2, PTE_MFN(*page_entry(bits, 2))), -XEN_EINVAL);
    wire = edu_map_wire();
    CHECK_RC(pirq_bind(wire, &port), 0);
    CHECK_RC(register_page(PHYSDEVOP_pirq_eoi_gmfn_v2, mfn_of(bits)), 0);
    CHECK_RC(register_page(PHYSDEVOP_pirq_eoi_gmfn_v2, mfn_of(bits)), -XEN_EBUSY);
    CHECK_RC(register_page(PHYSDEVOP_pirq_eoi_gmfn_v1, mfn_of(bits)), -XEN_EBUSY);
    CHECK(!bit(wire));
    CHECK_RC(event_close(port), 0);
    CHECK_RC(pirq_bind(wire, &port), 0);
    CHECK(bit(wire));

    CHECK_RC(pirq_setup_gsi(rtc, 0, 0), 0);
    CHECK_RC(pirq_map_gsi(rtc, &rtc), 0);
    bits[rtc / 8] |= (unsigned char)(1 << rtc % 8);
    CHECK_RC(pirq_bind(rtc, &port), 0);
    CHECK(!bit(rtc));
    test_success();
}
