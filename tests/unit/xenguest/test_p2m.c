/* SPDX-License-Identifier: BSD-2-Clause */
/* Frame numbers both ways, at and beyond every bound, and the balloon that changes them. */
#include <xenguest/balloon.h>
#include <xenguest/errno.h>
#include <xenguest/p2m.h>
#include "fake_xen.h"
#include "suites.h"

static struct xg_p2m p2m;

static void set_up(void)
{
    static struct start_info info;
    static struct xg_boot boot;

    fake_start_info(&info);
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    xg_p2m_init(&p2m, &boot);
}

START_TEST(both_ways)
{
    unsigned int i;

    set_up();
    for (i = 0; i < FAKE_FRAMES; i++) {
        ck_assert_uint_eq(xg_p2m_mfn(&p2m, xg_pfn(i)).n, fake_mfn(i).n);
        ck_assert_uint_eq(xg_p2m_pfn(&p2m, fake_mfn(i)).n, i);
    }
}
END_TEST

START_TEST(bounds)
{
    set_up();
    ck_assert(!xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(FAKE_FRAMES))));
    ck_assert(!xg_mfn_valid(xg_p2m_mfn(&p2m, XG_INVALID_PFN)));
    ck_assert_uint_eq(xg_p2m_pfn(&p2m, xg_mfn(FAKE_MFN_BASE + FAKE_FRAMES)).n, ~0ull);
    ck_assert_uint_eq(xg_p2m_pfn(&p2m, XG_INVALID_MFN).n, ~0ull);
    ck_assert_int_eq(xg_p2m_set(&p2m, xg_pfn(FAKE_FRAMES), xg_mfn(1)), -XG_ERANGE);
    ck_assert_int_eq(xg_p2m_set(&p2m, XG_INVALID_PFN, xg_mfn(1)), -XG_ERANGE);
}
END_TEST

/* The M2P entry of somebody else's frame may name any pfn, also one of ours. */
START_TEST(frames_of_others_are_not_ours)
{
    set_up();
    ck_assert_uint_eq(xg_p2m_pfn(&p2m, xg_mfn(5)).n, ~0ull);
    fake.m2p[5] = 3;
    ck_assert_uint_eq(xg_p2m_pfn(&p2m, xg_mfn(5)).n, ~0ull);
    fake.m2p[5] = 1ull << 40;
    ck_assert_uint_eq(xg_p2m_pfn(&p2m, xg_mfn(5)).n, ~0ull);
}
END_TEST

START_TEST(without_the_mapping_call)
{
    static struct start_info info;
    static struct xg_boot boot;

    fake_start_info(&info);
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    fake_refuse(__HYPERVISOR_memory_op, -XEN_ENOSYS, 0);
    xg_p2m_init(&p2m, &boot);
    ck_assert_uint_eq(p2m.nr_m2p, FAKE_MFN_BASE + FAKE_FRAMES);
}
END_TEST

START_TEST(balloon_out_and_in)
{
    const xg_pfn_t pfns[3] = {{10}, {20}, {30}};

    set_up();
    ck_assert_int_eq(xg_balloon_out(&p2m, pfns, 3), 3);
    ck_assert_int_eq(xg_balloon_current(), FAKE_FRAMES - 3);
    ck_assert(!xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(20))));
    ck_assert_int_eq(xg_balloon_out(&p2m, pfns, 3), -XG_EINVAL);
    ck_assert_int_eq(xg_balloon_in(&p2m, pfns, 3), 3);
    ck_assert(xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(20))));
    ck_assert_int_eq(xg_balloon_in(&p2m, pfns, 3), -XG_EINVAL);
    ck_assert_int_eq(xg_balloon_maximum(), FAKE_FRAMES);
}
END_TEST

START_TEST(balloon_gets_less_than_it_asks_for)
{
    const xg_pfn_t pfns[3] = {{10}, {20}, {30}};

    set_up();
    ck_assert_int_eq(xg_balloon_out(&p2m, pfns, 3), 3);
    fake.reservation_limit = FAKE_FRAMES - 1;
    ck_assert_int_eq(xg_balloon_in(&p2m, pfns, 3), 2);
    ck_assert(xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(20))));
    ck_assert(!xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(30))));
}
END_TEST

/* Only what Xen says it took may be gone from the list. */
START_TEST(balloon_is_interrupted)
{
    const xg_pfn_t pfns[3] = {{10}, {20}, {30}};

    set_up();
    fake_refuse(__HYPERVISOR_memory_op, 0, 1);
    ck_assert_int_eq(xg_balloon_out(&p2m, pfns, 3), 1);
    ck_assert(!xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(10))));
    ck_assert(xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(20))));
    fake_refuse(__HYPERVISOR_memory_op, -XEN_EPERM, 0);
    ck_assert_int_eq(xg_balloon_out(&p2m, pfns + 1, 2), -XG_EPERM);
    ck_assert(xg_mfn_valid(xg_p2m_mfn(&p2m, xg_pfn(20))));
}
END_TEST

TCase *p2m_tests(void)
{
    TCase *tests = tcase_create("p2m");

    tcase_add_test(tests, both_ways);
    tcase_add_test(tests, bounds);
    tcase_add_test(tests, frames_of_others_are_not_ours);
    tcase_add_test(tests, without_the_mapping_call);
    tcase_add_test(tests, balloon_out_and_in);
    tcase_add_test(tests, balloon_gets_less_than_it_asks_for);
    tcase_add_test(tests, balloon_is_interrupted);
    return tests;
}
