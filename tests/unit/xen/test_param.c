/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#include "suites.h"
#include <fake/fake.h>
#include <xen/param.h>
#include <xen/string.h>

static bool flag;
static unsigned int number;
static char text[8];
static char custom[16];

static int parse_custom(const char *s)
{
    if (strcmp(s, "bad") == 0)
        return -22;
    xp_strlcpy(custom, s, sizeof(custom));
    return 0;
}

PARAM_BOOL("test_flag", flag);
PARAM_UINT("test_number", number);
PARAM_STRING("test_text", text);
PARAM_CUSTOM("test_custom", parse_custom, "anything but bad");

START_TEST(values_are_taken)
{
    params_parse("  test_flag test_number=0x20  test_text=abc test_custom=a,b=c ");
    ck_assert(flag);
    ck_assert_uint_eq(number, 32);
    ck_assert_str_eq(text, "abc");
    ck_assert_str_eq(custom, "a,b=c");
    ck_assert_str_eq(command_line(), "  test_flag test_number=0x20  test_text=abc test_custom=a,b=c ");
    ck_assert_str_eq(fake_console_text(), "");
}
END_TEST

START_TEST(booleans_have_many_forms)
{
    static const char *const on[] = {"test_flag",      "test_flag=1",      "test_flag=yes", "test_flag=on",
                                     "test_flag=true", "test_flag=enable", "no-test_flag=0"};
    static const char *const off[] = {"no-test_flag",  "test_flag=0",     "test_flag=no",
                                      "test_flag=off", "test_flag=false", "test_flag=disable"};

    for (unsigned int i = 0; i < ARRAY_SIZE(on); i++) {
        flag = false;
        params_parse(on[i]);
        ck_assert(flag);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(off); i++) {
        flag = true;
        params_parse(off[i]);
        ck_assert(!flag);
    }
    ck_assert_str_eq(fake_console_text(), "");
}
END_TEST

START_TEST(unknown_options_warn_and_the_rest_counts)
{
    params_parse("frobnicate=3 test_number=5");
    ck_assert_uint_eq(number, 5);
    ck_assert_str_eq(fake_console_text(),
                     "(XEN) Unknown option \"frobnicate\" on the hypervisor's command line: ignored\n");
}
END_TEST

START_TEST(what_people_pass_to_stock_xen_is_quiet)
{
    params_parse("placeholder no-real-mode edd=off spec-ctrl=no xpti=no pv-l1tf=no watchdog vga=text-80x50 "
                 "dom0_vcpus_pin no-watchdog "
                 "iommu=no-igfx bootscrub=0 smt=false x2apic=off");
    ck_assert_str_eq(fake_console_text(), "");
}
END_TEST

START_TEST(malformed_values_end_the_boot_with_a_sentence)
{
    static const struct {
        const char *line, *sentence;
    } cases[] = {
        {"test_flag=maybe", "the option test_flag has the value \"maybe\", but takes yes or no"},
        {"test_number=12x", "the option test_number has the value \"12x\", but takes a number"},
        {"test_number", "the option test_number has the value \"\", but takes a number"},
        {"test_number=99999999999", "but takes a number"},
        {"test_text=12345678", "the option test_text has the value \"12345678\", but takes a shorter text"},
        {"test_custom=bad", "the option test_custom has the value \"bad\", but takes anything but bad"},
        {"loglvl=loud", "the option loglvl has the value \"loud\", but takes none, error, warning"},
        {"loglvl=all/loud", "the option loglvl has the value \"all/loud\""},
        {"conswitch=12", "the option conswitch has the value \"12\""},
    };
    const char *printed;

    if (fake_catch_end() == FAKE_GOES_ON) {
        params_parse(cases[_i].line);
        ck_abort_msg("%s was taken", cases[_i].line);
    }
    printed = fake_console_text();
    ck_assert_msg(strstr(printed, cases[_i].sentence), "printed: %s", printed);
    ck_assert_ptr_null(strstr(printed, "the stack"));
}
END_TEST

START_TEST(a_mistake_is_told_when_the_whole_line_is_read)
{
    enum fake_end how = fake_catch_end();

    if (how == FAKE_GOES_ON)
        params_parse("test_number=x loglvl=loud test_text=abc noreboot");
    ck_assert_int_eq(how, FAKE_HALT);
    ck_assert_str_eq(text, "abc");
    ck_assert_ptr_nonnull(strstr(fake_console_text(), "the option test_number has"));
}
END_TEST

START_TEST(a_line_longer_than_the_buffer_is_cut)
{
    static char line[5000];

    memset(line, ' ', sizeof(line) - 1);
    memcpy(line, "test_number=7", 13);
    params_parse(line);
    ck_assert_uint_eq(number, 7);
    ck_assert_uint_lt(strlen(command_line()), 1024);
}
END_TEST

START_TEST(sizes)
{
    static const struct {
        const char *s;
        uint64_t size;
        char behind;
    } cases[] = {{"512", 512 << 10, 0},  {"512B", 512, 0},
                 {"4K", 4096, 0},        {"16m,", 16 << 20, ','},
                 {"2G", 2ull << 30, 0},  {"1T", 1ull << 40, 0},
                 {"0x10M", 16 << 20, 0}, {"99999999999T", UINT64_MAX, 0}};
    const char *end;

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        ck_assert_uint_eq(param_parse_size(cases[i].s, &end), cases[i].size);
        ck_assert_int_eq(*end, cases[i].behind);
    }
    ck_assert_uint_eq(param_parse_size("M", &end), 0);
    ck_assert_str_eq(end, "M");
}
END_TEST

TCase *param_tests(void)
{
    TCase *t = tcase_create("param");

    tcase_add_test(t, values_are_taken);
    tcase_add_test(t, booleans_have_many_forms);
    tcase_add_test(t, unknown_options_warn_and_the_rest_counts);
    tcase_add_test(t, what_people_pass_to_stock_xen_is_quiet);
    tcase_add_loop_test(t, malformed_values_end_the_boot_with_a_sentence, 0, 9);
    tcase_add_test(t, a_mistake_is_told_when_the_whole_line_is_read);
    tcase_add_test(t, a_line_longer_than_the_buffer_is_cut);
    tcase_add_test(t, sizes);
    return t;
}
