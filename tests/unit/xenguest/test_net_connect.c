/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connecting a card: what both ends say of themselves, queues, nodes that another has left, backends that
 * restart, and too little of what it takes.
 */
#include <stdio.h>
#include <string.h>
#include <xenguest/errno.h>
#include "net_fixture.h"
#include <xen/io/netif.h>
#include "suites.h"

/* What the frontend says of itself, by what its port wants. */
START_TEST(announcements)
{
    net_begin();
    net_attach();
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-sg"), "1");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-gso-tcpv4"), "1");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-gso-tcpv6"), "1");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-no-csum-offload"), "0");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-ipv6-csum-offload"), "1");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/request-multicast-control"), "0");
    ck_assert(!fake_card.split);
    net_detach();
    net_begin();
    net_config.features = XG_NET_MULTICAST | XG_NET_SPLIT_EVENTS | XG_NET_CONTROL;
    fake_card_feature("feature-multicast-control", "1");
    fake_card_feature("feature-split-event-channels", "1");
    fake_card_feature("feature-ctrl-ring", "1");
    net_attach();
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-sg"), "0");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-gso-tcpv4"), "0");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-no-csum-offload"), "1");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/feature-ipv6-csum-offload"), "0");
    ck_assert_str_eq(fake_store_get(FAKE_CARD_FRONT "/request-multicast-control"), "1");
    ck_assert(fake_card.split);
    ck_assert_uint_ne(net.queues[0].send_port, net.queues[0].receive_port);
    ck_assert_uint_eq(net.features & (XG_NET_MULTICAST | XG_NET_SPLIT_EVENTS | XG_NET_CONTROL),
                      XG_NET_MULTICAST | XG_NET_SPLIT_EVENTS | XG_NET_CONTROL);
    net_detach();
}
END_TEST

static void never_connects(int error)
{
    ck_assert_int_eq(xg_net_attach(&device.bus, &net, 0, &net_config), 0);
    ck_assert_int_eq(xg_net_wait_connected(&net, 1000), -error);
    ck_assert_int_eq(xg_net_detach(&net, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants);
}

START_TEST(no_copying_no_card)
{
    net_begin();
    fake_card_feature("feature-rx-copy", "0");
    never_connects(XG_EOPNOTSUPP);
}
END_TEST

START_TEST(queues)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};
    char data[60] = "";
    unsigned int i, asked = 1 + (unsigned int)_i % 3, offered = (unsigned int)_i / 3;
    unsigned int expected = asked < offered ? asked : offered ? offered : 1;

    net_begin();
    fragment.data = device_page();
    net_config.nr_queues = asked;
    net_config.nr_posted = 4;
    net_config.features |= XG_NET_SPLIT_EVENTS;
    fake_card_feature("multi-queue-max-queues", (const char *[]){"0", "1", "2", "9"}[offered]);
    if (offered == 3)
        expected = asked;
    fake_card_feature("feature-split-event-channels", _i % 2 ? "1" : "0");
    net_attach();
    ck_assert_uint_eq(net.nr_queues, expected);
    ck_assert_uint_eq(fake_card.nr_queues, expected);
    for (i = 0; i < 6; i++) {
        packet.queue = i;
        ck_assert_int_eq(xg_net_send(&net, &packet), 0);
        ck_assert_uint_eq(net_last_sent()->queue, i % expected);
        fake_card_deliver(data, 60, i % expected);
        net_run();
        ck_assert_uint_eq(net_last_got()->queue, i % expected);
    }
    ck_assert_uint_eq(net_nr_got, 6);
    net_detach();
}
END_TEST

static void restart(void)
{
    fake_card_let_go();
    fake_card_feature("state", "5");
    ck_assert_int_eq(xg_net_wait_connected(&net, 1000), 0);
    while (net.connected && fake_card_run())
        ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    ck_assert_int_eq(xg_net_wait_connected(&net, fake.now_ns + 1000), 0);
}

/* Nodes of a frontend that had the card before, with a kernel that could more. */
static void leave_nodes(void)
{
    fake_store_set(FAKE_CARD_FRONT "/multi-queue-num-queues", "3");
    fake_store_set(FAKE_CARD_FRONT "/queue-0/tx-ring-ref", "700");
    fake_store_set(FAKE_CARD_FRONT "/queue-0/event-channel-rx", "70");
    fake_store_set(FAKE_CARD_FRONT "/queue-2/event-channel-tx", "71");
    fake_store_set(FAKE_CARD_FRONT "/event-channel-tx", "72");
    fake_store_set(FAKE_CARD_FRONT "/event-channel-rx", "73");
    fake_store_set(FAKE_CARD_FRONT "/ctrl-ring-ref", "701");
    fake_store_set(FAKE_CARD_FRONT "/event-channel-ctrl", "74");
    fake_store_set(FAKE_CARD_FRONT "/xdp-headroom", "256");
    fake_store_set(FAKE_CARD_FRONT "/feature-new", "1");
}

static bool is_there(const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), FAKE_CARD_FRONT "/%s", name);
    return fake_store_get(path) != NULL;
}

START_TEST(nodes_of_another_frontend)
{
    static const char *const gone[] = {"event-channel-rx", "ctrl-ring-ref", "event-channel-ctrl",
                                       "xdp-headroom",     "feature-new",   "queue-2"};
    unsigned int i;

    net_begin();
    net_config.nr_queues = 2;
    net_config.nr_posted = 6;
    fake_card_feature("multi-queue-max-queues", _i ? "2" : "1");
    leave_nodes();
    net_attach();
    ck_assert(!fake_card.split);
    ck_assert_uint_eq(fake_card.nr_queues, _i ? 2 : 1);
    for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        ck_assert_msg(!is_there(gone[i]), "%s", gone[i]);
    ck_assert(is_there("tx-ring-ref") == !_i && is_there("event-channel") == !_i);
    ck_assert(is_there("queue-0/event-channel") == _i && !is_there("queue-0/event-channel-rx"));
    ck_assert(is_there("mac") && is_there("backend"));
    net_receive(1000, 1);
    net_detach();
}
END_TEST

/* The next backend can less, then more, than the one before. */
START_TEST(another_backend_offers_something_else)
{
    unsigned int i;

    net_begin();
    net_config.features |= XG_NET_SPLIT_EVENTS | XG_NET_CONTROL;
    net_config.nr_queues = 2;
    net_config.nr_posted = 6;
    for (i = 0; i < 4; i++) {
        const char *value = i % 2 ? "0" : "1";

        fake_card_feature("feature-split-event-channels", value);
        fake_card_feature("feature-ctrl-ring", value);
        fake_card_feature("multi-queue-max-queues", i % 2 ? "1" : "2");
        if (i)
            restart();
        else
            net_attach();
        ck_assert(fake_card.split == !(i % 2));
        ck_assert_uint_eq(fake_card.nr_queues, 2 - i % 2);
        ck_assert(is_there("ctrl-ring-ref") == !(i % 2));
        ck_assert(is_there("queue-0/event-channel-tx") == !(i % 2));
        ck_assert(is_there("event-channel") == (i % 2));
        net_receive(1000, 1);
    }
    net_detach();
}
END_TEST

START_TEST(backend_restarts)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};
    unsigned int i;

    net_begin();
    fragment.data = device_page();
    net_attach();
    for (i = 0; i < 4; i++) {
        ck_assert_int_eq(xg_net_send(&net, &packet), 0);
        net_receive(1000, 1);
        restart();
    }
    net_receive(60, 1);
    net_detach();
}
END_TEST

/*
 * It begins with empty rings before anybody has looked, and does not wait for ours: its answers are none to
 * what was sent or given.
 */
START_TEST(begun_anew_unseen)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet;
    unsigned int i;

    net_begin();
    fragment.data = device_page();
    net_attach();
    for (i = 0; i < 3; i++) {
        packet = (struct xg_net_packet){.checksum = XG_NET_CHECKSUM_THERE};
        ck_assert_int_eq(net_submit(&packet, &fragment, 1), 0);
        net_run();
        ck_assert(packet.finished);
        net_receive(60, 1);
    }
    fake_card.lie = CARD_SILENT;
    packet = (struct xg_net_packet){.checksum = XG_NET_CHECKSUM_THERE};
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), 0);
    fake_card_run();
    fake_card_let_go();
    fake_card_feature("state", "2");
    fake_card_begin_anew(_i);
    net_run();
    ck_assert_int_eq(net.device.error, -XG_EBADMSG);
    ck_assert_uint_eq(net.device.front, XG_BUS_CLOSED);
    ck_assert_uint_eq(net_nr_got, 3);
    ck_assert(packet.finished);
    ck_assert_int_eq(packet.status, -XG_EBADMSG);
    net_detach();
}
END_TEST

/* Until it says Closed it may still take what is on the rings: what that refers to stays what it was. */
START_TEST(packet_in_flight_when_the_backend_goes)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE}, next = packet;
    unsigned int free_grants;

    net_begin();
    fragment.data = device_page();
    net_attach();
    fake_card.lie = CARD_SILENT;
    fake_card.stays = true;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), 0);
    fake_card_run();
    free_grants = device.grants.nr_free;
    fake_card_feature("state", _i ? "2" : "5");
    device_settle();
    ck_assert(!packet.finished);
    ck_assert_uint_eq(device.grants.nr_free, free_grants);
    ck_assert(fake.ports[fake_card.ports[0][0]].open);
    ck_assert_int_eq(net_submit(&next, &fragment, 1), -XG_EAGAIN);
    fake_card.stays = false;
    fake_card_let_go();
    fake_card_feature("state", "6");
    device_settle();
    ck_assert(packet.finished);
    ck_assert_int_eq(packet.status, -XG_EAGAIN);
    net_detach();
}
END_TEST

START_TEST(no_grants_or_pages_left)
{
    struct xg_net_fragment fragments[2] = {{.bytes = 60}, {.bytes = 60}};
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE};
    xg_grant_ref_t ref, last = 0;

    net_begin();
    fragments[0].data = fragments[1].data = device_page();
    net_offer_all();
    net_attach();
    while (device.grants.nr_free) {
        ck_assert_int_eq(xg_grant_access(&device.grants, 0, xg_gfn(1), false, &ref), 0);
        last = ref;
    }
    /* One of the two it would get: it gives that back. */
    ck_assert_int_eq(xg_grant_end(&device.grants, last), 0);
    ck_assert_int_eq(net_submit(&packet, fragments, 2), -XG_EBUSY);
    ck_assert_uint_eq(device.grants.nr_free, 1);
    ck_assert_int_eq(net_submit(&packet, fragments, 1), 0);
    net_run();
    ck_assert(packet.finished);
    net_begin();
    fake.out_of_pages = true;
    never_connects(XG_ENOMEM);
}
END_TEST

/* Buffers, more than there are grant references, wait for the next frame. */
START_TEST(no_grants_for_buffers)
{
    xg_grant_ref_t refs[1024];
    unsigned int nr = 0;

    net_begin();
    while (device.grants.nr_free > 6) {
        ck_assert_int_eq(xg_grant_access(&device.grants, 0, xg_gfn(1), false, &refs[nr]), 0);
        nr++;
    }
    net_attach();
    net_receive(60, 1);
    net_receive(70, 1);
    while (nr)
        ck_assert_int_eq(xg_grant_end(&device.grants, refs[--nr]), 0);
    xg_net_poll(&net);
    net_receive(9000, 3);
    net_detach();
}
END_TEST

START_TEST(carrier)
{
    net_begin();
    fake_card_feature("carrier", "0");
    fake_store_set(FAKE_CARD_FRONT "/mtu", "9000");
    net_attach();
    ck_assert(!net.carrier);
    ck_assert_uint_eq(net.mtu, 9000);
    fake_card_feature("carrier", "1");
    fake_card_feature("state", "4");
    device_settle();
    ck_assert(net.carrier);
    net_detach();
}
END_TEST

TCase *net_connect_tests(void)
{
    TCase *tests = tcase_create("net connect");

    tcase_add_test(tests, announcements);
    tcase_add_test(tests, no_copying_no_card);
    tcase_add_loop_test(tests, queues, 0, 12);
    tcase_add_loop_test(tests, nodes_of_another_frontend, 0, 2);
    tcase_add_test(tests, another_backend_offers_something_else);
    tcase_add_test(tests, backend_restarts);
    tcase_add_loop_test(tests, begun_anew_unseen, 0, 2);
    tcase_add_loop_test(tests, packet_in_flight_when_the_backend_goes, 0, 2);
    tcase_add_test(tests, no_grants_or_pages_left);
    tcase_add_test(tests, no_grants_for_buffers);
    tcase_add_test(tests, carrier);
    return tests;
}
