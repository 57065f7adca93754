/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network frontend with a backend that lies: an errno to the caller, the device broken, no frame made up,
 * and in the end every grant, page and buffer back.
 */
#include <string.h>
#include <xenguest/errno.h>
#include "net_fixture.h"
#include <xen/io/netif.h>
#include "suites.h"

static void close_backend(void)
{
    fake_card.stays = false;
    fake_card_let_go();
    fake_card_feature("state", "6");
    fake_card_run();
    ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    fake_card.lie = CARD_HONEST;
}

START_TEST(lies)
{
    static char data[70000];
    enum fake_card_lie lie = (enum fake_card_lie)_i;
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE};
    bool sending = lie < CARD_GOT_ID, holds = lie == CARD_SENT_HOLDS, harmless = lie < CARD_SENT_ID;
    struct fake_frame *frame;
    unsigned int i;

    if (lie == CARD_HONEST || lie == CARD_SILENT)
        return;
    net_begin();
    fragment.data = device_page();
    net_nr_buffers = NET_BUFFERS;
    net_attach();
    fake_card.lie = lie;
    fake_card.stays = true;
    if (sending) {
        ck_assert_int_eq(net_submit(&packet, &fragment, 1), 0);
    } else {
        frame = fake_card_deliver(data, 6000, 0);
        frame->gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
        frame->gso_bytes = 1400;
        fake_card.page_bytes = lie == CARD_GOT_ENDLESS ? 0 : 1200;
    }
    for (i = 0; i < 10; i++) {
        fake_card_run();
        xg_net_poll(&net);
        ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    }
    if (harmless) {
        ck_assert(packet.finished);
        ck_assert_int_eq(packet.status, -XG_EIO);
        ck_assert_int_eq(net.device.error, 0);
    } else {
        ck_assert_int_eq(net.device.error, -XG_EBADMSG);
        ck_assert_uint_eq(net.device.front, XG_BUS_CLOSED);
        ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EAGAIN);
        ck_assert_uint_eq(net_nr_got, lie == CARD_GOT_INDEX ? net_nr_got : 0);
        if (sending) {
            ck_assert_int_eq(packet.finished, !holds);
            ck_assert(holds || lie == CARD_SENT_TWICE || packet.status == -XG_EBADMSG);
        }
    }
    close_backend();
    if (holds) {
        ck_assert(packet.finished);
        ck_assert_int_eq(packet.status, -XG_EBADMSG);
    }
    net_detach();
}
END_TEST

/* It never lets go: what it holds is not used again, all else is given back, and the caller is told. */
START_TEST(never_lets_go)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE};

    net_begin();
    fragment.data = device_page();
    net_attach();
    fake_card.lie = CARD_SENT_HOLDS;
    fake_card.stays = true;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), 0);
    fake_card_run();
    xg_net_poll(&net);
    ck_assert_int_eq(xg_net_detach(&net, 1000), -XG_ETIME);
    ck_assert(!packet.finished);
    /* Both rings, the page of headers and the packet. */
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants - 4);
    fake_card_let_go();
    ck_assert_int_eq(net.frontend.release(&net.device), 0);
    ck_assert(packet.finished);
    net_all_given_back();
}
END_TEST

START_TEST(control_ring_lies)
{
    struct xg_net_hash hash = {.types = XG_NET_HASH_IPV4};

    net_begin();
    net_config.features |= XG_NET_CONTROL;
    fake_card_feature("feature-ctrl-ring", "1");
    net_attach();
    fake_card.lie = (enum fake_card_lie)_i;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000000), -XG_EBADMSG);
    ck_assert_int_eq(net.device.error, -XG_EBADMSG);
    fake_card.lie = CARD_HONEST;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000000), -XG_EAGAIN);
    close_backend();
    net_detach();
}
END_TEST

/* More than one page, or segments put together, for a port that has not said that it can take them. */
START_TEST(what_was_not_announced)
{
    static const uint32_t left_out[] = {XG_NET_SCATTER, XG_NET_TSO4};
    char data[6000] = "";
    struct fake_frame *frame;

    net_begin();
    net_config.features = XG_NET_OFFLOADS & ~left_out[_i];
    net_attach();
    frame = fake_card_deliver(data, _i ? 1000 : 6000, 0);
    frame->gso_type = _i ? XEN_NETIF_GSO_TYPE_TCPV4 : 0;
    frame->gso_bytes = 1400;
    fake_card_run();
    xg_net_poll(&net);
    ck_assert_int_eq(net.device.error, -XG_EBADMSG);
    ck_assert_uint_eq(net_nr_got, 0);
    net_detach();
}
END_TEST

START_TEST(nonsense_in_the_nodes)
{
    static const struct {
        const char *name, *value;
    } nodes[] = {{"feature-rx-copy", "yes"},
                 {"feature-sg", ""},
                 {"feature-gso-tcpv4", "-1"},
                 {"feature-no-csum-offload", "4294967296"},
                 {"multi-queue-max-queues", "-3"},
                 {"carrier", "2"},
                 {"../../../../1/device/vif/0/mac", "00:16:3e:0a:bc"},
                 {"mac", ""}};
    static const char *const addresses[] = {"",
                                            "00:16:3e:0a:bc",
                                            "00:16:3e:0a:bc:f",
                                            "00:16:3e:0a:bc:ff:",
                                            "00:16:3e:0a:bc:fg",
                                            "0016:3e:0a:bc:ff:00",
                                            "00:16:3e:0a:bc:ff:00:00:00:00:00"};

    net_begin();
    if (_i < 6)
        fake_card_feature(nodes[_i].name, nodes[_i].value);
    else if (_i == 6)
        fake_store_set(FAKE_CARD_FRONT "/mtu", "65536");
    else if (_i == 7)
        fake_store_remove(FAKE_CARD_FRONT "/mac");
    else
        fake_store_set(FAKE_CARD_FRONT "/mac", addresses[_i - 8]);
    ck_assert_int_eq(xg_net_attach(&device.bus, &net, 0, &net_config), 0);
    ck_assert_int_lt(xg_net_wait_connected(&net, 1000), 0);
    ck_assert_int_ne(net.device.error, 0);
    ck_assert(!net.connected);
    ck_assert_int_eq(xg_net_detach(&net, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants);
}
END_TEST

TCase *net_hostile_tests(void)
{
    TCase *tests = tcase_create("net, hostile");

    tcase_add_loop_test(tests, lies, 0, NR_CARD_LIES);
    tcase_add_test(tests, never_lets_go);
    tcase_add_loop_test(tests, control_ring_lies, CARD_CONTROL_ID, CARD_CONTROL_INDEX + 1);
    tcase_add_loop_test(tests, what_was_not_announced, 0, 2);
    tcase_add_loop_test(tests, nonsense_in_the_nodes, 0, 15);
    return tests;
}
