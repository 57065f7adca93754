/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network frontend with a backend that keeps the protocol: frames of every shape in both directions, what
 * is negotiated, notifications, queues, multicasts, hashes, restarts. test_net_hostile.c has one that lies.
 */
#include <string.h>
#include <xenguest/errno.h>
#include "net_fixture.h"
#include <xen/io/netif.h>
#include "suites.h"

static void offer_all(void)
{
    fake_card_feature("feature-sg", "1");
    fake_card_feature("feature-gso-tcpv4", "1");
    fake_card_feature("feature-gso-tcpv6", "1");
    fake_card_feature("feature-ipv6-csum-offload", "1");
}

static const struct fake_frame *last_sent(void)
{
    ck_assert_uint_gt(fake_card.nr_sent, 0);
    return &fake_card.sent[(fake_card.nr_sent - 1) % FAKE_CARD_FRAMES];
}

static const struct fake_frame *last_got(void)
{
    ck_assert_uint_gt(net_nr_got, 0);
    return &net_got[(net_nr_got - 1) % 4];
}

/* ---- Sending ---- */

static void send_frame(char *data, uint32_t bytes, unsigned int nr_pages)
{
    struct xg_net_fragment fragment = {.data = data, .bytes = bytes};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};

    net_fill(data, bytes, bytes);
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(last_sent()->bytes, bytes);
    ck_assert_int_eq(memcmp(last_sent()->data, data, bytes), 0);
    ck_assert_uint_eq(last_sent()->nr_pages, nr_pages);
    ck_assert_uint_eq(last_sent()->flags & ~NETTXF_more_data, 0);
}

START_TEST(send_one_page)
{
    char *page;

    net_begin();
    page = net_page();
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
        pages[i] = net_page();
    offer_all();
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
    ck_assert_uint_eq(last_sent()->nr_pages, 4);
    ck_assert_uint_eq(last_sent()->bytes, 30);
    ck_assert_int_eq(memcmp(last_sent()->data, odd, 13), 0);
    ck_assert_int_eq(memcmp(last_sent()->data + 13, pages[2] + 4090, 10), 0);
    ck_assert_int_eq(memcmp(last_sent()->data + 23, odd + 13, 7), 0);
    net_detach();
}
END_TEST

START_TEST(send_offloads)
{
    struct xg_net_fragment fragment = {.bytes = 4000};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};

    net_begin();
    fragment.data = net_page();
    offer_all();
    net_attach();
    ck_assert_uint_eq(net.features & XG_NET_OFFLOADS, XG_NET_OFFLOADS);
    packet.checksum = XG_NET_CHECKSUM_GOOD;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(last_sent()->flags, NETTXF_data_validated);
    packet.checksum = XG_NET_CHECKSUM_BLANK;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(last_sent()->flags, NETTXF_data_validated | NETTXF_csum_blank);
    packet.segmentation = XG_NET_TCP4;
    packet.segment_bytes = 1448;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(last_sent()->flags, NETTXF_data_validated | NETTXF_csum_blank | NETTXF_extra_info);
    ck_assert_uint_eq(last_sent()->gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
    ck_assert_uint_eq(last_sent()->gso_bytes, 1448);
    packet.segmentation = XG_NET_TCP6;
    ck_assert_int_eq(xg_net_send(&net, &packet), 0);
    ck_assert_uint_eq(last_sent()->gso_type, XEN_NETIF_GSO_TYPE_TCPV6);
    net_detach();
}
END_TEST

START_TEST(packets_that_are_none)
{
    struct xg_net_fragment fragment = {.bytes = 13}, many[19];
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE};
    unsigned int i;

    net_begin();
    fragment.data = net_page();
    ck_assert_int_eq(xg_net_attach(&net_bus, &net, 0, &net_config), 0);
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
    fragment.data = net_page();
    fake_card_feature("feature-no-csum-offload", "1");
    net_attach();
    ck_assert_uint_eq(net.features & XG_NET_OFFLOADS, 0);
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EOPNOTSUPP);
    net_detach();
}
END_TEST

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

START_TEST(no_copying_no_card)
{
    net_begin();
    fake_card_feature("feature-rx-copy", "0");
    ck_assert_int_eq(xg_net_attach(&net_bus, &net, 0, &net_config), 0);
    ck_assert_int_eq(xg_net_wait_connected(&net, 1000), -XG_EOPNOTSUPP);
    ck_assert_int_eq(xg_net_detach(&net, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(net_grants.nr_free, net_free_grants);
}
END_TEST

/* ---- Receiving ---- */

static void receive_frame(uint32_t bytes, unsigned int nr_pages)
{
    static char data[65536];
    unsigned int before = net_nr_got;

    net_fill(data, bytes, bytes + 1);
    fake_card_deliver(data, bytes, 0);
    net_run();
    ck_assert_uint_eq(net_nr_got, before + 1);
    ck_assert_uint_eq(last_got()->bytes, bytes);
    ck_assert_int_eq(memcmp(last_got()->data, data, bytes), 0);
    ck_assert_uint_eq(last_got()->nr_pages, nr_pages);
    ck_assert_uint_eq(last_got()->flags, XG_NET_CHECKSUM_THERE);
    ck_assert_uint_eq(last_got()->gso_type, XG_NET_WHOLE);
}

START_TEST(receive_frames)
{
    unsigned int i;

    net_begin();
    net_attach();
    for (i = 0; i < 300; i++)
        receive_frame(60 + i, 1);
    receive_frame(4096, 1);
    receive_frame(9000, 3);
    fake_card.offset = 64;
    receive_frame(9000, 3);
    fake_card.page_bytes = 100;
    receive_frame(950, 10);
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
    ck_assert_uint_eq(last_got()->flags, XG_NET_CHECKSUM_GOOD);
    frame = fake_card_deliver(data, 8000, 0);
    frame->flags = NETRXF_data_validated | NETRXF_csum_blank;
    frame->gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
    frame->gso_bytes = 1400;
    net_run();
    ck_assert_uint_eq(last_got()->flags, XG_NET_CHECKSUM_BLANK);
    ck_assert_uint_eq(last_got()->gso_type, XG_NET_TCP4);
    ck_assert_uint_eq(last_got()->gso_bytes, 1400);
    ck_assert_uint_eq(last_got()->bytes, 8000);
    ck_assert_int_eq(memcmp(last_got()->data, data, 8000), 0);
    frame = fake_card_deliver(data, 4000, 0);
    frame->gso_type = XEN_NETIF_GSO_TYPE_TCPV6;
    frame->gso_bytes = 1300;
    net_run();
    ck_assert_uint_eq(last_got()->gso_type, XG_NET_TCP6);
    receive_frame(60, 1);
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
    receive_frame(60, 1);
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

/* ---- Notifications ---- */

static unsigned int nr_done;

static void on_done(struct xg_net_packet *packet, void *arg)
{
    ck_assert(packet->finished);
    ck_assert_int_eq(packet->status, 0);
    nr_done++;
}

/* A full ring in one notification, taken back in few events. */
START_TEST(full_ring_by_event)
{
    static struct xg_net_packet packets[257];
    struct xg_net_fragment fragment = {.bytes = 60};
    unsigned int i;

    net_begin();
    fragment.data = net_page();
    net_config.mode = XG_NET_BY_EVENT;
    net_attach();
    nr_done = 0;
    for (i = 0; i < 257; i++) {
        packets[i] = (struct xg_net_packet){.fragments = &fragment, .nr_fragments = 1, .done = on_done};
        ck_assert_int_eq(xg_net_submit(&net, &packets[i], true), i < 256 ? 0 : -XG_EBUSY);
    }
    /* Full: it was pushed without a kick. */
    ck_assert_uint_eq(net.queues[0].nr_notifications, 2);
    xg_net_kick(&net);
    ck_assert_uint_eq(net.queues[0].nr_notifications, 2);
    while (fake_card_run() || xg_events_run(&net_events, NULL))
        ;
    ck_assert_uint_eq(nr_done, 256);
    ck_assert_uint_eq(fake_card.nr_sent, 256);
    ck_assert_uint_le(fake_card.nr_notified[0], 2);
    net_detach();
}
END_TEST

/* Answers that come one at a time make an event for half of what is out, not each one. */
START_TEST(few_events_for_what_was_sent)
{
    static struct xg_net_packet packets[64];
    struct xg_net_fragment fragment = {.bytes = 60};
    unsigned int i, slow;

    net_begin();
    fragment.data = net_page();
    net_attach();
    for (i = 0; i < 64; i++) {
        packets[i] = (struct xg_net_packet){.fragments = &fragment, .nr_fragments = 1};
        ck_assert_int_eq(xg_net_submit(&net, &packets[i], i < 63), 0);
    }
    xg_net_poll(&net);
    /* A poll with 64 out asks for the 33rd. */
    slow = ((netif_tx_sring_t *)net.queues[0].send_memory)->rsp_event;
    ck_assert_uint_eq(slow, 33);
    net_run();
    for (i = 0; i < 64; i++)
        ck_assert(packets[i].finished);
    net_detach();
}
END_TEST

/* Packets that nobody waits for make no event, until half a ring of them is answered; one that is waited for
 * does. */
START_TEST(late_packets)
{
    static struct xg_net_packet packets[200];
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet awaited = {.fragments = &fragment, .nr_fragments = 1, .done = on_done};
    unsigned int i;

    net_begin();
    fragment.data = net_page();
    net_config.mode = XG_NET_BY_EVENT;
    net_attach();
    /* What connecting has raised. */
    xg_events_run(&net_events, NULL);
    nr_done = 0;
    for (i = 0; i < 200; i++)
        packets[i] =
            (struct xg_net_packet){.fragments = &fragment, .nr_fragments = 1, .late = true, .done = on_done};
    xg_net_poll(&net);
    fake_card.nr_notified[0] = 0;
    for (i = 0; i < 20; i++) {
        ck_assert_int_eq(xg_net_submit(&net, &packets[i], false), 0);
        fake_card_run();
    }
    ck_assert_uint_eq(fake_card.nr_notified[0], 0);
    ck_assert_uint_eq(nr_done, 0);
    ck_assert_uint_eq(xg_net_poll_done(&net), 20);
    ck_assert_uint_eq(nr_done, 20);
    /* Two more, and one that is waited for: all three come with its event. */
    for (i = 20; i < 22; i++) {
        ck_assert_int_eq(xg_net_submit(&net, &packets[i], false), 0);
        fake_card_run();
    }
    ck_assert_int_eq(xg_net_submit(&net, &awaited, false), 0);
    fake_card_run();
    ck_assert_uint_eq(fake_card.nr_notified[0], 1);
    xg_events_run(&net_events, NULL);
    ck_assert(awaited.finished);
    ck_assert_uint_eq(nr_done, 23);
    /* Half a ring. The fake hypervisor delivers what we send to ourselves, too. */
    for (i = 22; i < 200; i++) {
        ck_assert_int_eq(xg_net_submit(&net, &packets[i], false), 0);
        xg_event_clear(&net_events, net.queues[0].send_port);
        fake_card_run();
        xg_events_run(&net_events, NULL);
    }
    ck_assert_uint_eq(fake_card.nr_notified[0], 2);
    ck_assert_uint_ge(nr_done, 23 + 128);
    ck_assert_int_eq(xg_net_send(&net, &awaited), 0);
    ck_assert_uint_eq(net.queues[0].nr_awaited, 0);
    net_detach();
    for (i = 0; i < 200; i++)
        ck_assert(packets[i].finished);
}
END_TEST

/* None of the ring is free, all of it answered and not taken: the next submit takes it. */
START_TEST(late_packets_make_room)
{
    static struct xg_net_packet packets[300];
    struct xg_net_fragment fragment = {.bytes = 60};
    unsigned int i;

    net_begin();
    fragment.data = net_page();
    net_attach();
    for (i = 0; i < 300; i++) {
        packets[i] = (struct xg_net_packet){.fragments = &fragment, .nr_fragments = 1, .late = true};
        ck_assert_int_eq(xg_net_submit(&net, &packets[i], false), 0);
        fake_card_run();
    }
    net_detach();
}
END_TEST

START_TEST(by_wake_nothing_happens_in_handlers)
{
    char data[60] = "";
    uint32_t activity;

    net_begin();
    net_config.mode = XG_NET_BY_WAKE;
    net_config.features |= XG_NET_SPLIT_EVENTS;
    fake_card_feature("feature-split-event-channels", "1");
    net_attach();
    xg_events_run(&net_events, NULL);
    activity = net.activity;
    fake_card_deliver(data, 60, 0);
    fake_card_run();
    ck_assert_uint_eq(xg_events_run(&net_events, NULL), 1);
    ck_assert_uint_eq(net_nr_got, 0);
    ck_assert_uint_ne(net.activity, activity);
    ck_assert_uint_eq(xg_net_poll(&net), 1);
    ck_assert_uint_eq(net_nr_got, 1);
    net_detach();
}
END_TEST

START_TEST(by_event_frames_arrive_in_the_handler)
{
    char data[60] = "";

    net_begin();
    net_config.mode = XG_NET_BY_EVENT;
    net_attach();
    xg_events_run(&net_events, NULL);
    fake_card_deliver(data, 60, 0);
    fake_card_run();
    ck_assert_uint_eq(xg_events_run(&net_events, NULL), 1);
    ck_assert_uint_eq(net_nr_got, 1);
    net_detach();
}
END_TEST

/* ---- Queues, multicasts, hashes ---- */

START_TEST(queues)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};
    char data[60] = "";
    unsigned int i, asked = 1 + (unsigned int)_i % 3, offered = (unsigned int)_i / 3;
    unsigned int expected = asked < offered ? asked : offered ? offered : 1;

    net_begin();
    fragment.data = net_page();
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
        ck_assert_uint_eq(last_sent()->queue, i % expected);
        fake_card_deliver(data, 60, i % expected);
        net_run();
        ck_assert_uint_eq(last_got()->queue, i % expected);
    }
    ck_assert_uint_eq(net_nr_got, 6);
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

static void plug_with_control(void)
{
    net_begin();
    net_config.features |= XG_NET_CONTROL;
    net_config.nr_queues = 2;
    net_config.nr_posted = 6;
    fake_card_feature("feature-ctrl-ring", "1");
    fake_card_feature("multi-queue-max-queues", "2");
}

START_TEST(hashes)
{
    static const uint32_t table[] = {1, 0, 0, 1};
    struct xg_net_hash hash = {.types = XG_NET_HASH_IPV4 | XG_NET_HASH_IPV4_TCP,
                               .key = (const uint8_t *)"0123456789abcdefghijklmnopqrstuvwxyzABCDabcd",
                               .key_bytes = 40,
                               .queues = table,
                               .nr_queues = 4};
    struct fake_frame *frame;
    char data[60] = "";

    plug_with_control();
    net_attach();
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(fake_card.algorithm, XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ);
    ck_assert_uint_eq(fake_card.types, XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP);
    ck_assert_uint_eq(fake_card.key_bytes, 40);
    ck_assert_int_eq(memcmp(fake_card.key, hash.key, 40), 0);
    ck_assert_uint_eq(fake_card.nr_mapping, 4);
    ck_assert_int_eq(memcmp(fake_card.mapping, table, sizeof(table)), 0);
    frame = fake_card_deliver(data, 60, 1);
    frame->hashed = true;
    frame->gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
    frame->gso_bytes = 1000;
    net_keep = true;
    net_run();
    ck_assert_uint_eq(net_kept->hash_type, XG_NET_HASH_IPV4_TCP);
    ck_assert_uint_eq(net_kept->hash, 0x11223344);
    ck_assert_uint_eq(net_kept->segmentation, XG_NET_TCP4);
    ck_assert_uint_eq(net_kept->queue, 1);
    xg_net_give(&net, net_kept);
    hash.key_bytes = 41;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_ERANGE);
    hash.key_bytes = 4097;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_ERANGE);
    hash.key_bytes = 4;
    hash.nr_queues = 1025;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_ERANGE);
    hash.nr_queues = 0;
    fake_card.known_types = 1;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_EOPNOTSUPP);
    hash.types = 0;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(fake_card.algorithm, XEN_NETIF_CTRL_HASH_ALGORITHM_NONE);
    net_detach();
}
END_TEST

START_TEST(hashes_without_control_ring)
{
    struct xg_net_hash hash = {.types = XG_NET_HASH_IPV4};

    net_begin();
    net_attach();
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_EOPNOTSUPP);
    net_detach();
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_EAGAIN);
    plug_with_control();
    net_attach();
    fake_card.lie = CARD_SILENT;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000000), -XG_ETIME);
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000000), -XG_EAGAIN);
    ck_assert_int_eq(net.device.error, 0);
    net_detach();
}
END_TEST

/* ---- Coming and going ---- */

START_TEST(backend_restarts)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.fragments = &fragment, .nr_fragments = 1};
    unsigned int i;

    net_begin();
    fragment.data = net_page();
    net_attach();
    for (i = 0; i < 4; i++) {
        ck_assert_int_eq(xg_net_send(&net, &packet), 0);
        receive_frame(1000, 1);
        fake_card_let_go();
        fake_card_feature("state", "5");
        ck_assert_int_eq(xg_net_wait_connected(&net, 1000), 0);
        while (net.connected && fake_card_run())
            ck_assert_int_eq(xg_bus_run(&net_bus, NULL), 0);
        ck_assert_int_eq(xg_net_wait_connected(&net, fake.now_ns + 1000), 0);
    }
    receive_frame(60, 1);
    net_detach();
}
END_TEST

START_TEST(packet_in_flight_when_the_backend_goes)
{
    struct xg_net_fragment fragment = {.bytes = 60};
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE};

    net_begin();
    fragment.data = net_page();
    net_attach();
    fake_card.lie = CARD_SILENT;
    fake_card.stays = true;
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), 0);
    fake_card_run();
    fake_card_feature("state", "5");
    fake_store_run();
    ck_assert_int_eq(xg_bus_run(&net_bus, NULL), 0);
    ck_assert(packet.finished);
    ck_assert_int_eq(packet.status, -XG_EAGAIN);
    ck_assert_int_eq(net_submit(&packet, &fragment, 1), -XG_EAGAIN);
    fake_card.stays = false;
    fake_card_let_go();
    fake_card_feature("state", "6");
    net_detach();
}
END_TEST

START_TEST(no_grants_or_pages_left)
{
    struct xg_net_fragment fragments[2] = {{.bytes = 60}, {.bytes = 60}};
    struct xg_net_packet packet = {.checksum = XG_NET_CHECKSUM_THERE};
    xg_grant_ref_t ref, last = 0;

    net_begin();
    fragments[0].data = fragments[1].data = net_page();
    offer_all();
    net_attach();
    while (net_grants.nr_free) {
        ck_assert_int_eq(xg_grant_access(&net_grants, 0, xg_gfn(1), false, &ref), 0);
        last = ref;
    }
    /* One of the two it would get: it gives that back. */
    ck_assert_int_eq(xg_grant_end(&net_grants, last), 0);
    ck_assert_int_eq(net_submit(&packet, fragments, 2), -XG_EBUSY);
    ck_assert_uint_eq(net_grants.nr_free, 1);
    ck_assert_int_eq(net_submit(&packet, fragments, 1), 0);
    net_run();
    ck_assert(packet.finished);
    net_begin();
    fake.out_of_pages = true;
    ck_assert_int_eq(xg_net_attach(&net_bus, &net, 0, &net_config), 0);
    ck_assert_int_eq(xg_net_wait_connected(&net, 1000), -XG_ENOMEM);
    fake.out_of_pages = false;
    ck_assert_int_eq(xg_net_detach(&net, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(net_grants.nr_free, net_free_grants);
}
END_TEST

/* Buffers, more than there are grant references, wait for the next frame. */
START_TEST(no_grants_for_buffers)
{
    xg_grant_ref_t refs[1024];
    unsigned int nr = 0;

    net_begin();
    while (net_grants.nr_free > 6) {
        ck_assert_int_eq(xg_grant_access(&net_grants, 0, xg_gfn(1), false, &refs[nr]), 0);
        nr++;
    }
    net_attach();
    receive_frame(60, 1);
    receive_frame(70, 1);
    while (nr)
        ck_assert_int_eq(xg_grant_end(&net_grants, refs[--nr]), 0);
    xg_net_poll(&net);
    receive_frame(9000, 3);
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
    fake_store_run();
    ck_assert_int_eq(xg_bus_run(&net_bus, NULL), 0);
    ck_assert(net.carrier);
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
    tcase_add_test(tests, announcements);
    tcase_add_test(tests, no_copying_no_card);
    tcase_add_test(tests, receive_frames);
    tcase_add_test(tests, receive_offloads);
    tcase_add_test(tests, frames_that_are_dropped);
    tcase_add_test(tests, out_of_buffers);
    tcase_add_test(tests, full_ring_by_event);
    tcase_add_test(tests, few_events_for_what_was_sent);
    tcase_add_test(tests, late_packets);
    tcase_add_test(tests, late_packets_make_room);
    tcase_add_test(tests, by_wake_nothing_happens_in_handlers);
    tcase_add_test(tests, by_event_frames_arrive_in_the_handler);
    tcase_add_loop_test(tests, queues, 0, 12);
    tcase_add_test(tests, multicasts);
    tcase_add_test(tests, hashes);
    tcase_add_test(tests, hashes_without_control_ring);
    tcase_add_test(tests, backend_restarts);
    tcase_add_test(tests, packet_in_flight_when_the_backend_goes);
    tcase_add_test(tests, no_grants_or_pages_left);
    tcase_add_test(tests, no_grants_for_buffers);
    tcase_add_test(tests, carrier);
    return tests;
}
