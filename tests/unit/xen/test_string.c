/* SPDX-License-Identifier: BSD-2-Clause */
/* The pure functions of xen/lib: formatting against the C library's, numbers, bitmaps. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "suites.h"
#include <xen/bitops.h>
#include <xen/string.h>

static void compare(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void compare(const char *fmt, ...)
{
    char ours[256], theirs[256];
    va_list ap;
    int a, b;

    va_start(ap, fmt);
    a = xp_vsnprintf(ours, sizeof(ours), fmt, ap);
    va_end(ap);
    va_start(ap, fmt);
    b = vsnprintf(theirs, sizeof(theirs), fmt, ap);
    va_end(ap);
    ck_assert_str_eq(ours, theirs);
    ck_assert_int_eq(a, b);
}

START_TEST(integers_print_as_the_c_library_does)
{
    static const long values[] = {0, 1, -1, 42, -42, 255, 65536, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

    for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
        compare("%ld|%lu|%lx|%lX|%lo|%#lx|%#lo", values[i], values[i], values[i], values[i], values[i],
                values[i], values[i]);
        compare("%5ld|%-5ld|%05ld|%+ld|% ld", values[i], values[i], values[i], values[i], values[i]);
        compare("%.3ld|%8.3ld|%-8.3ld|%#018lx|%*ld", values[i], values[i], values[i], values[i], 12,
                values[i]);
        compare("%d|%hd|%hhd|%u|%zu|%jd|%lld", (int)values[i], (short)values[i], (signed char)values[i],
                (unsigned int)values[i], (size_t)values[i], (intmax_t)values[i], (long long)values[i]);
    }
}
END_TEST

START_TEST(text_prints_as_the_c_library_does)
{
    compare("%s|%10s|%-10s|%.2s|%c|%%", "abc", "abc", "abc", "abc", 'x');
    compare("%.*s|%*s", 2, "abcdef", -6, "ab");
    compare("plain");
}
END_TEST

START_TEST(output_is_cut_and_terminated)
{
    char buf[8];

    memset(buf, 'x', sizeof(buf));
    ck_assert_int_eq(xp_snprintf(buf, 4, "%s", "abcdef"), 6);
    ck_assert_str_eq(buf, "abc");
    ck_assert_int_eq(buf[4], 'x');
    ck_assert_int_eq(xp_snprintf(NULL, 0, "%d", 12345), 5);
}
END_TEST

START_TEST(numbers_are_parsed_to_their_end)
{
    static const struct {
        const char *s;
        unsigned int base;
        uint64_t value;
        size_t used;
    } cases[] = {{"123", 0, 123, 3},
                 {"0x1fG", 0, 31, 4},
                 {"017", 0, 15, 3},
                 {"0", 0, 0, 1},
                 {"12", 16, 18, 2},
                 {"", 0, 0, 0},
                 {"x", 0, 0, 0},
                 {"99999999999999999999999", 0, UINT64_MAX, 23},
                 {"18446744073709551615", 0, UINT64_MAX, 20},
                 {"089", 10, 89, 3}};
    const char *end;

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        ck_assert_uint_eq(xp_strtoull(cases[i].s, &end, cases[i].base), cases[i].value);
        ck_assert_uint_eq((size_t)(end - cases[i].s), cases[i].used);
    }
}
END_TEST

START_TEST(copies_are_bounded)
{
    char buf[4] = "xxx";

    ck_assert_uint_eq(xp_strlcpy(buf, "abcdef", sizeof(buf)), 6);
    ck_assert_str_eq(buf, "abc");
    ck_assert_uint_eq(xp_strlcpy(buf, "", sizeof(buf)), 0);
    ck_assert_str_eq(buf, "");
}
END_TEST

START_TEST(bits_are_found)
{
    enum { NR = 300 };
    BITMAP_DECLARE(map, NR);

    srand(5);
    for (unsigned int round = 0; round < 200; round++) {
        memset(map, 0, sizeof(map));
        for (unsigned int i = 0; i < (unsigned int)rand() % 20; i++)
            __set_bit((unsigned int)rand() % NR, map);
        for (unsigned int from = 0; from <= NR; from += 1 + (unsigned int)rand() % 9) {
            unsigned int set = from, clear = from;

            while (set < NR && !test_bit(set, map))
                set++;
            while (clear < NR && test_bit(clear, map))
                clear++;
            ck_assert_uint_eq(find_next_bit(map, NR, from), set);
            ck_assert_uint_eq(find_next_zero_bit(map, NR, from), clear);
        }
    }
}
END_TEST

TCase *string_tests(void)
{
    TCase *t = tcase_create("lib");

    tcase_add_test(t, integers_print_as_the_c_library_does);
    tcase_add_test(t, text_prints_as_the_c_library_does);
    tcase_add_test(t, output_is_cut_and_terminated);
    tcase_add_test(t, numbers_are_parsed_to_their_end);
    tcase_add_test(t, copies_are_bounded);
    tcase_add_test(t, bits_are_found);
    return t;
}
