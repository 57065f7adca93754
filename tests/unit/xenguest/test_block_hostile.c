/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block frontend with a backend that lies, in its answers and in its nodes, or never lets go: an errno to
 * the caller, the device broken, and in the end every grant and page back.
 */
#include <xenguest/errno.h>
#include "block_fixture.h"
#include "suites.h"

START_TEST(lies)
{
    struct xg_block_segment segment = {.bytes = 4096};
    struct xg_block_request request = {.operation = XG_BLOCK_READ, .segments = &segment, .nr_segments = 1};
    unsigned int i;

    if (_i == LIE_NONE || _i == LIE_SILENT || _i == LIE_UNSUPPORTED)
        return;
    block_begin();
    segment.page = device_page();
    block_attach();
    fake_disk.lie = (enum fake_lie)_i;
    fake_disk.stays = true;
    ck_assert_int_eq(xg_block_submit(&block, &request, false), 0);
    for (i = 0; i < 10; i++) {
        fake_disk_run();
        xg_block_poll(&block);
        ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    }
    if (_i == LIE_ERROR || _i == LIE_STATUS) {
        ck_assert(request.finished);
        ck_assert_int_eq(request.status, -XG_EIO);
        ck_assert_int_eq(block.device.error, 0);
    } else {
        ck_assert_int_eq(block.device.error, -XG_EBADMSG);
        ck_assert_uint_eq(block.device.front, XG_BUS_CLOSED);
        ck_assert_int_eq(xg_block_submit(&block, &request, false), -XG_EAGAIN);
        ck_assert_int_eq(request.finished, _i != LIE_HOLDS);
        ck_assert(_i == LIE_TWICE || !request.finished || request.status == -XG_EBADMSG);
    }
    fake_disk.stays = false;
    fake_disk_let_go();
    fake_disk_feature("state", "6");
    fake_disk_run();
    ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    ck_assert(request.finished);
    if (_i == LIE_HOLDS)
        ck_assert_int_eq(request.status, -XG_EBADMSG);
    fake_disk.lie = LIE_NONE;
    block_detach();
}
END_TEST

/* It never lets go: what it holds is not used again, all else is given back, and the caller is told. */
START_TEST(never_lets_go)
{
    struct xg_block_segment segment = {.bytes = 4096};
    struct xg_block_request request = {.operation = XG_BLOCK_READ, .segments = &segment, .nr_segments = 1};

    block_begin();
    segment.page = device_page();
    block_attach();
    fake_disk.lie = LIE_HOLDS;
    fake_disk.stays = true;
    ck_assert_int_eq(xg_block_submit(&block, &request, false), 0);
    fake_disk_run();
    xg_block_poll(&block);
    ck_assert_int_eq(xg_block_detach(&block, 1000), -XG_ETIME);
    ck_assert(!request.finished);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants - 2);
    fake_disk_let_go();
    ck_assert_int_eq(block.frontend.release(&block.device), 0);
    ck_assert(request.finished);
    device_all_given_back();
}
END_TEST

START_TEST(nonsense_in_the_nodes)
{
    static const struct {
        const char *name, *value;
    } nodes[] = {{"sectors", "-1"},
                 {"sectors", "36028797018963968"},
                 {"sector-size", "513"},
                 {"sector-size", "0"},
                 {"sector-size", "8192"},
                 {"info", "x"},
                 {"feature-max-indirect-segments", "99999999999"},
                 {"feature-flush-cache", ""},
                 {"discard-granularity", "1e3"},
                 {"max-ring-page-order", "many"},
                 {"multi-queue-max-queues", "-3"}};

    block_begin();
    block_config.ring_memory = device_page();
    block_config.ring_pages = 1;
    fake_disk_feature(nodes[_i].name, nodes[_i].value);
    ck_assert_int_eq(xg_block_attach(&device.bus, &block, 51712, &block_config), 0);
    ck_assert_int_lt(xg_block_wait_connected(&block, 1000), 0);
    ck_assert_int_ne(block.device.error, 0);
    ck_assert(!block.connected);
    block_detach();
}
END_TEST

TCase *block_hostile_tests(void)
{
    TCase *tests = tcase_create("block, hostile");

    tcase_add_loop_test(tests, lies, 0, NR_LIES);
    tcase_add_test(tests, never_lets_go);
    tcase_add_loop_test(tests, nonsense_in_the_nodes, 0, 11);
    return tests;
}
