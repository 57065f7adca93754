/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_grant_table_op: the table's set-up and queries. */
#include "suites.h"
#include <fake/fake.h>
#include <xen/grant_table.h>
#include <xen/mm.h>

static struct domain *d;
static xen_pfn_t frames[80];

static void boot(void)
{
    fake_boot(1, 4096);
    d = fake_domain(1, 1, 16);
    fake_as(d->vcpu[0]);
}

static long setup(domid_t id, unsigned int nr, int16_t *status)
{
    struct gnttab_setup_table s = {.dom = id, .nr_frames = nr, .status = 99};
    long rc;

    s.frame_list.p = frames;
    rc = do_grant_table_op(GNTTABOP_setup_table, VA(&s), 1);
    *status = s.status;
    return rc;
}

START_TEST(the_table_grows_to_its_maximum)
{
    struct gnttab_query_size q = {.dom = DOMID_SELF};
    int16_t status;

    boot();
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_query_size, VA(&q), 1), 0);
    ck_assert_int_eq(q.status, GNTST_okay);
    ck_assert_uint_eq(q.nr_frames, 1);
    ck_assert_uint_eq(q.max_nr_frames, 64);
    ck_assert_int_eq(setup(DOMID_SELF, 64, &status), 0);
    ck_assert_int_eq(status, GNTST_okay);
    for (unsigned int i = 0; i < 64; i++) {
        ck_assert_ptr_eq(mfn_to_page(mfn(frames[i]))->owner, d);
        /* The domain may map it to write, and use it as nothing else. */
        ck_assert_int_eq(page_get_and_type(mfn_to_page(mfn(frames[i])), d, PGT_WRITABLE), 0);
        ck_assert_int_ne(page_get_and_type(mfn_to_page(mfn(frames[i])), d, PGT_L1), 0);
    }
    ck_assert_uint_eq(d->tot_pages, 0);
    ck_assert_int_eq(setup(DOMID_SELF, 65, &status), 0);
    ck_assert_int_eq(status, GNTST_general_error);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_query_size, VA(&q), 1), 0);
    ck_assert_uint_eq(q.nr_frames, 64);
}
END_TEST

START_TEST(asking_again_gives_the_same_frames)
{
    xen_pfn_t first;
    int16_t status;

    boot();
    ck_assert_int_eq(setup(DOMID_SELF, 2, &status), 0);
    first = frames[0];
    ck_assert_int_eq(setup(DOMID_SELF, 1, &status), 0);
    ck_assert_uint_eq(frames[0], first);
    ck_assert_uint_eq(d->grant_table->nr_frames, 2);
}
END_TEST

START_TEST(other_domains_and_bad_arguments)
{
    int16_t status;

    boot();
    (void)fake_domain(2, 1, 16);
    ck_assert_int_eq(setup(9, 1, &status), 0);
    ck_assert_int_eq(status, GNTST_bad_domain);
    ck_assert_int_eq(setup(2, 1, &status), 0);
    ck_assert_int_eq(status, GNTST_permission_denied);
    fake_fault_range(&frames[1], &frames[2]);
    ck_assert_int_eq(setup(DOMID_SELF, 2, &status), 0);
    ck_assert_int_eq(status, GNTST_bad_virt_addr);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_setup_table, 0x10, 1), -XEN_EFAULT);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_setup_table, 0x10, 2), -XEN_EINVAL);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_map_grant_ref, 0x10, 1), -XEN_EFAULT);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_query_size, 0x10, 0x80000000), -XEN_EINVAL);
}
END_TEST

START_TEST(the_version_changes)
{
    struct gnttab_set_version s = {.version = 1};
    struct gnttab_get_version g = {.dom = DOMID_SELF};

    boot();
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_set_version, VA(&s), 1), 0);
    s.version = 2;
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_set_version, VA(&s), 1), 0);
    ck_assert_uint_eq(s.version, 2);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_get_version, VA(&g), 1), 0);
    ck_assert_uint_eq(g.version, 2);
    s.version = 1;
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_set_version, VA(&s), 1), 0);
    s.version = 3;
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_set_version, VA(&s), 1), -XEN_EINVAL);
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_get_version, VA(&g), 1), 0);
    ck_assert_uint_eq(g.version, 1);
    g.dom = 9;
    ck_assert_int_eq(do_grant_table_op(GNTTABOP_get_version, VA(&g), 1), -XEN_ESRCH);
}
END_TEST

TCase *grant_table_tests(void)
{
    TCase *t = tcase_create("grant_table");

    tcase_add_test(t, the_table_grows_to_its_maximum);
    tcase_add_test(t, asking_again_gives_the_same_frames);
    tcase_add_test(t, other_domains_and_bad_arguments);
    tcase_add_test(t, the_version_changes);
    return t;
}
