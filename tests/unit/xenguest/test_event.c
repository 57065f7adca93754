/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels one step at a time: binding, masking, the demultiplexer, and what happens at each moment in
 * between. */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/event.h>
#include "fake_xen.h"
#include "suites.h"

#define NR_PORTS 128

static struct xg_events events;
static struct xg_event_handler handlers[NR_PORTS];
static struct xg_event_vcpu vcpus[FAKE_VCPUS];
static unsigned int ran[NR_PORTS];
static unsigned int raise_again; /* from inside the handler, this often */

static struct vcpu_info *info(unsigned int vcpu)
{
    return &fake.shared.vcpu_info[vcpu];
}

static void set_up(void)
{
    xg_events_init(&events, &fake.shared, handlers, NR_PORTS, vcpus, FAKE_VCPUS);
    memset(ran, 0, sizeof(ran));
    raise_again = 0;
}

static void count(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    ck_assert_ptr_eq(arg, &events);
    ck_assert_msg(!xg_event_pending(&events, port), "the handler ran before its event was cleared");
    ran[port]++;
    if (raise_again) {
        raise_again--;
        fake_event_raise(port);
    }
}

static xg_evtchn_t bound(unsigned int vcpu)
{
    xg_evtchn_t port = 0;

    ck_assert_int_eq(xg_event_bind_ipi(&events, vcpu, count, &events, &port), 0);
    return port;
}

static bool masked(xg_evtchn_t port)
{
    return fake.shared.evtchn_mask[port / 64] >> (port % 64) & 1;
}

START_TEST(init_masks_everything)
{
    unsigned int i;

    set_up();
    for (i = 0; i < 64; i++)
        ck_assert_uint_eq(fake.shared.evtchn_mask[i], ~0ul);
}
END_TEST

START_TEST(runs_what_is_pending)
{
    xg_evtchn_t a, b;

    set_up();
    a = bound(0);
    fake.next_port = 100;
    b = bound(0);
    fake_event_raise(a);
    fake_event_raise(b);
    ck_assert_uint_eq(info(0)->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 2);
    ck_assert_uint_eq(ran[a], 1);
    ck_assert_uint_eq(ran[b], 1);
    ck_assert_uint_eq(info(0)->evtchn_upcall_pending, 0);
    ck_assert_uint_eq(info(0)->evtchn_pending_sel, 0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
}
END_TEST

START_TEST(event_during_its_handler_runs_it_again)
{
    xg_evtchn_t port;

    set_up();
    port = bound(0);
    raise_again = 3;
    fake_event_raise(port);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 4);
    ck_assert_uint_eq(ran[port], 4);
}
END_TEST

START_TEST(masked_event_waits_for_unmask)
{
    xg_evtchn_t port;

    set_up();
    port = bound(0);
    xg_event_mask(&events, port);
    fake_event_raise(port);
    ck_assert_uint_eq(info(0)->evtchn_upcall_pending, 0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    ck_assert_int_eq(xg_event_unmask(&events, port), 0);
    ck_assert_uint_eq(info(0)->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

START_TEST(unmask_of_an_idle_port_is_free)
{
    xg_evtchn_t port;
    unsigned int before;

    set_up();
    port = bound(0);
    before = fake.nr_calls;
    xg_event_mask(&events, port);
    ck_assert_int_eq(xg_event_unmask(&events, port), 0);
    ck_assert_uint_eq(fake.nr_calls, before);
    ck_assert(!masked(port));
}
END_TEST

/* The event of a port of vCPU 2 is unmasked on vCPU 0: the one told must be vCPU 2. */
START_TEST(unmask_tells_the_right_vcpu)
{
    xg_evtchn_t port;

    set_up();
    port = bound(2);
    xg_event_mask(&events, port);
    fake_event_raise(port);
    ck_assert_int_eq(xg_event_unmask(&events, port), 0);
    ck_assert_uint_eq(info(0)->evtchn_upcall_pending, 0);
    ck_assert_uint_eq(info(2)->evtchn_upcall_pending, 1);
    fake_vcpu = 2;
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

/* Both ports are in one word, and both vCPUs have been told of the word: each takes its own only. */
START_TEST(a_vcpu_leaves_the_events_of_others)
{
    xg_evtchn_t mine, other;

    set_up();
    mine = bound(0);
    other = bound(1);
    fake_event_raise(mine);
    fake_event_raise(other);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
    ck_assert_uint_eq(ran[other], 0);
    ck_assert(xg_event_pending(&events, other));
    fake_vcpu = 1;
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
    ck_assert_uint_eq(ran[other], 1);
}
END_TEST

/* The event was told to the old vCPU; after the move the new one must get it, once. */
START_TEST(moving_a_port_takes_its_event_along)
{
    xg_evtchn_t port = 0;

    set_up();
    ck_assert_int_eq(xg_event_alloc_unbound(&events, 0, count, &events, &port), 0);
    fake_event_raise(port);
    ck_assert_int_eq(xg_event_bind_vcpu(&events, port, 1), 0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    fake_vcpu = 1;
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
    ck_assert_uint_eq(ran[port], 1);
    ck_assert_int_eq(xg_event_bind_vcpu(&events, port, FAKE_VCPUS), -XG_EINVAL);
    ck_assert_int_eq(xg_event_bind_vcpu(&events, 99, 0), -XG_EINVAL);
}
END_TEST

START_TEST(moving_a_masked_port_leaves_it_masked)
{
    xg_evtchn_t port = 0;

    set_up();
    ck_assert_int_eq(xg_event_alloc_unbound(&events, 0, count, &events, &port), 0);
    xg_event_mask(&events, port);
    fake_event_raise(port);
    ck_assert_int_eq(xg_event_bind_vcpu(&events, port, 1), 0);
    ck_assert(xg_event_masked(&events, port));
    fake_vcpu = 1;
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    ck_assert_int_eq(xg_event_unmask(&events, port), 0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

START_TEST(refused_move_leaves_the_port_working)
{
    xg_evtchn_t port;

    set_up();
    port = bound(0);
    fake_event_raise(port);
    fake_refuse(__HYPERVISOR_event_channel_op, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_event_bind_vcpu(&events, port, 1), -XG_EINVAL);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

START_TEST(interdomain_event_of_the_binding_is_not_lost)
{
    xg_evtchn_t port = 0;

    set_up();
    ck_assert_int_eq(xg_event_bind_interdomain(&events, 3, 7, count, &events, &port), 0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
    ck_assert_uint_eq(ran[port], 1);
}
END_TEST

START_TEST(unexpected_port_is_masked_and_counted)
{
    xg_evtchn_t port = 70;

    set_up();
    fake.shared.evtchn_mask[1] = 0;
    fake.ports[port].open = true;
    fake_event_raise(port);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    ck_assert_uint_eq(events.nr_unexpected, 1);
    ck_assert(masked(port));
    /* A port that the library has no room for, too. */
    fake.shared.evtchn_mask[3] = 0;
    fake.ports[200].open = true;
    fake_event_raise(200);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    ck_assert_uint_eq(events.nr_unexpected, 2);
}
END_TEST

START_TEST(port_beyond_the_handlers_is_closed_again)
{
    xg_evtchn_t port = 0;

    set_up();
    fake.next_port = NR_PORTS;
    ck_assert_int_eq(xg_event_bind_virq(&events, XG_VIRQ_TIMER, 0, count, NULL, &port), -XG_ENOSPC);
    ck_assert(!fake.ports[NR_PORTS].open);
    ck_assert_uint_eq(port, 0);
}
END_TEST

START_TEST(binding_passes_errors_on)
{
    xg_evtchn_t port = 0;

    set_up();
    fake_refuse(__HYPERVISOR_event_channel_op, -XEN_EEXIST, 0);
    ck_assert_int_eq(xg_event_bind_virq(&events, XG_VIRQ_TIMER, 0, count, NULL, &port), -XG_EEXIST);
    fake_refuse(__HYPERVISOR_event_channel_op, -XEN_ENOENT, 0);
    ck_assert_int_eq(xg_event_bind_ipi(&events, 9, count, NULL, &port), -XG_ENOENT);
    ck_assert_uint_eq(port, 0);
}
END_TEST

START_TEST(attach_and_close)
{
    set_up();
    fake.ports[5].open = true;
    fake_event_raise(5);
    ck_assert_int_eq(xg_event_attach(&events, 5, count, &events), 0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
    ck_assert_int_eq(xg_event_attach(&events, 5, count, &events), -XG_EEXIST);
    ck_assert_int_eq(xg_event_attach(&events, 0, count, &events), -XG_ERANGE);
    ck_assert_int_eq(xg_event_attach(&events, NR_PORTS, count, &events), -XG_ERANGE);
    fake_event_raise(5);
    ck_assert_int_eq(xg_event_close(&events, 5), 0);
    ck_assert(masked(5) && !xg_event_pending(&events, 5));
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    ck_assert_int_eq(xg_event_close(&events, 5), -XG_EINVAL);
    ck_assert_int_eq(xg_event_close(&events, 0), -XG_EINVAL);
}
END_TEST

/* The moment the port is closed, another vCPU is given its number: that one's handler must stay. */
static xg_evtchn_t reused;

static void bind_after_close(void)
{
    fake.next_port = reused;
    reused = bound(1);
}

START_TEST(closed_port_is_reused_at_once)
{
    xg_evtchn_t port;

    set_up();
    reused = port = bound(0);
    fake.after_close = bind_after_close;
    ck_assert_int_eq(xg_event_close(&events, port), 0);
    ck_assert_uint_eq(reused, port);
    fake_event_raise(port);
    fake_vcpu = 1;
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

START_TEST(ports_out_of_range_touch_nothing)
{
    set_up();
    xg_event_mask(&events, XG_EVENT_PORTS);
    ck_assert_int_eq(xg_event_unmask(&events, ~0u), -XG_EINVAL);
    ck_assert(!xg_event_pending(&events, XG_EVENT_PORTS));
    ck_assert(!xg_event_clear(&events, ~0u));
}
END_TEST

START_TEST(send_names_the_port)
{
    xg_evtchn_t port;

    set_up();
    port = bound(1);
    ck_assert_int_eq(xg_event_send(port), 0);
    ck_assert_uint_eq(fake.ports[port].nr_sent, 1);
    ck_assert_int_eq(xg_event_send(77), -XG_EINVAL);
}
END_TEST

START_TEST(vcpu_info_may_lie_elsewhere)
{
    static struct vcpu_info elsewhere;
    xg_evtchn_t port;

    set_up();
    port = bound(0);
    ck_assert_int_eq(xg_events_set_vcpu_info(&events, FAKE_VCPUS, &elsewhere), -XG_EINVAL);
    ck_assert_int_eq(xg_events_set_vcpu_info(&events, 0, &elsewhere), 0);
    fake_event_raise(port);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    elsewhere = *info(0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
    ck_assert_uint_eq(ran[port], 1);
    ck_assert_uint_eq(elsewhere.evtchn_upcall_pending, 0);
}
END_TEST

TCase *event_tests(void)
{
    TCase *tests = tcase_create("event");

    tcase_add_test(tests, init_masks_everything);
    tcase_add_test(tests, runs_what_is_pending);
    tcase_add_test(tests, event_during_its_handler_runs_it_again);
    tcase_add_test(tests, masked_event_waits_for_unmask);
    tcase_add_test(tests, unmask_of_an_idle_port_is_free);
    tcase_add_test(tests, unmask_tells_the_right_vcpu);
    tcase_add_test(tests, a_vcpu_leaves_the_events_of_others);
    tcase_add_test(tests, moving_a_port_takes_its_event_along);
    tcase_add_test(tests, moving_a_masked_port_leaves_it_masked);
    tcase_add_test(tests, refused_move_leaves_the_port_working);
    tcase_add_test(tests, interdomain_event_of_the_binding_is_not_lost);
    tcase_add_test(tests, unexpected_port_is_masked_and_counted);
    tcase_add_test(tests, port_beyond_the_handlers_is_closed_again);
    tcase_add_test(tests, binding_passes_errors_on);
    tcase_add_test(tests, attach_and_close);
    tcase_add_test(tests, closed_port_is_reused_at_once);
    tcase_add_test(tests, ports_out_of_range_touch_nothing);
    tcase_add_test(tests, send_names_the_port);
    tcase_add_test(tests, vcpu_info_may_lie_elsewhere);
    return tests;
}
