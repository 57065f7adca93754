/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring arithmetic: the two ends against each other and against the macros of <xen/io/ring.h>, wrapping
 * indices, notifications exactly when they are asked for, and indices that cannot be.
 */
#include <pthread.h>
#include <string.h>
#include <xen/io/ring.h>
#include <xenguest/ring.h>
#include "fake_xen.h"
#include "suites.h"

struct ask {
    uint64_t id, what[13];
};
struct answer {
    uint64_t id;
    uint32_t status;
};
DEFINE_RING_TYPES(device, struct ask, struct answer);

#define xen_mb()  __sync_synchronize()
#define xen_wmb() __sync_synchronize()
#define xen_rmb() __sync_synchronize()

static union {
    char bytes[4096];
    device_sring_t ring;
} page __attribute__((__aligned__(4096)));

static struct xg_ring_front front;
static struct xg_ring_back back;

static void start_at(uint32_t index)
{
    xg_ring_front_init(&front, &page, sizeof(page), sizeof(union device_sring_entry));
    xg_ring_back_init(&back, &page, sizeof(page), sizeof(union device_sring_entry));
    front.produced = front.published = front.consumed = index;
    back.produced = back.published = back.consumed = index;
    page.ring.req_prod = page.ring.rsp_prod = index;
    page.ring.req_event = page.ring.rsp_event = index + 1;
}

static bool ask(uint64_t id)
{
    struct ask *slot = xg_ring_request(&front);

    ck_assert_ptr_nonnull(slot);
    slot->id = id;
    xg_ring_request_done(&front);
    return xg_ring_push(&front);
}

static bool answer(void)
{
    struct answer *slot;
    struct ask got;

    ck_assert_uint_gt(xg_ring_requests(&back), 0);
    xg_ring_request_take(&back, &got, sizeof(got));
    slot = xg_ring_response(&back);
    ck_assert_ptr_nonnull(slot);
    slot->id = got.id;
    xg_ring_response_done(&back);
    return xg_ring_back_push(&back);
}

static uint64_t taken(void)
{
    struct answer got = {0};

    ck_assert_uint_gt(xg_ring_responses(&front), 0);
    xg_ring_response_take(&front, &got, sizeof(got));
    return got.id;
}

START_TEST(number_of_slots)
{
    ck_assert_uint_eq(xg_ring_slots(4096, 112), 32);
    ck_assert_uint_eq(xg_ring_slots(8192, 112), 64);
    ck_assert_uint_eq(xg_ring_slots(4096, 112), __CONST_RING_SIZE(device, 4096));
    ck_assert_uint_eq(xg_ring_slots(4096, 8), 256);
    ck_assert_uint_eq(xg_ring_slots(64, 8), 0);
    ck_assert_uint_eq(xg_ring_slots(72, 8), 1);
    ck_assert_uint_eq(xg_ring_slots(4096, 0), 0);
    ck_assert_uint_eq(xg_ring_slots(4096, 5000), 0);
}
END_TEST

START_TEST(start_is_that_of_the_macros)
{
    static union {
        char bytes[4096];
        device_sring_t ring;
    } other;
    device_front_ring_t theirs;

    memset(&page, 0xff, sizeof(page));
    start_at(0);
    XEN_FRONT_RING_INIT(&theirs, &other.ring, 4096);
    ck_assert_mem_eq(&page, &other, 64);
}
END_TEST

START_TEST(round_and_round_across_the_wrap)
{
    uint64_t sent = 0, seen = 0;
    unsigned int i;

    start_at(~0u - 50);
    for (i = 0; i < 20; i++) {
        while (xg_ring_free(&front))
            ask(sent++);
        ck_assert_ptr_null(xg_ring_request(&front));
        ck_assert_uint_eq(xg_ring_requests(&back), 32);
        while (xg_ring_requests(&back))
            answer();
        ck_assert_ptr_null(xg_ring_response(&back));
        while (xg_ring_responses(&front))
            ck_assert_uint_eq(taken(), seen++);
    }
    ck_assert_uint_eq(seen, 640);
    ck_assert(!front.broken && !back.broken);
}
END_TEST

/* Whoever is awake is not notified. */
START_TEST(notification_only_when_asked_for)
{
    start_at(~0u - 3);
    ck_assert(ask(1));
    ck_assert(!ask(2));
    ck_assert(answer());
    ck_assert(!answer());
    ck_assert(!xg_ring_back_sleep(&back));
    ck_assert(ask(3));
    ck_assert(xg_ring_front_sleep(&front));
    taken();
    taken();
    ck_assert(!xg_ring_front_sleep(&front));
    ck_assert(answer());
}
END_TEST

START_TEST(notification_of_the_third_response)
{
    unsigned int i;

    start_at(0);
    for (i = 0; i < 4; i++)
        ask(i);
    ck_assert(!xg_ring_front_sleep_until(&front, 3));
    ck_assert(!answer());
    ck_assert(!answer());
    ck_assert(answer());
    ck_assert(!answer());
    ck_assert(xg_ring_front_sleep_until(&front, 3));
}
END_TEST

/* Every start, number and event index near the wrap: the verdict is that of the macro. */
START_TEST(verdicts_are_those_of_the_macros)
{
    static const uint32_t starts[] = {0, 1, ~0u - 2, ~0u, 0x7fffffff, 0x80000000};
    unsigned int i, nr;
    int off;

    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        for (nr = 0; nr < 4; nr++)
            for (off = -3; off < 6; off++) {
                device_front_ring_t theirs = {.sring = &page.ring, .nr_ents = 32};
                bool expected;

                start_at(starts[i]);
                page.ring.req_event = starts[i] + (uint32_t)off;
                theirs.req_prod_pvt = starts[i] + nr;
                RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&theirs, expected);
                page.ring.req_prod = starts[i];
                front.produced = starts[i] + nr;
                ck_assert_int_eq(xg_ring_push(&front), expected);
                ck_assert_uint_eq(page.ring.req_prod, starts[i] + nr);
            }
}
END_TEST

START_TEST(more_responses_than_requests)
{
    start_at(~0u);
    ask(1);
    front.produced++; /* written and not yet published */
    page.ring.rsp_prod = 1;
    ck_assert_uint_eq(xg_ring_responses(&front), 0);
    ck_assert(front.broken);
    page.ring.rsp_prod = 0;
    ck_assert_uint_eq(xg_ring_responses(&front), 0);
}
END_TEST

START_TEST(responses_taken_back)
{
    start_at(5);
    ask(1);
    answer();
    taken();
    page.ring.rsp_prod = 5;
    ck_assert_uint_eq(xg_ring_responses(&front), 0);
    ck_assert(front.broken);
}
END_TEST

START_TEST(more_requests_than_slots)
{
    start_at(5);
    page.ring.req_prod = 5 + 33;
    ck_assert_uint_eq(xg_ring_requests(&back), 0);
    ck_assert(back.broken);
    start_at(5);
    ask(1);
    answer();
    page.ring.req_prod = 5;
    ck_assert_uint_eq(xg_ring_requests(&back), 0);
    ck_assert(back.broken);
}
END_TEST

/* Our own indices in the page mean nothing to us. */
START_TEST(own_index_overwritten)
{
    start_at(0);
    ask(1);
    page.ring.req_prod = 77;
    ask(2);
    ck_assert_uint_eq(page.ring.req_prod, 2);
    ck_assert_uint_eq(xg_ring_free(&front), 30);
}
END_TEST

/* ---- Two threads: no wake is lost ---- */

#define NR_RACED 20000
static uint32_t to_back, to_front;

static void doorbell_wait(uint32_t *bell)
{
    while (!__atomic_exchange_n(bell, 0, __ATOMIC_SEQ_CST))
        sched_yield();
}

static void *serve(void *arg)
{
    unsigned int nr = 0;

    while (nr < NR_RACED) {
        while (xg_ring_requests(&back)) {
            if (answer())
                __atomic_store_n(&to_front, 1, __ATOMIC_SEQ_CST);
            nr++;
        }
        if (nr < NR_RACED && !xg_ring_back_sleep(&back))
            doorbell_wait(&to_back);
    }
    return NULL;
}

START_TEST(no_lost_wake)
{
    uint64_t sent = 0, seen = 0;
    pthread_t server;

    start_at(~0u - 100);
    ck_assert_int_eq(pthread_create(&server, NULL, serve, NULL), 0);
    while (seen < NR_RACED) {
        while (sent < NR_RACED && xg_ring_free(&front))
            if (ask(sent++))
                __atomic_store_n(&to_back, 1, __ATOMIC_SEQ_CST);
        while (xg_ring_responses(&front))
            ck_assert_uint_eq(taken(), seen++);
        if (seen < NR_RACED && (sent == NR_RACED || !xg_ring_free(&front)) && !xg_ring_front_sleep(&front))
            doorbell_wait(&to_front);
    }
    pthread_join(server, NULL);
}
END_TEST

TCase *ring_tests(void)
{
    TCase *tests = tcase_create("ring");

    tcase_add_test(tests, number_of_slots);
    tcase_add_test(tests, start_is_that_of_the_macros);
    tcase_add_test(tests, round_and_round_across_the_wrap);
    tcase_add_test(tests, notification_only_when_asked_for);
    tcase_add_test(tests, notification_of_the_third_response);
    tcase_add_test(tests, verdicts_are_those_of_the_macros);
    tcase_add_test(tests, more_responses_than_requests);
    tcase_add_test(tests, responses_taken_back);
    tcase_add_test(tests, more_requests_than_slots);
    tcase_add_test(tests, own_index_overwritten);
    tcase_add_test(tests, no_lost_wake);
    return tests;
}
