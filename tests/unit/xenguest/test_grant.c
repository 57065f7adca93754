/* SPDX-License-Identifier: BSD-2-Clause */
/* Grants: set-up within the domain's limits, references used up and given back, and ending a grant that is in
 * use. */
#include <pthread.h>
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/grant.h>
#include "fake_grant.h"
#include "suites.h"

static struct xg_grants grants;

static xg_grant_ref_t granted(void)
{
    xg_grant_ref_t ref = 0;

    ck_assert_int_eq(xg_grant_access(&grants, 3, xg_gfn(77), false, &ref), 0);
    return ref;
}

START_TEST(set_up_takes_all_or_what_is_wanted)
{
    ck_assert_int_eq(xg_grants_init(&grants, 0), 0);
    ck_assert_uint_eq(grants.nr_entries, 1024);
    ck_assert_uint_eq(grants.nr_free, 1024 - XG_GRANT_RESERVED);
    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    ck_assert_uint_eq(grants.nr_entries, 512);
    ck_assert_int_eq(xg_grants_init(&grants, 3), -XG_ENOSPC);
}
END_TEST

START_TEST(set_up_fails_clean)
{
    fake_refuse(__HYPERVISOR_grant_table_op, -XEN_ENOSYS, 0);
    ck_assert_int_eq(xg_grants_init(&grants, 1), -XG_ENOSYS);
    fake.nothing_mapped = true;
    ck_assert_int_eq(xg_grants_init(&grants, 1), -XG_ENOMEM);
    fake.grant_frames = 0;
    ck_assert_int_eq(xg_grants_init(&grants, 0), -XG_ENOSPC);
}
END_TEST

/* Entries that the toolstack made for the domain are neither given out nor changed. */
START_TEST(leaves_the_toolstacks_grants)
{
    unsigned int i;

    fake_grant_entry(0)->flags = GTF_permit_access;
    fake_grant_entry(0)->frame = 123;
    fake_grant_entry(100)->flags = GTF_permit_access;
    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    ck_assert_uint_eq(fake_grant_entry(0)->frame, 123);
    ck_assert_uint_eq(grants.nr_free, 512 - XG_GRANT_RESERVED - 1);
    for (i = 0; i < 512 - XG_GRANT_RESERVED - 1; i++) {
        xg_grant_ref_t ref = granted();

        ck_assert_uint_ge(ref, XG_GRANT_RESERVED);
        ck_assert_uint_ne(ref, 100);
    }
}
END_TEST

START_TEST(grant_and_end)
{
    xg_grant_ref_t ref = 0;

    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    ck_assert_int_eq(xg_grant_access(&grants, 3, xg_gfn(77), true, &ref), 0);
    ck_assert_uint_eq(fake_grant_entry(ref)->flags, GTF_permit_access | GTF_readonly);
    ck_assert_uint_eq(fake_grant_entry(ref)->domid, 3);
    ck_assert_uint_eq(fake_grant_entry(ref)->frame, 77);
    ck_assert_int_eq(xg_grant_end(&grants, ref), 0);
    ck_assert_uint_eq(fake_grant_entry(ref)->flags, 0);
    ck_assert_int_eq(xg_grant_end(&grants, ref), -XG_EINVAL);
}
END_TEST

START_TEST(references_run_out_and_come_back)
{
    xg_grant_ref_t ref = 0, last = 0;
    unsigned int i;

    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    for (i = XG_GRANT_RESERVED; i < 512; i++)
        last = granted();
    ck_assert_int_eq(xg_grant_access(&grants, 3, xg_gfn(1), false, &ref), -XG_ENOSPC);
    ck_assert_int_eq(xg_grant_end(&grants, last), 0);
    ck_assert_uint_eq(granted(), last);
}
END_TEST

START_TEST(frame_beyond_version_1)
{
    xg_grant_ref_t ref;

    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    ck_assert_int_eq(xg_grant_access(&grants, 3, xg_gfn(1ull << 32), false, &ref), -XG_ERANGE);
    ck_assert_uint_eq(grants.nr_free, 512 - XG_GRANT_RESERVED);
}
END_TEST

START_TEST(grant_in_use_cannot_end)
{
    xg_grant_ref_t ref;

    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    ref = granted();
    fake_grant_entry(ref)->flags |= GTF_reading;
    ck_assert(xg_grant_in_use(&grants, ref));
    ck_assert_int_eq(xg_grant_end(&grants, ref), -XG_EBUSY);
    ck_assert_uint_eq(fake_grant_entry(ref)->flags, GTF_permit_access | GTF_reading);
    fake_grant_entry(ref)->flags = GTF_permit_access | GTF_writing;
    ck_assert_int_eq(xg_grant_end(&grants, ref), -XG_EBUSY);
    fake_grant_entry(ref)->flags = GTF_permit_access;
    ck_assert_int_eq(xg_grant_end(&grants, ref), 0);
}
END_TEST

START_TEST(references_out_of_range)
{
    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    fake_grant_entry(0)->flags = GTF_permit_access;
    ck_assert_int_eq(xg_grant_end(&grants, 0), -XG_EINVAL);
    ck_assert_int_eq(xg_grant_end(&grants, 512), -XG_EINVAL);
    ck_assert_int_eq(xg_grant_end(&grants, ~0u), -XG_EINVAL);
    ck_assert(!xg_grant_in_use(&grants, 512));
}
END_TEST

/*
 * The other domain maps and unmaps as fast as it can, as Xen does it: an exchange from "permitted" to "in
 * use", which must fail once the grant is ended. `mapped` says that it believes itself to be in.
 */
static xg_grant_ref_t contended;
static int stop, mapped;
static unsigned int nr_broken;

static void *map_and_unmap(void *arg)
{
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        uint16_t flags = GTF_permit_access;

        if (!__atomic_compare_exchange_n(&fake_grant_entry(contended)->flags, &flags,
                                         GTF_permit_access | GTF_reading, false, __ATOMIC_SEQ_CST,
                                         __ATOMIC_SEQ_CST))
            continue;
        __atomic_store_n(&mapped, 1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&mapped, 0, __ATOMIC_SEQ_CST);
        flags =
            __atomic_fetch_and(&fake_grant_entry(contended)->flags, (uint16_t)~GTF_reading, __ATOMIC_SEQ_CST);
        if (flags != (GTF_permit_access | GTF_reading))
            __atomic_fetch_add(&nr_broken, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

START_TEST(end_against_a_mapper)
{
    pthread_t mapper;
    unsigned int i;

    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    contended = granted();
    pthread_create(&mapper, NULL, map_and_unmap, NULL);
    for (i = 0; i < 100000; i++) {
        int rc = xg_grant_end(&grants, contended);

        if (rc == -XG_EBUSY)
            continue;
        ck_assert_int_eq(rc, 0);
        ck_assert_msg(!__atomic_load_n(&mapped, __ATOMIC_SEQ_CST), "ended while it was mapped");
        ck_assert_uint_eq(granted(), contended);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    pthread_join(mapper, NULL);
    ck_assert_uint_eq(nr_broken, 0);
}
END_TEST

static void *grant_and_end_often(void *arg)
{
    unsigned int i;

    fake_vcpu = (unsigned int)(uintptr_t)arg;
    for (i = 0; i < 20000; i++) {
        xg_grant_ref_t ref = granted();

        ck_assert_uint_eq(fake_grant_entry(ref)->flags, GTF_permit_access);
        ck_assert_int_eq(xg_grant_end(&grants, ref), 0);
    }
    return NULL;
}

START_TEST(free_list_on_several_vcpus)
{
    pthread_t threads[3];
    unsigned int i;

    ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
    for (i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, grant_and_end_often, (void *)(uintptr_t)i);
    for (i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(grants.nr_free, 512 - XG_GRANT_RESERVED);
}
END_TEST

TCase *grant_tests(void)
{
    TCase *tests = tcase_create("grant");

    tcase_add_test(tests, set_up_takes_all_or_what_is_wanted);
    tcase_add_test(tests, set_up_fails_clean);
    tcase_add_test(tests, leaves_the_toolstacks_grants);
    tcase_add_test(tests, grant_and_end);
    tcase_add_test(tests, references_run_out_and_come_back);
    tcase_add_test(tests, frame_beyond_version_1);
    tcase_add_test(tests, grant_in_use_cannot_end);
    tcase_add_test(tests, references_out_of_range);
    tcase_add_test(tests, end_against_a_mapper);
    tcase_add_test(tests, free_list_on_several_vcpus);
    return tests;
}
