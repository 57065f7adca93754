/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that a backend has not answered when it goes: made again to the next one, in their order, however
 * often it goes; ended only where none is expected.
 */
#include <string.h>
#include <xenguest/errno.h>
#include "block_fixture.h"
#include "suites.h"

#define NR_REQUESTS 40
#define RING        32

static struct xg_block_request requests[NR_REQUESTS];
static struct xg_block_segment segments[NR_REQUESTS];
static unsigned int nr_done;

static void on_done(struct xg_block_request *request, void *arg)
{
    nr_done++;
}

static void begin(void)
{
    block_begin();
    memset(segments, 0, sizeof(segments));
    nr_done = 0;
}

/* Request n writes its number to a page of its own. */
static int submit(unsigned int n, uint64_t sector)
{
    if (!segments[n].page) {
        segments[n] = (struct xg_block_segment){.page = device_page(), .bytes = 4096};
        memset(segments[n].page, (int)n + 1, 4096);
    }
    requests[n] = (struct xg_block_request){.operation = XG_BLOCK_WRITE,
                                            .sector = sector,
                                            .segments = &segments[n],
                                            .nr_segments = 1,
                                            .done = on_done};
    return xg_block_submit(&block, &requests[n], false);
}

/* So many requests, all for one place, that a backend has taken and does not answer. */
static void leave_unanswered(unsigned int nr)
{
    unsigned int i;

    fake_disk.lie = LIE_SILENT;
    for (i = 0; i < nr; i++)
        ck_assert_int_eq(submit(i, 8), 0);
    fake_disk_run();
}

/* So many are done by the backend that is there now, the last of them last. */
static void check_done(unsigned int nr)
{
    unsigned int i;

    ck_assert(block.connected);
    ck_assert_uint_eq(nr_done, nr);
    for (i = 0; i < nr; i++)
        ck_assert_int_eq(requests[i].status, 0);
    ck_assert_int_eq(fake_disk.data[8 * 512], (char)nr);
}

/* How a backend goes and another comes. */
enum going { CLOSES, STARTS_ANEW, HAS_CLOSED, VANISHES, NR_GOINGS };

static void go(enum going how)
{
    static const char *const states[] = {"5", "2", "6", NULL};

    fake_disk_let_go();
    if (states[how]) {
        fake_disk_feature("state", states[how]);
    } else {
        fake_store_remove(FAKE_DISK_BACK "/state");
        block_run();
        ck_assert(!block.connected);
        fake_disk_feature("state", "2");
    }
}

START_TEST(made_again)
{
    begin();
    block_config.persistent = _i / NR_GOINGS;
    fake_disk_feature("feature-persistent", "1");
    block_attach();
    leave_unanswered(3);
    memset(fake_disk.data, 0, sizeof(fake_disk.data));
    fake_disk.lie = LIE_NONE;
    go((enum going)(_i % NR_GOINGS));
    block_run();
    check_done(3);
    block_detach();
}
END_TEST

/*
 * A backend that takes up the old rings before anybody has looked: what is on them is told to it, and nothing
 * is made again. One request is there already, the others the last one had not been told of.
 */
START_TEST(taken_up_unseen)
{
    unsigned int i;

    begin();
    block_config.persistent = _i;
    fake_disk_feature("feature-persistent", "1");
    block_attach();
    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(submit(i, 8), 0);
        if (!i)
            fake_disk_run();
    }
    fake_disk_let_go();
    fake_disk_feature("state", "2");
    fake_disk_take_up();
    block_run();
    check_done(3);
    ck_assert_uint_eq(fake_disk.nr_requests, 3);
    block_detach();
}
END_TEST

/*
 * A backend that begins with empty rings before anybody has looked, and does not wait for ours. Its answers
 * are none to what we asked, and what it has done to the disk nobody knows: the device is broken, and nothing
 * is made again. If it says nothing, what is in flight waits until the device is detached.
 */
START_TEST(begun_anew_unseen)
{
    bool answers = _i & 1;
    unsigned int i;

    begin();
    block_config.persistent = _i >> 1;
    fake_disk_feature("feature-persistent", "1");
    block_attach();
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(submit(i, 8), 0);
    block_run();
    ck_assert_uint_eq(nr_done, 3);
    fake_disk.lie = LIE_SILENT;
    ck_assert_int_eq(submit(3, 16), 0);
    ck_assert_int_eq(submit(4, 16), 0);
    fake_disk_run();
    memset(fake_disk.data, 0, sizeof(fake_disk.data));
    fake_disk_let_go();
    fake_disk_feature("state", "2");
    fake_disk_begin_anew(answers);
    block_run();
    ck_assert_uint_eq(block.device.front, answers ? XG_BUS_CLOSED : XG_BUS_CONNECTED);
    ck_assert_int_eq(block.device.error, answers ? -XG_EBADMSG : 0);
    ck_assert_uint_eq(nr_done, answers ? 5 : 3);
    block_detach();
    ck_assert_uint_eq(nr_done, 5);
    for (i = 3; i < 5; i++)
        ck_assert_int_eq(requests[i].status, answers ? -XG_EBADMSG : -XG_EAGAIN);
    ck_assert_int_eq(fake_disk.data[16 * 512], 0);
}
END_TEST

static struct xg_block_request untold;

/* What was put on the ring and not told to anybody is told with it. */
START_TEST(told_to_the_one_that_took_up)
{
    struct xg_block_segment segment = {.bytes = 4096};

    begin();
    block_attach();
    block_run();
    segment.page = device_page();
    untold = (struct xg_block_request){.operation = XG_BLOCK_READ, .segments = &segment, .nr_segments = 1};
    ck_assert_int_eq(xg_block_submit(&block, &untold, true), 0);
    block_run();
    ck_assert(!untold.finished);
    fake_disk_let_go();
    fake_disk_take_up();
    block_run();
    ck_assert(untold.finished);
    ck_assert_int_eq(untold.status, 0);
    block_detach();
}
END_TEST

/*
 * It is seen when it begins, and takes the old rings up all the same before it sees that we close: whatever
 * it does with them, what they refer to is still what it was, and it is made again by the next one.
 */
START_TEST(taken_up_while_closing)
{
    struct grant_entry_v1 *table;
    unsigned int i, nr = 0;

    begin();
    block_attach();
    leave_unanswered(3);
    fake_disk_let_go();
    fake_disk.stays = true;
    fake_disk_feature("state", "2");
    block_run();
    ck_assert_uint_eq(block.device.front, XG_BUS_CLOSED);
    table = (struct grant_entry_v1 *)fake.grant_memory;
    for (i = 8; i < 1024; i++)
        nr += (table[i].flags & GTF_permit_access) != 0;
    ck_assert_uint_eq(nr, 4);
    fake_disk_take_up();
    fake_disk.lie = LIE_NONE;
    block_run();
    ck_assert_uint_eq(fake_disk.nr_requests, 6);
    ck_assert_uint_eq(nr_done, 0);
    fake_disk.stays = false;
    fake_disk_let_go();
    memset(fake_disk.data, 0, sizeof(fake_disk.data));
    fake_disk_feature("state", "6");
    block_run();
    check_done(3);
    block_detach();
}
END_TEST

/* The second backend takes some and goes too; the third finds all of them, in the order of the beginning. */
START_TEST(made_again_more_than_once)
{
    begin();
    block_config.ring_pages = 2;
    block_config.ring_memory = device_page();
    ck_assert_ptr_eq(device_page(), (char *)block_config.ring_memory + 4096);
    fake_disk_feature("max-ring-page-order", "1");
    block_attach();
    leave_unanswered(NR_REQUESTS);
    fake_store_remove(FAKE_DISK_BACK "/max-ring-page-order");
    go(CLOSES);
    block_run();
    /* A smaller ring: as many as it holds are there, the others wait, and nobody overtakes them. */
    ck_assert(block.connected);
    ck_assert_uint_eq(fake_disk.nr_requests, NR_REQUESTS + RING);
    {
        struct xg_block_segment segment = {.page = segments[0].page, .bytes = 4096};
        struct xg_block_request late = {.operation = XG_BLOCK_READ, .segments = &segment, .nr_segments = 1};

        ck_assert_int_eq(xg_block_submit(&block, &late, false), -XG_EBUSY);
    }
    go(STARTS_ANEW);
    fake_disk.lie = LIE_NONE;
    memset(fake_disk.data, 0, sizeof(fake_disk.data));
    block_run();
    check_done(NR_REQUESTS);
    ck_assert_int_eq(submit(0, 16), 0);
    block_run();
    ck_assert(requests[0].finished);
    block_detach();
}
END_TEST

/* It is detached while no backend is there; unplugged; or the backend closes and is not to come again. */
START_TEST(ended_where_none_is_expected)
{
    begin();
    block_attach();
    leave_unanswered(1);
    fake_disk.stays = true;
    if (_i == 2)
        fake_disk_feature("online", "0");
    fake_disk_feature("state", "5");
    device_settle();
    ck_assert(!requests[0].finished);
    ck_assert_int_eq(submit(1, 8), -XG_EAGAIN);
    fake_disk_let_go();
    if (_i == 1) {
        fake_store_remove(FAKE_DISK_FRONT);
        fake_store_remove("device");
    } else {
        fake_disk_feature("state", "6");
    }
    if (_i) {
        block_run();
        ck_assert(requests[0].finished);
    }
    block_detach();
    ck_assert(requests[0].finished);
    ck_assert_int_eq(requests[0].status, -XG_EAGAIN);
    ck_assert_uint_eq(nr_done, 1);
}
END_TEST

/* A backend that never connects breaks the device: what waited for it ends with that. */
START_TEST(ended_when_the_device_breaks)
{
    begin();
    block_attach();
    leave_unanswered(1);
    fake_disk_let_go();
    fake_disk.mapped = false;
    fake_disk_feature("sectors", "none");
    fake_disk_feature("state", "5");
    block_run();
    ck_assert_int_eq(block.device.error, -XG_EBADMSG);
    ck_assert(requests[0].finished);
    ck_assert_int_eq(requests[0].status, -XG_EBADMSG);
    block_detach();
}
END_TEST

/* What the next disk cannot do ends with its errno; the rest goes on. */
START_TEST(refused_by_the_next_disk)
{
    begin();
    block_attach();
    fake_disk.lie = LIE_SILENT;
    ck_assert_int_eq(submit(0, 500), 0);
    ck_assert_int_eq(submit(1, 8), 0);
    fake_disk_run();
    fake_disk.lie = LIE_NONE;
    fake_disk_feature("sectors", "100");
    go(CLOSES);
    block_run();
    ck_assert_uint_eq(nr_done, 2);
    ck_assert_int_eq(requests[0].status, -XG_EINVAL);
    ck_assert_int_eq(requests[1].status, 0);
    block_detach();
}
END_TEST

TCase *block_again_tests(void)
{
    TCase *tests = tcase_create("block again");

    tcase_add_loop_test(tests, made_again, 0, 2 * NR_GOINGS);
    tcase_add_test(tests, made_again_more_than_once);
    tcase_add_loop_test(tests, taken_up_unseen, 0, 2);
    tcase_add_loop_test(tests, begun_anew_unseen, 0, 4);
    tcase_add_test(tests, told_to_the_one_that_took_up);
    tcase_add_test(tests, taken_up_while_closing);
    tcase_add_loop_test(tests, ended_where_none_is_expected, 0, 3);
    tcase_add_test(tests, ended_when_the_device_breaks);
    tcase_add_test(tests, refused_by_the_next_disk);
    return tests;
}
