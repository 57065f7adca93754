/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The framebuffer: what the backend finds in the shared pages, events both ways, a ring that fills, and
 * backends that lie about indices, say nonsense, restart or vanish.
 */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/framebuffer.h>
#include <xen/io/fbif.h>
#include "device_fixture.h"
#include "suites.h"

#define PIXEL_PAGES 4

static struct xg_framebuffer screen;
static struct xg_framebuffer_config screen_config;
static void *page; /* as the backend sees it */

static void on_connected(void)
{
    page = device_frame(device_number("page-ref"));
    device.port = (xg_evtchn_t)device_number("event-channel");
    ck_assert(fake.ports[device.port].open);
    ck_assert_str_eq(device_node("protocol"), "x86_64-abi");
}

/* 64 x 60 pixels of 32 bits, with one row before them. */
static void begin(void)
{
    unsigned int i;

    device_begin("vfb", 0);
    device.connected = on_connected;
    device_set("request-update", "1");
    device_set("feature-resize", "1");
    memset(&screen_config, 0, sizeof(screen_config));
    screen_config.events = &device.events;
    screen_config.polled = true;
    screen_config.memory_bytes = PIXEL_PAGES * 4096;
    screen_config.mode = (struct xg_framebuffer_mode){.width = 64, .height = 60, .depth = 32, .stride = 256};
    for (i = 0; i < PIXEL_PAGES; i++) {
        void *p = device_page();

        if (!i)
            screen_config.memory = p;
    }
}

static void attach(void)
{
    ck_assert_int_eq(xg_framebuffer_attach(&device.bus, &screen, 0, &screen_config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&screen.device, fake.now_ns + 1000), 0);
    ck_assert(screen.connected);
}

static void detach(void)
{
    ck_assert_int_eq(xg_framebuffer_detach(&screen, fake.now_ns + 1000), 0);
    device_all_given_back();
}

/* The oldest event that the backend has not taken, NULL: none. */
static const union xenfb_out_event *told(void)
{
    struct xenfb_page *p = page;

    if (p->out_cons == p->out_prod)
        return NULL;
    return &XENFB_OUT_RING_REF(page, p->out_cons++);
}

static void was_told(int x, int y, int width, int height)
{
    const union xenfb_out_event *event = told();

    ck_assert_ptr_nonnull(event);
    ck_assert_uint_eq(event->type, XENFB_TYPE_UPDATE);
    ck_assert_int_eq(event->update.x, x);
    ck_assert_int_eq(event->update.y, y);
    ck_assert_int_eq(event->update.width, width);
    ck_assert_int_eq(event->update.height, height);
}

START_TEST(what_the_backend_finds)
{
    const struct xenfb_page *p;
    const uint64_t *directory;
    unsigned int i;

    begin();
    attach();
    p = page;
    ck_assert_int_eq(p->width, 64);
    ck_assert_int_eq(p->height, 60);
    ck_assert_uint_eq(p->depth, 32);
    ck_assert_uint_eq(p->line_length, 256);
    ck_assert_uint_eq(p->mem_length, PIXEL_PAGES * 4096);
    directory = device_frame(p->pd[0]);
    ck_assert_uint_eq(p->pd[1], 0);
    for (i = 0; i < PIXEL_PAGES; i++)
        ck_assert_ptr_eq(device_frame(directory[i]), (char *)screen_config.memory + i * 4096);
    ck_assert_uint_eq(directory[PIXEL_PAGES], 0);
    ck_assert_uint_eq(device_number("feature-update"), 1);
    ck_assert(screen.wants_updates && screen.resizes);
    ck_assert_uint_eq(screen.refresh_ms, UINT32_MAX);
    was_told(0, 0, 64, 60);
    detach();
}
END_TEST

START_TEST(updates)
{
    unsigned int port, sent;

    begin();
    attach();
    was_told(0, 0, 64, 60);
    port = screen.page.port;
    sent = fake.ports[port].nr_sent;
    xg_framebuffer_update(&screen, 10, 20, 5, 6);
    was_told(10, 20, 5, 6);
    ck_assert_uint_eq(fake.ports[port].nr_sent, sent + 1);
    xg_framebuffer_update(&screen, 60, 50, UINT32_MAX, UINT32_MAX);
    was_told(60, 50, 4, 10);
    xg_framebuffer_update(&screen, 64, 0, 1, 1);
    xg_framebuffer_update(&screen, 0, UINT32_MAX, 1, 1);
    xg_framebuffer_update(&screen, 0, 0, 0, 1);
    ck_assert_ptr_null(told());
    ck_assert_uint_eq(fake.ports[port].nr_sent, sent + 2);
    detach();
}
END_TEST

/* What the ring has no room for comes later, in one piece. */
START_TEST(full_ring)
{
    unsigned int i;

    begin();
    attach();
    was_told(0, 0, 64, 60);
    for (i = 0; i < XENFB_OUT_RING_LEN; i++)
        xg_framebuffer_update(&screen, 1, 1, 1, 1);
    ck_assert(!xg_framebuffer_poll(&screen));
    xg_framebuffer_update(&screen, 10, 2, 3, 4);
    xg_framebuffer_update(&screen, 20, 1, 1, 1);
    xg_framebuffer_update(&screen, 5, 3, 1, 10);
    ck_assert(xg_framebuffer_poll(&screen));
    ck_assert_int_eq(xg_framebuffer_resize(&screen, &screen_config.mode), -XG_EBUSY);
    for (i = 0; i < XENFB_OUT_RING_LEN; i++)
        was_told(1, 1, 1, 1);
    ck_assert_ptr_null(told());
    ck_assert(!xg_framebuffer_poll(&screen));
    was_told(5, 1, 16, 12);
    detach();
}
END_TEST

START_TEST(nobody_asks_for_updates)
{
    begin();
    device_set("request-update", NULL);
    attach();
    xg_framebuffer_update(&screen, 0, 0, 1, 1);
    ck_assert_ptr_null(told());
    device_set("request-update", "1");
    device_set("state", "4");
    device_settle();
    /* What nobody was told of before. */
    was_told(0, 0, 64, 60);
    xg_framebuffer_update(&screen, 0, 0, 1, 1);
    was_told(0, 0, 1, 1);
    detach();
}
END_TEST

START_TEST(another_size)
{
    struct xg_framebuffer_mode mode = {.width = 32, .height = 30, .depth = 16, .stride = 128, .offset = 256};
    const union xenfb_out_event *event;

    begin();
    attach();
    told();
    ck_assert_int_eq(xg_framebuffer_resize(&screen, &mode), 0);
    event = told();
    ck_assert_uint_eq(event->type, XENFB_TYPE_RESIZE);
    ck_assert_int_eq(event->resize.width, 32);
    ck_assert_int_eq(event->resize.height, 30);
    ck_assert_int_eq(event->resize.depth, 16);
    ck_assert_int_eq(event->resize.stride, 128);
    ck_assert_int_eq(event->resize.offset, 256);
    was_told(0, 0, 32, 30);
    mode.height = 16384 / 128;
    ck_assert_int_eq(xg_framebuffer_resize(&screen, &mode), -XG_EINVAL);
    mode.offset = 0;
    ck_assert_int_eq(xg_framebuffer_resize(&screen, &mode), 0);
    detach();
    begin();
    device_set("feature-resize", "0");
    attach();
    ck_assert_int_eq(xg_framebuffer_resize(&screen, &mode), -XG_EOPNOTSUPP);
    detach();
    ck_assert_int_eq(xg_framebuffer_resize(&screen, &mode), -XG_EAGAIN);
}
END_TEST

START_TEST(modes_that_are_none)
{
    unsigned int i;

    begin();
    for (i = 0; i < 9; i++) {
        struct xg_framebuffer_config config = screen_config;

        switch (i) {
        case 0:
            config.mode.depth = 15;
            break;
        case 1:
            config.mode.width = 0;
            break;
        case 2:
            config.mode.height = 65;
            break;
        case 3:
            config.mode.stride = 255;
            break;
        case 4:
            config.mode.offset = 16384;
            break;
        case 5:
            config.memory_bytes = 4097;
            break;
        case 6:
            config.memory = (char *)config.memory + 1;
            break;
        case 7:
            config.memory_bytes = 33 << 20;
            break;
        default:
            config.mode.width = 0x40000000;
            break;
        }
        ck_assert_int_eq(xg_framebuffer_attach(&device.bus, &screen, 0, &config), -XG_EINVAL);
    }
    device_all_given_back();
}
END_TEST

START_TEST(events_of_the_backend)
{
    struct xenfb_page *p;
    unsigned int i;

    begin();
    screen_config.polled = false;
    attach();
    p = page;
    for (i = 0; i < 100; i++) {
        union xenfb_in_event *event = &XENFB_IN_RING_REF(page, p->in_prod);

        event->type = i & 1 ? XENFB_TYPE_REFRESH_PERIOD : 200;
        event->refresh_period.period = i;
        p->in_prod++;
        xg_event_clear(&device.events, screen.page.port);
        fake_event_raise(screen.page.port);
        xg_events_run(&device.events, NULL);
        ck_assert_uint_eq(screen.refresh_ms, i & 1 ? i : i ? i - 1 : UINT32_MAX);
        ck_assert_uint_eq(p->in_cons, p->in_prod);
    }
    detach();
}
END_TEST

START_TEST(impossible_indices)
{
    struct xenfb_page *p;

    begin();
    attach();
    device.stays = true;
    p = page;
    if (_i & 1)
        p->in_prod += _i & 2 ? XENFB_IN_RING_LEN + 1 : 0xfffffff0u;
    else
        p->out_cons += _i & 2 ? 0x7fffffffu : 2;
    xg_framebuffer_update(&screen, 0, 0, 1, 1);
    ck_assert(!xg_framebuffer_poll(&screen));
    ck_assert_int_eq(screen.device.error, -XG_EBADMSG);
    device_settle();
    ck_assert_uint_eq(screen.device.front, XG_BUS_CLOSED);
    /* As long as it does not say that it has let go, what it was shown is kept. */
    ck_assert_int_eq(xg_framebuffer_detach(&screen, fake.now_ns + 1000), -XG_ETIME);
    ck_assert_ptr_nonnull(screen.page.memory);
    screen.device.back = XG_BUS_CLOSED;
    ck_assert_int_eq(screen.frontend.release(&screen.device), 0);
    device_all_given_back();
}
END_TEST

START_TEST(nonsense_in_the_nodes)
{
    begin();
    device_set(_i & 1 ? "request-update" : "feature-resize", _i & 2 ? "2" : "yes");
    ck_assert_int_eq(xg_framebuffer_attach(&device.bus, &screen, 0, &screen_config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&screen.device, fake.now_ns + 1000), -XG_EBADMSG);
    detach();
    begin();
    attach();
    device_set("request-update", "-1");
    device_set("state", "4");
    device_settle();
    ck_assert_int_eq(screen.device.error, -XG_EBADMSG);
    detach();
}
END_TEST

START_TEST(backend_restarts_or_vanishes)
{
    unsigned int i;

    begin();
    attach();
    for (i = 0; i < 4; i++) {
        device_set("state", i & 1 ? "2" : "5");
        device_settle();
        ck_assert_int_eq(xg_bus_wait_connected(&screen.device, fake.now_ns + 1000), 0);
        was_told(0, 0, 64, 60);
    }
    fake_store_remove("device/vfb/0");
    device_settle();
    ck_assert(screen.device.unplugged && !screen.connected);
    xg_framebuffer_update(&screen, 0, 0, 1, 1);
    detach();
}
END_TEST

START_TEST(screen_restored)
{
    begin();
    attach();
    device_restore();
    xg_framebuffer_update(&screen, 0, 0, 1, 1);
    ck_assert(!screen.connected);
    ck_assert_int_eq(xg_bus_wait_connected(&screen.device, fake.now_ns + 1000), 0);
    was_told(0, 0, 64, 60);
    detach();
}
END_TEST

START_TEST(no_pages_left)
{
    begin();
    fake.out_of_pages = true;
    ck_assert_int_eq(xg_framebuffer_attach(&device.bus, &screen, 0, &screen_config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&screen.device, fake.now_ns + 1000), -XG_ENOMEM);
    fake.out_of_pages = false;
    detach();
    begin();
    fake_store.nr_silent = 1;
    ck_assert_int_eq(xg_framebuffer_attach(&device.bus, &screen, 0, &screen_config), -XG_ETIME);
}
END_TEST

TCase *screen_tests(void)
{
    TCase *tests = tcase_create("screen");

    tcase_add_test(tests, what_the_backend_finds);
    tcase_add_test(tests, updates);
    tcase_add_test(tests, full_ring);
    tcase_add_test(tests, nobody_asks_for_updates);
    tcase_add_test(tests, another_size);
    tcase_add_test(tests, modes_that_are_none);
    tcase_add_test(tests, events_of_the_backend);
    tcase_add_loop_test(tests, impossible_indices, 0, 4);
    tcase_add_loop_test(tests, nonsense_in_the_nodes, 0, 4);
    tcase_add_test(tests, backend_restarts_or_vanishes);
    tcase_add_test(tests, screen_restored);
    tcase_add_test(tests, no_pages_left);
    return tests;
}
