/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels with real threads: a guest that handles and masks while others send, bind and close. No
 * event may be lost.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include "suites.h"
#include <fake/fake.h>
#include <xen/event_channel.h>

enum { SENDS = 20000 };

static struct domain *d1, *d2;
static evtchn_port_t port1, port2;
static bool senders_done;

static void boot(void)
{
    fake_boot(2, 4096);
    d1 = fake_domain(1, 1, 16);
    d2 = fake_domain(2, 1, 16);
}

static void connect(void)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 2};
    struct evtchn_bind_interdomain b = {.remote_dom = 1};

    fake_as(d1->vcpu[0]);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_alloc_unbound, VA(&a)), 0);
    fake_as(d2->vcpu[0]);
    b.remote_port = port1 = a.port;
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_bind_interdomain, VA(&b)), 0);
    port2 = b.local_port;
}

/*
 * Shared memory as a guest and its work: each send is preceded by more work; whoever handles takes all there
 * is.
 */
static unsigned int work, handled;

static void *sender(void *unused)
{
    struct evtchn_send s = {.port = port2};

    fake_cpu = 1;
    fake_as(d2->vcpu[0]);
    for (unsigned int i = 0; i < SENDS; i++) {
        __atomic_fetch_add(&work, 1, __ATOMIC_SEQ_CST);
        (void)!do_event_channel_op(EVTCHNOP_send, VA(&s));
    }
    __atomic_store_n(&senders_done, true, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Clear, then look: what comes in between is found at the latest the next time. */
static void handle(vcpu_info_t *info)
{
    unsigned long *words = (unsigned long *)d1->shared_info->evtchn_pending;

    __atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    if (__atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST) &&
        test_and_clear_bit(port1, words))
        __atomic_store_n(&handled, __atomic_load_n(&work, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
}

static void run(void (*turn)(vcpu_info_t *info))
{
    vcpu_info_t *info = d1->vcpu[0]->info;
    pthread_t thread;

    pthread_create(&thread, NULL, sender, NULL);
    fake_as(d1->vcpu[0]);
    while (!__atomic_load_n(&senders_done, __ATOMIC_SEQ_CST))
        turn(info);
    pthread_join(thread, NULL);
    /* Only an upcall makes it look: if the last event got lost, this is where it shows. */
    if (info->evtchn_upcall_pending)
        handle(info);
    ck_assert_uint_eq(handled, SENDS);
}

static void turn_handling(vcpu_info_t *info)
{
    if (__atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_SEQ_CST))
        handle(info);
    else
        sched_yield();
}

START_TEST(handling_and_sending_lose_nothing)
{
    boot();
    connect();
    run(turn_handling);
}
END_TEST

static void turn_masking(vcpu_info_t *info)
{
    struct evtchn_unmask u = {.port = port1};

    set_bit(port1, d1->shared_info->evtchn_mask);
    turn_handling(info);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_unmask, VA(&u)), 0);
    turn_handling(info);
}

START_TEST(masking_and_unmasking_lose_nothing)
{
    boot();
    connect();
    run(turn_masking);
}
END_TEST

static bool closer_done;

static void *closer(void *unused)
{
    fake_cpu = 1;
    fake_as(d2->vcpu[0]);
    for (unsigned int i = 0; i < 3000; i++) {
        struct evtchn_bind_interdomain b = {.remote_dom = 1, .remote_port = port1};
        struct evtchn_close c;

        if (do_event_channel_op(EVTCHNOP_bind_interdomain, VA(&b)))
            continue;
        c.port = b.local_port;
        (void)!do_event_channel_op(EVTCHNOP_close, VA(&c));
    }
    __atomic_store_n(&closer_done, true, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Both ends close and open while one sends: no dangling end, no deadlock (the test's timeout), no crash. */
START_TEST(both_ends_may_close_at_once)
{
    pthread_t thread;

    boot();
    connect();
    fake_as(d1->vcpu[0]);
    pthread_create(&thread, NULL, closer, NULL);
    while (!__atomic_load_n(&closer_done, __ATOMIC_SEQ_CST)) {
        struct evtchn_send s = {.port = port1};
        struct evtchn_close c = {.port = port1};
        struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 2};

        (void)!do_event_channel_op(EVTCHNOP_send, VA(&s));
        (void)!do_event_channel_op(EVTCHNOP_close, VA(&c));
        ck_assert_int_eq(do_event_channel_op(EVTCHNOP_alloc_unbound, VA(&a)), 0);
        ck_assert_uint_eq(a.port, port1);
    }
    pthread_join(thread, NULL);
    for (evtchn_port_t p = 0; p < d2->nr_evtchns; p++)
        if (evtchn_lookup(d2, p)->state == ECS_INTERDOMAIN)
            ck_assert_uint_eq(evtchn_lookup(d1, evtchn_lookup(d2, p)->u.interdomain.remote_port)->state,
                              ECS_INTERDOMAIN);
}
END_TEST

TCase *event_race_tests(void)
{
    TCase *t = tcase_create("event_channel races");

    tcase_add_test(t, handling_and_sending_lose_nothing);
    tcase_add_test(t, masking_and_unmasking_lose_nothing);
    tcase_add_test(t, both_ends_may_close_at_once);
    return t;
}
