/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant transfer: a frame changes hands. Here the domain gives to itself, which shows everything but the
 * other owner.
 *
 * grant_table.h: the frame must be the caller's and nowhere mapped; the receiver has an entry open
 * (GTF_accept_transfer) for the giver, and finds the frame's number in it with GTF_transfer_completed. A
 * frame on its way that nobody takes is freed: the giver has lost it.
 *
 * What goes wrong: an entry is used twice; a mapped frame changes its owner; a refused frame stays with
 * nobody.
 */
#include "guest.h"
#include "grant.h"

#include <xen/memory.h>

const char test_title[] = "grants: transfer of frames";

static char data[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

#define OPEN   14
#define CLOSED 9

static long reservation(void)
{
    domid_t self = DOMID_SELF;

    return hypercall_memory_op(XENMEM_current_reservation, &self);
}

static uint64_t fresh_frame(void)
{
    uint64_t frame = 0;
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle_raw(op.extent_start, &frame);
    REQUIRE(hypercall_memory_op(XENMEM_increase_reservation, &op) == 1);
    return frame;
}

static int transfer(uint64_t mfn, domid_t domid, grant_ref_t ref)
{
    struct gnttab_transfer op = {mfn, domid, ref, 99};

    CHECK_RC(hypercall_grant_table_op(GNTTABOP_transfer, &op, 1), 0);
    return op.status;
}

void test_main(void)
{
    long pages = reservation();
    uint64_t frame;

    grant_initialise(1);
    grant_v1[OPEN] = (struct grant_entry_v1){GTF_accept_transfer, grant_self(), 0};
    grant_v1[CLOSED] = (struct grant_entry_v1){GTF_permit_access, grant_self(), 0};
    CHECK_EQUAL(transfer(0xfee00, grant_self(), OPEN), GNTST_bad_page);
    CHECK_EQUAL(transfer(mfn_of(data), grant_self(), OPEN), GNTST_bad_page);
    CHECK_EQUAL(grant_v1[OPEN].flags, GTF_accept_transfer);

    CHECK_EQUAL(transfer(fresh_frame(), 5, OPEN), GNTST_bad_domain);
    CHECK_EQUAL(transfer(fresh_frame(), DOMID_SELF, OPEN), GNTST_bad_domain);
    CHECK_EQUAL(transfer(fresh_frame(), grant_self(), CLOSED), GNTST_general_error);
    CHECK_EQUAL(transfer(fresh_frame(), grant_self(), 512), GNTST_general_error);
    CHECK_EQUAL(reservation(), pages);

    frame = fresh_frame();
    CHECK_EQUAL(transfer(frame, grant_self(), OPEN), GNTST_okay);
    CHECK_EQUAL(grant_v1[OPEN].flags, GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
    CHECK_EQUAL(grant_v1[OPEN].frame, frame);
    CHECK_EQUAL(reservation(), pages + 1);
    CHECK_RC(hypercall_update_va_mapping((unsigned long)data, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG), 0);
    CHECK_EQUAL(trap_try_write(data, 1), -1);
    CHECK_EQUAL(transfer(fresh_frame(), grant_self(), OPEN), GNTST_general_error);
    CHECK_EQUAL(reservation(), pages + 1);
    test_success();
}
