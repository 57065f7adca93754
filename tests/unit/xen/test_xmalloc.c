/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap. */
#include <stdlib.h>
#include "suites.h"
#include <fake/fake.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

static void boot(unsigned int pages)
{
    fake_ram_create(pages);
    page_alloc_add_region(mfn(0x100), pages);
}

/* One assertion for many bytes: Check's are slow. */
static bool all_are(const unsigned char *p, size_t n, unsigned char value)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != value)
            return false;
    return true;
}

START_TEST(memory_is_aligned_zeroed_and_apart)
{
    enum { NR = 300 };
    unsigned char *p[NR] = {0};
    size_t size[NR];

    boot(4096);
    srand(2);
    for (unsigned int step = 0; step < 20000; step++) {
        unsigned int i = (unsigned int)rand() % NR;

        if (p[i]) {
            ck_assert(all_are(p[i], size[i], (unsigned char)i));
            xfree(p[i]);
            p[i] = NULL;
            continue;
        }
        size[i] = (size_t)rand() % (rand() % 10 ? 200 : 9000);
        p[i] = xzalloc_bytes(size[i], 8);
        ck_assert_ptr_nonnull(p[i]);
        ck_assert_uint_eq((uintptr_t)p[i] % 16, 0);
        ck_assert(all_are(p[i], size[i], 0));
        memset(p[i], (int)i, size[i]);
    }
    for (unsigned int i = 0; i < NR; i++)
        xfree(p[i]);
    ck_assert_uint_eq(xmalloc_used_bytes(), 0);
    ck_assert_uint_eq(page_alloc_free_pages(), 4096);
}
END_TEST

START_TEST(alignment_is_kept_for_every_size)
{
    boot(4096);
    for (size_t align = 16; align <= PAGE_SIZE; align *= 2)
        for (size_t size = 1; size <= 3000; size += 37)
            ck_assert_uint_eq((uintptr_t)xzalloc_bytes(size, align) % align, 0);
}
END_TEST

START_TEST(from_a_page_upwards_it_is_page_aligned)
{
    boot(64);
    ck_assert_uint_eq((uintptr_t)xzalloc_bytes(PAGE_SIZE, 16) % PAGE_SIZE, 0);
    ck_assert_uint_eq((uintptr_t)xzalloc_bytes(3 * PAGE_SIZE, 16) % PAGE_SIZE, 0);
}
END_TEST

START_TEST(exhaustion_gives_null_and_recovers)
{
    void *p, *all = NULL;

    boot(8);
    while ((p = xzalloc_bytes(1000, 16)) != NULL) {
        *(void **)p = all;
        all = p;
    }
    ck_assert_ptr_null(xzalloc_bytes(PAGE_SIZE, 16));
    while (all) {
        p = all;
        all = *(void **)p;
        xfree(p);
    }
    ck_assert_uint_eq(page_alloc_free_pages(), 8);
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
    boot(8);
    ck_assert_ptr_null(xzalloc_bytes((size_t)-1, 16));
    ck_assert_ptr_null(xzalloc_bytes(1ul << 31, 16));
    ck_assert_ptr_null(xzalloc_bytes(16, 2 * PAGE_SIZE));
    xfree(NULL);
}
END_TEST

TCase *xmalloc_tests(void)
{
    TCase *t = tcase_create("xmalloc");

    tcase_add_test(t, memory_is_aligned_zeroed_and_apart);
    tcase_add_test(t, alignment_is_kept_for_every_size);
    tcase_add_test(t, from_a_page_upwards_it_is_page_aligned);
    tcase_add_test(t, exhaustion_gives_null_and_recovers);
    tcase_add_test(t, absurd_sizes_are_refused);
    return t;
}
