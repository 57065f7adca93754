/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network frontend with a backend that keeps the protocol: frames of every shape in both directions. What
 * is negotiated is test_net_connect.c, when the ends wake each other test_net_events.c, the control ring
 * test_net_control.c; test_net_hostile.c has a backend that lies.
 */
#include <string.h>
#include <xenguest/errno.h>
#include "net_fixture.h"
#include <xen/io/netif.h>
#include "suites.h"

/* ---- Sending ---- */

static void send_frame(char *data, uint32_t bytes, unsigned int nr_pages)
{
    struct xg_net_fragment fragment = {.data = data, .bytes = bytes};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};

    net_fill(data, bytes, bytes);
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(net_last_sent()->bytes, bytes);
    ck_assert_int_eq(memcmp(net_last_sent()->data, data, bytes), 0);
    ck_assert_uint_eq(net_last_sent()->nr_pages, nr_pages);
    ck_assert_uint_eq(net_last_sent()->flags & ~NETTXF_more_data, 0);
}

START_TEST(send_one_page)
{
    char *page;

    net_begin();
    page = device_page();
    net_attach();
    ck_assert_uint_eq(net.mtu, 1500);
    ck_assert(net.carrier);
    ck_assert_int_eq(memcmp(net.address, "\x00\x16\x3e\x0a\xbc\xff", 6), 0);
    send_frame(page, 60, 1);
    send_frame(page + 100, 1514, 1);
    send_frame(page, 4096, 1);
    send_frame(page + 4082, 14, 1);
    ck_assert_uint_eq(net.queues[0].nr_sent, 4);
    net_detach();
}
END_TEST

START_TEST(send_many_pages)
{
    char *pages[18], *odd;
    struct xg_net_fragment fragments[4];
    struct xg_net_packet packet = {.fragments = fragments, .nr_fragments = 4};
    unsigned int i;

    net_begin();
    for (i = 0; i < 18; i++)
        pages[i] = device_page();
    net_offer_all();
    net_attach();
    ck_assert_ptr_eq(pages[17], pages[0] + 17 * 4096);
    send_frame(pages[0], 65535, 16);
    send_frame(pages[0] + 4000, 65535, 17);
    /* A page ends within the Ethernet header. */
    for (i = 1; i < 14; i++) {
        send_frame(pages[0] + 4096 - i, 14, 1);
        send_frame(pages[0] + 4096 - i, 1000, 2);
        send_frame(pages[0] + 4096 - i, 65535, 17);
    }
    /* Fragments here and there, an empty one among them. */
    odd = pages[5] + 1;
    net_fill(odd, 20, 3);
    net_fill(pages[2] + 4090, 10, 4);
    fragments[0] = (struct xg_net_fragment){.data = odd, .bytes = 13};
    fragments[1] = (struct xg_net_fragment){.data = odd, .bytes = 0};
    fragments[2] = (struct xg_net_fragment){.data = pages[2] + 4090, .bytes = 10};
    fragments[3] = (struct xg_net_fragment){.data = odd + 13, .bytes = 7};
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(net_last_sent()->nr_pages, 4);
    ck_assert_uint_eq(net_last_sent()->bytes, 30);
    ck_assert_int_eq(memcmp(net_last_sent()->data, odd, 13), 0);
    ck_assert_int_eq(memcmp(net_last_sent()->data + 13, pages[2] + 4090, 10), 0);
    ck_assert_int_eq(memcmp(net_last_sent()->data + 23, odd + 13, 7), 0);
    net_detach();
}
END_TEST

START_TEST(send_offloads)
{
    struct xg_net_fragment fragment = {.bytes = 4000};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};

    net_begin();
    fragment.data = device_page();
    net_offer_all();
    net_attach();
    ck_assert_uint_eq(net.features & XG_NET_OFFLOADS, XG_NET_OFFLOADS);
    packet.checksum = XG_NET_CHECKSUM_GOOD;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(net_last_sent()->flags, NETTXF_data_validated);
    packet.checksum = XG_NET_CHECKSUM_BLANK;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(net_last_sent()->flags, NETTXF_data_validated | NETTXF_csum_blank);
    packet.segmentation = XG_NET_TCP4;
    packet.segment_bytes = 1448;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(net_last_sent()->flags, NETTXF_data_validated | NETTXF_csum_blank | NETTXF_extra_info);
    ck_assert_uint_eq(net_last_sent()->gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
    ck_assert_uint_eq(net_last_sent()->gso_bytes, 1448);
    packet.segmentation = XG_NET_TCP6;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(net_last_sent()->gso_type, XEN_NETIF_GSO_TYPE_TCPV6);
    net_detach();
}
END_TEST

START_TEST(packets_that_are_none)
{
    struct xg_net_fragment fragment = {.bytes = 13}, many[19];
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE};
    unsigned int i;

    net_begin();
    fragment.data = device_page();
    ck_assert_int_eq(xg_net_attach(&device.bus, &net, 0, &net_config), 0);
    for (i = 0; i < net_nr_buffers; i++)
        xg_net_give(&net, &net_buffers[i]);
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EAGAIN);
    ck_assert_int_eq(xg_net_wait_connected(&net, fake.now_ns + 1000), 0);
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EINVAL);
    ck_assert_int_eq(net_submit(&packet, &fragment, 0), -XG_EINVAL);
    fragment.bytes = 65536;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EINVAL);
    fragment.bytes = UINT32_MAX;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EINVAL);
    fragment.bytes = 60;
    for (i = 0; i < 19; i++)
        many[i] = (struct xg_net_fragment){.data = fragment.data, .bytes = 20};
    ck_assert_int_eq(net_submit(&packet, many, 19), -XG_EINVAL);
    ck_assert_int_eq(net_submit(&packet, many, 2), -XG_EOPNOTSUPP);
    packet.operation = (enum xg_net_operation)7;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EINVAL);
    packet.operation = XG_NET_MULTICAST_ADD;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EOPNOTSUPP);
    packet.operation = XG_NET_SEND;
    packet.segmentation = XG_NET_TCP4;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EINVAL);
    packet.checksum = XG_NET_CHECKSUM_BLANK;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EINVAL);
    packet.segment_bytes = 1000;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EOPNOTSUPP);
    packet.segmentation = (enum xg_net_segmentation)3;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EINVAL);
    net_run();
    ck_assert_uint_eq(fake_card.nr_sent, 0);
    net_detach();
}
END_TEST

START_TEST(no_checksum_offload)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_BLANK};

    net_begin();
    fragment.data = device_page();
    fake_card_feature("feature-no-csum-offload", "1");
    net_attach();
    ck_assert_uint_eq(net.features & XG_NET_OFFLOADS, 0);
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EOPNOTSUPP);
    net_detach();
}
END_TEST

START_TEST(multicasts)
{
    struct xg_net_packet packet = {.operation = XG_NET_MULTICAST_ADD, .address = {1, 0, 0x5e, 0, 0, 1}};

    net_begin();
    net_config.features |= XG_NET_MULTICAST;
    fake_card_feature("feature-multicast-control", "1");
    net_attach();
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    packet.address[5] = 2;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(fake_card.nr_multicast, 2);
    packet.address[5] = 1;
    packet.operation = XG_NET_MULTICAST_REMOVE;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(fake_card.nr_multicast, 1);
    ck_assert_int_eq(memcmp(fake_card.multicast[0], "\x01\x00\x5e\x00\x00\x02", 6), 0);
    fake_card.lie = CARD_ERROR;
    ck_assert_int_eq(xg_net_send(&net, &packet), -XG_EIO);
    ck_assert_uint_eq(fake_card.nr_sent, 0);
    net_detach();
}
END_TEST

/* ---- Receiving ---- */

START_TEST(receive_frames)
{
    unsigned int i;

    net_begin();
    net_attach();
    for (i = 0; i < 300; i++)
        net_receive(60 + i, 1);
    net_receive(4096, 1);
    net_receive(9000, 3);
    fake_card.offset = 64;
    net_receive(9000, 3);
    fake_card.page_bytes = 100;
    net_receive(950, 10);
    ck_assert_uint_eq(net.queues[0].nr_received, 304);
    net_detach();
}
END_TEST

START_TEST(receive_offloads)
{
    struct fake_frame *frame;
    char data[8000];

    net_begin();
    net_attach();
    net_fill(data, sizeof(data), 5);
    fake_card_deliver(data, 100, 0)->flags = NETRXF_data_validated;
    net_run();
    ck_assert_uint_eq(net_last_got()->flags, XG_NET_CHECKSUM_GOOD);
    frame = fake_card_deliver(data, 8000, 0);
    frame->flags = NETRXF_data_validated | NETRXF_csum_blank;
    frame->gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
    frame->gso_bytes = 1400;
    net_run();
    ck_assert_uint_eq(net_last_got()->flags, XG_NET_CHECKSUM_BLANK);
    ck_assert_uint_eq(net_last_got()->gso_type, XG_NET_TCP4);
    ck_assert_uint_eq(net_last_got()->gso_bytes, 1400);
    ck_assert_uint_eq(net_last_got()->bytes, 8000);
    ck_assert_int_eq(memcmp(net_last_got()->data, data, 8000), 0);
    frame = fake_card_deliver(data, 4000, 0);
    frame->gso_type = XEN_NETIF_GSO_TYPE_TCPV6;
    frame->gso_bytes = 1300;
    net_run();
    ck_assert_uint_eq(net_last_got()->gso_type, XG_NET_TCP6);
    net_receive(60, 1);
    ck_assert_uint_eq(net.nr_supply +
                          (net.queues[0].receive_ring.produced - net.queues[0].receive_ring.consumed),
                      net_nr_buffers);
    net_detach();
}
END_TEST

/* The backend fails to copy a frame: it is dropped, and so is one without a byte. */
START_TEST(frames_that_are_dropped)
{
    char data[5000] = "";

    net_begin();
    net_attach();
    fake_card.fails = true;
    fake_card_deliver(data, sizeof(data), 0);
    net_run();
    fake_card.fails = false;
    fake_card_deliver(data, 0, 0);
    net_run();
    ck_assert_uint_eq(net_nr_got, 0);
    ck_assert_uint_eq(net.queues[0].nr_dropped, 2);
    ck_assert_int_eq(net.device.error, 0);
    net_receive(60, 1);
    net_detach();
}
END_TEST

/* The caller keeps what it got: the backend waits for buffers and is told when there are some. */
START_TEST(out_of_buffers)
{
    char data[4096 * 11];
    unsigned int sent;

    net_begin();
    net_attach();
    net_fill(data, sizeof(data), 1);
    net_keep = true;
    fake_card_deliver(data, 10 * 4096, 0);
    net_run();
    ck_assert_uint_eq(net_nr_got, 1);
    fake_card_deliver(data, 100, 0);
    net_run();
    ck_assert_uint_eq(net_nr_got, 1);
    sent = fake.ports[fake_card.ports[0][1]].nr_sent;
    net_keep = false;
    while (net_kept) {
        struct xg_net_buffer *next = net_kept->fragment;

        xg_net_give(&net, net_kept);
        net_kept = next;
    }
    net_run();
    ck_assert_uint_eq(net_nr_got, 2);
    ck_assert_uint_gt(fake.ports[fake_card.ports[0][1]].nr_sent, sent);
    net_detach();
}
END_TEST

TCase *net_tests(void)
{
    TCase *tests = tcase_create("net");

    tcase_add_test(tests, send_one_page);
    tcase_add_test(tests, send_many_pages);
    tcase_add_test(tests, send_offloads);
    tcase_add_test(tests, packets_that_are_none);
    tcase_add_test(tests, no_checksum_offload);
    tcase_add_test(tests, multicasts);
    tcase_add_test(tests, receive_frames);
    tcase_add_test(tests, receive_offloads);
    tcase_add_test(tests, frames_that_are_dropped);
    tcase_add_test(tests, out_of_buffers);
    return tests;
}
