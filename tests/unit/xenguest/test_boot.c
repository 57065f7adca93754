/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot information, from well-made pages and from ones that are not. */
#include <string.h>
#include <xenguest/boot.h>
#include <xenguest/errno.h>
#include "fake_xen.h"
#include "suites.h"

static struct start_info info;
static struct xg_boot boot;

START_TEST(reads_domain0)
{
    fake_start_info(&info);
    info.flags = SIF_INITDOMAIN | SIF_PRIVILEGED;
    info.shared_info = 0x1234000;
    info.pt_base = 0xffffffff80200000;
    info.nr_pt_frames = 5;
    info.console.dom0.info_off = 1168;
    info.console.dom0.info_size = 24;
    info.mod_start = 0xffffffff80300000;
    info.mod_len = 77;
    strcpy((char *)info.cmd_line, "one two");
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    ck_assert_str_eq(boot.abi, "xen-3.0-x86_64");
    ck_assert(boot.initial_domain && boot.privileged);
    ck_assert_uint_eq(boot.nr_pages, FAKE_FRAMES);
    ck_assert_uint_eq(boot.shared_info.n, 0x1234000);
    ck_assert_uint_eq(boot.page_tables, 0xffffffff80200000);
    ck_assert_uint_eq(boot.nr_page_table_frames, 5);
    ck_assert_ptr_eq(boot.p2m, fake.p2m);
    ck_assert_uint_eq(boot.module_address, 0xffffffff80300000);
    ck_assert_uint_eq(boot.module_bytes, 77);
    ck_assert(!xg_mfn_valid(boot.console_mfn));
    ck_assert_uint_eq(boot.video_offset, 1168);
    ck_assert_str_eq(boot.command_line, "one two");
}
END_TEST

START_TEST(reads_domu)
{
    fake_start_info(&info);
    info.store_mfn = 5;
    info.store_evtchn = 1;
    info.console.domU.mfn = 6;
    info.console.domU.evtchn = 2;
    info.flags = SIF_MOD_START_PFN;
    info.mod_start = 0x40;
    info.mod_len = 9;
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    ck_assert_uint_eq(boot.store_mfn.n, 5);
    ck_assert_uint_eq(boot.store_port, 1);
    ck_assert_uint_eq(boot.console_mfn.n, 6);
    ck_assert_uint_eq(boot.console_port, 2);
    ck_assert_uint_eq(boot.module_address, 0);
    ck_assert_uint_eq(boot.module_pfn.n, 0x40);
    ck_assert_uint_eq(boot.video_bytes, 0);
}
END_TEST

START_TEST(domu_without_console_has_no_frame)
{
    fake_start_info(&info);
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    ck_assert(!xg_mfn_valid(boot.console_mfn));
}
END_TEST

START_TEST(refuses_what_is_no_start_info)
{
    ck_assert_int_eq(xg_boot_read(&boot, NULL), -XG_EINVAL);
    fake_start_info(&info);
    strcpy(info.magic, "yen-3.0-x86_64");
    ck_assert_int_eq(xg_boot_read(&boot, &info), -XG_EINVAL);
    memset(info.magic, 0, sizeof(info.magic));
    ck_assert_int_eq(xg_boot_read(&boot, &info), -XG_EINVAL);
}
END_TEST

/* Neither the magic nor the command line need end: what is behind them must not be read into the text. */
START_TEST(survives_unterminated_strings)
{
    fake_start_info(&info);
    memset(info.magic, 'x', sizeof(info.magic));
    memcpy(info.magic, "xen-3.", 6);
    memset(info.cmd_line, 'c', sizeof(info.cmd_line));
    info.first_p2m_pfn = ~0ul;
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    ck_assert_uint_eq(strlen(boot.abi), sizeof(info.magic));
    ck_assert_uint_eq(strlen(boot.command_line), XG_COMMAND_LINE_BYTES);
}
END_TEST

START_TEST(command_line_is_printable)
{
    fake_start_info(&info);
    strcpy((char *)info.cmd_line, "a\033[2J\nb\tc\x80\xff");
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    ck_assert_str_eq(boot.command_line, "a [2J b c  ");
}
END_TEST

static void line(const char *text)
{
    fake_start_info(&info);
    strcpy((char *)info.cmd_line, text);
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
}

static void option_is(const char *name, const char *value)
{
    size_t length = 99;
    const char *found = xg_boot_option(&boot, name, &length);

    if (!value) {
        ck_assert_ptr_null(found);
        return;
    }
    ck_assert_ptr_nonnull(found);
    ck_assert_uint_eq(length, strlen(value));
    ck_assert(!strncmp(found, value, length));
}

START_TEST(options)
{
    line("  reboot console=xen   x= console=ring noreboot =odd consoles=3");
    option_is("reboot", "");
    option_is("console", "ring");
    option_is("x", "");
    option_is("noreboot", "");
    option_is("boot", NULL);
    option_is("conso", NULL);
    option_is("rebootx", NULL);
    option_is("consoles", "3");
    ck_assert_ptr_nonnull(xg_boot_option(&boot, "reboot", NULL));
    line("");
    option_is("reboot", NULL);
    line("    ");
    option_is("reboot", NULL);
}
END_TEST

TCase *boot_tests(void)
{
    TCase *tests = tcase_create("boot");

    tcase_add_test(tests, reads_domain0);
    tcase_add_test(tests, reads_domu);
    tcase_add_test(tests, domu_without_console_has_no_frame);
    tcase_add_test(tests, refuses_what_is_no_start_info);
    tcase_add_test(tests, survives_unterminated_strings);
    tcase_add_test(tests, command_line_is_printable);
    tcase_add_test(tests, options);
    return tests;
}
