/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store that lies, dawdles or falls silent: an errno to the caller, the connection given up where it cannot
 * be trusted any more, and everything well again after a reconnection.
 */
#include <stdio.h>
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/xenstore.h>
#include "fake_store.h"
#include "suites.h"

static struct xg_store store;
static char value[256];
static size_t length;

static void connect(void)
{
    fake_store_reset();
    ck_assert_int_eq(xg_store_init(&store, &fake_store.boot), 0);
    fake_store_set("/a", "1");
}

static int read_a(void)
{
    return xg_store_read(&store, XG_STORE_NO_TX, "/a", value, sizeof(value), &length);
}

/* It stays broken, without waiting, until the connection is made anew. */
static void broken_until_resume(void)
{
    uint64_t before = fake.now_ns;

    ck_assert(store.broken);
    ck_assert_ptr_null(store.pending);
    ck_assert_int_eq(read_a(), -XG_EIO);
    ck_assert_int_eq(xg_store_poll(&store), -XG_EIO);
    ck_assert_uint_eq(fake.now_ns, before);
    fake_store_reset();
    fake_store_set("/a", "2");
    ck_assert_int_eq(xg_store_resume(&store, &fake_store.boot), 0);
    ck_assert_int_eq(read_a(), 0);
    ck_assert_str_eq(value, "2");
}

START_TEST(never_answers)
{
    connect();
    fake_store.nr_silent = 1;
    ck_assert_int_eq(read_a(), -XG_ETIME);
    ck_assert_uint_eq(fake.now_ns, XG_STORE_TIMEOUT_NS);
    ck_assert_ptr_null(store.pending);
    ck_assert(!store.broken);
    ck_assert_int_eq(read_a(), 0);
}
END_TEST

START_TEST(answers_too_late)
{
    connect();
    fake_store.nr_held = 1;
    ck_assert_int_eq(read_a(), -XG_ETIME);
    ck_assert_uint_eq(store.nr_abandoned, 1);
    fake_store_release();
    ck_assert_int_eq(read_a(), 0);
    ck_assert_uint_eq(store.nr_abandoned, 0);
}
END_TEST

START_TEST(reads_nothing)
{
    connect();
    fake_store.deaf = true;
    ck_assert_int_eq(read_a(), -XG_ETIME);
    ck_assert(!store.broken);
    while (!store.broken && fake.now_ns < 100 * XG_STORE_TIMEOUT_NS)
        ck_assert_int_ne(read_a(), 0);
    /* The ring is full, and a message was cut. */
    broken_until_resume();
}
END_TEST

/* A store that has worked, and then claims to have sent or read so many bytes more. */
static void connect_and_move(uint32_t produced, uint32_t consumed)
{
    connect();
    ck_assert_int_eq(read_a(), 0);
    fake_store.ring->rsp_prod += produced;
    fake_store.ring->req_cons += consumed;
    fake_store.deaf = true;
}

START_TEST(impossible_index_of_answers)
{
    connect_and_move(XENSTORE_RING_SIZE + 1, 0);
    ck_assert_int_eq(read_a(), -XG_EIO);
    broken_until_resume();
    connect_and_move(~0u, 0);
    ck_assert_int_eq(read_a(), -XG_EIO);
}
END_TEST

START_TEST(impossible_index_of_requests)
{
    connect_and_move(0, 1);
    ck_assert_int_eq(read_a(), -XG_EIO);
    broken_until_resume();
}
END_TEST

/* Our own indices in the ring are overwritten: nothing depends on them. */
START_TEST(our_indices_overwritten)
{
    connect();
    ck_assert_int_eq(read_a(), 0);
    ck_assert_uint_eq(fake_store.ring->req_prod, store.requests_produced);
    fake_store.ring->rsp_cons -= 100;
    ck_assert_int_eq(read_a(), 0);
    ck_assert_uint_eq(fake_store.ring->rsp_cons, store.responses_consumed);
}
END_TEST

static void twist_length(struct xsd_sockmsg *header, char *body)
{
    fake_store.twist = NULL;
    header->len = XENSTORE_PAYLOAD_MAX + 1;
}

static void twist_twice(struct xsd_sockmsg *header, char *body)
{
    fake_store.twist = NULL;
    fake_store_send(XS_READ, header->req_id, body, 0);
    header->len = 0;
}

static void twist_id(struct xsd_sockmsg *header, char *body)
{
    header->req_id += 1000;
}

static void twist_type(struct xsd_sockmsg *header, char *body)
{
    header->type = XS_DIRECTORY;
}

static void twist_error(struct xsd_sockmsg *header, char *body)
{
    header->type = XS_ERROR;
    strcpy(body, "EWHATEVER");
    header->len = 10;
}

static void twist_error_unterminated(struct xsd_sockmsg *header, char *body)
{
    header->type = XS_ERROR;
    memset(body, 'E', 6);
    header->len = 6;
}

static void twist_empty(struct xsd_sockmsg *header, char *body)
{
    header->len = 0;
}

static void twist_text(struct xsd_sockmsg *header, char *body)
{
    memset(body, 'x', header->len);
}

static int read_twisted(void (*twist)(struct xsd_sockmsg *header, char *body))
{
    connect();
    fake_store.twist = twist;
    return read_a();
}

START_TEST(impossible_length)
{
    ck_assert_int_eq(read_twisted(twist_length), -XG_EIO);
    broken_until_resume();
}
END_TEST

START_TEST(answer_that_nobody_asked_for)
{
    ck_assert_int_eq(read_twisted(twist_id), -XG_EIO);
    broken_until_resume();
}
END_TEST

START_TEST(second_answer)
{
    ck_assert_int_eq(read_twisted(twist_twice), 0);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(read_a(), -XG_EIO);
    broken_until_resume();
}
END_TEST

START_TEST(answer_of_another_type)
{
    ck_assert_int_eq(read_twisted(twist_type), -XG_EIO);
    broken_until_resume();
}
END_TEST

START_TEST(strange_errors)
{
    ck_assert_int_eq(read_twisted(twist_error), -XG_EIO);
    ck_assert(!store.broken);
    ck_assert_int_eq(read_twisted(twist_error_unterminated), -XG_EIO);
    ck_assert(!store.broken);
}
END_TEST

START_TEST(errors_are_errnos)
{
    static const struct {
        const char *name;
        int number;
    } errors[] = {{"EINVAL", 22}, {"EACCES", 13}, {"EEXIST", 17},   {"EISDIR", 21},
                  {"ENOENT", 2},  {"ENOMEM", 12}, {"ENOSPC", 28},   {"EIO", 5},
                  {"ENOSYS", 38}, {"EROFS", 30},  {"EBUSY", 16},    {"EAGAIN", 11},
                  {"E2BIG", 7},   {"EPERM", 1},   {"EISCONN", 106}, {"ENOTEMPTY", 39}};
    unsigned int i;

    connect();
    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        fake_store.error = errors[i].name;
        ck_assert_int_eq(read_a(), -errors[i].number);
    }
}
END_TEST

START_TEST(malformed_answers)
{
    struct xg_store_permission permission;
    xg_store_tx_t tx;
    unsigned int nr;

    connect();
    fake_store.twist = twist_empty;
    ck_assert_int_eq(xg_store_write(&store, 0, "/a", "1", 1), -XG_EBADMSG);
    ck_assert_int_eq(xg_store_begin(&store, &tx), -XG_EBADMSG);
    ck_assert_int_eq(xg_store_get_permissions(&store, 0, "/a", &permission, 1, &nr), -XG_EBADMSG);
    ck_assert_int_eq(read_a(), 0);
    fake_store.twist = twist_text;
    ck_assert_int_eq(xg_store_write(&store, 0, "/a", "1", 1), -XG_EBADMSG);
    ck_assert_int_eq(xg_store_begin(&store, &tx), -XG_EBADMSG);
    ck_assert_int_eq(xg_store_get_permissions(&store, 0, "/a", &permission, 1, &nr), -XG_EBADMSG);
    fake_store_set("/d/e", "");
    ck_assert_int_eq(xg_store_directory(&store, 0, "/d", value, sizeof(value), &length), -XG_EBADMSG);
    ck_assert(!store.broken);
}
END_TEST

START_TEST(malformed_parts_of_a_directory)
{
    connect();
    fake_store_set("/d/e", "");
    fake_store_set("/d/f", "");
    fake_store.directory_limit = 2;
    fake_store.twist = NULL;
    ck_assert_int_eq(xg_store_directory(&store, 0, "/d", value, sizeof(value), &length), 0);
    fake_store.error = "E2BIG";
    fake_store.twist = NULL;
    fake_store.directory_limit = 1; /* no name fits: no progress */
    ck_assert_int_eq(xg_store_directory(&store, 0, "/d", value, sizeof(value), &length), -XG_EBADMSG);
}
END_TEST

START_TEST(transaction_number_zero_or_too_large)
{
    xg_store_tx_t tx;

    connect();
    fake_store.nr_silent = 2;
    fake_store_send(XS_TRANSACTION_START, 1, "0", 2);
    ck_assert_int_eq(xg_store_begin(&store, &tx), -XG_EBADMSG);
    fake_store_send(XS_TRANSACTION_START, 2, "4294967296", 11);
    ck_assert_int_eq(xg_store_begin(&store, &tx), -XG_EBADMSG);
}
END_TEST

START_TEST(malformed_events)
{
    static const char *const bodies[] = {"", "/w", "\0", "/w\0001"};
    static const size_t lengths[] = {0, 3, 1, 4};
    unsigned int i;

    for (i = 0; i < 4; i++) {
        connect();
        fake_store_send(XS_WATCH_EVENT, 0, bodies[i], lengths[i]);
        ck_assert_int_eq(read_a(), -XG_EIO);
        ck_assert(store.broken);
    }
}
END_TEST

START_TEST(events_for_nobody)
{
    struct xg_store_watch watch;

    connect();
    ck_assert_int_eq(xg_store_watch(&store, &watch, "/w", NULL, 0), 0);
    fake_store_send(XS_WATCH_EVENT, 0, "/w\00099", 6);
    fake_store_send(XS_WATCH_EVENT, 0, "/w\000word", 8);
    fake_store_send(XS_WATCH_EVENT, 0, "/elsewhere\0001", 13);
    fake_store_send(XS_WATCH_EVENT, 0, "/wx\0001", 6);
    ck_assert_int_eq(read_a(), 0);
    ck_assert_uint_eq(store.nr_strange, 4);
    ck_assert_uint_eq(watch.nr_fired, 1);
}
END_TEST

/* Answers in another order than the requests: several in flight come from several threads, here from one that
 * gave up. */
START_TEST(answers_out_of_order)
{
    connect();
    fake_store.nr_held = 3;
    ck_assert_int_eq(read_a(), -XG_ETIME);
    ck_assert_int_eq(xg_store_mkdir(&store, 0, "/m"), -XG_ETIME);
    ck_assert_int_eq(read_a(), -XG_ETIME);
    fake_store_release();
    ck_assert_int_eq(read_a(), 0);
    ck_assert_uint_eq(store.nr_abandoned, 0);
    ck_assert(!store.broken);
}
END_TEST

START_TEST(suspension_with_an_answer_owed)
{
    connect();
    fake_store.nr_silent = 1;
    ck_assert_int_eq(read_a(), -XG_ETIME);
    ck_assert_int_eq(xg_store_suspend(&store), 0);
    fake_store_reset();
    ck_assert_int_eq(xg_store_resume(&store, &fake_store.boot), 0);
    ck_assert_uint_eq(store.nr_abandoned, 0);
}
END_TEST

TCase *store_hostile_tests(void)
{
    TCase *tests = tcase_create("store, hostile");

    tcase_add_test(tests, never_answers);
    tcase_add_test(tests, answers_too_late);
    tcase_add_test(tests, reads_nothing);
    tcase_add_test(tests, impossible_index_of_answers);
    tcase_add_test(tests, impossible_index_of_requests);
    tcase_add_test(tests, our_indices_overwritten);
    tcase_add_test(tests, impossible_length);
    tcase_add_test(tests, answer_that_nobody_asked_for);
    tcase_add_test(tests, second_answer);
    tcase_add_test(tests, answer_of_another_type);
    tcase_add_test(tests, strange_errors);
    tcase_add_test(tests, errors_are_errnos);
    tcase_add_test(tests, malformed_answers);
    tcase_add_test(tests, malformed_parts_of_a_directory);
    tcase_add_test(tests, transaction_number_zero_or_too_large);
    tcase_add_test(tests, malformed_events);
    tcase_add_test(tests, events_for_nobody);
    tcase_add_test(tests, answers_out_of_order);
    tcase_add_test(tests, suspension_with_an_answer_owed);
    return tests;
}
