/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables of version 2: the change of version, status frames, grants of a part, transitive grants,
 * swapping.
 *
 * grant_table.h: set_version answers the version that is in force; it is refused while a grant is in use.
 * Entries but the first eight, which are the toolstack's, are cleared; of those, grants of whole frames
 * survive both ways, an entry open for a transfer only the way up. The marks of version 2 stand in the status
 * frames, of which there is one for each 2,048 entries. A grant of a part is for copies alone, and so is a
 * transitive one, which may not lead back to its own domain.
 *
 * What goes wrong: marks are looked for in the entry; status frames vanish while they are mapped; bounds of a
 * part are taken from the copy.
 */
#include "guest.h"
#include "grant.h"

const char test_title[] = "grants: version 2, status frames, parts, swapping";

static char data[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char target[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint16_t status[PAGE_SIZE / 2] __attribute__((aligned(PAGE_SIZE)));
static uint64_t status_frame[64];

enum { WHOLE = 8, TARGET, PART, TRANSITIVE, PART_AT_END };

static void set_version(uint32_t version, long rc, uint32_t now)
{
    struct gnttab_set_version op;

    /* The count may be any; what has been done is not done again. */
    for (unsigned int count = 0; count < 3; count++) {
        op.version = version;
        CHECK_RC(hypercall_grant_table_op(GNTTABOP_set_version, &op, count), rc);
        CHECK_EQUAL(op.version, now);
    }
}

static int status_frames(uint32_t nr, domid_t domid)
{
    struct gnttab_get_status_frames op = {.nr_frames = nr, .dom = domid, .status = 99};

    set_xen_guest_handle_raw(op.frame_list, status_frame);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_get_status_frames, &op, 1), 0);
    return op.status;
}

static int swap(grant_ref_t a, grant_ref_t b)
{
    struct gnttab_swap_grant_ref op = {a, b, 99};

    CHECK_RC(hypercall_grant_table_op(GNTTABOP_swap_grant_ref, &op, 1), 0);
    return op.status;
}

static int copy(grant_ref_t ref, uint16_t offset, uint16_t len)
{
    struct gnttab_copy op = {.len = len, .flags = GNTCOPY_source_gref | GNTCOPY_dest_gref, .status = 99};

    op.source.u.ref = ref;
    op.source.domid = op.dest.domid = grant_self();
    op.source.offset = offset;
    op.dest.u.ref = TARGET;
    memset(target, 0, 8);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_copy, &op, 1), 0);
    return op.status;
}

static void swapping(void)
{
    grant_handle_t handle;

    grant_v1[WHOLE] = (struct grant_entry_v1){GTF_permit_access, grant_self(), 0};
    grant_v1[WHOLE].frame = (uint32_t)mfn_of(data);
    grant_v1[TARGET] = (struct grant_entry_v1){GTF_permit_access, grant_self(), 0x777};
    handle = grant_map_at(window, GNTMAP_host_map, WHOLE);
    CHECK_EQUAL(swap(WHOLE, TARGET), GNTST_eagain);
    CHECK_EQUAL(swap(TARGET, 512), GNTST_bad_gntref);
    set_version(2, -XEN_EBUSY, 1);
    set_version(3, -XEN_EINVAL, 1);
    set_version(0, -XEN_EINVAL, 1);
    set_version(1, 0, 1);
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
    CHECK_EQUAL(swap(WHOLE, TARGET), GNTST_okay);
    CHECK_EQUAL(grant_v1[WHOLE].frame, 0x777);
    CHECK_EQUAL(grant_v1[TARGET].frame, mfn_of(data));
    CHECK_EQUAL(swap(TARGET, TARGET), GNTST_okay);
}

static void reserved_entries(void)
{
    grant_v1[1] = (struct grant_entry_v1){GTF_permit_access, 3, 0x777};
    grant_v1[2] = (struct grant_entry_v1){GTF_permit_access | GTF_reading, 3, 0x778};
    grant_v1[3] = (struct grant_entry_v1){GTF_accept_transfer, 3, 0x779};
    CHECK_EQUAL(status_frames(1, DOMID_SELF), GNTST_general_error);
    set_version(2, 0, 2);
    CHECK_EQUAL(grant_v2[1].hdr.flags, GTF_permit_access);
    CHECK_EQUAL(grant_v2[1].hdr.domid, 3);
    CHECK_EQUAL(grant_v2[1].full_page.frame, 0x777);
    CHECK_EQUAL(grant_v2[2].hdr.flags, GTF_permit_access);
    CHECK_EQUAL(grant_v2[3].hdr.flags, GTF_accept_transfer);
    CHECK_EQUAL(grant_v2[3].full_page.frame, 0x779);
    CHECK_EQUAL(grant_v2[WHOLE].hdr.flags, 0);
    CHECK_EQUAL(grant_v2[TARGET].full_page.frame, 0);
    CHECK_EQUAL(status_frames(2, DOMID_SELF), GNTST_general_error);
    CHECK_EQUAL(status_frames(1, 5), GNTST_bad_domain);
    CHECK_EQUAL(status_frames(1, DOMID_SELF), GNTST_okay);
    REQUIRE(hypercall_update_va_mapping((unsigned long)status, PTE_MAKE(status_frame[0], PTE_RW),
                                        UVMF_INVLPG) == 0);
    CHECK_EQUAL(status[2], GTF_reading);
}

static void make_grants(void)
{
    domid_t self = grant_self();

    grant_v2[WHOLE].full_page.frame = mfn_of(data);
    grant_v2[WHOLE].hdr = (struct grant_entry_header){GTF_permit_access, self};
    grant_v2[TARGET].full_page.frame = mfn_of(target);
    grant_v2[TARGET].hdr = (struct grant_entry_header){GTF_permit_access, self};
    grant_v2[PART].sub_page.page_off = 2;
    grant_v2[PART].sub_page.length = 4;
    grant_v2[PART].sub_page.frame = mfn_of(data);
    grant_v2[PART].hdr = (struct grant_entry_header){GTF_permit_access | GTF_sub_page, self};
    grant_v2[TRANSITIVE].transitive.trans_domid = self;
    grant_v2[TRANSITIVE].transitive.gref = WHOLE;
    grant_v2[TRANSITIVE].hdr = (struct grant_entry_header){GTF_transitive, self};
    grant_v2[PART_AT_END] = grant_v2[PART];
    grant_v2[PART_AT_END].sub_page.page_off = PAGE_SIZE - 2;
}

static void mapping(void)
{
    grant_handle_t handle = grant_map_at(window, GNTMAP_host_map, WHOLE);

    CHECK_EQUAL(status[WHOLE], GTF_reading | GTF_writing);
    CHECK_EQUAL(grant_v2[WHOLE].hdr.flags, GTF_permit_access);
    set_version(1, -XEN_EBUSY, 2);
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
    CHECK_EQUAL(status[WHOLE], 0);
    handle = grant_map_at(window, GNTMAP_host_map | GNTMAP_readonly, WHOLE);
    CHECK_EQUAL(status[WHOLE], GTF_reading);
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
    grant_map_refused((unsigned long)window, GNTMAP_host_map, 256, grant_self(), GNTST_bad_gntref);
    grant_map_refused((unsigned long)window, GNTMAP_host_map, PART, grant_self(), GNTST_general_error);
    grant_map_refused((unsigned long)window, GNTMAP_host_map, TRANSITIVE, grant_self(), GNTST_general_error);
}

static void copying(void)
{
    CHECK_EQUAL(copy(WHOLE, 0, 3), GNTST_okay);
    CHECK_EQUAL(memcmp(target, "ABC\0", 4), 0);
    CHECK_EQUAL(copy(PART, 2, 4), GNTST_okay);
    CHECK_EQUAL(memcmp(target, "CDEF\0", 5), 0);
    CHECK_EQUAL(copy(PART, 1, 3), GNTST_general_error);
    CHECK_EQUAL(copy(PART, 4, 3), GNTST_general_error);
    CHECK_EQUAL(copy(PART_AT_END, PAGE_SIZE - 2, 2), GNTST_okay);
    CHECK_EQUAL(copy(PART_AT_END, PAGE_SIZE - 2, 3), GNTST_bad_copy_arg);
    CHECK_EQUAL(copy(TRANSITIVE, 0, 3), GNTST_general_error);
    for (grant_ref_t ref = WHOLE; ref <= PART_AT_END; ref++) {
        CHECK_EQUAL(status[ref], 0);
    }
}

static void back_and_growth(void)
{
    set_version(1, -XEN_EBUSY, 2);
    CHECK_RC(page_unmap(status), 0);
    set_version(1, 0, 1);
    CHECK_EQUAL(grant_v1[1].frame, 0x777);
    CHECK_EQUAL(grant_v1[2].flags, GTF_permit_access | GTF_reading);
    CHECK_EQUAL(grant_v1[3].flags, 0);
    CHECK_EQUAL(grant_v1[WHOLE].flags, 0);
    grant_initialise(3);
    set_version(2, 0, 2);
    CHECK_EQUAL(status_frames(2, DOMID_SELF), GNTST_general_error);
    grant_initialise(9);
    CHECK_EQUAL(status_frames(2, DOMID_SELF), GNTST_okay);
}

void test_main(void)
{
    grant_initialise(1);
    memcpy(data, "ABCDEFGH", 8);
    swapping();
    reserved_entries();
    make_grants();
    mapping();
    copying();
    back_and_growth();
    test_success();
}
