/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the toolstack asks for: each wish is told once and acknowledged by an empty node; what is no wish is
 * dropped, counted; two at the same time come one after the other.
 */
#include <string.h>
#include <xenguest/control.h>
#include <xenguest/errno.h>
#include "fake_store.h"
#include "suites.h"

static struct xg_store store;
static struct xg_control control;

static void begin(void)
{
    fake_reset();
    fake_store_reset();
    fake.on_wait = fake_store_run;
    ck_assert_int_eq(xg_store_init(&store, &fake_store.boot), 0);
    ck_assert_int_eq(xg_control_init(&control, &store), 0);
}

static struct xg_control_request take(void)
{
    struct xg_control_request request;

    while (fake_store_run())
        ;
    ck_assert_int_eq(xg_control_take(&control, &request), 0);
    return request;
}

START_TEST(says_what_it_can)
{
    begin();
    ck_assert_str_eq(fake_store_get("control/feature-poweroff"), "1");
    ck_assert_str_eq(fake_store_get("control/feature-reboot"), "1");
    ck_assert_str_eq(fake_store_get("control/feature-suspend"), "1");
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
    xg_control_end(&control);
    ck_assert_uint_eq(fake_store.nr_watches, 0);
}
END_TEST

START_TEST(shutdowns)
{
    static const struct {
        const char *value;
        enum xg_control_wish wish;
    } cases[] = {
        {"poweroff", XG_CONTROL_POWEROFF}, {"reboot", XG_CONTROL_REBOOT},
        {"halt", XG_CONTROL_HALT},         {"crash", XG_CONTROL_CRASH},
        {"suspend", XG_CONTROL_SUSPEND},   {"power", XG_CONTROL_NOTHING},
        {"poweroffs", XG_CONTROL_NOTHING}, {"a longer word than there is room for", XG_CONTROL_NOTHING}};

    begin();
    take();
    fake_store_set("control/shutdown", cases[_i].value);
    ck_assert_uint_eq(take().wish, cases[_i].wish);
    ck_assert_uint_eq(control.nr_strange, cases[_i].wish == XG_CONTROL_NOTHING);
    ck_assert_str_eq(fake_store_get("control/shutdown"), "");
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
    /* The same once more. */
    fake_store_set("control/shutdown", cases[_i].value);
    ck_assert_uint_eq(take().wish, cases[_i].wish);
}
END_TEST

START_TEST(sysrq)
{
    struct xg_control_request request;

    begin();
    fake_store_set("control/sysrq", "s");
    request = take();
    ck_assert_uint_eq(request.wish, XG_CONTROL_SYSRQ);
    ck_assert_uint_eq(request.value, 's');
    ck_assert_str_eq(fake_store_get("control/sysrq"), "");
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
}
END_TEST

START_TEST(targets)
{
    struct xg_control_request request;

    begin();
    fake_store_set("memory/target", "65536");
    request = take();
    ck_assert_uint_eq(request.wish, XG_CONTROL_TARGET);
    ck_assert_uint_eq(request.value, 65536);
    fake_store_set("memory/target", "65536");
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
    fake_store_set("memory/target", "-1");
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
    ck_assert_uint_eq(control.nr_strange, 1);
    fake_store_set("memory/target", "32768");
    ck_assert_uint_eq(take().value, 32768);
    fake_store_remove("memory/target");
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
}
END_TEST

START_TEST(all_at_once)
{
    begin();
    take();
    fake_store_set("memory/target", "1000");
    fake_store_set("control/sysrq", "h");
    fake_store_set("control/shutdown", "reboot");
    ck_assert_uint_eq(take().wish, XG_CONTROL_REBOOT);
    ck_assert_uint_eq(take().wish, XG_CONTROL_SYSRQ);
    ck_assert_uint_eq(take().wish, XG_CONTROL_TARGET);
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
}
END_TEST

START_TEST(store_refuses)
{
    struct xg_control_request request;

    begin();
    take();
    fake_store_set("control/shutdown", "poweroff");
    while (fake_store_run())
        ;
    fake_store.error = "EACCES";
    ck_assert_int_eq(xg_control_take(&control, &request), -XG_EACCES);
    ck_assert_uint_eq(request.wish, XG_CONTROL_NOTHING);
}
END_TEST

START_TEST(store_is_late)
{
    struct xg_control_request request;

    begin();
    take();
    fake_store_set("control/shutdown", "poweroff");
    while (fake_store_run())
        ;
    fake_store.nr_silent = 1;
    ck_assert_int_eq(xg_control_take(&control, &request), -XG_ETIME);
    ck_assert_uint_eq(request.wish, XG_CONTROL_NOTHING);
    ck_assert_uint_eq(take().wish, XG_CONTROL_POWEROFF);
    ck_assert_uint_eq(take().wish, XG_CONTROL_NOTHING);
}
END_TEST

/* Refused, or not answered: what was begun is taken back, and nothing that was not. */
START_TEST(store_refuses_the_beginning)
{
    unsigned int answers = (unsigned int)_i;

    fake_reset();
    fake_store_reset();
    ck_assert_int_eq(xg_store_init(&store, &fake_store.boot), 0);
    if (!answers)
        fake_store.error = "EACCES";
    else
        fake_store.nr_silent = 1;
    ck_assert_int_eq(xg_control_init(&control, &store), answers ? -XG_ETIME : -XG_EACCES);
    ck_assert_uint_eq(fake_store.nr_watches, 0);
}
END_TEST

TCase *control_tests(void)
{
    TCase *tests = tcase_create("control");

    tcase_add_test(tests, says_what_it_can);
    tcase_add_loop_test(tests, shutdowns, 0, 8);
    tcase_add_test(tests, sysrq);
    tcase_add_test(tests, targets);
    tcase_add_test(tests, all_at_once);
    tcase_add_test(tests, store_refuses);
    tcase_add_test(tests, store_is_late);
    tcase_add_loop_test(tests, store_refuses_the_beginning, 0, 2);
    return tests;
}
