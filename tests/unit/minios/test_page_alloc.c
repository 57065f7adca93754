/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator: what is free, what is promised, what is kept for tables, and pages that are freed
 * wrongly.
 */
#include <setjmp.h>
#include <stdlib.h>

#include <minios/address_space.h>
#include <minios/page_alloc.h>
#include <minios/panic.h>
#include <minios/spinlock.h>

#include "suites.h"

#define PAGES 1000
#define KEPT  (PAGES / 512 + 8)

static uint64_t bitmap[(PAGES + 63) / 64];
static jmp_buf panicked;
static bool panic_expected;

/* One thread: the locks are nothing, but each is taken once and given back once. */
unsigned long spin_lock(struct spinlock *lock)
{
    ck_assert(!lock->held);
    lock->held = true;
    return 0;
}

void spin_unlock(struct spinlock *lock, unsigned long saved)
{
    ck_assert(lock->held);
    lock->held = false;
}

void panic(const char *format, ...)
{
    ck_assert(panic_expected);
    longjmp(panicked, 1);
}

static void setup(void)
{
    page_alloc_init(bitmap, PAGES);
    panic_expected = false;
}

static uint64_t nr_free(void)
{
    struct page_counts counts;

    page_count(&counts);
    return counts.free;
}

START_TEST(nothing_is_free_at_first)
{
    ck_assert_uint_eq(nr_free(), 0);
    ck_assert_ptr_null(page_alloc());
    ck_assert_ptr_null(page_alloc_table());
    ck_assert(!page_promise(1));
}
END_TEST

START_TEST(every_page_once)
{
    static bool seen[PAGES];
    void *page;

    page_alloc_add(3, PAGES - 3);
    for (unsigned int i = 3; i < PAGES; i++) {
        page = page_alloc_table();
        ck_assert_ptr_nonnull(page);
        ck_assert_uint_ge(linear_page(page), 3);
        ck_assert_uint_lt(linear_page(page), PAGES);
        ck_assert(!seen[linear_page(page)]);
        seen[linear_page(page)] = true;
    }
    ck_assert_ptr_null(page_alloc_table());
    page_free(linear_address(70));
    ck_assert_ptr_eq(page_alloc_table(), linear_address(70));
}
END_TEST

START_TEST(some_are_kept_for_tables)
{
    page_alloc_add(0, 20);
    for (unsigned int i = 0; i < 20 - KEPT; i++)
        ck_assert_ptr_nonnull(page_alloc());
    ck_assert_ptr_null(page_alloc());
    for (unsigned int i = 0; i < KEPT; i++)
        ck_assert_ptr_nonnull(page_alloc_table());
    ck_assert_ptr_null(page_alloc_table());
}
END_TEST

START_TEST(a_promise_is_kept)
{
    page_alloc_add(0, 100);
    ck_assert(!page_promise(101));
    ck_assert(!page_promise(100 - KEPT + 1));
    ck_assert(page_promise(100 - KEPT));
    ck_assert(!page_promise(1));
    ck_assert_ptr_null(page_alloc());
    for (unsigned int i = 0; i < KEPT; i++)
        ck_assert_ptr_nonnull(page_alloc_table());
    ck_assert_ptr_null(page_alloc_table());
    for (unsigned int i = 0; i < 50; i++)
        ck_assert_ptr_nonnull(page_alloc_promised());
    page_promise_return(100 - KEPT - 50);
    ck_assert_ptr_nonnull(page_alloc_table());
}
END_TEST

START_TEST(freed_twice)
{
    page_alloc_add(0, 100);
    panic_expected = true;
    if (setjmp(panicked) == 0) {
        page_free(linear_address(7));
        ck_abort_msg("not noticed");
    }
}
END_TEST

START_TEST(freed_outside)
{
    page_alloc_add(0, 100);
    panic_expected = true;
    if (setjmp(panicked) == 0) {
        page_free(linear_address(PAGES));
        ck_abort_msg("not noticed");
    }
}
END_TEST

START_TEST(never_promised)
{
    page_alloc_add(0, 100);
    panic_expected = true;
    if (setjmp(panicked) == 0) {
        page_alloc_promised();
        ck_abort_msg("not noticed");
    }
}
END_TEST

Suite *page_alloc_suite(void)
{
    Suite *suite = suite_create("page allocator");
    TCase *tests = tcase_create("pages");

    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, nothing_is_free_at_first);
    tcase_add_test(tests, every_page_once);
    tcase_add_test(tests, some_are_kept_for_tables);
    tcase_add_test(tests, a_promise_is_kept);
    tcase_add_test(tests, freed_twice);
    tcase_add_test(tests, freed_outside);
    tcase_add_test(tests, never_promised);
    suite_add_tcase(suite, tests);
    return suite;
}
