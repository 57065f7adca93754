/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared-info page begins with all upcalls masked and nothing pending.
 *
 * xen.h: a vCPU gets no upcall while its evtchn_upcall_mask is set. A guest has no callback registered when
 * it starts, so all 32 masks of the page are 1, the port masks are 0 and no port is pending. The page is
 * writable by the guest, and p2m fields are the guest's to fill: they begin as 0.
 *
 * What goes wrong: only vCPU 0's mask is set, and a second vCPU is killed by an upcall before it has a stack;
 * a pending bit from the hypervisor's own set-up makes the guest see an event on port 0, which does not
 * exist.
 */
#include "guest.h"

const char test_title[] = "shared_info begins masked and empty";

static struct shared_info copy;

/* The framework changes the masks before test_main: look at the page once more, through a mapping of the
 * test's own. */
void test_main(void)
{
    unsigned int i;

    memcpy(&copy, &shared_info, sizeof(copy));
    for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
        CHECK_EQUAL(copy.vcpu_info[i].evtchn_upcall_mask, 1);
        CHECK_EQUAL(copy.vcpu_info[i].evtchn_upcall_pending, 0);
        CHECK_EQUAL(copy.vcpu_info[i].evtchn_pending_sel, 0);
        CHECK_EQUAL(copy.vcpu_info[i].arch.cr2, 0);
    }
    for (i = 0; i < ARRAY_SIZE(copy.evtchn_pending); i++) {
        CHECK_EQUAL(copy.evtchn_pending[i], 0);
    }
    CHECK_EQUAL(copy.arch.max_pfn, 0);
    CHECK_EQUAL(copy.arch.pfn_to_mfn_frame_list_list, 0);
    CHECK_EQUAL(copy.arch.nmi_reason, 0);
    CHECK_EQUAL(copy.arch.p2m_cr3, 0);
    CHECK_EQUAL(copy.arch.p2m_vaddr, 0);
    CHECK_EQUAL(copy.arch.p2m_generation, 0);
    test_success();
}
