/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels in queues, one step at a time: going over to them and back, order, priorities, masking, what
 * is closed while it waits. That nothing is lost at any moment is test_interleave.c's and
 * test_event_race.c's, with both layouts.
 */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/event_fifo.h>
#include "fake_xen.h"
#include "suites.h"

#define NR_PORTS 128

static struct xg_events events;
static struct xg_event_handler handlers[NR_PORTS];
static struct xg_event_vcpu vcpus[FAKE_VCPUS + 1];
static xg_evtchn_t order[16];
static unsigned int nr_ran, raise_again;

static void note(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    ck_assert_msg(!xg_event_pending(&events, port), "the handler ran before its event was cleared");
    ck_assert_uint_lt(nr_ran, 16);
    order[nr_ran++] = port;
    if (raise_again) {
        raise_again--;
        fake_event_raise(port);
    }
}

static void set_up(void)
{
    xg_events_init(&events, &fake.shared, handlers, NR_PORTS, vcpus, FAKE_VCPUS + 1);
}

static xg_evtchn_t bound(unsigned int vcpu)
{
    xg_evtchn_t port = 0;

    ck_assert_int_eq(xg_event_bind_ipi(&events, vcpu, note, NULL, &port), 0);
    return port;
}

static void set_up_queues(void)
{
    set_up();
    ck_assert_int_eq(fake_go_over(&events), 0);
}

static void check_ran(const xg_evtchn_t *ports, unsigned int nr)
{
    nr_ran = 0;
    ck_assert_uint_eq(xg_events_run(&events, NULL), nr);
    ck_assert_uint_eq(nr_ran, nr);
    for (unsigned int i = 0; i < nr; i++)
        ck_assert_uint_eq(order[i], ports[i]);
    ck_assert_uint_eq(fake.shared.vcpu_info[fake_vcpu].evtchn_upcall_pending, 0);
    ck_assert_uint_eq(fake.control[fake_vcpu]->ready, 0);
}

START_TEST(what_is_bound_stays_so)
{
    xg_evtchn_t open, closed, quiet;

    set_up();
    quiet = bound(0);
    open = bound(0);
    closed = bound(0);
    xg_event_mask(&events, closed);
    fake_event_raise(open);
    fake_event_raise(closed);
    ck_assert_int_eq(fake_go_over(&events), 0);
    ck_assert(!xg_event_masked(&events, quiet) && !xg_event_masked(&events, open));
    ck_assert(xg_event_masked(&events, closed) && xg_event_pending(&events, closed));
    check_ran(&open, 1);
    ck_assert_int_eq(xg_event_unmask(&events, closed), 0);
    check_ran(&closed, 1);
    fake_event_raise(quiet);
    check_ran(&quiet, 1);
    ck_assert_ptr_nonnull(fake.control[FAKE_VCPUS - 1]);
    ck_assert_uint_eq(events.nr_ports, NR_PORTS);
}
END_TEST

START_TEST(without_queues_two_levels_go_on)
{
    xg_evtchn_t port;

    set_up();
    port = bound(0);
    fake.no_queues = true;
    ck_assert_int_eq(fake_go_over(&events), -XG_ENOSYS);
    ck_assert_ptr_null(events.fifo);
    ck_assert_int_eq(xg_event_set_priority(port, 3), -XG_ENOSYS);
    fake_event_raise(port);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

START_TEST(order_and_priorities)
{
    xg_evtchn_t a, b, c;

    set_up_queues();
    a = bound(0);
    b = bound(0);
    c = bound(0);
    fake_event_raise(b);
    fake_event_raise(a);
    fake_event_raise(c);
    fake_event_raise(b);
    check_ran((xg_evtchn_t[]){b, a, c}, 3);
    ck_assert_int_eq(xg_event_set_priority(c, XG_EVENT_PRIORITY_FIRST), 0);
    ck_assert_int_eq(xg_event_set_priority(b, XG_EVENT_PRIORITY_LAST), 0);
    ck_assert_int_eq(xg_event_set_priority(b, XG_EVENT_PRIORITIES), -XG_EINVAL);
    fake_event_raise(b);
    fake_event_raise(a);
    fake_event_raise(c);
    check_ran((xg_evtchn_t[]){c, a, b}, 3);
}
END_TEST

START_TEST(event_during_its_handler_runs_it_again)
{
    xg_evtchn_t a, b;

    set_up_queues();
    a = bound(0);
    b = bound(0);
    fake_event_raise(a);
    fake_event_raise(b);
    raise_again = 1;
    check_ran((xg_evtchn_t[]){a, b, a}, 3);
}
END_TEST

START_TEST(masked_ports_collect)
{
    xg_evtchn_t a, b;
    unsigned int calls;

    set_up_queues();
    a = bound(0);
    b = bound(0);
    calls = fake.nr_calls;
    xg_event_mask(&events, a);
    ck_assert_int_eq(xg_event_unmask(&events, a), 0);
    ck_assert_int_eq(xg_event_unmask(&events, a), 0);
    ck_assert_uint_eq(fake.nr_calls, calls);
    xg_event_mask(&events, a);
    fake_event_raise(a);
    check_ran(NULL, 0);
    /* Masked while it waits: passed over, and not lost. */
    fake_event_raise(b);
    xg_event_mask(&events, b);
    check_ran(NULL, 0);
    ck_assert_int_eq(xg_event_unmask(&events, b), 0);
    ck_assert_int_eq(xg_event_unmask(&events, a), 0);
    check_ran((xg_evtchn_t[]){b, a}, 2);
    xg_event_mask(&events, a);
    fake_event_raise(a);
    ck_assert(xg_event_clear(&events, a));
    ck_assert(!xg_event_clear(&events, a));
    ck_assert_int_eq(xg_event_unmask(&events, a), 0);
    check_ran(NULL, 0);
}
END_TEST

START_TEST(closed_while_it_waits)
{
    xg_evtchn_t a, b;

    set_up_queues();
    a = bound(0);
    b = bound(0);
    fake_event_raise(a);
    fake_event_raise(b);
    ck_assert_int_eq(xg_event_close(&events, a), 0);
    check_ran(&b, 1);
    ck_assert_uint_eq(events.nr_unexpected, 0);
}
END_TEST

START_TEST(a_port_without_a_handler_is_masked)
{
    xg_evtchn_t a;

    set_up_queues();
    a = bound(0);
    handlers[a].function = NULL;
    fake_event_raise(a);
    check_ran(NULL, 0);
    ck_assert_uint_eq(events.nr_unexpected, 1);
    ck_assert(xg_event_masked(&events, a));
}
END_TEST

START_TEST(each_vcpu_has_its_own)
{
    xg_evtchn_t a, b;

    set_up_queues();
    a = bound(0);
    b = bound(2);
    fake_event_raise(b);
    fake_event_raise(a);
    check_ran(&a, 1);
    fake_vcpu = 2;
    check_ran(&b, 1);
    /* Moved while it waits: where it waits. */
    fake_vcpu = 0;
    ck_assert_int_eq(xg_event_alloc_unbound(&events, 0, note, NULL, &a), 0);
    fake_event_raise(a);
    ck_assert_int_eq(xg_event_bind_vcpu(&events, a, 1), 0);
    check_ran(&a, 1);
    fake_event_raise(a);
    check_ran(NULL, 0);
    fake_vcpu = 1;
    check_ran(&a, 1);
}
END_TEST

/* What Xen knows of a restored domain. */
static void restore(void)
{
    memset(fake.control, 0, sizeof(fake.control));
    memset(fake.ports, 0, sizeof(fake.ports));
    memset(fake.tails, 0, sizeof(fake.tails));
    fake.nr_words = 0;
    xg_events_resume(&events);
}

START_TEST(restored)
{
    xg_evtchn_t a;

    set_up_queues();
    a = bound(0);
    fake_event_raise(a);
    restore();
    ck_assert_ptr_nonnull(events.fifo);
    ck_assert(xg_event_masked(&events, a) && !xg_event_pending(&events, a));
    a = bound(0);
    fake_event_raise(a);
    check_ran(&a, 1);
    fake.no_queues = true;
    restore();
    ck_assert_ptr_null(events.fifo);
    a = bound(0);
    fake_event_raise(a);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

TCase *event_fifo_tests(void)
{
    TCase *tests = tcase_create("events in queues");

    tcase_add_test(tests, what_is_bound_stays_so);
    tcase_add_test(tests, without_queues_two_levels_go_on);
    tcase_add_test(tests, order_and_priorities);
    tcase_add_test(tests, event_during_its_handler_runs_it_again);
    tcase_add_test(tests, masked_ports_collect);
    tcase_add_test(tests, closed_while_it_waits);
    tcase_add_test(tests, a_port_without_a_handler_is_masked);
    tcase_add_test(tests, each_vcpu_has_its_own);
    tcase_add_test(tests, restored);
    return tests;
}
