/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The XenStore client against a store that keeps the protocol: every operation, polled and by event, from one
 * thread and from many, large directories, transactions that conflict, watches, suspension.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/xenstore.h>
#include "fake_store.h"
#include "suites.h"

static struct xg_store store;
static char value[4096];
static size_t length;

static void connect(void)
{
    fake_store_reset();
    ck_assert_int_eq(xg_store_init(&store, &fake_store.boot), 0);
}

static int read_value(const char *path)
{
    return xg_store_read(&store, XG_STORE_NO_TX, path, value, sizeof(value), &length);
}

START_TEST(needs_a_ring)
{
    struct xg_boot boot = {.store_mfn = XG_INVALID_MFN, .store_port = 1};

    ck_assert_int_eq(xg_store_init(&store, &boot), -XG_ENODEV);
    boot.store_mfn = fake_mfn(1);
    boot.store_port = 0;
    ck_assert_int_eq(xg_store_init(&store, &boot), -XG_ENODEV);
    boot.store_port = 1;
    fake.nothing_mapped = true;
    ck_assert_int_eq(xg_store_init(&store, &boot), -XG_ENOMEM);
}
END_TEST

/* GRUB or another kernel was here before: its unread answers are not ours. */
START_TEST(drops_what_was_said_before)
{
    fake_store_reset();
    fake_store_send(XS_READ, 77, "old", 3);
    fake_store_run();
    fake_store_set("/a", "1");
    ck_assert_int_eq(xg_store_init(&store, &fake_store.boot), 0);
    ck_assert_int_eq(read_value("/a"), 0);
    ck_assert_str_eq(value, "1");
}
END_TEST

START_TEST(write_and_read)
{
    connect();
    ck_assert_int_eq(xg_store_write(&store, XG_STORE_NO_TX, "/x/y", "hello", 5), 0);
    ck_assert_str_eq(fake_store_get("/x/y"), "hello");
    ck_assert_int_eq(read_value("/x/y"), 0);
    ck_assert_str_eq(value, "hello");
    ck_assert_uint_eq(length, 5);
    ck_assert_int_eq(read_value("/x"), 0);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(read_value("/none"), -XG_ENOENT);
}
END_TEST

START_TEST(value_larger_than_the_buffer)
{
    char small[4];

    connect();
    fake_store_set("/a", "12345");
    ck_assert_int_eq(xg_store_read(&store, 0, "/a", small, sizeof(small), &length), -XG_ERANGE);
    ck_assert_str_eq(small, "123");
    ck_assert_uint_eq(length, 5);
    ck_assert_int_eq(xg_store_read(&store, 0, "/a", small, 0, &length), -XG_ERANGE);
}
END_TEST

/* More than the ring holds, in both directions. */
START_TEST(message_larger_than_the_ring)
{
    static char long_value[2000];

    connect();
    memset(long_value, 'z', sizeof(long_value));
    ck_assert_int_eq(xg_store_write(&store, 0, "/long", long_value, sizeof(long_value)), 0);
    ck_assert_int_eq(read_value("/long"), 0);
    ck_assert_uint_eq(length, sizeof(long_value));
    ck_assert_mem_eq(value, long_value, sizeof(long_value));
    ck_assert_int_eq(xg_store_write(&store, 0, "/long", value, 4092), -XG_E2BIG);
    ck_assert_int_eq(read_value("/long"), 0);
}
END_TEST

START_TEST(every_cut_of_a_message)
{
    connect();
    fake_store.slow = true;
    ck_assert_int_eq(xg_store_write(&store, 0, "/slow", "abc", 3), 0);
    ck_assert_int_eq(read_value("/slow"), 0);
    ck_assert_str_eq(value, "abc");
}
END_TEST

START_TEST(make_and_remove)
{
    connect();
    ck_assert_int_eq(xg_store_mkdir(&store, 0, "/d/e"), 0);
    ck_assert_int_eq(xg_store_mkdir(&store, 0, "/d/e"), 0);
    ck_assert_ptr_nonnull(fake_store_get("/d/e"));
    ck_assert_int_eq(xg_store_rm(&store, 0, "/d"), 0);
    ck_assert_ptr_null(fake_store_get("/d/e"));
    ck_assert_int_eq(xg_store_rm(&store, 0, "/d"), -XG_ENOENT);
}
END_TEST

static unsigned int count_names(void)
{
    unsigned int nr = 0;
    size_t at;

    for (at = 0; at < length; at += strlen(value + at) + 1)
        nr++;
    return nr;
}

START_TEST(directory_in_one)
{
    connect();
    fake_store_set("/d/one", "");
    fake_store_set("/d/two", "");
    fake_store_set("/d/two/three", "");
    ck_assert_int_eq(xg_store_directory(&store, 0, "/d", value, sizeof(value), &length), 0);
    ck_assert_uint_eq(length, 8);
    ck_assert_mem_eq(value, "one\0two", 8);
    ck_assert_int_eq(xg_store_directory(&store, 0, "/d/one", value, sizeof(value), &length), 0);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(xg_store_directory(&store, 0, "/d", value, 7, &length), -XG_ERANGE);
    ck_assert_int_eq(xg_store_directory(&store, 0, "/e", value, 7, &length), -XG_ENOENT);
}
END_TEST

static void many_nodes(unsigned int nr)
{
    char path[64];

    while (nr--) {
        sprintf(path, "/big/node-%u", nr);
        fake_store_set(path, "");
    }
}

START_TEST(directory_in_parts)
{
    connect();
    many_nodes(200);
    fake_store.directory_limit = 100;
    ck_assert_int_eq(xg_store_directory(&store, 0, "/big", value, sizeof(value), &length), 0);
    ck_assert_uint_eq(count_names(), 200);
    ck_assert_int_eq(xg_store_directory(&store, 0, "/big", value, 500, &length), -XG_ERANGE);
}
END_TEST

START_TEST(directory_that_changes_between_parts)
{
    connect();
    many_nodes(40);
    fake_store.directory_limit = 100;
    fake_store.nr_changes = 3;
    ck_assert_int_eq(xg_store_directory(&store, 0, "/big", value, sizeof(value), &length), 0);
    ck_assert_uint_eq(count_names(), 40);
    ck_assert_uint_eq(fake_store.nr_changes, 0);
}
END_TEST

START_TEST(permissions)
{
    struct xg_store_permission set[] = {{'n', 5}, {'r', 0}, {'b', 65535}}, got[4];
    unsigned int nr;

    connect();
    fake_store_set("/p", "");
    ck_assert_int_eq(xg_store_set_permissions(&store, 0, "/p", set, 3), 0);
    ck_assert_int_eq(xg_store_get_permissions(&store, 0, "/p", got, 4, &nr), 0);
    ck_assert_uint_eq(nr, 3);
    ck_assert_int_eq(got[0].access, 'n');
    ck_assert_uint_eq(got[0].domid, 5);
    ck_assert_int_eq(got[2].access, 'b');
    ck_assert_uint_eq(got[2].domid, 65535);
    ck_assert_int_eq(xg_store_get_permissions(&store, 0, "/p", got, 1, &nr), 0);
    ck_assert_uint_eq(nr, 3);
    ck_assert_int_eq(xg_store_set_permissions(&store, 0, "/p", set, 0), -XG_EINVAL);
}
END_TEST

START_TEST(numbers)
{
    uint64_t n = 0;

    connect();
    ck_assert_int_eq(xg_store_write_number(&store, 0, "/n", ~0ull), 0);
    ck_assert_str_eq(fake_store_get("/n"), "18446744073709551615");
    ck_assert_int_eq(xg_store_read_number(&store, 0, "/n", ~0ull, &n), 0);
    ck_assert_uint_eq(n, ~0ull);
    ck_assert_int_eq(xg_store_read_number(&store, 0, "/n", ~0ull - 1, &n), -XG_EINVAL);
    ck_assert_int_eq(xg_store_parse_number("", 9, &n), -XG_EINVAL);
    ck_assert_int_eq(xg_store_parse_number("-1", 9, &n), -XG_EINVAL);
    ck_assert_int_eq(xg_store_parse_number("7 ", 9, &n), -XG_EINVAL);
    ck_assert_int_eq(xg_store_parse_number("18446744073709551616", ~0ull, &n), -XG_EINVAL);
    ck_assert_int_eq(xg_store_parse_number("8", 7, &n), -XG_EINVAL);
    ck_assert_int_eq(xg_store_parse_number("007", 7, &n), 0);
    ck_assert_uint_eq(n, 7);
}
END_TEST

static unsigned int nr_attempts;

static int write_in_transaction(struct xg_store *s, xg_store_tx_t tx, void *arg)
{
    nr_attempts++;
    ck_assert_uint_ne(tx, XG_STORE_NO_TX);
    return arg ? *(int *)arg : xg_store_write(s, tx, "/t", "1", 1);
}

START_TEST(transaction_until_it_succeeds)
{
    connect();
    fake_store.nr_conflicts = 3;
    nr_attempts = 0;
    ck_assert_int_eq(xg_store_transaction(&store, write_in_transaction, NULL), 0);
    ck_assert_uint_eq(nr_attempts, 4);
    fake_store.nr_conflicts = 1000;
    ck_assert_int_eq(xg_store_transaction(&store, write_in_transaction, NULL), -XG_EAGAIN);
    ck_assert_uint_eq(nr_attempts, 4 + XG_STORE_ATTEMPTS);
}
END_TEST

START_TEST(transaction_that_is_given_up)
{
    int rc = -XG_EBUSY;

    connect();
    nr_attempts = 0;
    ck_assert_int_eq(xg_store_transaction(&store, write_in_transaction, &rc), -XG_EBUSY);
    ck_assert_uint_eq(nr_attempts, 1);
}
END_TEST

/* ---- Watches ---- */

START_TEST(watch_fires_at_once_and_at_changes)
{
    struct xg_store_watch watch;
    char buffer[64], path[64];

    connect();
    ck_assert_int_eq(xg_store_watch(&store, &watch, "/w", buffer, sizeof(buffer)), 0);
    fake_store_set("/w/a", "1");
    fake_store_set("/wx", "1");
    fake_store_run();
    ck_assert_int_eq(xg_store_poll(&store), 0);
    ck_assert_uint_eq(watch.nr_fired, 2);
    ck_assert_int_eq(xg_store_watch_take(&store, &watch, path, sizeof(path)), 0);
    ck_assert_str_eq(path, "/w");
    ck_assert_int_eq(xg_store_watch_take(&store, &watch, path, 4), -XG_ERANGE);
    ck_assert_int_eq(xg_store_watch_take(&store, &watch, path, sizeof(path)), 0);
    ck_assert_str_eq(path, "/w/a");
    ck_assert_int_eq(xg_store_watch_take(&store, &watch, path, sizeof(path)), -XG_EAGAIN);
    ck_assert_int_eq(xg_store_unwatch(&store, &watch), 0);
    ck_assert_uint_eq(fake_store.nr_watches, 0);
}
END_TEST

START_TEST(watch_with_too_little_room_loses_nothing)
{
    struct xg_store_watch watch;
    char buffer[11], path[64];

    connect();
    ck_assert_int_eq(xg_store_watch(&store, &watch, "/w", buffer, sizeof(buffer)), 0);
    fake_store_set("/w/first", "1");
    fake_store_set("/w/second", "1");
    fake_store_set("/w/t", "1");
    fake_store_run();
    ck_assert_int_eq(xg_store_poll(&store), 0);
    ck_assert_int_eq(xg_store_watch_take(&store, &watch, path, sizeof(path)), 0);
    ck_assert_str_eq(path, "/w");
    ck_assert_int_eq(xg_store_watch_take(&store, &watch, path, sizeof(path)), 0);
    ck_assert_str_eq(path, "/w");
    ck_assert_int_eq(xg_store_watch_take(&store, &watch, path, sizeof(path)), -XG_EAGAIN);
}
END_TEST

START_TEST(events_come_while_an_answer_is_awaited)
{
    struct xg_store_watch one, two;

    connect();
    ck_assert_int_eq(xg_store_watch(&store, &one, "/a", NULL, 0), 0);
    ck_assert_int_eq(xg_store_watch(&store, &two, "/a/b", NULL, 0), 0);
    ck_assert_int_eq(xg_store_write(&store, 0, "/a/b", "x", 1), 0);
    ck_assert_int_eq(read_value("/a/b"), 0);
    ck_assert_uint_eq(one.nr_fired, 2);
    ck_assert_uint_eq(two.nr_fired, 2);
    ck_assert_int_eq(xg_store_unwatch(&store, &one), 0);
    ck_assert_int_eq(xg_store_write(&store, 0, "/a/b", "x", 1), 0);
    ck_assert_int_eq(read_value("/a/b"), 0);
    ck_assert_uint_eq(two.nr_fired, 3);
    ck_assert_int_eq(xg_store_unwatch(&store, &one), -XG_ENOENT);
}
END_TEST

START_TEST(watch_that_is_refused)
{
    struct xg_store_watch watch;

    connect();
    fake_store.error = "EINVAL";
    ck_assert_int_eq(xg_store_watch(&store, &watch, "nonsense", NULL, 0), -XG_EINVAL);
    ck_assert_ptr_null(store.watches);
}
END_TEST

START_TEST(wait_for_anything)
{
    struct xg_store_watch watch;
    uint32_t seen;

    connect();
    ck_assert_int_eq(xg_store_watch(&store, &watch, "/a", NULL, 0), 0);
    ck_assert_int_eq(read_value("/"), -XG_ENOENT);
    seen = xg_store_activity(&store);
    ck_assert_int_eq(xg_store_wait(&store, seen, 1000), -XG_ETIME);
    ck_assert_uint_eq(fake.now_ns, 1000);
    fake_store_set("/a", "");
    ck_assert_int_eq(xg_store_wait(&store, seen, 2000), 0);
    ck_assert_uint_eq(watch.nr_fired, 2);
}
END_TEST

/* ---- Suspension ---- */

START_TEST(resume_makes_the_watches_again)
{
    struct xg_store_watch one, two;
    char path[16];
    void *page;

    connect();
    ck_assert_int_eq(xg_store_watch(&store, &one, "/a", path, sizeof(path)), 0);
    ck_assert_int_eq(xg_store_watch(&store, &two, "/b", NULL, 0), 0);
    ck_assert_int_eq(xg_store_suspend(&store), 0);
    page = fake_store.ring;
    fake_store_reset();
    ck_assert_ptr_ne(fake_store.ring, page);
    ck_assert_int_eq(xg_store_resume(&store, &fake_store.boot), 0);
    ck_assert_uint_eq(fake_store.nr_watches, 2);
    fake_store_run();
    ck_assert_int_eq(xg_store_poll(&store), 0);
    ck_assert_uint_ge(one.nr_fired, 2);
    ck_assert_uint_ge(two.nr_fired, 2);
    ck_assert_int_eq(xg_store_write(&store, 0, "/a", "x", 1), 0);
    ck_assert_int_eq(xg_store_unwatch(&store, &one), 0);
}
END_TEST

START_TEST(suspension_called_off)
{
    struct xg_store_watch watch;

    connect();
    ck_assert_int_eq(xg_store_watch(&store, &watch, "/a", NULL, 0), 0);
    ck_assert_int_eq(xg_store_suspend(&store), 0);
    ck_assert_int_eq(xg_store_resume(&store, &fake_store.boot), 0);
    ck_assert_uint_eq(fake_store.nr_watches, 1);
    ck_assert_int_eq(read_value("/a"), -XG_ENOENT);
}
END_TEST

/* ---- Threads ---- */

static volatile bool stop;
static struct xg_events events;

static void *serve(void *arg)
{
    struct timespec pause = {.tv_nsec = 20000};

    while (!stop) {
        if (!fake_store_run())
            nanosleep(&pause, NULL);
        if (xg_event_pending(&events, FAKE_STORE_PORT))
            xg_events_run(&events, NULL);
    }
    return NULL;
}

static void *use(void *arg)
{
    unsigned int i;
    char path[32], mine[32], got[32];

    fake_vcpu = 1 + (unsigned int)(uintptr_t)arg % 3;
    for (i = 0; i < 200; i++) {
        sprintf(path, "/thread/%u", (unsigned int)(uintptr_t)arg);
        sprintf(mine, "%u-%u", (unsigned int)(uintptr_t)arg, i);
        ck_assert_int_eq(xg_store_write(&store, 0, path, mine, strlen(mine)), 0);
        ck_assert_int_eq(xg_store_read(&store, 0, path, got, sizeof(got), NULL), 0);
        ck_assert_str_eq(got, mine);
    }
    return NULL;
}

START_TEST(many_threads_by_event)
{
    static struct xg_event_handler handlers[FAKE_PORTS];
    static struct xg_event_vcpu vcpus[FAKE_VCPUS];
    pthread_t server, threads[6];
    uintptr_t i;

    connect();
    fake.on_wait = NULL;
    fake.threads = true;
    xg_events_init(&events, &fake.shared, handlers, FAKE_PORTS, vcpus, FAKE_VCPUS);
    ck_assert_int_eq(xg_store_bind(&store, &events), 0);
    ck_assert_int_eq(pthread_create(&server, NULL, serve, NULL), 0);
    for (i = 0; i < 6; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, (void *)i), 0);
    for (i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    stop = true;
    pthread_join(server, NULL);
    ck_assert_uint_eq(fake_store.nr_requests, 6 * 400);
    ck_assert_ptr_null(store.pending);
}
END_TEST

/* One event to the store for each request, and none for reading an answer. */
START_TEST(notifications_are_minimal)
{
    connect();
    fake_store_set("/a", "1");
    ck_assert_int_eq(read_value("/a"), 0);
    ck_assert_uint_eq(store.nr_notifications, 1);
    ck_assert_uint_eq(fake.ports[FAKE_STORE_PORT].nr_sent, 1);
}
END_TEST

TCase *store_tests(void)
{
    TCase *tests = tcase_create("store");

    tcase_add_test(tests, needs_a_ring);
    tcase_add_test(tests, drops_what_was_said_before);
    tcase_add_test(tests, write_and_read);
    tcase_add_test(tests, value_larger_than_the_buffer);
    tcase_add_test(tests, message_larger_than_the_ring);
    tcase_add_test(tests, every_cut_of_a_message);
    tcase_add_test(tests, make_and_remove);
    tcase_add_test(tests, directory_in_one);
    tcase_add_test(tests, directory_in_parts);
    tcase_add_test(tests, directory_that_changes_between_parts);
    tcase_add_test(tests, permissions);
    tcase_add_test(tests, numbers);
    tcase_add_test(tests, transaction_until_it_succeeds);
    tcase_add_test(tests, transaction_that_is_given_up);
    tcase_add_test(tests, watch_fires_at_once_and_at_changes);
    tcase_add_test(tests, watch_with_too_little_room_loses_nothing);
    tcase_add_test(tests, events_come_while_an_answer_is_awaited);
    tcase_add_test(tests, watch_that_is_refused);
    tcase_add_test(tests, wait_for_anything);
    tcase_add_test(tests, resume_makes_the_watches_again);
    tcase_add_test(tests, suspension_called_off);
    tcase_add_test(tests, many_threads_by_event);
    tcase_add_test(tests, notifications_are_minimal);
    return tests;
}
