/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Further consoles: bytes both ways by event and polled, a ring that fills, backends that restart, stay, lie
 * about the indices, keep the page or vanish. In the end every page and grant is back.
 */
#include <string.h>
#include <xenguest/channel.h>
#include <xenguest/errno.h>
#include "device_fixture.h"
#include "suites.h"

static struct xg_channel channel;
static struct xg_channel_config config;
static struct xencons_interface *ring; /* as the backend sees it */
static xg_evtchn_t port;

static void on_connected(void)
{
    ring = device_map((xg_grant_ref_t)device_number("ring-ref"));
    port = (xg_evtchn_t)device_number("port");
    ck_assert(fake.ports[port].open);
    device.port = port;
}

static void begin(void)
{
    device_begin("console", 1);
    fake_store_set("device/console/1/name", "second");
    device.connected = on_connected;
    memset(&config, 0, sizeof(config));
    config.grants = &device.grants;
    config.events = &device.events;
    config.polled = true;
}

static void attach(void)
{
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 1, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&channel.device, fake.now_ns + 1000), 0);
    ck_assert(channel.connected);
}

static void detach(void)
{
    ck_assert_int_eq(xg_channel_detach(&channel, fake.now_ns + 1000), 0);
    ck_assert(!channel.connected);
    device_all_given_back();
}

static void send(const char *text)
{
    while (*text)
        ring->in[MASK_XENCONS_IDX(ring->in_prod++, ring->in)] = *text++;
}

static size_t receive(char *to)
{
    size_t nr = 0;

    while (ring->out_cons != ring->out_prod)
        to[nr++] = ring->out[MASK_XENCONS_IDX(ring->out_cons++, ring->out)];
    to[nr] = 0;
    return nr;
}

START_TEST(bytes_both_ways)
{
    char buffer[3000];
    unsigned int i;

    begin();
    attach();
    ck_assert_str_eq(channel.name, "second");
    for (i = 0; i < 300; i++) {
        unsigned int sent = fake.ports[port].nr_sent;

        ck_assert_uint_eq(xg_channel_write(&channel, "to domain 0", 11), 11);
        ck_assert_uint_eq(fake.ports[port].nr_sent, sent + 1);
        ck_assert_uint_eq(receive(buffer), 11);
        ck_assert_str_eq(buffer, "to domain 0");
        ck_assert(!xg_channel_ready(&channel));
        ck_assert_uint_eq(xg_channel_read(&channel, buffer, 10), 0);
        send("from it");
        ck_assert(xg_channel_ready(&channel));
        ck_assert_uint_eq(xg_channel_read(&channel, buffer, 5), 5);
        ck_assert_uint_eq(xg_channel_read(&channel, buffer + 5, 100), 2);
        ck_assert_int_eq(memcmp(buffer, "from it", 7), 0);
    }
    detach();
    ck_assert_ptr_null(device_node("ring-ref"));
    ck_assert_ptr_null(device_node("port"));
}
END_TEST

START_TEST(full_ring)
{
    static const char bytes[3000] = "x";
    char buffer[3000];

    begin();
    attach();
    ck_assert_uint_eq(xg_channel_write(&channel, bytes, sizeof(bytes)), sizeof(ring->out));
    ck_assert_uint_eq(xg_channel_write(&channel, bytes, 1), 0);
    ck_assert_uint_eq(receive(buffer), sizeof(ring->out));
    ck_assert_uint_eq(xg_channel_write(&channel, bytes, 1), 1);
    ck_assert_int_eq(channel.device.error, 0);
    detach();
}
END_TEST

static unsigned int nr_events;

static void on_event(struct xg_channel *c, void *arg)
{
    ck_assert_ptr_eq(c, &channel);
    nr_events += *(unsigned int *)arg;
}

START_TEST(by_event)
{
    unsigned int one = 1;
    uint32_t seen;

    begin();
    config.polled = false;
    config.event = on_event;
    config.arg = &one;
    nr_events = 0;
    attach();
    seen = channel.activity;
    xg_event_clear(&device.events, channel.console.port);
    fake_event_raise(channel.console.port);
    ck_assert_uint_eq(xg_events_run(&device.events, NULL), 1);
    ck_assert_uint_eq(nr_events, 1);
    ck_assert_uint_ne(channel.activity, seen);
    detach();
}
END_TEST

START_TEST(backend_restarts)
{
    char buffer[100];
    unsigned int i;

    begin();
    attach();
    for (i = 0; i < 4; i++) {
        ck_assert_uint_eq(xg_channel_write(&channel, "again", 5), 5);
        ck_assert_uint_eq(receive(buffer), 5);
        device_let_go();
        device_set("state", i & 1 ? "2" : "5");
        device_settle();
        ck_assert_int_eq(xg_bus_wait_connected(&channel.device, fake.now_ns + 1000), 0);
    }
    detach();
}
END_TEST

/* The nodes of an earlier kernel name pages that are none of the ring's now. */
START_TEST(old_nodes_are_taken_away)
{
    begin();
    fake_store_set("device/console/1/ring-ref", "77");
    fake_store_set("device/console/1/port", "5");
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 1, &config), 0);
    ck_assert_ptr_null(device_node("ring-ref"));
    ck_assert_ptr_null(device_node("port"));
    ck_assert_int_eq(xg_bus_wait_connected(&channel.device, fake.now_ns + 1000), 0);
    detach();
}
END_TEST

START_TEST(impossible_indices)
{
    char buffer[10];

    begin();
    attach();
    device.stays = true;
    if (_i & 1)
        ring->out_cons += _i & 2 ? 1 : 0x80000000u;
    else
        ring->in_prod += _i & 2 ? 1025 : 0xfffffff0u;
    ck_assert_uint_eq(_i & 1 ? xg_channel_write(&channel, "x", 1) : xg_channel_read(&channel, buffer, 10), 0);
    ck_assert_int_eq(channel.device.error, -XG_EBADMSG);
    ck_assert(!xg_channel_ready(&channel));
    ck_assert_uint_eq(xg_channel_write(&channel, "x", 1), 0);
    device_settle();
    ck_assert_uint_eq(channel.device.front, XG_BUS_CLOSED);
    ck_assert_uint_eq(fake.output_length, 0);
    ck_assert_int_eq(xg_channel_detach(&channel, fake.now_ns + 1000), -XG_ETIME);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants - 1);
    device_let_go();
    ck_assert_int_eq(channel.frontend.release(&channel.device), 0);
    device_all_given_back();
}
END_TEST

START_TEST(restored)
{
    char buffer[100];

    begin();
    attach();
    device_restore();
    ck_assert(!channel.connected);
    ck_assert_uint_eq(xg_channel_write(&channel, "x", 1), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&channel.device, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(xg_channel_write(&channel, "again", 5), 5);
    ck_assert_uint_eq(receive(buffer), 5);
    detach();
}
END_TEST

START_TEST(unplugged)
{
    begin();
    attach();
    device_let_go();
    fake_store_remove("device/console/1");
    device_set("state", NULL);
    device_settle();
    ck_assert(channel.device.unplugged);
    ck_assert_uint_eq(xg_channel_write(&channel, "x", 1), 0);
    ck_assert_ptr_null(device_node("state"));
    detach();
}
END_TEST

START_TEST(no_pages_or_grants)
{
    xg_grant_ref_t ref;

    begin();
    fake.out_of_pages = true;
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 1, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&channel.device, fake.now_ns + 1000), -XG_ENOMEM);
    fake.out_of_pages = false;
    detach();
    begin();
    while (device.grants.nr_free)
        ck_assert_int_eq(xg_grant_access(&device.grants, 0, xg_gfn(1), false, &ref), 0);
    device.free_grants = 0;
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 1, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&channel.device, fake.now_ns + 1000), -XG_ENOSPC);
    detach();
}
END_TEST

/* The store is silent, refuses, or the device is none. */
START_TEST(a_bad_store)
{
    begin();
    fake_store.nr_silent = 1;
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 1, &config), -XG_ETIME);
    begin();
    fake_store.error = "EACCES";
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 1, &config), -XG_EACCES);
    begin();
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 7, &config), -XG_ENOENT);
    fake_store_set("device/console/1/backend", "nowhere");
    ck_assert_int_eq(xg_channel_attach(&device.bus, &channel, 1, &config), -XG_EBADMSG);
    device_all_given_back();
}
END_TEST

TCase *channel_tests(void)
{
    TCase *tests = tcase_create("channel");

    tcase_add_test(tests, bytes_both_ways);
    tcase_add_test(tests, full_ring);
    tcase_add_test(tests, by_event);
    tcase_add_test(tests, backend_restarts);
    tcase_add_test(tests, old_nodes_are_taken_away);
    tcase_add_loop_test(tests, impossible_indices, 0, 4);
    tcase_add_test(tests, restored);
    tcase_add_test(tests, unplugged);
    tcase_add_test(tests, no_pages_or_grants);
    tcase_add_test(tests, a_bad_store);
    return tests;
}
