/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grants between domains: mapped, copied through a third, given on, and what is left when one of them dies.
 */
#include "suites.h"
#include <fake/fake.h>
#include <xen/grant_table.h>
#include <xen/mm.h>
#include <xen/softirq.h>
#include <xen/xmalloc.h>
#include <public/memory.h>
#include <public/sched.h>

enum { GIVER = 1, USER, THIRD };
#define REF 8

static struct domain *giver, *user, *third;
static uint64_t slot[300];

static struct page_info *frame_of(struct domain *d)
{
    struct page_info *pg = domain_pages_alloc(d, 0, 0, true);

    ck_assert_ptr_nonnull(pg);
    return pg;
}

static grant_entry_v1_t *entry_v1(struct domain *d, grant_ref_t ref)
{
    return (grant_entry_v1_t *)d->grant_table->frames[0] + ref;
}

static grant_entry_v2_t *entry_v2(struct domain *d, grant_ref_t ref)
{
    return (grant_entry_v2_t *)d->grant_table->frames[0] + ref;
}

static struct page_info *grant(struct domain *d, grant_ref_t ref, domid_t to, uint16_t flags)
{
    struct page_info *pg = frame_of(d);

    *entry_v1(d, ref) =
        (grant_entry_v1_t){(uint16_t)(GTF_permit_access | flags), to, (uint32_t)page_to_mfn(pg).n};
    return pg;
}

static void boot(void)
{
    fake_boot(1, 4096);
    giver = fake_domain(GIVER, 1, 64);
    user = fake_domain(USER, 1, 64);
    third = fake_domain(THIRD, 1, 64);
    fake_as(user->vcpu[0]);
}

static int16_t map(uint64_t *at, uint32_t flags, grant_ref_t ref, grant_handle_t *handle)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = VA(at), .flags = flags, .ref = ref, .dom = GIVER, .status = 99};

    ck_assert_int_eq(do_grant_table_op(GNTTABOP_map_grant_ref, VA(&op), 1), 0);
    *handle = op.handle;
    return op.status;
}

static int16_t unmap(uint64_t *at, uint64_t bus, grant_handle_t handle)
{
    struct gnttab_unmap_grant_ref op = {
        .host_addr = at ? VA(at) : 0, .dev_bus_addr = bus, .handle = handle, .status = 99};

    ck_assert_int_eq(do_grant_table_op(GNTTABOP_unmap_grant_ref, VA(&op), 1), 0);
    return op.status;
}

static unsigned int references(const struct page_info *pg)
{
    return (unsigned int)(pg->count_info & PGC_COUNT_MASK);
}

static unsigned int types(const struct page_info *pg)
{
    return (unsigned int)(pg->type_info & PGT_COUNT_MASK);
}

START_TEST(a_mapping_holds_the_frame)
{
    struct page_info *pg;
    grant_handle_t handle;
    uint64_t bus;

    boot();
    pg = grant(giver, REF, USER, 0);
    bus = mfn_to_paddr(page_to_mfn(pg));
    ck_assert_int_eq(map(slot, GNTMAP_host_map | GNTMAP_device_map, REF, &handle), GNTST_okay);
    ck_assert_uint_eq(slot[0], page_to_mfn(pg).n);
    ck_assert_uint_eq(references(pg), 3);
    ck_assert_uint_eq(types(pg), 2);
    ck_assert_int_eq(page_steal(giver, pg), -XEN_EBUSY);
    ck_assert_uint_eq(entry_v1(giver, REF)->flags, GTF_permit_access | GTF_reading | GTF_writing);
    ck_assert_int_eq(unmap(slot, 0, handle), GNTST_okay);
    ck_assert_uint_eq(references(pg), 2);
    ck_assert_uint_eq(entry_v1(giver, REF)->flags, GTF_permit_access | GTF_reading | GTF_writing);
    ck_assert_int_eq(unmap(NULL, bus, handle), GNTST_okay);
    ck_assert_uint_eq(references(pg), 1);
    ck_assert_uint_eq(types(pg), 0);
    ck_assert_uint_eq(entry_v1(giver, REF)->flags, GTF_permit_access);
    ck_assert_uint_eq(fake_grant_flushes, 1);
}
END_TEST

START_TEST(refusals_leave_nothing_behind)
{
    struct page_info *pg;
    grant_handle_t handle;
    int refcount;

    boot();
    pg = grant(giver, REF, USER, GTF_readonly);
    refcount = giver->refcount;
    ck_assert_int_eq(map(slot, GNTMAP_host_map, REF, &handle), GNTST_general_error);
    ck_assert_int_eq(map((uint64_t *)8, GNTMAP_host_map | GNTMAP_readonly, REF, &handle),
                     GNTST_general_error);
    /* The frame is a table: it may be read, not written. */
    entry_v1(giver, REF)->flags = GTF_permit_access;
    ck_assert_int_eq(page_get_and_type(pg, giver, PGT_L1), 0);
    ck_assert_int_eq(map(slot, GNTMAP_host_map | GNTMAP_device_map, REF, &handle), GNTST_general_error);
    page_put_and_type(pg);
    entry_v1(giver, REF)->frame = (uint32_t)page_to_mfn(frame_of(third)).n;
    ck_assert_int_eq(map(slot, GNTMAP_host_map, REF, &handle), GNTST_bad_page);
    ck_assert_uint_eq(references(pg), 1);
    ck_assert_uint_eq(types(pg), 0);
    ck_assert_int_eq(giver->refcount, refcount);
    ck_assert_uint_eq(entry_v1(giver, REF)->flags, GTF_permit_access);
    ck_assert_int_eq(map(slot, GNTMAP_host_map, REF + 1, &handle), GNTST_general_error);
    fake_as(third->vcpu[0]);
    ck_assert_int_eq(map(slot, GNTMAP_host_map, REF, &handle), GNTST_general_error);
}
END_TEST

START_TEST(handles_run_out_and_come_back)
{
    grant_handle_t handle, last = 0;

    boot();
    user->grant_table->max_mapping_frames = 1;
    for (unsigned int i = 0; i < MAPPINGS_A_FRAME; i++) {
        grant_ref_t ref = REF + i / 100;

        if (i % 100 == 0)
            grant(giver, ref, USER, 0);
        ck_assert_int_eq(map(&slot[i], GNTMAP_host_map, ref, &last), GNTST_okay);
    }
    ck_assert_int_eq(map(&slot[299], GNTMAP_host_map, REF, &handle), GNTST_no_space);
    ck_assert_int_eq(unmap(&slot[MAPPINGS_A_FRAME - 1], 0, last), GNTST_okay);
    ck_assert_int_eq(map(&slot[299], GNTMAP_host_map, REF, &handle), GNTST_okay);
    ck_assert_uint_eq(handle, last);
}
END_TEST

START_TEST(the_user_dies)
{
    struct page_info *pg;
    grant_handle_t handle;
    int refcount, rc;

    boot();
    pg = grant(giver, REF, USER, 0);
    refcount = giver->refcount;
    ck_assert_int_eq(map(slot, GNTMAP_device_map, REF, &handle), GNTST_okay);
    fake_as(third->vcpu[0]);
    while ((rc = domain_kill(user)) == -XEN_ERESTART)
        ;
    ck_assert_int_eq(rc, 0);
    ck_assert_int_eq(giver->refcount, refcount);
    ck_assert_uint_eq(references(pg), 1);
    ck_assert_uint_eq(entry_v1(giver, REF)->flags, GTF_permit_access);
}
END_TEST

START_TEST(the_giver_dies)
{
    xen_pfn_t frames[8];
    struct page_info *pg;
    grant_handle_t handle;
    uint64_t bus;
    int rc;

    boot();
    pg = grant(giver, REF, USER, 0);
    bus = mfn_to_paddr(page_to_mfn(pg));
    ck_assert_int_eq(map(slot, GNTMAP_device_map, REF, &handle), GNTST_okay);
    while ((rc = domain_kill(giver)) == -XEN_ERESTART)
        ;
    ck_assert_int_eq(rc, 0);
    domain_put(giver); /* the creator's */
    ck_assert_ptr_eq(pg->owner, giver);
    /* Who has found it before: frames that it got now nobody would take away again. */
    ck_assert_int_eq(grant_table_frames(giver, XENMEM_resource_grant_table_id_shared, 0, 8, frames),
                     -XEN_ESRCH);
    ck_assert_int_eq(unmap(NULL, bus, handle), GNTST_okay);
    ck_assert_ptr_null(pg->owner);
    ck_assert_ptr_null(domain_get_any(GIVER));
}
END_TEST

static void kill(struct domain *d)
{
    int rc;

    fake_as(third->vcpu[0]);
    while ((rc = domain_kill(d)) == -XEN_ERESTART)
        ;
    ck_assert_int_eq(rc, 0);
    domain_put(d); /* the creator's */
    if (d != user)
        fake_as(user->vcpu[0]);
}

/* As a guest that overwrites the entry: what it held is given back, the handle is not. */
static void overwrite(uint64_t *at, struct page_info *pg)
{
    *at = 0;
    page_put_type(pg);
    page_put(pg);
}

START_TEST(the_giver_is_gone)
{
    struct page_info *pg;
    grant_handle_t handle;
    uint64_t serial;

    boot();
    pg = grant(giver, REF, USER, 0);
    serial = giver->serial;
    ck_assert_int_eq(map(slot, GNTMAP_host_map, REF, &handle), GNTST_okay);
    overwrite(slot, pg);
    ck_assert_int_eq(unmap(slot, 0, handle), GNTST_general_error);
    kill(giver);
    ck_assert_ptr_null(domain_get_any(GIVER));
    ck_assert_ptr_null(domain_get_by_serial(GIVER, serial));
    ck_assert(!user->is_shutting_down);
    (void)unmap(slot, 0, handle);
    ck_assert(user->is_shutting_down);
    ck_assert_int_eq(user->shutdown_code, SHUTDOWN_crash);
    kill(user);
}
END_TEST

/* Another has its number, and the same entry in use for the same domain. */
START_TEST(the_giver_is_replaced)
{
    struct page_info *pg;
    grant_handle_t handle, other;
    int refcount;

    boot();
    pg = grant(giver, REF, USER, 0);
    ck_assert_int_eq(map(slot, GNTMAP_host_map, REF, &handle), GNTST_okay);
    overwrite(slot, pg);
    kill(giver);
    giver = fake_domain(GIVER, 1, 64);
    pg = grant(giver, REF, USER, 0);
    ck_assert_int_eq(map(&slot[1], GNTMAP_host_map, REF, &other), GNTST_okay);
    refcount = giver->refcount;
    ck_assert_int_eq(unmap(&slot[1], 0, handle), GNTST_general_error);
    ck_assert_int_eq(unmap(NULL, 0, handle), GNTST_okay);
    ck_assert_uint_eq(slot[1], page_to_mfn(pg).n);
    ck_assert_uint_eq(giver->grant_table->pins[0][REF].uses, GRANT_USE_HOST_WRITE);
    ck_assert_int_eq(giver->refcount, refcount);
    ck_assert(!user->is_shutting_down);
    ck_assert_int_eq(unmap(&slot[1], 0, other), GNTST_okay);
    /* The old handle goes with its domain, and takes nothing of the new one's along. */
    ck_assert_int_eq(map(&slot[1], GNTMAP_host_map, REF, &other), GNTST_okay);
    ck_assert_int_eq(unmap(&slot[1], 0, other), GNTST_okay);
    kill(user);
    ck_assert_uint_eq(giver->grant_table->pins[0][REF].uses, 0);
    ck_assert_uint_eq(references(pg), 1);
}
END_TEST

static int16_t copy_to_own(struct domain *from, grant_ref_t ref, struct page_info *to, uint16_t offset,
                           uint16_t len)
{
    struct gnttab_copy op = {.len = len, .flags = GNTCOPY_source_gref, .status = 99};

    op.source.u.ref = ref;
    op.source.domid = from->id;
    op.source.offset = offset;
    op.dest.u.gmfn = page_to_mfn(to).n;
    op.dest.domid = DOMID_SELF;
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_copy, VA(&op), 1), 0);
    return op.status;
}

/* What is claimed for one element serves the next, and is given back when the list ends or gives way. */
START_TEST(a_list_of_copies_claims_once)
{
    struct gnttab_copy op[8];
    struct page_info *source, *to;
    int refcount;
    uint32_t flags;

    boot();
    source = grant(giver, REF, USER, 0);
    to = frame_of(user);
    refcount = giver->refcount;
    flags = entry_v1(giver, REF)->flags;
    for (unsigned int i = 0; i < ARRAY_SIZE(op); i++) {
        op[i] = (struct gnttab_copy){.len = 1, .flags = GNTCOPY_source_gref, .status = 99};
        op[i].source.u.ref = REF;
        op[i].source.domid = giver->id;
        op[i].dest.u.gmfn = page_to_mfn(to).n;
        op[i].dest.domid = DOMID_SELF;
        op[i].dest.offset = (uint16_t)i;
    }
    memset(page_to_virt(source), 'x', 1);
    op[5].source.u.ref = REF + 1;
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_copy, VA(op), 8), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(op); i++)
        ck_assert_int_eq(op[i].status, i == 5 ? GNTST_general_error : GNTST_okay);
    ck_assert_int_eq(memcmp(page_to_virt(to), "xxxxx\0xx", 9), 0);
    this_cpu(softirq_pending) = 1ul << SOFTIRQ_SCHEDULE;
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_copy, VA(op), 8), FAKE_CONTINUED);
    ck_assert_uint_eq(fake_continuation.args[2], 7);
    ck_assert_uint_eq(references(source), 1);
    ck_assert_uint_eq(references(to), 1);
    ck_assert_uint_eq(to->type_info & PGT_COUNT_MASK, 0);
    ck_assert_uint_eq(giver->grant_table->pins[0][REF].uses, 0);
    ck_assert_uint_eq(entry_v1(giver, REF)->flags, flags);
    ck_assert_int_eq(giver->refcount, refcount);
}
END_TEST

static void make_version_2(struct domain *d)
{
    struct gnttab_set_version s = {2};

    fake_as(d->vcpu[0]);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_set_version, VA(&s), 1), 0);
    fake_as(user->vcpu[0]);
}

/* THIRD grants GIVER a part of a frame; GIVER passes it on to USER. */
START_TEST(a_grant_is_copied_through_another_domain)
{
    struct page_info *source, *to;
    int refcount;

    boot();
    make_version_2(giver);
    make_version_2(third);
    source = frame_of(third);
    to = frame_of(user);
    strcpy(page_to_virt(source), "abcdefgh");
    refcount = third->refcount;
    entry_v2(third, 20)->sub_page.page_off = 2;
    entry_v2(third, 20)->sub_page.length = 4;
    entry_v2(third, 20)->sub_page.frame = page_to_mfn(source).n;
    entry_v2(third, 20)->hdr = (grant_entry_header_t){GTF_permit_access | GTF_sub_page, GIVER};
    entry_v2(giver, REF)->transitive.trans_domid = THIRD;
    entry_v2(giver, REF)->transitive.gref = 20;
    entry_v2(giver, REF)->hdr = (grant_entry_header_t){GTF_transitive, USER};

    ck_assert_int_eq(copy_to_own(giver, REF, to, 2, 3), GNTST_okay);
    ck_assert_str_eq(page_to_virt(to), "cde");
    ck_assert_int_eq(copy_to_own(giver, REF, to, 0, 3), GNTST_general_error);
    ck_assert_int_eq(copy_to_own(giver, REF, to, 4, 3), GNTST_general_error);
    /* A second step is one too many, and the last domain must have meant the one between. */
    entry_v2(third, 20)->hdr.domid = USER;
    ck_assert_int_eq(copy_to_own(giver, REF, to, 2, 3), GNTST_general_error);
    entry_v2(third, 20)->hdr = (grant_entry_header_t){GTF_transitive, GIVER};
    ck_assert_int_eq(copy_to_own(giver, REF, to, 2, 3), GNTST_general_error);
    ck_assert_uint_eq(references(source), 1);
    ck_assert_int_eq(third->refcount, refcount);
    ck_assert_uint_eq(giver->grant_table->status[0][REF], 0);
    ck_assert_uint_eq(third->grant_table->status[0][20], 0);
}
END_TEST

START_TEST(a_frame_changes_its_owner)
{
    struct gnttab_transfer op = {.domid = GIVER, .ref = REF, .status = 99};
    struct page_info *pg;
    uint64_t theirs;

    boot();
    pg = frame_of(user);
    theirs = giver->tot_pages;
    op.mfn = page_to_mfn(pg).n;
    *entry_v1(giver, REF) = (grant_entry_v1_t){GTF_accept_transfer, USER, 0};
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_transfer, VA(&op), 1), 0);
    ck_assert_int_eq(op.status, GNTST_okay);
    ck_assert_ptr_eq(pg->owner, giver);
    ck_assert_uint_eq(references(pg), 1);
    ck_assert_uint_eq(user->tot_pages, 0);
    ck_assert_uint_eq(giver->tot_pages, theirs + 1);
    ck_assert_uint_eq(entry_v1(giver, REF)->frame, op.mfn);
    /* No room: the frame is freed. */
    giver->max_pages = giver->tot_pages;
    op.mfn = page_to_mfn(frame_of(user)).n;
    *entry_v1(giver, REF) = (grant_entry_v1_t){GTF_accept_transfer, USER, 0};
    theirs = page_alloc_free_pages();
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_transfer, VA(&op), 1), 0);
    ck_assert_int_eq(op.status, GNTST_general_error);
    ck_assert_uint_eq(page_alloc_free_pages(), theirs + 1);
}
END_TEST

START_TEST(a_long_list_gives_way)
{
    static struct gnttab_map_grant_ref ops[4];

    boot();
    for (unsigned int i = 0; i < 4; i++) {
        grant(giver, REF + i, USER, 0);
        ops[i] = (struct gnttab_map_grant_ref){
            .host_addr = VA(&slot[i]), .flags = GNTMAP_host_map, .ref = REF + i, .dom = GIVER, .status = 99};
    }
    softirq_raise(SOFTIRQ_TIMER);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_map_grant_ref, VA(ops), 4), FAKE_CONTINUED);
    ck_assert_uint_eq(fake_continuation.nr, __HYPERVISOR_grant_table_op);
    ck_assert_uint_eq(fake_continuation.args[0], GNTTABOP_map_grant_ref);
    ck_assert_uint_eq(fake_continuation.args[1], VA(&ops[1]));
    ck_assert_uint_eq(fake_continuation.args[2], 3);
    ck_assert_int_eq(ops[0].status, GNTST_okay);
    ck_assert_int_eq(ops[1].status, 99);
}
END_TEST

TCase *grant_use_tests(void)
{
    TCase *t = tcase_create("grant_use");

    tcase_add_test(t, a_mapping_holds_the_frame);
    tcase_add_test(t, refusals_leave_nothing_behind);
    tcase_add_test(t, handles_run_out_and_come_back);
    tcase_add_test(t, the_user_dies);
    tcase_add_test(t, the_giver_dies);
    tcase_add_test(t, the_giver_is_gone);
    tcase_add_test(t, the_giver_is_replaced);
    tcase_add_test(t, a_list_of_copies_claims_once);
    tcase_add_test(t, a_grant_is_copied_through_another_domain);
    tcase_add_test(t, a_frame_changes_its_owner);
    tcase_add_test(t, a_long_list_gives_way);
    return t;
}
