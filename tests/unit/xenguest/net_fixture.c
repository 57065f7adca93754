/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain and its buffers; every frame that arrives is looked at as the header of the library says it is.
 */
#include "net_fixture.h"
#include <string.h>
#include <check.h>

struct xg_net net;
struct xg_net_config net_config;
struct xg_net_buffer net_buffers[NET_BUFFERS];
unsigned int net_nr_buffers;
struct fake_frame net_got[4];
unsigned int net_nr_got;
struct xg_net_buffer *net_kept;
bool net_keep;

static void receive(struct xg_net *from, struct xg_net_buffer *frame, void *arg)
{
    struct fake_frame *got = &net_got[net_nr_got++ % 4];
    struct xg_net_buffer *buffer = frame, *next;

    ck_assert_ptr_eq(from, &net);
    ck_assert_ptr_eq(arg, net_got);
    memset(got, 0, offsetof(struct fake_frame, data));
    got->bytes = got->nr_pages = 0;
    got->flags = (uint16_t)frame->checksum;
    got->gso_type = (uint8_t)frame->segmentation;
    got->gso_bytes = frame->segment_bytes;
    got->hashed = frame->hash_type != 0;
    got->queue = frame->queue;
    for (; buffer; buffer = next) {
        ck_assert_uint_le(buffer->offset + buffer->bytes, 4096);
        memcpy(got->data + got->bytes, (char *)buffer->page + buffer->offset, buffer->bytes);
        got->bytes += buffer->bytes;
        got->nr_pages++;
        next = buffer->fragment;
        if (!net_keep)
            xg_net_give(from, buffer);
    }
    ck_assert_uint_eq(got->bytes, frame->frame_bytes);
    if (net_keep)
        net_kept = frame;
}

void net_begin(void)
{
    unsigned int i;

    device_begin("vif", 0);
    fake_card_plug();
    memset(&net_config, 0, sizeof(net_config));
    net_config.grants = &device.grants;
    net_config.events = &device.events;
    net_config.features = XG_NET_OFFLOADS;
    net_config.mode = XG_NET_POLLED;
    net_config.receive = receive;
    net_config.arg = net_got;
    net_nr_got = 0;
    net_keep = false;
    net_nr_buffers = 12;
    for (i = 0; i < NET_BUFFERS; i++) {
        memset(&net_buffers[i], 0, sizeof(net_buffers[i]));
        net_buffers[i].page = xg_os_page_alloc();
    }
    device.free_pages = fake_free_pages();
}

void net_attach(void)
{
    unsigned int i;

    ck_assert_int_eq(xg_net_attach(&device.bus, &net, 0, &net_config), 0);
    for (i = 0; i < net_nr_buffers; i++)
        xg_net_give(&net, &net_buffers[i]);
    ck_assert_int_eq(xg_net_wait_connected(&net, fake.now_ns + 1000), 0);
    ck_assert(net.connected);
}

void net_all_given_back(void)
{
    device_all_given_back();
    ck_assert_uint_eq(net.nr_supply, net_nr_buffers);
}

void net_detach(void)
{
    ck_assert_int_eq(xg_net_detach(&net, fake.now_ns + 1000), 0);
    net_all_given_back();
}

void net_run(void)
{
    bool did;

    do {
        did = fake_card_run();
        did |= xg_net_poll(&net) != 0;
        ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    } while (did);
}

int net_submit(struct xg_net_packet *packet, const struct xg_net_fragment *fragments, unsigned int nr)
{
    packet->fragments = fragments;
    packet->nr_fragments = nr;
    return xg_net_submit(&net, packet, false);
}

void net_fill(void *to, uint32_t bytes, unsigned int seed)
{
    unsigned char *at = to;
    uint32_t i;

    for (i = 0; i < bytes; i++)
        at[i] = (unsigned char)(i * 7 + i / 256 + seed);
}

void net_offer_all(void)
{
    fake_card_feature("feature-sg", "1");
    fake_card_feature("feature-gso-tcpv4", "1");
    fake_card_feature("feature-gso-tcpv6", "1");
    fake_card_feature("feature-ipv6-csum-offload", "1");
}

const struct fake_frame *net_last_sent(void)
{
    ck_assert_uint_gt(fake_card.nr_sent, 0);
    return &fake_card.sent[(fake_card.nr_sent - 1) % FAKE_CARD_FRAMES];
}

const struct fake_frame *net_last_got(void)
{
    ck_assert_uint_gt(net_nr_got, 0);
    return &net_got[(net_nr_got - 1) % 4];
}

void net_receive(uint32_t bytes, unsigned int nr_pages)
{
    static char data[65536];
    unsigned int before = net_nr_got;

    net_fill(data, bytes, bytes + 1);
    fake_card_deliver(data, bytes, 0);
    net_run();
    ck_assert_uint_eq(net_nr_got, before + 1);
    ck_assert_uint_eq(net_last_got()->bytes, bytes);
    ck_assert_int_eq(memcmp(net_last_got()->data, data, bytes), 0);
    ck_assert_uint_eq(net_last_got()->nr_pages, nr_pages);
    ck_assert_uint_eq(net_last_got()->flags, XG_NET_CHECKSUM_THERE);
    ck_assert_uint_eq(net_last_got()->gso_type, XG_NET_WHOLE);
}
