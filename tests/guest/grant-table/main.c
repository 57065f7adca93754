/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grant table's set-up: sizes, frames, and mapping the first frame.
 *
 * grant_table.h: query_size tells the frames in use and the limit; setup_table makes at least that many and
 * lists them; a status field in each structure tells the outcome while the call answers 0. The frames are
 * mapped by the guest writable; entries start as zero.
 *
 * What goes wrong: an error is answered as errno and the status is left as it was; setting up fewer frames
 * than there are shrinks the table; the frame may be pinned as a page table.
 */
#include "guest.h"

#include <xen/grant_table.h>

const char test_title[] = "grant table: query_size, setup_table, first frame";

static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void query(struct gnttab_query_size *size, domid_t domain)
{
    memset(size, 0x55, sizeof(*size));
    size->dom = domain;
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_query_size, size, 1), 0);
}

static int16_t set_up(uint32_t count, uint64_t *frames, domid_t domain)
{
    struct gnttab_setup_table op = {.dom = domain, .nr_frames = count, .status = 0x55};

    set_xen_guest_handle(op.frame_list, frames);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_setup_table, &op, 1), 0);
    return op.status;
}

void test_main(void)
{
    static uint64_t frames[64], again[64];
    struct grant_entry_v1 *table = (struct grant_entry_v1 *)window;
    struct gnttab_query_size size;
    struct gnttab_get_version version = {.dom = DOMID_SELF};
    unsigned int i;

    query(&size, DOMID_SELF);
    CHECK_EQUAL(size.status, GNTST_okay);
    CHECK_EQUAL(size.max_nr_frames, 64);
    CHECK(size.nr_frames <= 4);

    CHECK_EQUAL(set_up(2, frames, DOMID_SELF), GNTST_okay);
    query(&size, DOMID_SELF);
    CHECK(size.nr_frames >= 2);
    CHECK(frames[0] != 0 && frames[1] != 0 && frames[0] != frames[1]);
    CHECK_EQUAL(set_up(1, again, DOMID_SELF), GNTST_okay);
    CHECK_EQUAL(again[0], frames[0]);
    CHECK_EQUAL(set_up(8, again, DOMID_SELF), GNTST_okay);
    CHECK_EQUAL(again[1], frames[1]);
    query(&size, DOMID_SELF);
    CHECK_EQUAL(size.nr_frames, 8);
    CHECK_EQUAL(set_up(65, again, DOMID_SELF), GNTST_general_error);
    CHECK_EQUAL(set_up(1, again, 5), GNTST_bad_domain);
    query(&size, 5);
    CHECK_EQUAL(size.status, GNTST_bad_domain);

    CHECK_RC(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(frames[0], PTE_RW), UVMF_INVLPG), 0);
    for (i = 8; i < 512; i++) {
        CHECK_EQUAL(table[i].flags, 0);
    }
    table[8].frame = 0x1234;
    CHECK_EQUAL(table[8].frame, 0x1234);

    /* Nobody looks at the count. */
    for (i = 0; i < 3; i++) {
        version.version = 99;
        CHECK_RC(hypercall_grant_table_op(GNTTABOP_get_version, &version, i), 0);
        CHECK_EQUAL(version.version, 1);
    }
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_query_size, (void *)0x1000, 1), -XEN_EFAULT);
    CHECK_RC(hypercall_grant_table_op(13, &size, 1), -XEN_ENOSYS);
    test_success();
}
