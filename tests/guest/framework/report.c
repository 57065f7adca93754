/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict's state: the worst that was reported so far. */
#include "guest.h"

#include <xen/sched.h>

enum verdict { VERDICT_NONE, VERDICT_SUCCESS, VERDICT_SKIP, VERDICT_ERROR, VERDICT_FAILURE };

static enum verdict verdict;
static bool crash_expected;

static void report(enum verdict reported, const char *word, const char *format, va_list arguments)
{
    char line[320];
    size_t used = (size_t)format_line(line, sizeof(line), "%s: ", word);

    format_line_v(line + used, sizeof(line) - used, format, arguments);
    printk("%s\n", line);
    if (reported > verdict) {
        verdict = reported;
    }
}

void test_success(void)
{
    if (verdict < VERDICT_SUCCESS) {
        verdict = VERDICT_SUCCESS;
    }
}

void test_skip(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report(VERDICT_SKIP, "SKIP", format, arguments);
    va_end(arguments);
}

void test_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report(VERDICT_ERROR, "ERROR", format, arguments);
    va_end(arguments);
}

void test_failure(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report(VERDICT_FAILURE, "FAILURE", format, arguments);
    va_end(arguments);
}

void test_expect_crash(const char *reason)
{
    if (verdict > VERDICT_SUCCESS) {
        test_finish();
    }
    crash_expected = true;
    printk("Test expects a crash: %s\n", reason);
}

void test_finish(void)
{
    static const char *const names[] = {
        [VERDICT_NONE] = "ERROR",  [VERDICT_SUCCESS] = "SUCCESS", [VERDICT_SKIP] = "SKIP",
        [VERDICT_ERROR] = "ERROR", [VERDICT_FAILURE] = "FAILURE",
    };
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_reboot};

    if (crash_expected) {
        test_failure("the domain was to be crashed and goes on");
    }
    if (verdict == VERDICT_NONE) {
        printk("ERROR: the test reported nothing\n");
    }
    printk("Test result: %s\n", names[verdict]);
    for (;;) {
        hypercall_sched_op(SCHEDOP_shutdown, &shutdown);
    }
}

/* The path up to the test's folder says nothing. */
static const char *place(const char *file)
{
    const char *last = file, *c;

    for (c = file; *c; c++) {
        if (*c == '/') {
            last = c + 1;
        }
    }
    return last;
}

bool test_check(bool held, const char *file, int line, const char *text)
{
    if (!held) {
        test_failure("%s:%d: not so: %s", place(file), line, text);
    }
    return held;
}

bool test_check_equal(unsigned long actual, unsigned long expected, const char *file, int line,
                      const char *text)
{
    if (actual != expected) {
        test_failure("%s:%d: %s is 0x%lx, expected 0x%lx", place(file), line, text, actual, expected);
    }
    return actual == expected;
}

bool test_check_rc(long actual, long expected, const char *file, int line, const char *text)
{
    if (actual != expected) {
        test_failure("%s:%d: %s answers %ld, expected %ld", place(file), line, text, actual, expected);
    }
    return actual == expected;
}

void test_require(bool held, const char *file, int line, const char *text)
{
    if (!held) {
        test_error("%s:%d: needs: %s", place(file), line, text);
        test_finish();
    }
}
