/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of ranges: against a bitmap that is told the same, and at the ends of what 64 bits can number. */
#include <stdlib.h>
#include "suites.h"
#include <fake/fake.h>
#include <xen/mm.h>
#include <xen/range_set.h>
#include <xen/string.h>

#define NUMBERS 64

static void boot(void)
{
    fake_ram_create(64);
    page_alloc_add_region(mfn(0x100), 64);
}

static void assert_same(const struct range_set *s, const bool *in)
{
    for (uint64_t i = 0; i < NUMBERS; i++)
        ck_assert_int_eq(range_set_contains(s, i, i), in[i]);
    for (unsigned int i = 1; i < s->nr; i++)
        ck_assert(s->list[i].first > s->list[i - 1].last + 1);
}

static bool all_in(const bool *in, uint64_t first, uint64_t last)
{
    while (first <= last)
        if (!in[first++])
            return false;
    return true;
}

START_TEST(changes_as_a_bitmap)
{
    struct range_set s = {0};
    bool in[NUMBERS] = {false};

    boot();
    srand(7);
    for (unsigned int round = 0; round < 2000; round++) {
        uint64_t first = (uint64_t)rand() % NUMBERS, last = first + (uint64_t)rand() % (NUMBERS - first);
        bool add = rand() % 2;

        ck_assert_int_eq(range_set_contains(&s, first, last), all_in(in, first, last));
        ck_assert_int_eq(add ? range_set_add(&s, first, last) : range_set_remove(&s, first, last), 0);
        memset(in + first, add, last - first + 1);
        assert_same(&s, in);
    }
    range_set_clear(&s);
    ck_assert_uint_eq(s.nr, 0);
}
END_TEST

START_TEST(ends_of_numbers)
{
    struct range_set s = {0};

    boot();
    ck_assert_int_eq(range_set_add(&s, ~0ull, ~0ull), 0);
    ck_assert_int_eq(range_set_add(&s, 0, 0), 0);
    ck_assert_uint_eq(s.nr, 2);
    ck_assert(!range_set_contains(&s, 0, ~0ull));
    ck_assert_int_eq(range_set_add(&s, 1, ~0ull - 1), 0);
    ck_assert_uint_eq(s.nr, 1);
    ck_assert(range_set_contains(&s, 0, ~0ull));
    ck_assert_int_eq(range_set_remove(&s, 0, 4), 0);
    ck_assert_int_eq(range_set_remove(&s, ~0ull, ~0ull), 0);
    ck_assert(range_set_contains(&s, 5, ~0ull - 1) && !range_set_contains(&s, 4, 5));
    ck_assert_int_eq(range_set_remove(&s, 0, ~0ull), 0);
    ck_assert_uint_eq(s.nr, 0);
    range_set_clear(&s);
}
END_TEST

TCase *range_set_tests(void)
{
    TCase *tests = tcase_create("range_set");

    tcase_add_test(tests, changes_as_a_bitmap);
    tcase_add_test(tests, ends_of_numbers);
    return tests;
}
