/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: levels, prefixes, guests' output, input and its switch. */
#include "suites.h"
#include <fake/fake.h>
#include <xen/console.h>
#include <xen/event_channel.h>
#include <xen/keyhandler.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/string.h>

static struct domain *d0, *d5;

static void boot(const char *options)
{
    params_parse(options);
    fake_boot(1, 4096);
    d0 = fake_domain(0, 1, 16);
    d5 = fake_domain(5, 1, 16);
    keyhandlers_init();
    fake_as(d5->vcpu[0]);
    (void)fake_console_text();
}

static long write_text(const char *s)
{
    return do_console_io(CONSOLEIO_write, (unsigned int)strlen(s), VA(s));
}

static void log_each(void (*log)(enum log_level, const char *, ...))
{
    log(LOG_ERROR, "e\n");
    log(LOG_WARNING, "w\n");
    log(LOG_INFO, "i\n");
    log(LOG_DEBUG, "d\n");
}

START_TEST(errors_and_warnings_print_by_default)
{
    boot("");
    log_each(log_at);
    ck_assert_str_eq(fake_console_text(), "(XEN) e\n(XEN) w\n");
    log_each(guest_log_at);
    ck_assert_str_eq(fake_console_text(), "(XEN) e\n(XEN) w\n");
}
END_TEST

START_TEST(levels_are_chosen)
{
    static const struct {
        const char *options, *printed;
    } cases[] = {
        {"loglvl=all", "(XEN) e\n(XEN) w\n(XEN) i\n(XEN) d\n"},
        {"loglvl=debug", "(XEN) e\n(XEN) w\n(XEN) i\n(XEN) d\n"},
        {"loglvl=info", "(XEN) e\n(XEN) w\n(XEN) i\n"},
        {"loglvl=warning", "(XEN) e\n(XEN) w\n"},
        {"loglvl=error", "(XEN) e\n"},
        {"loglvl=none", ""},
        {"loglvl=none/error", "(XEN) e\n"},
        {"loglvl=all/none", "(XEN) e\n(XEN) w\n(XEN) i\n(XEN) d\n"},
    };

    boot(cases[_i].options);
    log_each(log_at);
    ck_assert_str_eq(fake_console_text(), cases[_i].printed);
}
END_TEST

START_TEST(what_guests_cause_is_limited)
{
    boot("guest_loglvl=none/all");
    for (unsigned int i = 0; i < 100; i++)
        guest_log_at(LOG_DEBUG, "x\n");
    ck_assert_uint_eq(strlen(fake_console_text()), 10 * strlen("(XEN) x\n"));
    fake_now += SECONDS(1);
    guest_log_at(LOG_DEBUG, "x\n");
    ck_assert_str_eq(fake_console_text(), "(XEN) 90 messages suppressed.\n(XEN) x\n");
}
END_TEST

START_TEST(a_line_in_pieces_has_one_prefix)
{
    boot("");
    printk("a ");
    printk("b\nc");
    printk("\n");
    ck_assert_str_eq(fake_console_text(), "(XEN) a b\n(XEN) c\n");
}
END_TEST

START_TEST(domain_0_writes_raw)
{
    boot("");
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(do_console_io(CONSOLEIO_write, 7, VA("a\x1b[1mb>")), 0);
    ck_assert_str_eq(fake_console_text(), "a\x1b[1mb>");
}
END_TEST

START_TEST(domain_0_leaves_interrupts_on_between_pieces)
{
    static char text[1000];

    boot("");
    fake_as(d0->vcpu[0]);
    memset(text, 'x', sizeof(text));
    fake_console_longest = 0;
    ck_assert_int_eq(do_console_io(CONSOLEIO_write, sizeof(text), VA(text)), 0);
    ck_assert_uint_eq(strlen(fake_console_text()), sizeof(text));
    ck_assert_uint_eq(fake_console_longest, 16);
}
END_TEST

START_TEST(others_write_tagged_lines)
{
    boot("");
    ck_assert_int_eq(write_text("hel"), 0);
    ck_assert_str_eq(fake_console_text(), "");
    ck_assert_int_eq(write_text("lo\x1b[1m\r\n\tnext\nrest"), 0);
    ck_assert_str_eq(fake_console_text(), "(d5) hello[1m\n(d5) \tnext\n");
    /* What is left comes out when the domain goes. */
    console_domain_destroy(d5);
    ck_assert_str_eq(fake_console_text(), "(d5) rest\n");
}
END_TEST

START_TEST(a_line_without_end_is_broken)
{
    static char text[600];

    boot("");
    memset(text, 'x', sizeof(text));
    ck_assert_int_eq(do_console_io(CONSOLEIO_write, sizeof(text), VA(text)), 0);
    ck_assert_uint_eq(strlen(fake_console_text()), 2 * (5 + 256 + 1));
}
END_TEST

/* Lines of 63 characters and a newline: with tag, CR and LF 70 bytes on the serial line. */
#define LINE_BYTES (5 + 63 + 2)

/* 4096 lines by d; returns how many of them were printed. */
static size_t flood(struct domain *d)
{
    static char text[1 << 16];

    fake_as(d->vcpu[0]);
    for (unsigned int i = 0; i < sizeof(text); i++)
        text[i] = i % 64 == 63 ? '\n' : 'x';
    for (unsigned int i = 0; i < 4; i++)
        ck_assert_int_eq(do_console_io(CONSOLEIO_write, sizeof(text), VA(text)), 0);
    return strlen(fake_console_text()) / (LINE_BYTES - 1);
}

START_TEST(a_flood_is_dropped_and_counted)
{
    char message[128];

    boot("");
    ck_assert_uint_eq(flood(d5), 16384 / LINE_BYTES);
    fake_now += SECONDS(1);
    ck_assert_int_eq(write_text("again\n"), 0);
    xp_snprintf(message, sizeof(message),
                "(XEN) d5: %u bytes of console output dropped: it writes too fast\n(d5) again\n",
                (4096 - 16384 / LINE_BYTES) * 64);
    ck_assert_str_eq(fake_console_text(), message);
    /* Another domain is not concerned. */
    fake_as(fake_domain(6, 1, 16)->vcpu[0]);
    ck_assert_int_eq(write_text("me\n"), 0);
    ck_assert_str_eq(fake_console_text(), "(d6) me\n");
}
END_TEST

/* Also of empty lines and of messages about dropped ones no more than a quarter of the line's 11,520 bytes
 * passes. */
START_TEST(a_steady_flood_leaves_the_line_to_others)
{
    static char newlines[32];
    size_t sent = 0;

    boot("");
    (void)flood(d5);
    memset(newlines, '\n', sizeof(newlines));
    for (unsigned int i = 0; i < 10000; i++) {
        const char *s;

        fake_now += MILLISECONDS(1);
        ck_assert_int_eq(do_console_io(CONSOLEIO_write, sizeof(newlines), VA(newlines)), 0);
        for (s = fake_console_text(); *s; s++)
            sent += *s == '\n' ? 2 : 1;
    }
    ck_assert_uint_le(sent, 10 * 11520 / 4);
    ck_assert_uint_ge(sent, 10 * 11520 / 8);
}
END_TEST

START_TEST(guests_together_are_limited_too)
{
    struct domain *others[5];
    size_t lines = 0;

    boot("");
    for (unsigned int i = 0; i < 5; i++)
        others[i] = fake_domain((domid_t)(10 + i), 1, 16);
    for (unsigned int i = 0; i < 5; i++)
        lines += flood(others[i]);
    ck_assert_uint_le(lines, 32768 / LINE_BYTES);
    ck_assert_uint_ge(lines, 32768 / LINE_BYTES - 5);
    /* What the bucket of all refused was not taken from the domain's own. */
    fake_now += SECONDS(4);
    fake_as(others[4]->vcpu[0]);
    ck_assert_int_eq(write_text("here\n"), 0);
    ck_assert_ptr_nonnull(strstr(fake_console_text(), "(d14) here\n"));
}
END_TEST

START_TEST(bad_calls)
{
    boot("");
    ck_assert_int_eq(do_console_io(CONSOLEIO_write, 10, 0x10), -XEN_EFAULT);
    ck_assert_int_eq(do_console_io(CONSOLEIO_write, 0, 0x10), 0);
    ck_assert_int_eq(do_console_io(CONSOLEIO_read, 10, 0x10), -XEN_EPERM);
    ck_assert_int_eq(do_console_io(2, 0, 0), -XEN_EPERM);
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(do_console_io(2, 0, 0), -XEN_ENOSYS);
    ck_assert_int_eq(do_console_io(CONSOLEIO_read, 0x80000000, 0x10), -XEN_E2BIG);
}
END_TEST

static void type(const char *s)
{
    while (*s)
        console_input(*s++);
    fake_run_softirqs();
}

static long read_input(char *dst, unsigned int n)
{
    long rc;

    fake_as(d0->vcpu[0]);
    memset(dst, 0, n);
    rc = do_console_io(CONSOLEIO_read, n - 1, VA(dst));
    return rc;
}

#define ON_DOM0 "(XEN) *** Serial input to DOM0 (type 'CTRL-a' three times to switch input)\n"
#define ON_XEN  "(XEN) *** Serial input to Xen (type 'CTRL-a' three times to switch input)\n"

START_TEST(input_goes_to_domain_0_and_is_announced)
{
    struct evtchn_bind_virq b = {.virq = VIRQ_CONSOLE, .vcpu = 0};
    char text[32];

    boot("");
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_bind_virq, VA(&b)), 0);
    console_end_boot();
    ck_assert_str_eq(fake_console_text(), ON_DOM0);
    type("ls\r");
    ck_assert(evtchn_port_is_pending(d0, b.port));
    ck_assert_int_eq(read_input(text, 3), 2);
    ck_assert_str_eq(text, "ls");
    ck_assert_int_eq(read_input(text, 32), 1);
    ck_assert_int_eq(read_input(text, 32), 0);
}
END_TEST

START_TEST(three_switch_characters_switch)
{
    char text[32];

    boot("");
    console_end_boot();
    (void)fake_console_text();
    type("\x01\x01x\x01");
    ck_assert_str_eq(fake_console_text(), "");
    type("\x01\x01");
    ck_assert_str_eq(fake_console_text(), ON_XEN);
    type("h");
    ck_assert_ptr_nonnull(strstr(fake_console_text(), " key 'q' (ascii '71') => dump domain"));
    type("\x01\x01\x01");
    ck_assert_str_eq(fake_console_text(), ON_DOM0);
    /* Two of them were meant for Domain 0. */
    ck_assert_int_eq(read_input(text, 32), 3);
    ck_assert_str_eq(text, "\x01\x01x");
}
END_TEST

START_TEST(the_switch_character_can_be_changed)
{
    boot("conswitch=bx");
    console_end_boot();
    ck_assert_str_eq(fake_console_text(),
                     "(XEN) *** Serial input to Xen (type 'CTRL-b' three times to switch input)\n");
    type("\x02\x02\x02");
    ck_assert_ptr_nonnull(strstr(fake_console_text(), "DOM0"));
}
END_TEST

START_TEST(too_much_input_is_lost_not_overwritten)
{
    char text[256];

    boot("");
    console_end_boot();
    for (unsigned int i = 0; i < 200; i++)
        console_input((char)('0' + i % 10));
    ck_assert_int_eq(read_input(text, 256), 128);
    ck_assert_str_eq(&text[120], "01234567");
}
END_TEST

START_TEST(a_read_that_fails_loses_nothing)
{
    char text[32];

    boot("");
    console_end_boot();
    type("ls -l");
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(do_console_io(CONSOLEIO_read, 31, 0x10), -XEN_EFAULT);
    ck_assert_int_eq(read_input(text, 32), 5);
    ck_assert_str_eq(text, "ls -l");
}
END_TEST

START_TEST(characters_are_taken_once)
{
    char text[8];
    unsigned int first, second;

    boot("");
    console_end_boot();
    type("abc");
    ck_assert_uint_eq(console_input_peek(text, 2, &first), 2);
    ck_assert_uint_eq(console_input_peek(text, 8, &second), 3);
    ck_assert(console_input_take(second, 3));
    ck_assert(!console_input_take(first, 2));
    ck_assert_uint_eq(console_input_peek(text, 8, &first), 0);
}
END_TEST

START_TEST(every_debug_key_prints_something)
{
    static const char keys[] = "hqdegxmatsr";

    boot("");
    for (const char *k = keys; *k; k++) {
        keyhandler_run(*k);
        ck_assert_ptr_nonnull(strchr(fake_console_text(), '>'));
    }
    keyhandler_run('?');
    keyhandler_run((char)200);
    ck_assert_str_eq(fake_console_text(), "");
}
END_TEST

START_TEST(the_ring_keeps_what_was_printed_last)
{
    char text[32768];
    uint64_t index = 0;
    size_t n;

    boot("");
    for (unsigned int i = 0; i < 5000; i++)
        printk("line %u\n", i);
    n = console_ring_read(&index, text, sizeof(text) - 1);
    text[n] = '\0';
    ck_assert_uint_eq(n, 16384);
    ck_assert_str_eq(&text[n - strlen("(XEN) line 4999\n")], "(XEN) line 4999\n");
    ck_assert_uint_eq(console_ring_read(&index, text, sizeof(text)), 0);
}
END_TEST

TCase *console_tests(void)
{
    TCase *t = tcase_create("console");

    tcase_add_test(t, errors_and_warnings_print_by_default);
    tcase_add_loop_test(t, levels_are_chosen, 0, 8);
    tcase_add_test(t, what_guests_cause_is_limited);
    tcase_add_test(t, a_line_in_pieces_has_one_prefix);
    tcase_add_test(t, domain_0_writes_raw);
    tcase_add_test(t, domain_0_leaves_interrupts_on_between_pieces);
    tcase_add_test(t, others_write_tagged_lines);
    tcase_add_test(t, a_line_without_end_is_broken);
    tcase_add_test(t, a_flood_is_dropped_and_counted);
    tcase_add_test(t, a_steady_flood_leaves_the_line_to_others);
    tcase_add_test(t, guests_together_are_limited_too);
    tcase_add_test(t, bad_calls);
    tcase_add_test(t, input_goes_to_domain_0_and_is_announced);
    tcase_add_test(t, three_switch_characters_switch);
    tcase_add_test(t, the_switch_character_can_be_changed);
    tcase_add_test(t, too_much_input_is_lost_not_overwritten);
    tcase_add_test(t, a_read_that_fails_loses_nothing);
    tcase_add_test(t, characters_are_taken_once);
    tcase_add_test(t, every_debug_key_prints_something);
    tcase_add_test(t, the_ring_keeps_what_was_printed_last);
    return t;
}
