/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict. SUCCESS: every assertion held. SKIP: the machine or the set-up cannot show the fact. ERROR:
 * the test itself could not do its work. FAILURE: the hypervisor's answer is not the expected one. The worst
 * wins; a test that returns without a word is an ERROR. The runner reads the line "Test result: …".
 */
#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

void test_success(void);
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the verdict and shuts down with reason reboot. */
void test_finish(void) __attribute__((noreturn));

/* Says that the hypervisor is to end this domain by what comes next, for a reason; coming to a verdict is
 * then a FAILURE. */
void test_expect_crash(const char *reason);

/* Assertions: each reports a FAILURE with the place and the values, and the test goes on. They answer whether
 * it held. */
#define CHECK(condition) test_check(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(actual, expected)                                                                        \
    test_check_equal((unsigned long)(actual), (unsigned long)(expected), __FILE__, __LINE__, #actual)
#define CHECK_RC(call, expected) test_check_rc((call), (expected), __FILE__, __LINE__, #call)

/* A condition without which nothing after it makes sense: ends the test as an ERROR. */
#define REQUIRE(condition) test_require(!!(condition), __FILE__, __LINE__, #condition)

_Bool test_check(_Bool held, const char *file, int line, const char *text);
_Bool test_check_equal(unsigned long actual, unsigned long expected, const char *file, int line,
                       const char *text);
_Bool test_check_rc(long actual, long expected, const char *file, int line, const char *text);
void test_require(_Bool held, const char *file, int line, const char *text);

#endif
