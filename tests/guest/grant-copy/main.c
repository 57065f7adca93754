/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant copy: bytes between frames that are granted or the caller's own.
 *
 * grant_table.h: each end is a grant (of domid) or one of the caller's own frames, with domid DOMID_SELF;
 * offset and length stay within the page. The status tells each element's outcome. A read-only grant is no
 * destination; a page table is none, but may be read; a length of 0 copies nothing, but all is looked at.
 *
 * In a list what one element has claimed may stay claimed for the next that names the same, not for one that
 * names something else: another entry, another domain, a frame of the same number as an entry.
 *
 * What goes wrong: own frames named by the domain's number are taken; the bounds are those of one end only; a
 * mark in the grant's entry stays.
 */
#include "guest.h"
#include "grant.h"

const char test_title[] = "grants: copying";

static char from[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char to[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

enum { FROM = 8, TO, TO_READ_ONLY, OTHERS, TABLE, MMIO, TRANSFER };
#define BY_REFS (GNTCOPY_source_gref | GNTCOPY_dest_gref)

struct end {
    uint64_t what;
    domid_t domid;
    uint16_t offset;
};

static int copy(struct end source, struct end dest, uint16_t len, uint16_t flags)
{
    struct gnttab_copy op = {.len = len, .flags = flags, .status = 99};

    if (flags & GNTCOPY_source_gref)
        op.source.u.ref = (grant_ref_t)source.what;
    else
        op.source.u.gmfn = source.what;
    if (flags & GNTCOPY_dest_gref)
        op.dest.u.ref = (grant_ref_t)dest.what;
    else
        op.dest.u.gmfn = dest.what;
    op.source.domid = source.domid;
    op.source.offset = source.offset;
    op.dest.domid = dest.domid;
    op.dest.offset = dest.offset;
    memset(to, 0, 16);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_copy, &op, 1), 0);
    return op.status;
}

static int copy_refs(grant_ref_t source, grant_ref_t dest)
{
    return copy((struct end){source, grant_self(), 0}, (struct end){dest, grant_self(), 0}, 3, BY_REFS);
}

static void succeeds(void)
{
    domid_t self = grant_self();
    struct end by_ref = {FROM, self, 0}, own = {mfn_of(from), DOMID_SELF, 1},
               own_to = {mfn_of(to), DOMID_SELF, 1};

    CHECK_EQUAL(copy_refs(FROM, TO), GNTST_okay);
    CHECK_EQUAL(memcmp(to, "ABC\0", 4), 0);
    CHECK_EQUAL(copy((struct end){FROM, DOMID_SELF, 2}, (struct end){TO, DOMID_SELF, 0}, 3, BY_REFS),
                GNTST_okay);
    CHECK_EQUAL(memcmp(to, "CDE\0", 4), 0);
    CHECK_EQUAL(copy(own, own_to, 3, 0), GNTST_okay);
    CHECK_EQUAL(memcmp(to, "\0BCD\0", 5), 0);
    CHECK_EQUAL(copy(by_ref, own_to, 2, GNTCOPY_source_gref), GNTST_okay);
    CHECK_EQUAL(memcmp(to, "\0AB\0", 4), 0);
    CHECK_EQUAL(copy(own, (struct end){TO, self, 4}, 2, GNTCOPY_dest_gref), GNTST_okay);
    CHECK_EQUAL(memcmp(to, "\0\0\0\0BC\0", 7), 0);
    CHECK_EQUAL(copy(by_ref, (struct end){TO, self, 0}, PAGE_SIZE, BY_REFS), GNTST_okay);
    CHECK_EQUAL(memcmp(to, from, PAGE_SIZE), 0);
    CHECK_EQUAL(copy_refs(TABLE, TO), GNTST_okay);
    CHECK_EQUAL(copy(by_ref, (struct end){TO, self, 0}, 3, BY_REFS | 4), GNTST_okay);
    CHECK_EQUAL(copy(by_ref, (struct end){TO, self, 0}, 0, BY_REFS), GNTST_okay);
    for (grant_ref_t ref = FROM; ref <= TRANSFER; ref++) {
        CHECK_EQUAL(grant_v1[ref].flags & (GTF_reading | GTF_writing), 0);
    }
}

static void refused(void)
{
    domid_t self = grant_self();
    struct end by_ref = {FROM, self, 0}, to_ref = {TO, self, 0};

    CHECK_EQUAL(copy((struct end){mfn_of(from), self, 0}, (struct end){mfn_of(to), self, 0}, 3, 0),
                GNTST_permission_denied);
    /* First are the domains, then the source, then where it goes. */
    CHECK_EQUAL(copy((struct end){mfn_of(from), 5, 0}, to_ref, 3, GNTCOPY_dest_gref), GNTST_bad_domain);
    CHECK_EQUAL(copy((struct end){mfn_of(from), self, 0}, (struct end){mfn_of(to), 5, 0}, 3, 0),
                GNTST_bad_domain);
    CHECK_EQUAL(copy((struct end){512, self, 0}, (struct end){mfn_of(to), self, 0}, 3, GNTCOPY_source_gref),
                GNTST_bad_gntref);
    CHECK_EQUAL(copy(by_ref, (struct end){mfn_of(to), self, 0}, 3, GNTCOPY_source_gref),
                GNTST_permission_denied);
    CHECK_EQUAL(copy_refs(FROM, TO_READ_ONLY), GNTST_general_error);
    CHECK_EQUAL(copy_refs(OTHERS, TO), GNTST_general_error);
    CHECK_EQUAL(copy_refs(TRANSFER, TO), GNTST_general_error);
    CHECK_EQUAL(copy_refs(FROM, TABLE), GNTST_general_error);
    CHECK_EQUAL(copy_refs(FROM, MMIO), GNTST_bad_page);
    CHECK_EQUAL(copy_refs(512, TO), GNTST_bad_gntref);
    CHECK_EQUAL(copy_refs(FROM, 1 << 20), GNTST_bad_gntref);
    CHECK_EQUAL(copy((struct end){FROM, 5, 0}, to_ref, 3, BY_REFS), GNTST_bad_domain);
    CHECK_EQUAL(copy(by_ref, (struct end){TO, 5, 0}, 3, BY_REFS), GNTST_bad_domain);
    CHECK_EQUAL(copy((struct end){FROM, 5, 0}, to_ref, 0, BY_REFS), GNTST_bad_domain);
    CHECK_EQUAL(copy((struct end){512, self, 0}, to_ref, 0, BY_REFS), GNTST_bad_gntref);
    CHECK_EQUAL(copy((struct end){FROM, self, 5000}, to_ref, 0, BY_REFS), GNTST_bad_copy_arg);
    CHECK_EQUAL(copy((struct end){0xfee00, DOMID_SELF, 0}, to_ref, 3, GNTCOPY_dest_gref), GNTST_bad_page);
    CHECK_EQUAL(
        copy(by_ref, (struct end){PTE_MFN(*page_entry(to, 2)), DOMID_SELF, 0}, 3, GNTCOPY_source_gref),
        GNTST_general_error);
    CHECK_EQUAL(copy((struct end){FROM, self, 4094}, to_ref, 3, BY_REFS), GNTST_bad_copy_arg);
    CHECK_EQUAL(copy(by_ref, (struct end){TO, self, 4094}, 3, BY_REFS), GNTST_bad_copy_arg);
    CHECK_EQUAL(copy((struct end){FROM, self, 5000}, to_ref, 3, BY_REFS), GNTST_bad_copy_arg);
    CHECK_EQUAL(memcmp(to, "\0\0\0\0", 4), 0);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_copy, (void *)0xffff830000000000, 1), -XEN_EFAULT);
}

static struct gnttab_copy list_element(uint64_t source, uint16_t offset, uint64_t dest, uint16_t to_offset,
                                       uint16_t flags)
{
    domid_t self = grant_self();
    struct gnttab_copy op = {.len = 2, .flags = flags, .status = 99};

    if (flags & GNTCOPY_source_gref)
        op.source.u.ref = (grant_ref_t)source;
    else
        op.source.u.gmfn = source;
    op.source.domid = flags & GNTCOPY_source_gref ? self : DOMID_SELF;
    op.source.offset = offset;
    if (flags & GNTCOPY_dest_gref)
        op.dest.u.ref = (grant_ref_t)dest;
    else
        op.dest.u.gmfn = dest;
    op.dest.domid = flags & GNTCOPY_dest_gref ? self : DOMID_SELF;
    op.dest.offset = to_offset;
    return op;
}

/* Elements that name the same, the other, the same as the opposite end, nothing good, and the same again. */
static void in_a_list(void)
{
    static const int16_t expected[] = {GNTST_okay, GNTST_okay,       GNTST_okay,          GNTST_bad_page,
                                       GNTST_okay, GNTST_bad_gntref, GNTST_general_error, GNTST_okay};
    struct gnttab_copy list[] = {
        list_element(FROM, 0, TO, 0, BY_REFS),
        list_element(FROM, 2, TO, 2, BY_REFS),
        list_element(mfn_of(from), 4, TO, 4, GNTCOPY_dest_gref),
        list_element(mfn_of(from), 0, FROM, 0, 0), /* by the number of an entry, as a frame: not ours */
        list_element(FROM, 6, TO, 6, BY_REFS),
        list_element(FROM, 0, 1 << 20, 0, BY_REFS),
        list_element(FROM, 0, TO_READ_ONLY, 0, BY_REFS),
        list_element(TO, 0, TO, 8, BY_REFS),
    };

    memset(to, 0, 16);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_copy, list, 8), 0);
    for (unsigned int i = 0; i < 8; i++)
        CHECK_EQUAL(list[i].status, expected[i]);
    CHECK_EQUAL(memcmp(to, "ABCDEFGHAB\0", 11), 0);
    for (grant_ref_t ref = FROM; ref <= TRANSFER; ref++)
        CHECK_EQUAL(grant_v1[ref].flags & (GTF_reading | GTF_writing), 0);
}

/* A mapped grant is copied too, and its marks are the mapping's. */
static void while_mapped(void)
{
    static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    grant_handle_t handle = grant_map_at(window, GNTMAP_host_map, FROM);

    CHECK_EQUAL(copy_refs(FROM, TO), GNTST_okay);
    CHECK_EQUAL(grant_v1[FROM].flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
}

void test_main(void)
{
    domid_t self = grant_self();

    grant_initialise(1);
    memcpy(from, "ABCDEFGH", 8);
    grant_v1[FROM] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)mfn_of(from)};
    grant_v1[TO] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)mfn_of(to)};
    grant_v1[TO_READ_ONLY] =
        (struct grant_entry_v1){GTF_permit_access | GTF_readonly, self, (uint32_t)mfn_of(to)};
    grant_v1[OTHERS] = (struct grant_entry_v1){GTF_permit_access, 5, (uint32_t)mfn_of(to)};
    grant_v1[TABLE] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)PTE_MFN(*page_entry(to, 2))};
    grant_v1[MMIO] = (struct grant_entry_v1){GTF_permit_access, self, 0xfee00};
    grant_v1[TRANSFER] = (struct grant_entry_v1){GTF_accept_transfer, self, 0};
    succeeds();
    refused();
    in_a_list();
    while_mapped();
    test_success();
}
