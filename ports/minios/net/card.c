/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames between lwIP and the frontend, copied by neither: what is sent is held by reference until the
 * backend has taken it, what arrives is lent to lwIP and goes back to the ring when it is freed. Everything
 * under the network's lock.
 */
#include "card.h"

#include <stdlib.h>
#include <string.h>

#include <lwip/etharp.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>
#include <minios/devices.h>
#include <minios/events.h>
#include <minios/network.h>
#include <xenguest/errno.h>

#define DETACH_NS 5000000000ull

/* ---- Out ---- */

static void free_send(struct card_send *send)
{
    while (send->nr_pbufs)
        pbuf_free(send->pbufs[--send->nr_pbufs]);
    send->next = send->card->free_sends;
    send->card->free_sends = send;
}

static void sent(struct xg_net_packet *packet, void *argument)
{
    network_lock();
    free_send(argument);
    network_unlock();
}

/* A blank checksum where lwIP has left it to the card. */
static enum xg_net_checksum blank_checksum(struct card *card, struct pbuf *p)
{
    uint32_t feature;

    if (!(card->net.features & XG_NET_CHECKSUM4) || xg_net_checksum_blank(p->payload, p->len, &feature))
        return XG_NET_CHECKSUM_THERE;
    return XG_NET_CHECKSUM_BLANK;
}

/* The frame itself, held, or a copy: of what does not stay, or is in more pieces than a packet may have. */
static struct pbuf *to_keep(struct card *card, struct pbuf *p)
{
    unsigned int nr_pages = 0;
    struct pbuf *q;

    for (q = p; q; q = q->next) {
        nr_pages += 1 + (q->len + ((uintptr_t)q->payload & (XG_PAGE_SIZE - 1))) / XG_PAGE_SIZE;
        if (PBUF_NEEDS_COPY(q))
            nr_pages = XG_NET_PAGES + 1;
    }
    if (nr_pages <= (card->net.features & XG_NET_SCATTER ? XG_NET_PAGES : 1)) {
        pbuf_ref(p);
        return p;
    }
    card->nr_copied++;
    return pbuf_clone(PBUF_RAW, PBUF_RAM, p);
}

static void submit(struct card *card, struct card_send *send, const struct xg_net_fragment *fragments,
                   unsigned int nr)
{
    send->packet.fragments = fragments;
    send->packet.nr_fragments = nr;
    send->packet.checksum = blank_checksum(card, send->pbufs[0]);
    send->packet.done = sent;
    send->packet.late = true;
    send->packet.arg = send;
    if (!xg_net_submit(&card->net, &send->packet, true))
        return;
    card->nr_no_room++;
    free_send(send);
}

static struct card_send *get_send(struct card *card)
{
    struct card_send *send = card->free_sends;

    card->free_sends = send->next;
    memset(&send->packet, 0, sizeof(send->packet));
    return send;
}

static void send_train(struct card *card)
{
    struct train *train = &card->train;
    struct card_send *send;

    if (!train->nr)
        return;
    train_close(train);
    send = get_send(card);
    send->nr_pbufs = train->nr;
    memcpy(send->pbufs, train->pbufs, train->nr * sizeof(train->pbufs[0]));
    if (train->nr > 1) {
        send->packet.segmentation = XG_NET_TCP4;
        send->packet.segment_bytes = train->segment_bytes;
        card->nr_trains++;
    }
    train->nr = 0;
    submit(card, send, train->fragments, train->nr_fragments);
}

static err_t send_alone(struct card *card, struct pbuf *p)
{
    struct xg_net_fragment fragments[XG_NET_PAGES];
    struct pbuf *kept = to_keep(card, p);
    struct card_send *send;
    unsigned int nr = 0;

    if (!kept)
        return ERR_MEM;
    send = get_send(card);
    send->pbufs[0] = kept;
    send->nr_pbufs = 1;
    for (p = kept; p && nr < XG_NET_PAGES; p = p->next)
        fragments[nr++] = (struct xg_net_fragment){.data = p->payload, .bytes = p->len};
    submit(card, send, fragments, nr);
    return ERR_OK;
}

#define TRAIN_FEATURES (XG_NET_SCATTER | XG_NET_TSO4 | XG_NET_CHECKSUM4)

/*
 * Room for what is held back and for this one: once either is accepted, nothing is to be lost for want of it.
 * There is none without a backend that takes it.
 */
static bool has_room(struct card *card)
{
    if (!netif_is_link_up(&card->netif))
        return false;
    if (card->attached && xg_ring_free(&card->net.queues[0].send_ring) < XG_NET_RING / 2)
        xg_net_poll_done(&card->net);
    return card->attached && card->free_sends && card->free_sends->next &&
           xg_ring_free(&card->net.queues[0].send_ring) >= 2 * (XG_NET_PAGES + 1);
}

static err_t output(struct netif *netif, struct pbuf *p)
{
    struct card *card = netif->state;

    if (!has_room(card)) {
        card->nr_no_room++;
        return ERR_MEM;
    }
    card->unsent = true;
    if (train_append(&card->train, p))
        return ERR_OK;
    send_train(card);
    if ((card->net.features & TRAIN_FEATURES) == TRAIN_FEATURES && train_begin(&card->train, p))
        return ERR_OK;
    return send_alone(card, p);
}

void card_take_back(struct card *card)
{
    if (card->attached)
        xg_net_poll_done(&card->net);
}

void card_kick(struct card *card)
{
    if (!card->unsent)
        return;
    card->unsent = false;
    send_train(card);
    xg_net_kick(&card->net);
}

/* ---- In ---- */

static void give_back(struct pbuf *p)
{
    struct card_buffer *buffer = (struct card_buffer *)p;

    network_lock();
    buffer->lent = false;
    if (buffer->card->attached)
        xg_net_give(&buffer->card->net, &buffer->buffer);
    network_unlock();
}

static struct card_buffer *owner_of(struct xg_net_buffer *buffer)
{
    return (struct card_buffer *)((char *)buffer - offsetof(struct card_buffer, buffer));
}

/* Lends the pages of a frame to lwIP. */
static struct pbuf *lend(struct xg_net_buffer *frame)
{
    struct pbuf *whole = NULL, *p;
    struct xg_net_buffer *buffer, *next;

    for (buffer = frame; buffer; buffer = next) {
        struct card_buffer *owner = owner_of(buffer);

        next = buffer->fragment;
        owner->lent = true;
        owner->pbuf.custom_free_function = give_back;
        p = pbuf_alloced_custom(PBUF_RAW, buffer->bytes, PBUF_REF, &owner->pbuf,
                                (char *)buffer->page + buffer->offset, buffer->bytes);
        if (whole)
            pbuf_cat(whole, p);
        else
            whole = p;
    }
    return whole;
}

/* lwIP has borrowed all that the rings do not need: what it keeps from now on is a copy. */
static struct pbuf *copy_if_scarce(struct card *card, struct pbuf *p)
{
    struct pbuf *copy;

    if (card->net.nr_supply)
        return p;
    copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
    pbuf_free(p);
    card->nr_copied++;
    return copy;
}

#define CHECKED (NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP)

static void receive(struct xg_net *net, struct xg_net_buffer *frame, void *argument)
{
    struct card *card = argument;
    enum xg_net_checksum checksum = frame->checksum;
    bool too_long = frame->frame_bytes > 0xffff || !card->has_netif;
    struct pbuf *p;

    network_lock();
    card->nr_trains_received += frame->segmentation != XG_NET_WHOLE;
    p = lend(frame);
    if (too_long) {
        pbuf_free(p);
    } else {
        p = copy_if_scarce(card, p);
        /* Who blanked a checksum, or has looked at it, vouches for the data. */
        if (checksum == XG_NET_CHECKSUM_THERE)
            card->netif.chksum_flags |= CHECKED;
        else
            card->netif.chksum_flags &= (u16_t)~CHECKED;
        if (p && card->netif.input(p, &card->netif) != ERR_OK)
            pbuf_free(p);
    }
    network_unlock();
}

/* ---- The link ---- */

static err_t init_netif(struct netif *netif)
{
    netif->name[0] = 'x';
    netif->name[1] = 'g';
    netif->hwaddr_len = XG_NET_ADDRESS;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = output;
    netif->hostname = "minios";
    return ERR_OK;
}

/* What the backend can do may have changed since it was connected last. */
static void adopt(struct card *card)
{
    u16_t flags = NETIF_CHECKSUM_ENABLE_ALL;

    memcpy(card->netif.hwaddr, card->net.address, XG_NET_ADDRESS);
    card->netif.mtu = (u16_t)(card->net.mtu > 0xffff ? 0xffff : card->net.mtu);
    if (card->net.features & XG_NET_CHECKSUM4)
        flags &= (u16_t) ~(NETIF_CHECKSUM_GEN_TCP | NETIF_CHECKSUM_GEN_UDP);
    NETIF_SET_CHECKSUM_CTRL(&card->netif, flags);
}

static void follow_link(struct card *card)
{
    bool up = card->attached && card->net.connected && card->net.carrier;

    if (up && !card->has_netif) {
        netif_add_noaddr(&card->netif, card, init_netif, ethernet_input);
        adopt(card);
        netif_set_up(&card->netif);
        card->has_netif = true;
        netif_set_link_up(&card->netif);
        network_card_ready(card);
    } else if (up && !netif_is_link_up(&card->netif)) {
        adopt(card);
        netif_set_link_up(&card->netif);
    } else if (!up && card->has_netif && netif_is_link_up(&card->netif)) {
        netif_set_link_down(&card->netif);
    }
}

unsigned int card_poll(struct card *card)
{
    unsigned int nr = card->attached ? xg_net_poll(&card->net) : 0;

    follow_link(card);
    return nr;
}

/* ---- Coming and going ---- */

static int get_memory(struct card *card)
{
    unsigned int i;

    card->buffers = calloc(CARD_BUFFERS, sizeof(*card->buffers));
    card->sends = calloc(CARD_SENDS, sizeof(*card->sends));
    if (!card->buffers || !card->sends)
        return -XG_ENOMEM;
    for (i = 0; i < CARD_BUFFERS; i++) {
        card->buffers[i].card = card;
        card->buffers[i].buffer.page = xg_os_page_alloc();
        if (!card->buffers[i].buffer.page)
            return -XG_ENOMEM;
    }
    for (i = 0; i < CARD_SENDS; i++) {
        card->sends[i].card = card;
        card->sends[i].next = card->free_sends;
        card->free_sends = &card->sends[i];
    }
    return 0;
}

static void give_all(struct card *card)
{
    unsigned int i;

    for (i = 0; i < CARD_BUFFERS; i++)
        if (!card->buffers[i].lent)
            xg_net_give(&card->net, &card->buffers[i].buffer);
}

int card_attach(struct card *card, uint32_t id)
{
    struct xg_net_config config = {.grants = devices_grants(),
                                   .events = &events,
                                   .features = XG_NET_SCATTER | XG_NET_TSO4 | XG_NET_CHECKSUM4 |
                                               XG_NET_SPLIT_EVENTS | XG_NET_CONTROL,
                                   .mode = XG_NET_BY_WAKE,
                                   .nr_queues = CARD_QUEUES,
                                   .nr_posted = CARD_BUFFERS / 2 / CARD_QUEUES,
                                   .receive = receive,
                                   .arg = card};
    int rc = config.grants ? 0 : -XG_ENOMEM;

    network_lock();
    if (!rc && !card->buffers)
        rc = get_memory(card);
    if (!rc)
        rc = xg_net_attach(devices_bus(), &card->net, id, &config);
    if (!rc) {
        card->id = id;
        card->attached = true;
        give_all(card);
    }
    network_unlock();
    return rc;
}

void card_detach(struct card *card)
{
    int rc = xg_net_detach(&card->net, xg_os_now_ns() + DETACH_NS);

    network_lock();
    /* What the backend never lets go of cannot be used again: the card stays as it is. */
    if (!rc)
        card->attached = false;
    follow_link(card);
    network_unlock();
}
