/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels under fire: threads play Xen and other vCPUs while the library demultiplexes, masks and
 * unmasks. Before each event the raiser writes down its number; if the last number of any port is not what
 * its handler saw last, an event was lost.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/event.h>
#include "fake_xen.h"
#include "suites.h"

#define NR_PORTS  130
#define NR_ROUNDS 60000

static struct xg_events events;
static struct xg_event_handler handlers[NR_PORTS];
static struct xg_event_vcpu vcpus[FAKE_VCPUS];
static unsigned int raised[NR_PORTS], seen[NR_PORTS];
static xg_evtchn_t ports[8];
static int stop, running[FAKE_VCPUS];

static void see(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    ck_assert_uint_eq(fake_vcpu, fake.ports[port].vcpu);
    __atomic_store_n(&seen[port], __atomic_load_n(&raised[port], __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
}

static void *raise_events(void *arg)
{
    unsigned int i;

    for (i = 0; i < NR_ROUNDS; i++) {
        xg_evtchn_t port = ports[i % 8];

        __atomic_fetch_add(&raised[port], 1, __ATOMIC_SEQ_CST);
        fake_event_raise(port);
    }
    return NULL;
}

/* A vCPU: an upcall whenever one is pending, as Xen would deliver it. */
static void *run_vcpu(void *arg)
{
    struct vcpu_info *info;

    fake_vcpu = (unsigned int)(uintptr_t)arg;
    info = &fake.shared.vcpu_info[fake_vcpu];
    __atomic_store_n(&running[fake_vcpu], 1, __ATOMIC_SEQ_CST);
    do {
        if (__atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_SEQ_CST))
            xg_events_run(&events, NULL);
        else
            sched_yield();
    } while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST) || info->evtchn_upcall_pending);
    return NULL;
}

static void *mask_and_unmask(void *arg)
{
    unsigned int i;

    for (i = 0; i < NR_ROUNDS / 4; i++) {
        xg_event_mask(&events, ports[i % 8]);
        if (i % 3 == 0)
            sched_yield();
        ck_assert_int_eq(xg_event_unmask(&events, ports[i % 8]), 0);
    }
    return NULL;
}

static void set_up(unsigned int nr_vcpus, int queues)
{
    unsigned int i;

    xg_events_init(&events, &fake.shared, handlers, NR_PORTS, vcpus, FAKE_VCPUS);
    if (queues)
        ck_assert_int_eq(fake_go_over(&events), 0);
    for (i = 0; i < 8; i++) {
        /* Some in one word, some in another. */
        if (i == 4)
            fake.next_port = 120;
        ck_assert_int_eq(xg_event_bind_ipi(&events, i % nr_vcpus, see, NULL, &ports[i]), 0);
    }
}

static void nothing_was_lost(void)
{
    unsigned int i;

    for (i = 0; i < 8; i++)
        ck_assert_uint_eq(seen[ports[i]], raised[ports[i]]);
}

static void fight(unsigned int nr_vcpus, int queues, void *(*other)(void *))
{
    pthread_t vcpu[FAKE_VCPUS], raiser, third;
    unsigned int i;

    set_up(nr_vcpus, queues);
    for (i = 0; i < nr_vcpus; i++)
        pthread_create(&vcpu[i], NULL, run_vcpu, (void *)(uintptr_t)i);
    pthread_create(&raiser, NULL, raise_events, NULL);
    if (other) {
        pthread_create(&third, NULL, other, NULL);
        pthread_join(third, NULL);
    }
    pthread_join(raiser, NULL);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (i = 0; i < nr_vcpus; i++)
        pthread_join(vcpu[i], NULL);
    nothing_was_lost();
}

START_TEST(no_event_is_lost_on_one_vcpu)
{
    fight(1, _i, NULL);
}
END_TEST

START_TEST(no_event_is_lost_on_two_vcpus)
{
    fight(2, _i, NULL);
}
END_TEST

START_TEST(no_event_is_lost_while_ports_are_masked)
{
    fight(2, _i, mask_and_unmask);
}
END_TEST

/* The event arrives between the look at the pending bit and what follows: on_call is that moment. */
static xg_evtchn_t raced;

static void raise_before_unmask(const struct fake_call *call)
{
    if (call->number == __HYPERVISOR_event_channel_op && call->a[0] == EVTCHNOP_unmask)
        fake_event_raise(raced);
}

START_TEST(event_between_mask_and_hypercall)
{
    set_up(1, _i);
    raced = ports[0];
    xg_event_mask(&events, raced);
    raised[raced]++;
    fake_event_raise(raced);
    fake.on_call = raise_before_unmask;
    ck_assert_int_eq(xg_event_unmask(&events, raced), 0);
    fake.on_call = NULL;
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
    nothing_was_lost();
}
END_TEST

/* The handler is quicker than the unmask: Xen then finds nothing to tell, and nothing is run twice. */
static void handle_before_unmask(const struct fake_call *call)
{
    fake.on_call = NULL;
    xg_event_clear(&events, raced);
}

START_TEST(handled_between_mask_and_hypercall)
{
    set_up(1, _i);
    raced = ports[0];
    xg_event_mask(&events, raced);
    fake_event_raise(raced);
    fake.on_call = handle_before_unmask;
    ck_assert_int_eq(xg_event_unmask(&events, raced), 0);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 0);
    fake_event_raise(raced);
    ck_assert_uint_eq(xg_events_run(&events, NULL), 1);
}
END_TEST

TCase *event_race_tests(void)
{
    TCase *tests = tcase_create("event races");

    tcase_add_loop_test(tests, no_event_is_lost_on_one_vcpu, 0, 2);
    tcase_add_loop_test(tests, no_event_is_lost_on_two_vcpus, 0, 2);
    tcase_add_loop_test(tests, no_event_is_lost_while_ports_are_masked, 0, 2);
    tcase_add_loop_test(tests, event_between_mask_and_hypercall, 0, 2);
    tcase_add_loop_test(tests, handled_between_mask_and_hypercall, 0, 2);
    return tests;
}
