/* SPDX-License-Identifier: BSD-2-Clause */
/* The console over its ring, against readers that are slow, absent or hostile, and over console_io. */
#include <string.h>
#include <xenguest/console.h>
#include <xenguest/errno.h>
#include "fake_xen.h"
#include "suites.h"

static struct xg_console console;
static struct xg_boot boot;
static struct xencons_interface *ring;

#define PORT 2

static void set_up_ring(void)
{
    static struct start_info info;

    fake_start_info(&info);
    info.console.domU.mfn = fake_mfn(20).n;
    info.console.domU.evtchn = PORT;
    fake.ports[PORT].open = true;
    ring = (struct xencons_interface *)fake.memory[20];
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    xg_console_init(&console, &boot);
    ck_assert_ptr_eq(console.ring, ring);
}

static void set_up_domain0(void)
{
    static struct start_info info;

    fake_start_info(&info);
    info.flags = SIF_INITDOMAIN;
    ck_assert_int_eq(xg_boot_read(&boot, &info), 0);
    xg_console_init(&console, &boot);
    ck_assert_ptr_null(console.ring);
}

/* What xenconsoled does. */
static size_t drain(char *to)
{
    size_t nr = 0;

    while (ring->out_cons != ring->out_prod)
        to[nr++] = ring->out[MASK_XENCONS_IDX(ring->out_cons++, ring->out)];
    to[nr] = 0;
    return nr;
}

static void type(const char *text)
{
    while (*text)
        ring->in[MASK_XENCONS_IDX(ring->in_prod++, ring->in)] = *text++;
}

START_TEST(ring_write_and_notify)
{
    char text[64];

    set_up_ring();
    ck_assert_uint_eq(xg_console_write(&console, "hello", 5), 5);
    ck_assert_uint_eq(fake.ports[PORT].nr_sent, 1);
    ck_assert_uint_eq(drain(text), 5);
    ck_assert_str_eq(text, "hello");
    ck_assert_uint_eq(fake.output_length, 0);
}
END_TEST

START_TEST(ring_takes_what_it_has_room_for)
{
    static char text[5000];

    set_up_ring();
    memset(text, 'x', sizeof(text));
    ck_assert_uint_eq(xg_console_write(&console, text, 5000), sizeof(ring->out));
    ck_assert_uint_eq(xg_console_write(&console, text, 5000), 0);
    ring->out_cons += 10;
    ck_assert_uint_eq(xg_console_write(&console, text, 5000), 10);
}
END_TEST

/* Indices run freely through 2^32: the wrap is in the middle of a write. */
START_TEST(ring_indices_wrap)
{
    char text[64];

    set_up_ring();
    ring->out_prod = ring->out_cons = 0xfffffffe;
    ring->in_prod = ring->in_cons = 0xfffffffd;
    xg_console_init(&console, &boot);
    ck_assert_uint_eq(xg_console_write(&console, "abcdef", 6), 6);
    ck_assert_uint_eq(ring->out_prod, 4);
    ck_assert_uint_eq(drain(text), 6);
    ck_assert_str_eq(text, "abcdef");
    type("ghijkl");
    ck_assert_uint_eq(xg_console_read(&console, text, 64), 6);
    ck_assert(!memcmp(text, "ghijkl", 6));
    ck_assert_uint_eq(ring->in_cons, 3);
    ck_assert(!console.broken);
}
END_TEST

/* The reader says that it has read what was never written: the ring is done with, the text comes out all the
 * same. */
START_TEST(hostile_output_index)
{
    set_up_ring();
    ring->out_cons = 100;
    ck_assert_uint_eq(xg_console_write(&console, "still here", 10), 10);
    ck_assert(console.broken);
    ck_assert_str_eq(fake.output, "still here");
    ring->out_cons = 0;
    ck_assert_uint_eq(xg_console_write(&console, "!", 1), 1);
    ck_assert_str_eq(fake.output, "still here!");
}
END_TEST

START_TEST(hostile_input_index)
{
    char text[2048];

    set_up_ring();
    ring->in_prod = sizeof(ring->in) + 1;
    ck_assert_uint_eq(xg_console_read(&console, text, sizeof(text)), 0);
    ck_assert(console.broken);
    set_up_ring();
    ring->in_prod = (XENCONS_RING_IDX)-1;
    ck_assert(!xg_console_ready(&console));
    ck_assert(console.broken);
}
END_TEST

/* Our own indices in the ring are in the other's reach: they are written, never read again. */
START_TEST(our_indices_are_not_read_back)
{
    char text[64];

    set_up_ring();
    ck_assert_uint_eq(xg_console_write(&console, "abc", 3), 3);
    ring->out_prod = 1000;
    ck_assert_uint_eq(xg_console_write(&console, "def", 3), 3);
    ck_assert_uint_eq(drain(text), 6);
    ck_assert_str_eq(text, "abcdef");
    type("xy");
    ring->in_cons = 500;
    ck_assert_uint_eq(xg_console_read(&console, text, 64), 2);
    ck_assert(!console.broken);
}
END_TEST

static unsigned int yields;

static void read_at_the_third_yield(const struct fake_call *call)
{
    if (call->number == __HYPERVISOR_sched_op && ++yields == 3)
        ring->out_cons = ring->out_prod;
}

START_TEST(write_all_waits_for_a_slow_reader)
{
    static char text[3000];

    set_up_ring();
    memset(text, 'x', sizeof(text));
    fake.on_call = read_at_the_third_yield;
    xg_console_write_all(&console, text, sizeof(text));
    ck_assert_uint_eq(ring->out_prod, sizeof(text));
    ck_assert_uint_eq(console.nr_dropped, 0);
}
END_TEST

START_TEST(write_all_gives_up_and_recovers)
{
    static char text[3000];
    unsigned int calls;

    set_up_ring();
    xg_console_write_all(&console, text, sizeof(text));
    ck_assert_uint_eq(console.nr_dropped, sizeof(text) - sizeof(ring->out));
    calls = fake_count(__HYPERVISOR_sched_op);
    /* Nobody reads: from now on output costs next to nothing. */
    xg_console_write_all(&console, text, 100);
    ck_assert_uint_eq(fake_count(__HYPERVISOR_sched_op), calls);
    ck_assert_uint_eq(console.nr_dropped, sizeof(text) - sizeof(ring->out) + 100);
    ring->out_cons = ring->out_prod;
    xg_console_write_all(&console, text, 100);
    ck_assert(!console.stalled);
    ck_assert_uint_eq(ring->out_prod - ring->out_cons, 100);
}
END_TEST

START_TEST(ring_read)
{
    char text[8];

    set_up_ring();
    ck_assert(!xg_console_ready(&console));
    ck_assert_uint_eq(xg_console_read(&console, text, 8), 0);
    type("abcdef");
    ck_assert(xg_console_ready(&console));
    ck_assert_uint_eq(xg_console_read(&console, text, 4), 4);
    ck_assert_uint_eq(ring->in_cons, 4);
    ck_assert_uint_eq(xg_console_read(&console, text, 4), 2);
    ck_assert(!xg_console_ready(&console));
}
END_TEST

START_TEST(domain0_reads_and_writes_by_hypercall)
{
    char text[200] = "";

    set_up_domain0();
    fake.input = "typed";
    ck_assert_uint_eq(xg_console_write(&console, "out", 3), 3);
    ck_assert_str_eq(fake.output, "out");
    ck_assert(xg_console_ready(&console));
    ck_assert_uint_eq(xg_console_read(&console, text, 2), 2);
    ck_assert_uint_eq(xg_console_read(&console, text + 2, 100), 3);
    ck_assert_str_eq(text, "typed");
    ck_assert(!xg_console_ready(&console));
}
END_TEST

START_TEST(impossible_console_io_answers)
{
    char text[200];

    set_up_domain0();
    fake.lie_console_read = 65;
    ck_assert_uint_eq(xg_console_read(&console, text, sizeof(text)), 0);
    fake.lie_console_read = -XEN_EPERM;
    ck_assert(!xg_console_ready(&console));
}
END_TEST

START_TEST(no_way_to_the_ring_falls_back)
{
    set_up_ring();
    fake.nothing_mapped = true;
    xg_console_init(&console, &boot);
    ck_assert_ptr_null(console.ring);
    ck_assert_uint_eq(xg_console_write(&console, "x", 1), 1);
    ck_assert_str_eq(fake.output, "x");
}
END_TEST

static void ignore(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
}

START_TEST(bind_takes_the_right_event)
{
    static struct xg_event_handler handlers[8];
    static struct xg_event_vcpu vcpus[1];
    struct xg_events events;

    xg_events_init(&events, &fake.shared, handlers, 8, vcpus, 1);
    set_up_ring();
    ck_assert_int_eq(xg_console_bind(&console, &events, ignore, NULL), 0);
    ck_assert_ptr_eq(handlers[PORT].function, ignore);
    set_up_domain0();
    ck_assert_int_eq(xg_console_bind(&console, &events, ignore, NULL), 0);
    ck_assert_uint_eq(fake_last(__HYPERVISOR_event_channel_op)->a[0], EVTCHNOP_bind_virq);
}
END_TEST

TCase *console_tests(void)
{
    TCase *tests = tcase_create("console");

    tcase_add_test(tests, ring_write_and_notify);
    tcase_add_test(tests, ring_takes_what_it_has_room_for);
    tcase_add_test(tests, ring_indices_wrap);
    tcase_add_test(tests, hostile_output_index);
    tcase_add_test(tests, hostile_input_index);
    tcase_add_test(tests, our_indices_are_not_read_back);
    tcase_add_test(tests, write_all_waits_for_a_slow_reader);
    tcase_add_test(tests, write_all_gives_up_and_recovers);
    tcase_add_test(tests, ring_read);
    tcase_add_test(tests, domain0_reads_and_writes_by_hypercall);
    tcase_add_test(tests, impossible_console_io_answers);
    tcase_add_test(tests, no_way_to_the_ring_falls_back);
    tcase_add_test(tests, bind_takes_the_right_event);
    return tests;
}
