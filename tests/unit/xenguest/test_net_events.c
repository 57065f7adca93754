/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a card and its backend wake each other: few events for many packets, none for those that nobody waits
 * for, and who takes what has come.
 */
#include <string.h>
#include <xenguest/errno.h>
#include "net_fixture.h"
#include <xen/io/netif.h>
#include "suites.h"

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
    fragment.data = device_page();
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
    while (fake_card_run() || xg_events_run(&device.events, NULL))
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
    fragment.data = device_page();
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
    fragment.data = device_page();
    net_config.mode = XG_NET_BY_EVENT;
    net_attach();
    /* What connecting has raised. */
    xg_events_run(&device.events, NULL);
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
    xg_events_run(&device.events, NULL);
    ck_assert(awaited.finished);
    ck_assert_uint_eq(nr_done, 23);
    /* Half a ring. The fake hypervisor delivers what we send to ourselves, too. */
    for (i = 22; i < 200; i++) {
        ck_assert_int_eq(xg_net_submit(&net, &packets[i], false), 0);
        xg_event_clear(&device.events, net.queues[0].send_port);
        fake_card_run();
        xg_events_run(&device.events, NULL);
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
    fragment.data = device_page();
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
    xg_events_run(&device.events, NULL);
    activity = net.activity;
    fake_card_deliver(data, 60, 0);
    fake_card_run();
    ck_assert_uint_eq(xg_events_run(&device.events, NULL), 1);
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
    xg_events_run(&device.events, NULL);
    fake_card_deliver(data, 60, 0);
    fake_card_run();
    ck_assert_uint_eq(xg_events_run(&device.events, NULL), 1);
    ck_assert_uint_eq(net_nr_got, 1);
    net_detach();
}
END_TEST

TCase *net_events_tests(void)
{
    TCase *tests = tcase_create("net events");

    tcase_add_test(tests, full_ring_by_event);
    tcase_add_test(tests, few_events_for_what_was_sent);
    tcase_add_test(tests, late_packets);
    tcase_add_test(tests, late_packets_make_room);
    tcase_add_test(tests, by_wake_nothing_happens_in_handlers);
    tcase_add_test(tests, by_event_frames_arrive_in_the_handler);
    return tests;
}
