/* SPDX-License-Identifier: BSD-2-Clause */
/* The buddy allocator, and frames that belong to a domain. */
#include <stdlib.h>
#include "suites.h"
#include <fake/fake.h>
#include <xen/arch.h>
#include <xen/mm.h>
#include <xen/string.h>

START_TEST(a_region_can_be_taken_out_to_the_last_page)
{
    uint64_t nr = 0;

    fake_ram_create(1000);
    /* Neither its start nor its end is aligned. */
    page_alloc_add_region(mfn(0x101), 777);
    ck_assert_uint_eq(page_alloc_free_pages(), 777);
    for (struct page_info *pg; (pg = page_alloc(0, 0)) != NULL; nr++) {
        ck_assert_uint_ge(page_to_mfn(pg).n, 0x101);
        ck_assert_uint_lt(page_to_mfn(pg).n, 0x101 + 777);
        ck_assert_uint_eq(pg->count_info, 0);
        pg->count_info = PGC_HYPERVISOR; /* taken: must not come again */
    }
    ck_assert_uint_eq(nr, 777);
    ck_assert_uint_eq(page_alloc_free_pages(), 0);
}
END_TEST

START_TEST(freed_pages_merge_again)
{
    struct page_info *pg[1024];

    fake_ram_create(1024);
    page_alloc_add_region(mfn(0x100), 1024);
    for (unsigned int i = 0; i < 1024; i++)
        pg[i] = page_alloc(0, 0);
    ck_assert_ptr_null(page_alloc(0, 0));
    for (unsigned int i = 0; i < 1024; i++)
        page_free(pg[(i * 389) % 1024], 0);
    ck_assert_uint_eq(page_alloc_free_pages(), 1024);
    /* 0x200 is aligned to 512 pages. */
    pg[0] = page_alloc(9, 0);
    ck_assert_ptr_nonnull(pg[0]);
    ck_assert_uint_eq(page_to_mfn(pg[0]).n, 0x200);
}
END_TEST

START_TEST(blocks_are_naturally_aligned_and_do_not_overlap)
{
    enum { NR = 200 };
    struct {
        struct page_info *pg;
        unsigned int order;
    } held[NR] = {0};
    static uint8_t taken[0x100 + 4096];
    uint64_t held_pages = 0;

    srand(1);
    fake_ram_create(4096);
    page_alloc_add_region(mfn(0x100), 4096);
    for (unsigned int step = 0; step < 20000; step++) {
        unsigned int i = (unsigned int)rand() % NR;
        uint64_t n;

        if (held[i].pg) {
            n = page_to_mfn(held[i].pg).n;
            memset(&taken[n], 0, 1u << held[i].order);
            page_free(held[i].pg, held[i].order);
            held_pages -= 1u << held[i].order;
            held[i].pg = NULL;
        } else {
            held[i].order = (unsigned int)rand() % 7;
            held[i].pg = page_alloc(held[i].order, 0);
            if (!held[i].pg)
                continue;
            n = page_to_mfn(held[i].pg).n;
            ck_assert_uint_eq(n % (1u << held[i].order), 0);
            for (unsigned int j = 0; j < 1u << held[i].order; j++)
                ck_assert_uint_eq(taken[n + j]++, 0);
            held_pages += 1u << held[i].order;
        }
        ck_assert_uint_eq(page_alloc_free_pages(), 4096 - held_pages);
    }
}
END_TEST

START_TEST(address_bits_limit_the_highest_address)
{
    struct page_info *pg;
    unsigned int low = 0;

    fake_ram_create(0x2000);
    page_alloc_add_region(mfn(0x100), 0x2000);
    /* Below 4 MiB there are 0x300 frames from 1 MiB up. */
    while ((pg = page_alloc(0, 22)) != NULL) {
        ck_assert_uint_lt(page_to_mfn(pg).n, 0x400);
        low++;
    }
    ck_assert_uint_eq(low, 0x300);
    ck_assert_ptr_null(page_alloc(0, 12));
    ck_assert_ptr_nonnull(page_alloc(0, 32));
}
END_TEST

START_TEST(low_memory_is_spared)
{
    fake_ram_create(0x2000);
    page_alloc_add_region(mfn(0x100), 0x2000);
    ck_assert_uint_ge(page_to_mfn(page_alloc(0, 0)).n, 0x2000);
}
END_TEST

START_TEST(orders_beyond_reason_are_refused)
{
    fake_ram_create(16);
    page_alloc_add_region(mfn(0x100), 16);
    ck_assert_ptr_null(page_alloc(19, 0));
    ck_assert_ptr_null(page_alloc(63, 0));
    ck_assert_ptr_null(page_alloc(5, 0));
}
END_TEST

START_TEST(hypervisor_pages_come_zeroed)
{
    char *p;

    fake_ram_create(64);
    memset(fake_ram + (0x100 << PAGE_SHIFT), 0x5a, 64 << PAGE_SHIFT);
    page_alloc_add_region(mfn(0x100), 64);
    p = hypervisor_pages_alloc(2);
    for (unsigned int i = 0; i < 4 * PAGE_SIZE; i++)
        ck_assert_int_eq(p[i], 0);
    hypervisor_pages_free(p, 2);
    ck_assert_uint_eq(page_alloc_free_pages(), 64);
}
END_TEST

START_TEST(a_domain_gets_no_more_than_its_maximum)
{
    struct domain *d;
    struct page_info *pg;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 10);
    pg = domain_pages_alloc(d, 3, 0, true);
    ck_assert_ptr_nonnull(pg);
    ck_assert_uint_eq(d->tot_pages, 8);
    ck_assert_ptr_null(domain_pages_alloc(d, 2, 0, true));
    ck_assert_ptr_nonnull(domain_pages_alloc(d, 1, 0, true));
    ck_assert_ptr_null(domain_pages_alloc(d, 0, 0, true));
    for (unsigned int i = 0; i < 8; i++) {
        ck_assert_ptr_eq(pg[i].owner, d);
        ck_assert_uint_eq(pg[i].count_info, PGC_ALLOCATED | 1);
    }
}
END_TEST

START_TEST(the_list_has_each_page_once)
{
    struct domain *d;
    struct page_info *a, *b;
    unsigned int nr = 0;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 100);
    a = domain_pages_alloc(d, 4, 0, true);
    b = domain_pages_alloc(d, 0, 0, true);
    ck_assert(page_release_allocation(&a[7]));
    ck_assert(page_release_allocation(b));
    ck_assert(page_release_allocation(&a[0]));
    for (uint32_t n = d->page_list, prev = 0; n; prev = n, n = mfn_to_page(mfn(n))->next, nr++) {
        ck_assert_ptr_eq(mfn_to_page(mfn(n))->owner, d);
        ck_assert_uint_eq(mfn_to_page(mfn(n))->prev, prev);
    }
    ck_assert_uint_eq(nr, 14);
    ck_assert_uint_eq(d->tot_pages, 14);
    ck_assert_ptr_null(a[7].owner);
}
END_TEST

START_TEST(a_frame_lives_until_its_last_reference)
{
    struct domain *d;
    struct page_info *pg;
    uint64_t free_before;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 100);
    pg = domain_pages_alloc(d, 0, 0, true);
    arch_m2p_set(page_to_mfn(pg), 17);
    free_before = page_alloc_free_pages();
    ck_assert(page_get(pg, d));
    ck_assert(page_release_allocation(pg));
    ck_assert(!page_release_allocation(pg));
    ck_assert_uint_eq(d->tot_pages, 1);
    page_put(pg);
    ck_assert_uint_eq(d->tot_pages, 0);
    ck_assert_uint_eq(page_alloc_free_pages(), free_before + 1);
    ck_assert_uint_eq(arch_m2p_get(page_to_mfn(pg)), ~0ull);
}
END_TEST

START_TEST(shared_pages_are_taken_back_only_when_unused)
{
    struct domain *d;
    uint64_t shared_before;
    void *page;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 100);
    shared_before = d->xenheap_pages;
    page = hypervisor_pages_alloc(0);
    share_hypervisor_page(page, d, true);
    ck_assert_uint_eq(d->tot_pages, 0);
    ck_assert_uint_eq(d->xenheap_pages, shared_before + 1);
    ck_assert_int_eq(page_get_and_type(virt_to_page(page), d, PGT_WRITABLE), 0);
    ck_assert_int_eq(unshare_hypervisor_page(page, d), -XEN_EBUSY);
    page_put_and_type(virt_to_page(page));
    ck_assert_int_eq(unshare_hypervisor_page(page, d), 0);
    ck_assert_uint_eq(d->xenheap_pages, shared_before);
    ck_assert(!page_get(virt_to_page(page), d));
    hypervisor_pages_free(page, 0);
}
END_TEST

START_TEST(a_page_shared_read_only_is_never_writable)
{
    struct domain *d;
    void *page;

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 100);
    page = hypervisor_pages_alloc(0);
    share_hypervisor_page(page, d, false);
    ck_assert_int_ne(page_get_and_type(virt_to_page(page), d, PGT_WRITABLE), 0);
    ck_assert_int_ne(page_get_and_type(virt_to_page(page), d, PGT_L1), 0);
    ck_assert(page_get(virt_to_page(page), d));
}
END_TEST

TCase *page_alloc_tests(void)
{
    TCase *t = tcase_create("page_alloc");

    tcase_add_test(t, a_region_can_be_taken_out_to_the_last_page);
    tcase_add_test(t, freed_pages_merge_again);
    tcase_add_test(t, blocks_are_naturally_aligned_and_do_not_overlap);
    tcase_add_test(t, address_bits_limit_the_highest_address);
    tcase_add_test(t, low_memory_is_spared);
    tcase_add_test(t, orders_beyond_reason_are_refused);
    tcase_add_test(t, hypervisor_pages_come_zeroed);
    tcase_add_test(t, a_domain_gets_no_more_than_its_maximum);
    tcase_add_test(t, the_list_has_each_page_once);
    tcase_add_test(t, a_frame_lives_until_its_last_reference);
    tcase_add_test(t, shared_pages_are_taken_back_only_when_unused);
    tcase_add_test(t, a_page_shared_read_only_is_never_writable);
    return t;
}
