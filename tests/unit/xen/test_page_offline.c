/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames off line: free ones at once, those in use when they are freed; none is allocated, lost or counted
 * twice.
 */
#include "suites.h"
#include <fake/fake.h>
#include <xen/arch.h>
#include <xen/mm.h>

START_TEST(a_frame_off_line_is_not_allocated)
{
    uint64_t nr = 0;
    struct page_info *bad;

    fake_ram_create(1024);
    page_alloc_add_region(mfn(0x200), 512);
    bad = mfn_to_page(mfn(0x2a5));
    ck_assert_int_eq(page_take_offline(bad), PAGE_OFF_LINE);
    ck_assert_int_eq(page_take_offline(bad), PAGE_OFF_LINE);
    ck_assert_uint_eq(page_alloc_free_pages(), 511);
    for (struct page_info *pg; (pg = page_alloc(0, 0)) != NULL; nr++) {
        ck_assert_ptr_ne(pg, bad);
        pg->count_info = PGC_HYPERVISOR;
    }
    ck_assert_uint_eq(nr, 511);
    ck_assert_int_eq(page_take_online(bad), PAGE_OFF_LINE);
    ck_assert_int_eq(page_take_online(bad), PAGE_ON_LINE);
    ck_assert_uint_eq(page_alloc_free_pages(), 1);
    ck_assert_ptr_eq(page_alloc(0, 0), bad);
}
END_TEST

START_TEST(frames_off_line_and_on_again_leave_one_block)
{
    fake_ram_create(1024);
    page_alloc_add_region(mfn(0x200), 512);
    for (unsigned int i = 0; i < 512; i++)
        ck_assert_int_eq(page_take_offline(mfn_to_page(mfn(0x200 + (i * 389) % 512))), PAGE_OFF_LINE);
    ck_assert_uint_eq(page_alloc_free_pages(), 0);
    ck_assert_ptr_null(page_alloc(0, 0));
    for (unsigned int i = 0; i < 512; i++)
        ck_assert_int_eq(page_take_online(mfn_to_page(mfn(0x200 + (i * 77) % 512))), PAGE_OFF_LINE);
    ck_assert_ptr_nonnull(page_alloc(9, 0));
}
END_TEST

START_TEST(a_frame_in_use_goes_off_line_when_it_is_freed)
{
    char *block;
    struct page_info *bad;

    fake_ram_create(1024);
    page_alloc_add_region(mfn(0x200), 512);
    block = hypervisor_pages_alloc(4);
    bad = virt_to_page(block) + 7;
    ck_assert_int_eq(page_take_offline(bad), PAGE_GOES_OFFLINE);
    ck_assert_int_eq(page_take_offline(bad + 1), PAGE_GOES_OFFLINE);
    ck_assert_int_eq(page_take_online(bad + 1), PAGE_GOES_OFFLINE);
    hypervisor_pages_free(block, 4);
    ck_assert_int_eq(page_line(bad), PAGE_OFF_LINE);
    ck_assert_int_eq(page_line(bad + 1), PAGE_ON_LINE);
    ck_assert_uint_eq(page_alloc_free_pages(), 511);
    ck_assert_ptr_null(page_alloc(9, 0));
    ck_assert_int_eq(page_take_online(bad), PAGE_OFF_LINE);
    ck_assert_ptr_nonnull(page_alloc(9, 0));
}
END_TEST

START_TEST(a_domains_frame_keeps_the_mark_until_it_is_given_back)
{
    struct domain *d, *other;
    struct page_info *pg;
    uint64_t free;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 100);
    other = fake_domain(2, 1, 100);
    free = page_alloc_free_pages();
    pg = domain_pages_alloc(d, 0, 0, false);
    ck_assert_int_eq(page_take_offline(pg), PAGE_GOES_OFFLINE);
    /* Another domain gets it. */
    ck_assert_int_eq(page_steal(d, pg), 0);
    ck_assert(domain_pages_assign(other, pg, 1));
    ck_assert_int_eq(page_line(pg), PAGE_GOES_OFFLINE);
    ck_assert(page_get(pg, other));
    page_put(pg);
    ck_assert(page_release_allocation(pg));
    ck_assert_int_eq(page_line(pg), PAGE_OFF_LINE);
    ck_assert_uint_eq(page_alloc_free_pages(), free - 1);
}
END_TEST

START_TEST(a_shared_frame_keeps_the_mark)
{
    struct domain *d;
    void *page;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 100);
    page = hypervisor_pages_alloc(0);
    ck_assert_int_eq(page_take_offline(virt_to_page(page)), PAGE_GOES_OFFLINE);
    share_hypervisor_page(page, d, true);
    ck_assert_int_eq(page_line(virt_to_page(page)), PAGE_GOES_OFFLINE);
    ck_assert_int_eq(unshare_hypervisor_page(page, d), 0);
    ck_assert_int_eq(page_line(virt_to_page(page)), PAGE_GOES_OFFLINE);
    hypervisor_pages_free(page, 0);
    ck_assert_int_eq(page_line(virt_to_page(page)), PAGE_OFF_LINE);
}
END_TEST

START_TEST(claims_are_refused_when_claimed_frames_went_off_line)
{
    struct domain *d, *other;
    uint64_t free;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 10000);
    other = fake_domain(2, 1, 10000);
    free = page_alloc_free_pages();
    ck_assert_int_eq(page_claim(d, free), 0);
    for (uint64_t n = 1, taken = 0; taken < 10; n++)
        taken += mfn_valid(mfn(n)) && page_take_offline(mfn_to_page(mfn(n))) == PAGE_OFF_LINE;
    ck_assert_uint_eq(page_alloc_free_pages(), free - 10);
    ck_assert_ptr_null(page_alloc(0, 0));
    ck_assert_int_eq(page_claim(other, 1), -XEN_ENOMEM);
    ck_assert_ptr_nonnull(page_alloc_for(d, 0, 0));
    ck_assert_int_eq(page_claim(d, 0), 0);
    ck_assert_ptr_nonnull(page_alloc(0, 0));
}
END_TEST

TCase *page_offline_tests(void)
{
    TCase *t = tcase_create("page_offline");

    tcase_add_test(t, a_frame_off_line_is_not_allocated);
    tcase_add_test(t, frames_off_line_and_on_again_leave_one_block);
    tcase_add_test(t, a_frame_in_use_goes_off_line_when_it_is_freed);
    tcase_add_test(t, a_domains_frame_keeps_the_mark_until_it_is_given_back);
    tcase_add_test(t, a_shared_frame_keeps_the_mark);
    tcase_add_test(t, claims_are_refused_when_claimed_frames_went_off_line);
    return t;
}
