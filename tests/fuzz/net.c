/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network frontend against a store and a backend that both follow the input: any numbers in the nodes,
 * any state, any answer on the rings, grants that stay in use. Held to: every call returns, nothing is
 * touched beyond its place, what is handed over as a frame lies within its buffers, and when all is over and
 * the backend has let go, no page, grant, packet or buffer is missing. And the checksums of frames of junk.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/net.h>
#include <xen/io/netif.h>
#include "fake_bus.h"
#include "fake_port.h"

#define NR_PACKETS 8
#define NR_BUFFERS 32

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct xg_net net;
static struct xg_net_buffer buffers[NR_BUFFERS], *kept;
static struct xg_net_packet packets[NR_PACKETS];
static char *memory; /* of packets and buffers */

/* One node in 16 is nonsense: with more, hardly a card would ever connect. */
static const char *value_of(const char *path)
{
    unsigned int how = fuzz_next();

    if (how % 16 == 15)
        return fuzz_any_value();
    if (fuzz_ends_with(path, "/mac"))
        return "00:16:3e:01:02:03";
    if (fuzz_ends_with(path, "/multi-queue-max-queues"))
        return how & 16 ? "3" : NULL;
    return how & 16 || !strcmp(path, "/b/feature-rx-copy") ? "1" : NULL;
}

/* ---- What arrives ---- */

static void receive(struct xg_net *from, struct xg_net_buffer *frame, void *arg)
{
    struct xg_net_buffer *buffer = frame, *next;
    uint32_t bytes = 0;

    for (; buffer; buffer = next) {
        if (buffer->offset + buffer->bytes > XG_PAGE_SIZE || buffer->ref)
            abort();
        bytes += buffer->bytes;
        next = buffer->fragment;
        buffer->fragment = kept;
        kept = buffer;
    }
    if (!bytes || bytes != frame->frame_bytes)
        abort();
}

static void give_back(void)
{
    while (kept) {
        struct xg_net_buffer *buffer = kept;

        kept = buffer->fragment;
        xg_net_give(&net, buffer);
    }
}

/* ---- The backend ---- */

static void answer_sent(struct xg_net_queue *queue, unsigned int how)
{
    netif_tx_sring_t *sring = queue->send_memory;
    netif_tx_response_t *response;

    if (!sring)
        return;
    response = &sring->ring[sring->rsp_prod & 255].rsp;
    response->id = (uint16_t)(how & 8 ? fuzz_next() * 257 : fuzz_next() % 32);
    response->status = (int16_t)(how & 16 ? (int)fuzz_next() % 4 - 2 : 0);
    sring->rsp_prod += how & 32 ? fuzz_next() : 1;
}

static void fill_received(struct xg_net_queue *queue, unsigned int how)
{
    netif_rx_sring_t *sring = queue->receive_memory;
    netif_rx_response_t *response;

    if (!sring)
        return;
    response = &sring->ring[sring->rsp_prod & 255].rsp;
    response->id = (uint16_t)(how & 8 ? fuzz_next() : sring->rsp_prod & 255);
    response->offset = (uint16_t)(how & 16 ? fuzz_next() * 257 : 0);
    response->flags = (uint16_t)(fuzz_next() % 32);
    response->status = (int16_t)((int)(fuzz_next() << 8 | fuzz_next()) - 128);
    if (how & 64) {
        /* As an extra: type, flags, size, kind. */
        response->id = (uint16_t)(fuzz_next() % 6 | (fuzz_next() & 1) << 8);
        response->offset = (uint16_t)fuzz_next();
        response->flags = (uint16_t)(fuzz_next() % 4);
    }
    sring->rsp_prod += how & 32 ? fuzz_next() : 1;
}

static void answer_control(unsigned int how)
{
    xen_netif_ctrl_sring_t *sring = net.control.memory;
    struct xen_netif_ctrl_response *response;
    struct xen_netif_ctrl_request request;

    if (!sring)
        return;
    request = sring->ring[sring->rsp_prod & 127].req;
    response = &sring->ring[sring->rsp_prod & 127].rsp;
    response->id = (uint16_t)(request.id + (how & 8 ? fuzz_next() : 0));
    response->type = request.type;
    response->status = how & 16 ? fuzz_next() % 6 : 0;
    response->data = how & 128 ? fuzz_next() : ~0u;
    sring->rsp_prod += how & 32 ? fuzz_next() : 1;
}

/* While the library waits for an answer of the control ring. */
static bool (*serve_store)(void);

static bool on_wait(void)
{
    unsigned int how;

    if (serve_store())
        return true;
    if (!fuzz_left())
        return false;
    how = fuzz_next();
    if (how & 1)
        answer_control(how);
    return how & 1;
}

/* ---- The port ---- */

static void submit(struct xg_net_packet *packet)
{
    unsigned int how = fuzz_next(), i, nr = fuzz_next() % 4;
    struct xg_net_fragment fragments[4];

    if (!packet->finished)
        return;
    memset(packet, 0, sizeof(*packet));
    packet->finished = true;
    packet->operation = (enum xg_net_operation)(how % 16 < 4 ? how % 4 : 0);
    packet->checksum = how & 16 ? XG_NET_CHECKSUM_BLANK : XG_NET_CHECKSUM_THERE;
    packet->segmentation = (enum xg_net_segmentation)(how & 64 ? fuzz_next() % 4 : 0);
    packet->segment_bytes = (uint16_t)fuzz_next();
    packet->queue = fuzz_next();
    packet->fragments = fragments;
    packet->nr_fragments = nr;
    for (i = 0; i < nr; i++)
        fragments[i] = (struct xg_net_fragment){.data = memory + fuzz_next() * 16, .bytes = fuzz_next() * 17};
    (void)!xg_net_submit(&net, packet, how & 32);
}

static void set_hash(void)
{
    static const uint32_t table[] = {0, 1, 2, 3};
    struct xg_net_hash hash = {.types = fuzz_next() % 32,
                               .key = (const uint8_t *)table,
                               .key_bytes = fuzz_next() % 17,
                               .queues = table,
                               .nr_queues = fuzz_next() % 5};

    (void)!xg_net_set_hash(&net, &hash, fuzz_now_ns + 1000);
}

static void live(void)
{
    unsigned int step, how;

    for (step = 0; step < 300 && fuzz_left(); step++) {
        struct xg_net_queue *queue;

        how = fuzz_next();
        queue = &net.queues[how & 128 && net.nr_queues > 1];
        switch (how % 8) {
        case 0:
            if (how & 8)
                fuzz_set_back_state(fuzz_next() % 11);
            else
                set_hash();
            break;
        case 1:
            submit(&packets[how / 8 % NR_PACKETS]);
            break;
        case 2:
            fuzz_hold(fuzz_next() + (how & 64 ? 256 : 0));
            break;
        case 3:
            fuzz_let_go();
            give_back();
            break;
        case 4:
            xg_net_poll(&net);
            break;
        case 5:
            answer_sent(queue, how);
            break;
        case 6:
            fill_received(queue, how);
            break;
        default:
            (void)!xg_bus_run(&fuzz_bus, NULL);
        }
    }
}

static void checksums(const unsigned char *data, size_t size)
{
    struct xg_net_fragment fragments[2];
    unsigned char *frame = malloc(size + 1);
    uint32_t feature, cut = size ? data[0] : 0;

    memcpy(frame, data, size);
    if (cut > size)
        cut = (uint32_t)size;
    (void)!xg_net_checksum_blank(frame, (uint32_t)size, &feature);
    fragments[0] = (struct xg_net_fragment){.data = frame, .bytes = cut};
    fragments[1] = (struct xg_net_fragment){.data = frame + cut, .bytes = (uint32_t)size - cut};
    (void)!xg_net_checksum_fill(fragments, 2);
    free(frame);
}

static void begin(const unsigned char *data, size_t size)
{
    unsigned int i;

    fuzz_value_of = value_of;
    fuzz_begin(data, size);
    serve_store = fuzz_on_wait;
    memory = aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE * (NR_BUFFERS + 4));
    kept = NULL;
    for (i = 0; i < NR_PACKETS; i++)
        packets[i].finished = true;
    memset(buffers, 0, sizeof(buffers));
}

static void end(void)
{
    unsigned int i;

    (void)!xg_net_detach(&net, fuzz_now_ns + 1000);
    fuzz_let_go();
    if (net.device.shared && net.frontend.release(&net.device))
        abort();
    give_back();
    for (i = 0; i < NR_PACKETS; i++)
        if (!packets[i].finished)
            abort();
    if (!fuzz_all_given_back() || net.nr_supply != NR_BUFFERS)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct xg_net_config config = {
        .grants = &fuzz_grants, .events = &fuzz_events, .mode = XG_NET_POLLED, .receive = receive};
    unsigned int i;

    checksums(data, size);
    begin(data, size);
    config.features = fuzz_next() | XG_NET_SCATTER;
    config.nr_queues = 1 + fuzz_next() % 3;
    config.nr_posted = fuzz_next() % 20;
    if (!xg_net_attach(&fuzz_bus, &net, 0, &config)) {
        for (i = 0; i < NR_BUFFERS; i++) {
            buffers[i].page = memory + i * XG_PAGE_SIZE;
            xg_net_give(&net, &buffers[i]);
        }
        (void)!xg_bus_run(&fuzz_bus, NULL);
        fuzz_set_back_state(4);
        (void)!xg_bus_run(&fuzz_bus, NULL);
        fuzz_on_wait = on_wait;
        live();
        fuzz_on_wait = serve_store;
        end();
    }
    free(memory);
    fuzz_end();
    return 0;
}
