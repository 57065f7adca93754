/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant-table frames are shared for good: no page tables, no descriptors, not to be given back.
 *
 * The hypervisor reads and writes the grant table while the guest does. If its frames could become page
 * tables, an update of a grant's status would be a change of an entry behind every check; if they could be
 * freed, the next owner's memory would be the grant table (the races between mapping, status and types are
 * many: compare XSA-218, XSA-224, XSA-380).
 *
 * Asserted: the frames can be mapped; none becomes a table of any level or a descriptor page; after giving
 * one back and unmapping it the call still answers the same frame, and fresh memory is never that frame. Bad
 * frame lists answer a status and nothing else.
 */
#include "guest.h"

#include <xen/grant_table.h>
#include <xen/memory.h>

const char test_title[] = "grant-table frames keep their type";

static uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));

static long setup(uint64_t *list, int16_t *status)
{
    struct gnttab_setup_table op = {.dom = DOMID_SELF, .nr_frames = 1};
    long rc;

    set_xen_guest_handle_raw(op.frame_list, list);
    rc = hypercall_grant_table_op(GNTTABOP_setup_table, &op, 1);
    *status = op.status;
    return rc;
}

void test_main(void)
{
    uint64_t frame = 0, again = 0, got;
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};
    struct mmuext_op pin = {.arg1.mfn = 0};
    unsigned int n;
    int16_t status;

    CHECK_RC(setup(&frame, &status), 0);
    REQUIRE(status == GNTST_okay && frame != 0);
    pin.arg1.mfn = frame;
    for (n = 0; n < 4; n++) {
        pin.cmd = MMUEXT_PIN_L1_TABLE + n;
        CHECK(hypercall_mmuext_op(&pin, 1, NULL, DOMID_SELF) < 0);
    }
    CHECK(page_update(page_entry(window, 2), PTE_MAKE(frame, PTE_TABLE)) < 0);
    CHECK(hypercall_set_gdt(&frame, 512) < 0);
    CHECK_RC(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG), 0);
    CHECK_EQUAL(trap_try_read(window), -1);

    got = frame;
    set_xen_guest_handle(op.extent_start, &got);
    for (n = 0; n < 3; n++) {
        hypercall_memory_op(XENMEM_decrease_reservation, &op);
    }
    CHECK_RC(hypercall_update_va_mapping((unsigned long)window, 0, UVMF_INVLPG), 0);
    for (n = 0; n < 64; n++) {
        got = 0x100000 + n;
        REQUIRE(hypercall_memory_op(XENMEM_populate_physmap, &op) == 1);
        CHECK(got != frame);
    }
    CHECK_RC(setup(&again, &status), 0);
    CHECK_EQUAL(again, frame);

    CHECK(setup((uint64_t *)0xffff830000000000, &status) < 0 || status != GNTST_okay);
    CHECK(setup((uint64_t *)0x00007ffffffffffc, &status) < 0 || status != GNTST_okay);
    test_success();
}
