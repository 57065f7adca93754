/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keyboard and pointer: events of each kind, what is offered and wanted, and backends that lie about indices,
 * say nonsense or keep the page.
 */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/input.h>
#include <xen/io/kbdif.h>
#include "device_fixture.h"
#include "suites.h"

static struct xg_input input;
static struct xg_input_config config;
static void *page; /* as the backend sees it */

static void on_connected(void)
{
    page = device_frame(device_number("page-ref"));
    device.port = (xg_evtchn_t)device_number("event-channel");
    ck_assert(fake.ports[device.port].open);
    ck_assert_str_eq(device_node("protocol"), "x86_64-abi");
}

static unsigned int nr_events;

static void on_event(struct xg_input *i, void *arg)
{
    ck_assert_ptr_eq(i, &input);
    nr_events++;
}

static void begin(void)
{
    device_begin("vkbd", 0);
    device.connected = on_connected;
    memset(&config, 0, sizeof(config));
    config.grants = &device.grants;
    config.events = &device.events;
    config.event = on_event;
    config.absolute = true;
    nr_events = 0;
}

static void attach(void)
{
    ck_assert_int_eq(xg_input_attach(&device.bus, &input, 0, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&input.device, fake.now_ns + 1000), 0);
}

static void detach(void)
{
    ck_assert_int_eq(xg_input_detach(&input, fake.now_ns + 1000), 0);
    device_all_given_back();
}

static union xenkbd_in_event *next_event(void)
{
    union xenkbd_in_event *event = &XENKBD_IN_RING_REF(page, ((struct xenkbd_page *)page)->in_prod++);

    memset(event, 0x55, sizeof(*event));
    return event;
}

static void say(unsigned int kind, int a, int b, int c)
{
    union xenkbd_in_event *event = next_event();

    event->type = (uint8_t)kind;
    if (kind == XENKBD_TYPE_KEY) {
        event->key.keycode = (uint32_t)a;
        event->key.pressed = (uint8_t)b;
    } else {
        event->pos.abs_x = a;
        event->pos.abs_y = b;
        event->pos.rel_z = c;
    }
}

START_TEST(events_of_each_kind)
{
    struct xg_input_event event;
    unsigned int i;

    begin();
    device_set("feature-abs-pointer", "1");
    attach();
    ck_assert(input.absolute && !input.raw);
    ck_assert_uint_eq(device_number("request-abs-pointer"), 1);
    ck_assert_uint_eq(device_number("request-raw-pointer"), 0);
    ck_assert_ptr_eq(device_map((xg_grant_ref_t)device_number("page-gref")), page);
    for (i = 0; i < 200; i++) {
        ck_assert(!xg_input_take(&input, &event));
        say(XENKBD_TYPE_KEY, 30, i & 1, 0);
        say(XENKBD_TYPE_POS, -5, 2000000000, 1);
        say(77, 0, 0, 0);
        say(XENKBD_TYPE_MOTION, 7, -8, -1);
        ck_assert(xg_input_take(&input, &event));
        ck_assert(event.kind == XG_INPUT_KEY && event.code == 30 && event.pressed == (i & 1));
        ck_assert(xg_input_take(&input, &event));
        ck_assert(event.kind == XG_INPUT_POSITION && event.x == -5 && event.y == 2000000000 &&
                  event.wheel == 1);
        ck_assert(xg_input_take(&input, &event));
        ck_assert(event.kind == XG_INPUT_MOTION && event.x == 7 && event.y == -8 && event.wheel == -1);
        ck_assert(!xg_input_take(&input, &event));
        ck_assert_uint_eq(input.nr_unknown, i + 1);
    }
    detach();
}
END_TEST

START_TEST(by_event)
{
    begin();
    attach();
    xg_event_clear(&device.events, input.page.port);
    fake_event_raise(input.page.port);
    xg_events_run(&device.events, NULL);
    ck_assert_uint_eq(nr_events, 1);
    detach();
}
END_TEST

START_TEST(what_is_offered_and_wanted)
{
    bool absolute = _i & 1, raw = _i & 2;

    begin();
    device_set("feature-abs-pointer", _i & 4 ? "1" : "0");
    device_set("feature-raw-pointer", "1");
    config.absolute = absolute;
    config.raw = raw;
    attach();
    ck_assert_uint_eq(input.absolute, absolute && (_i & 4));
    ck_assert_uint_eq(input.raw, input.absolute && raw);
    ck_assert_uint_eq(device_number("request-abs-pointer"), input.absolute);
    ck_assert_uint_eq(device_number("request-raw-pointer"), input.raw);
    detach();
}
END_TEST

START_TEST(restored)
{
    struct xg_input_event event;

    begin();
    attach();
    device_restore();
    ck_assert(!xg_input_take(&input, &event));
    ck_assert_int_eq(xg_bus_wait_connected(&input.device, fake.now_ns + 1000), 0);
    say(XENKBD_TYPE_KEY, 30, 1, 0);
    ck_assert(xg_input_take(&input, &event));
    detach();
}
END_TEST

START_TEST(impossible_index)
{
    struct xg_input_event event;

    begin();
    attach();
    ((struct xenkbd_page *)page)->in_prod = _i ? XENKBD_IN_RING_LEN + 1 : 0xffffffffu;
    ck_assert(!xg_input_take(&input, &event));
    ck_assert_int_eq(input.device.error, -XG_EBADMSG);
    device_settle();
    ck_assert_uint_eq(input.device.front, XG_BUS_CLOSED);
    ck_assert(!xg_input_take(&input, &event));
    detach();
}
END_TEST

/* A ring full of nonsense is passed over, in one go and no more than once. */
START_TEST(nonsense)
{
    struct xg_input_event event;
    unsigned int i;

    begin();
    attach();
    for (i = 0; i < XENKBD_IN_RING_LEN; i++)
        next_event();
    ck_assert(!xg_input_take(&input, &event));
    ck_assert_uint_eq(input.nr_unknown, XENKBD_IN_RING_LEN);
    ck_assert_int_eq(input.device.error, 0);
    detach();
    begin();
    device_set("feature-abs-pointer", "maybe");
    ck_assert_int_eq(xg_input_attach(&device.bus, &input, 0, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&input.device, fake.now_ns + 1000), -XG_EBADMSG);
    detach();
}
END_TEST

START_TEST(backend_keeps_the_page)
{
    begin();
    attach();
    device_map((xg_grant_ref_t)device_number("page-gref"));
    device.stays = true;
    ck_assert_int_eq(xg_input_detach(&input, fake.now_ns + 1000), -XG_ETIME);
    ck_assert_ptr_nonnull(input.page.memory);
    input.device.back = XG_BUS_CLOSED;
    ck_assert_int_eq(input.frontend.release(&input.device), -XG_EBUSY);
    device_let_go();
    ck_assert_int_eq(input.frontend.release(&input.device), 0);
    device_all_given_back();
}
END_TEST

TCase *input_tests(void)
{
    TCase *tests = tcase_create("input");

    tcase_add_test(tests, restored);
    tcase_add_test(tests, events_of_each_kind);
    tcase_add_test(tests, by_event);
    tcase_add_loop_test(tests, what_is_offered_and_wanted, 0, 8);
    tcase_add_loop_test(tests, impossible_index, 0, 2);
    tcase_add_test(tests, nonsense);
    tcase_add_test(tests, backend_keeps_the_page);
    return tests;
}
