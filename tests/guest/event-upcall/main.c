/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The upcall: when it comes, when not, and what the shared words hold each time.
 *
 * xen.h: a 0→1 transition of a port's pending bit, when the port is not masked, sets the selector bit and
 * evtchn_upcall_pending of its vCPU; an upcall comes when the vCPU's mask byte is 0; on entry the byte is 1
 * and the frame's IF and mask tell that it was 0. A masked port sets its pending bit only. Clearing the mask
 * byte by a store delivers nothing until the next entry into the hypervisor. EVTCHNOP_unmask looks again.
 *
 * What goes wrong: the selector is set for masked ports; a port that is pending already raises another
 * upcall; the mask byte is cleared when the handler returns by the hypervisor instead of by the guest's own
 * IF; unmask forgets the pending bit.
 */
#include "guest.h"

const char test_title[] = "upcalls, masks, selector";

void test_main(void)
{
    volatile struct vcpu_info *info = &shared_info.vcpu_info[0];
    evtchn_port_t port;

    CHECK_RC(event_bind_ipi(0, &port), 0);
    CHECK_RC(event_send(port), 0);
    CHECK(event_pending(port));
    CHECK_EQUAL(info->evtchn_upcall_pending, 0);
    CHECK_EQUAL(info->evtchn_pending_sel, 0);

    /* Unmasking by the call looks again; the vCPU's mask still holds the upcall back. */
    CHECK_RC(event_unmask(port), 0);
    CHECK_EQUAL(info->evtchn_upcall_pending, 1);
    CHECK_EQUAL(info->evtchn_pending_sel, 1ul << (port / 64));
    CHECK_EQUAL(shared_info.evtchn_mask[0] >> port & 1, 0);
    CHECK_EQUAL(event_upcalls, 0);

    /* A store alone delivers nothing; any hypercall then does, before it returns. */
    info->evtchn_upcall_mask = 0;
    barrier();
    hypercall_xen_version(0, NULL);
    CHECK_EQUAL(event_upcalls, 1);
    CHECK_EQUAL(event_count[port], 1);
    CHECK_EQUAL(event_upcall_mask_seen, 1);
    CHECK_EQUAL(info->evtchn_upcall_mask, 0);
    CHECK_EQUAL(info->evtchn_upcall_pending, 0);

    /* Enabled: the event is taken before send returns. */
    CHECK_RC(event_send(port), 0);
    CHECK_EQUAL(event_count[port], 2);
    event_mask(port);
    CHECK_RC(event_send(port), 0);
    CHECK_EQUAL(event_count[port], 2);
    CHECK(event_pending(port));
    CHECK_RC(event_unmask(port), 0);
    CHECK_EQUAL(event_count[port], 3);

    /* Pending already: no second edge. */
    event_disable();
    CHECK_RC(event_send(port), 0);
    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    CHECK_RC(event_send(port), 0);
    CHECK_EQUAL(info->evtchn_upcall_pending, 0);
    event_clear(port);
    CHECK_RC(event_send(port), 0);
    CHECK_EQUAL(info->evtchn_upcall_pending, 1);
    event_enable();
    CHECK_EQUAL(event_count[port], 4);
    CHECK_RC(event_unmask(1u << 20), -XEN_EINVAL);
    test_success();
}
