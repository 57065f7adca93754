/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block frontend with a backend that keeps the protocol, in every combination of what can be negotiated:
 * in the end every grant and page is back.
 */
#include <stdio.h>
#include <string.h>
#include <xenguest/errno.h>
#include "block_fixture.h"
#include "suites.h"

/* `nr` whole pages from `sector` on, filled with `fill`. */
static int transfer(enum xg_block_operation operation, uint64_t sector, char *const *pages, unsigned int nr)
{
    struct xg_block_segment segments[64];
    struct xg_block_request request = {
        .operation = operation, .sector = sector, .segments = segments, .nr_segments = nr};
    unsigned int i;

    for (i = 0; i < nr; i++) {
        segments[i].page = pages[i];
        segments[i].offset = 0;
        segments[i].bytes = 4096;
    }
    return xg_block_do(&block, &request);
}

static void write_and_read(unsigned int nr)
{
    char *pages[64] = {NULL};
    unsigned int i;

    for (i = 0; i < nr; i++) {
        pages[i] = device_page();
        memset(pages[i], 'a' + (int)i, 4096);
    }
    ck_assert_int_eq(transfer(XG_BLOCK_WRITE, 16, pages, nr), 0);
    for (i = 0; i < nr; i++) {
        ck_assert_int_eq(fake_disk.data[(16 + 8 * i) * 512], 'a' + (int)i);
        ck_assert_int_eq(fake_disk.data[(16 + 8 * i) * 512 + 4095], 'a' + (int)i);
        memset(pages[i], 0, 4096);
    }
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 16, pages, nr), 0);
    for (i = 0; i < nr; i++) {
        ck_assert_int_eq(pages[i][0], 'a' + (int)i);
        ck_assert_int_eq(pages[i][4095], 'a' + (int)i);
        xg_os_page_free(pages[i]);
        device.free_pages++;
    }
}

START_TEST(read_and_write)
{
    block_begin();
    block_attach();
    ck_assert_uint_eq(block.nr_sectors, 512);
    ck_assert(!block.readonly && !block.flush && !block.barrier && !block.discard && !block.persistent);
    ck_assert_uint_eq(block.max_segments, 11);
    write_and_read(1);
    write_and_read(11);
    ck_assert_uint_eq(fake_disk.nr_requests, 4);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants - 1);
    block_detach();
}
END_TEST

START_TEST(part_of_a_page)
{
    char *p;
    struct xg_block_segment segment = {.offset = 1024, .bytes = 512};
    struct xg_block_request request = {
        .operation = XG_BLOCK_READ, .sector = 3, .segments = &segment, .nr_segments = 1};

    block_begin();
    p = device_page();
    block_attach();
    memset(fake_disk.data + 3 * 512, 'q', 512);
    memset(p, 0, 4096);
    segment.page = p;
    ck_assert_int_eq(xg_block_do(&block, &request), 0);
    ck_assert_int_eq(p[1023], 0);
    ck_assert_int_eq(p[1024], 'q');
    ck_assert_int_eq(p[1535], 'q');
    ck_assert_int_eq(p[1536], 0);
    block_detach();
}
END_TEST

/* Every combination: pages a ring, queues, persistent grants, indirect descriptors. */
START_TEST(combinations)
{
    unsigned int order = (unsigned int)_i % 4, queues = 1 + (unsigned int)_i / 4 % 2;
    bool persistent = _i / 8 % 2, large = _i / 16;
    unsigned int i;

    block_begin();
    fake_disk_feature("max-ring-page-order", "4");
    fake_disk_feature("multi-queue-max-queues", "2");
    if (persistent)
        fake_disk_feature("feature-persistent", "1");
    if (large)
        fake_disk_feature("feature-max-indirect-segments", "32");
    block_config.nr_queues = queues;
    block_config.persistent = persistent;
    block_config.ring_pages = queues << order;
    for (i = 0; i < block_config.ring_pages; i++) {
        void *p = device_page();

        if (!i)
            block_config.ring_memory = p;
    }
    block_attach();
    ck_assert_uint_eq(block.ring_order, order);
    ck_assert_uint_eq(block.nr_queues, queues);
    ck_assert_uint_eq(fake_disk.nr_rings, queues);
    ck_assert_int_eq(block.persistent, persistent);
    ck_assert_uint_eq(block.queues[0].ring.nr, 32u << order);
    write_and_read(3);
    if (large)
        write_and_read(20);
    ck_assert_int_eq(fake_disk.nr_indirect > 0, large);
    fake_vcpu = 1;
    write_and_read(2);
    if (queues == 2)
        ck_assert_uint_gt(block.queues[1].nr_requests, 0);
    fake_vcpu = 0;
    if (persistent)
        ck_assert_uint_gt(block.queues[0].nr_pool, 0);
    block_detach();
}
END_TEST

/* The same few pages over and over. */
START_TEST(persistent_grants_are_reused)
{
    unsigned int i;

    block_begin();
    fake_disk_feature("feature-persistent", "1");
    block_config.persistent = true;
    block_attach();
    for (i = 0; i < 10; i++)
        write_and_read(2);
    ck_assert_uint_eq(block.queues[0].nr_pool, 2);
    ck_assert_uint_eq(block.queues[0].nr_pool_free, 2);
    block_detach();
}
END_TEST

START_TEST(persistent_only_when_both_want_it)
{
    block_begin();
    block_config.persistent = true;
    block_attach();
    ck_assert(!block.persistent);
    write_and_read(1);
    block_detach();
    block_begin();
    fake_disk_feature("feature-persistent", "1");
    block_attach();
    ck_assert(!block.persistent && !fake_disk.keeps);
    write_and_read(1);
    block_detach();
}
END_TEST

static int simple(enum xg_block_operation operation, uint64_t sector, uint64_t nr, bool secure)
{
    struct xg_block_request request = {
        .operation = operation, .sector = sector, .nr_sectors = nr, .secure = secure};

    return xg_block_do(&block, &request);
}

START_TEST(flush_barrier_discard)
{
    block_begin();
    block_attach();
    ck_assert_int_eq(simple(XG_BLOCK_FLUSH, 0, 0, false), -XG_EOPNOTSUPP);
    ck_assert_int_eq(simple(XG_BLOCK_DISCARD, 0, 8, false), -XG_EOPNOTSUPP);
    ck_assert_int_eq(simple(XG_BLOCK_BARRIER, 0, 0, false), -XG_EOPNOTSUPP);
    block_detach();
    block_begin();
    fake_disk_feature("feature-flush-cache", "1");
    fake_disk_feature("feature-discard", "1");
    fake_disk_feature("discard-granularity", "4096");
    block_attach();
    memset(fake_disk.data, 'x', 4096);
    ck_assert_int_eq(simple(XG_BLOCK_FLUSH, 0, 0, false), 0);
    ck_assert_uint_eq(fake_disk.nr_flushes, 1);
    ck_assert_int_eq(simple(XG_BLOCK_DISCARD, 1, 2, false), 0);
    ck_assert_int_eq(fake_disk.data[511], 'x');
    ck_assert_int_eq(fake_disk.data[512], 0);
    ck_assert_int_eq(fake_disk.data[1535], 0);
    ck_assert_int_eq(fake_disk.data[1536], 'x');
    ck_assert_int_eq(simple(XG_BLOCK_DISCARD, 1, 2, true), -XG_EOPNOTSUPP);
    ck_assert_int_eq(simple(XG_BLOCK_DISCARD, 511, 2, false), -XG_EINVAL);
    ck_assert_uint_eq(block.discard_granularity, 4096);
    block_detach();
    block_begin();
    fake_disk_feature("feature-barrier", "1");
    fake_disk_feature("feature-discard", "1");
    fake_disk_feature("discard-secure", "1");
    block_attach();
    ck_assert_int_eq(simple(XG_BLOCK_FLUSH, 0, 0, false), 0);
    ck_assert_uint_eq(fake_disk.nr_barriers, 1);
    ck_assert_int_eq(simple(XG_BLOCK_DISCARD, 1, 2, true), 0);
    ck_assert_uint_eq(fake_disk.nr_secure, 1);
    block_detach();
}
END_TEST

START_TEST(a_feature_that_is_not_there_after_all)
{
    block_begin();
    fake_disk_feature("feature-flush-cache", "1");
    block_attach();
    fake_disk.lie = LIE_UNSUPPORTED;
    ck_assert_int_eq(simple(XG_BLOCK_FLUSH, 0, 0, false), -XG_EOPNOTSUPP);
    ck_assert(!block.flush);
    ck_assert_int_eq(block.device.error, 0);
    block_detach();
}
END_TEST

START_TEST(read_only_and_cd)
{
    char *p;

    block_begin();
    p = device_page();
    fake_disk_feature("info", "7");
    fake_disk_feature("sectors", "0");
    block_attach();
    ck_assert(block.readonly && block.cdrom && block.removable);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 0, &p, 1), -XG_EINVAL);
    /* A medium is put in: the backend says so, and once more that it is connected. */
    fake_disk_feature("sectors", "512");
    fake_disk_feature("state", "4");
    fake_store_run();
    ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 0, &p, 1), 0);
    ck_assert_int_eq(transfer(XG_BLOCK_WRITE, 0, &p, 1), -XG_EROFS);
    block_detach();
}
END_TEST

START_TEST(large_sectors)
{
    struct xg_block_segment segment = {.offset = 512, .bytes = 512};
    struct xg_block_request request = {
        .operation = XG_BLOCK_READ, .sector = 8, .segments = &segment, .nr_segments = 1};
    char *p;

    block_begin();
    p = device_page();
    segment.page = p;
    fake_disk_feature("sector-size", "4096");
    block_attach();
    ck_assert_int_eq(xg_block_do(&block, &request), -XG_EINVAL);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 1, &p, 1), -XG_EINVAL);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 8, &p, 1), 0);
    block_detach();
}
END_TEST

START_TEST(requests_that_are_none)
{
    char *p, *many[12];
    struct xg_block_segment segment = {.offset = 0, .bytes = 4096};
    struct xg_block_request request = {.operation = XG_BLOCK_READ, .segments = &segment, .nr_segments = 1};
    unsigned int i;

    block_begin();
    p = device_page();
    for (i = 0; i < 12; i++)
        many[i] = p;
    block_attach();
    segment.page = p + 8;
    ck_assert_int_eq(xg_block_submit(&block, &request, false), -XG_EINVAL);
    segment.page = p;
    segment.offset = 512;
    ck_assert_int_eq(xg_block_submit(&block, &request, false), -XG_EINVAL);
    segment.offset = 0;
    segment.bytes = 0;
    ck_assert_int_eq(xg_block_submit(&block, &request, false), -XG_EINVAL);
    request.operation = (enum xg_block_operation)9;
    ck_assert_int_eq(xg_block_submit(&block, &request, false), -XG_EINVAL);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 505, &p, 1), -XG_EINVAL);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 504, &p, 1), 0);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, ~0ull - 3, &p, 1), -XG_EINVAL);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 0, &p, 0), -XG_EINVAL);
    ck_assert_int_eq(transfer(XG_BLOCK_READ, 0, many, 12), -XG_EINVAL);
    ck_assert_uint_eq(fake_disk.nr_requests, 1);
    block_detach();
}
END_TEST

static unsigned int nr_done;

static void on_done(struct xg_block_request *request, void *arg)
{
    ck_assert(request->finished);
    ck_assert_int_eq(request->status, *(int *)arg);
    nr_done++;
}

/* A full ring, one notification each way, completions in the handler of the event. */
START_TEST(full_ring_by_event)
{
    static struct xg_block_request requests[33];
    static struct xg_block_segment segments[33];
    int expected = 0;
    unsigned int i, sent;
    char *p;

    block_begin();
    p = device_page();
    block_config.polled = false;
    block_attach();
    nr_done = 0;
    xg_event_clear(&device.events, block.queues[0].port);
    sent = fake.ports[block.queues[0].port].nr_sent;
    for (i = 0; i < 33; i++) {
        segments[i] = (struct xg_block_segment){.page = p, .bytes = 4096};
        requests[i] = (struct xg_block_request){.operation = XG_BLOCK_READ,
                                                .segments = &segments[i],
                                                .nr_segments = 1,
                                                .done = on_done,
                                                .arg = &expected};
        ck_assert_int_eq(xg_block_submit(&block, &requests[i], true), i < 32 ? 0 : -XG_EBUSY);
    }
    xg_block_kick(&block);
    ck_assert_uint_eq(block.queues[0].nr_notifications, 1);
    ck_assert_uint_eq(fake.ports[block.queues[0].port].nr_sent, sent + 1);
    xg_event_clear(&device.events, block.queues[0].port);
    ck_assert(fake_disk_run());
    ck_assert_uint_eq(nr_done, 0);
    ck_assert_uint_eq(xg_events_run(&device.events, NULL), 1);
    ck_assert_uint_eq(nr_done, 32);
    block_detach();
}
END_TEST

START_TEST(no_grants_or_pages_left)
{
    char *p;
    xg_grant_ref_t ref;

    block_begin();
    p = device_page();
    block_attach();
    while (device.grants.nr_free)
        ck_assert_int_eq(xg_grant_access(&device.grants, 0, xg_gfn(1), false, &ref), 0);
    {
        struct xg_block_segment segment = {.page = p, .bytes = 4096};
        struct xg_block_request request = {
            .operation = XG_BLOCK_READ, .segments = &segment, .nr_segments = 1};

        ck_assert_int_eq(xg_block_submit(&block, &request, false), -XG_EBUSY);
    }
    block_begin();
    fake.out_of_pages = true;
    ck_assert_int_eq(xg_block_attach(&device.bus, &block, 51712, &block_config), 0);
    ck_assert_int_eq(xg_block_wait_connected(&block, 1000), -XG_ENOMEM);
    fake.out_of_pages = false;
    block_detach();
}
END_TEST

START_TEST(backend_restarts)
{
    unsigned int i;

    block_begin();
    block_attach();
    for (i = 0; i < 4; i++) {
        write_and_read(2);
        fake_disk_let_go();
        fake_disk_feature("state", "5");
        ck_assert_int_eq(xg_block_wait_connected(&block, 1000), 0);
        while (block.connected && fake_disk_run())
            ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
        ck_assert_int_eq(xg_block_wait_connected(&block, fake.now_ns + 1000), 0);
    }
    write_and_read(1);
    block_detach();
}
END_TEST

TCase *block_tests(void)
{
    TCase *tests = tcase_create("block");

    tcase_add_test(tests, read_and_write);
    tcase_add_test(tests, part_of_a_page);
    tcase_add_loop_test(tests, combinations, 0, 32);
    tcase_add_test(tests, persistent_grants_are_reused);
    tcase_add_test(tests, persistent_only_when_both_want_it);
    tcase_add_test(tests, flush_barrier_discard);
    tcase_add_test(tests, a_feature_that_is_not_there_after_all);
    tcase_add_test(tests, read_only_and_cd);
    tcase_add_test(tests, large_sectors);
    tcase_add_test(tests, requests_that_are_none);
    tcase_add_test(tests, full_ring_by_event);
    tcase_add_test(tests, no_grants_or_pages_left);
    tcase_add_test(tests, backend_restarts);
    return tests;
}
