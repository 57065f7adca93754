/* SPDX-License-Identifier: BSD-2-Clause */
/* The formatted output against the C library's, and where it is to differ; the early console that uses it. */
#include <stdio.h>
#include <string.h>
#include <xenguest/early.h>
#include <xenguest/errno.h>
#include <xenguest/format.h>
#include "fake_xen.h"
#include "suites.h"

#define AS_PRINTF(...)                                                                                       \
    do {                                                                                                     \
        char ours[300], theirs[300];                                                                         \
        int length = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                                          \
                                                                                                             \
        ck_assert_uint_eq(xg_format_buffer(ours, sizeof(ours), __VA_ARGS__), length);                        \
        ck_assert_str_eq(ours, theirs);                                                                      \
    } while (0)

START_TEST(like_printf)
{
    AS_PRINTF("plain");
    AS_PRINTF("%s and %s", "one", "two");
    AS_PRINTF("%d %d %i %d", 0, -1, 2147483647, -2147483647 - 1);
    AS_PRINTF("%u %x %X", 4294967295u, 0xdeadbeefu, 0xdeadbeefu);
    AS_PRINTF("%ld %lld", (long)INT64_MIN, (long long)INT64_MAX);
    AS_PRINTF("%lu %zu %lx", ~0ul, (size_t)12, 0x123456789abcdeful);
    AS_PRINTF("[%5d][%-5d][%05d][%5d]", 42, 42, 42, -42);
    AS_PRINTF("[%05d][%08lx][%2x]", -42, 0xabul, 0x12345u);
    AS_PRINTF("[%10s][%-10s][%.3s][%10.2s]", "abc", "abc", "abcdef", "abcdef");
    AS_PRINTF("[%*d][%-*s][%.*s]", 6, 42, 6, "ab", 2, "abcdef");
    AS_PRINTF("%c%c%%", 'a', 'b');
    AS_PRINTF("%40s|", "wide");
    AS_PRINTF("%p", (void *)0x1234);
    AS_PRINTF("%hd %hhu", (short)5, (unsigned char)6);
}
END_TEST

START_TEST(short_buffer_is_terminated)
{
    char buffer[8] = "zzzzzzz";

    ck_assert_uint_eq(xg_format_buffer(buffer, 4, "%s", "abcdef"), 6);
    ck_assert_str_eq(buffer, "abc");
    ck_assert_int_eq(buffer[4], 'z');
    ck_assert_uint_eq(xg_format_buffer(buffer, 1, "%s", "abcdef"), 6);
    ck_assert_str_eq(buffer, "");
    ck_assert_uint_eq(xg_format_buffer(NULL, 0, "%d", 12), 2);
}
END_TEST

/* Formats that the compiler would rightly complain of: it is not to see them. */
static const char *volatile odd;

START_TEST(odd_formats_do_no_harm)
{
    char buffer[64];

    odd = "%q %";
    xg_format_buffer(buffer, sizeof(buffer), odd, 1);
    ck_assert_str_eq(buffer, "%q %");
    odd = "%5";
    xg_format_buffer(buffer, sizeof(buffer), odd, 1);
    ck_assert_str_eq(buffer, "%5");
    odd = "%s";
    xg_format_buffer(buffer, sizeof(buffer), odd, (char *)NULL);
    ck_assert_str_eq(buffer, "(null)");
    odd = "%999999999999d";
    ck_assert_uint_eq(xg_format_buffer(NULL, 0, odd, 1), 4096);
}
END_TEST

START_TEST(early_printf_writes_whole_lines)
{
    xg_early_printf("%s %d\n", "line", 7);
    ck_assert_str_eq(fake.output, "line 7\n");
    ck_assert_uint_eq(fake_count(__HYPERVISOR_console_io), 1);
}
END_TEST

START_TEST(early_write_is_cut_in_pieces)
{
    static char text[3000];

    memset(text, 'x', sizeof(text));
    ck_assert_int_eq(xg_early_write(text, sizeof(text)), 0);
    ck_assert_uint_eq(fake.output_length, sizeof(text));
    ck_assert_uint_eq(fake_count(__HYPERVISOR_console_io), 3);
}
END_TEST

START_TEST(early_write_says_that_it_may_not)
{
    fake_refuse(__HYPERVISOR_console_io, -XEN_EPERM, 0);
    ck_assert_int_eq(xg_early_write("x", 1), -XG_EPERM);
    fake_refuse(__HYPERVISOR_console_io, -XEN_EPERM, 0);
    xg_early_printf("lost");
    ck_assert_uint_eq(fake.output_length, 0);
}
END_TEST

TCase *format_tests(void)
{
    TCase *tests = tcase_create("format");

    tcase_add_test(tests, like_printf);
    tcase_add_test(tests, short_buffer_is_terminated);
    tcase_add_test(tests, odd_formats_do_no_harm);
    tcase_add_test(tests, early_printf_writes_whole_lines);
    tcase_add_test(tests, early_write_is_cut_in_pieces);
    tcase_add_test(tests, early_write_says_that_it_may_not);
    return tests;
}
