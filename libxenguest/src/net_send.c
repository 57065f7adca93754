/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets onto the transmit ring and answers from it. Each page of a packet is a request, whose number on the
 * ring is that of a slot here: an answer is believed only for a slot that waits for one. Extra segments have
 * no number; their answers are counted.
 */
#include "net_private.h"
#include <xen/io/netif.h>

#define ETHERNET_HEADER 14

/* ---- Is it a packet? ---- */

/*
 * Walks over the fragments in pieces that do not cross a page. Backends want the Ethernet header in the first
 * piece, whole: where a page ends within it, the first piece is a copy of it.
 */
struct cursor {
    const struct xg_net_fragment *fragment;
    unsigned int left;
    uint32_t at;
    bool copies_head;
};

struct piece {
    const char *data; /* NULL: the header is to be copied, by copy_head */
    uint32_t bytes;
};

static bool next_in_page(struct cursor *cursor, uint32_t most, struct piece *piece)
{
    while (cursor->left && cursor->at == cursor->fragment->bytes) {
        cursor->fragment++;
        cursor->left--;
        cursor->at = 0;
    }
    if (!cursor->left)
        return false;
    piece->data = (const char *)cursor->fragment->data + cursor->at;
    piece->bytes = cursor->fragment->bytes - cursor->at;
    if (piece->bytes > XG_PAGE_SIZE - ((uintptr_t)piece->data & (XG_PAGE_SIZE - 1)))
        piece->bytes = (uint32_t)(XG_PAGE_SIZE - ((uintptr_t)piece->data & (XG_PAGE_SIZE - 1)));
    if (piece->bytes > most)
        piece->bytes = most;
    cursor->at += piece->bytes;
    return true;
}

/* Copies the header, or as much as there is. Returns how much. */
static uint32_t copy_head(struct cursor *cursor, char *to)
{
    uint32_t bytes = 0, i;
    struct piece piece;

    while (bytes < ETHERNET_HEADER && next_in_page(cursor, ETHERNET_HEADER - bytes, &piece))
        for (i = 0; i < piece.bytes; i++)
            to[bytes++] = piece.data[i];
    return bytes;
}

static bool next_piece(struct cursor *cursor, struct piece *piece)
{
    char head[ETHERNET_HEADER];

    if (!cursor->copies_head)
        return next_in_page(cursor, UINT32_MAX, piece);
    cursor->copies_head = false;
    piece->data = NULL;
    piece->bytes = copy_head(cursor, head);
    return true;
}

static struct cursor start_of(const struct xg_net_packet *packet)
{
    struct cursor cursor = {.fragment = packet->fragments, .left = packet->nr_fragments}, look = cursor;
    struct piece first;

    cursor.copies_head = next_in_page(&look, UINT32_MAX, &first) && first.bytes < ETHERNET_HEADER;
    return cursor;
}

/* What the backend must have offered. */
static uint32_t needed_features(const struct xg_net_packet *packet, unsigned int nr_pieces)
{
    uint32_t needed = nr_pieces > 1 ? XG_NET_SCATTER : 0;

    if (packet->segmentation == XG_NET_TCP4)
        needed |= XG_NET_TSO4;
    if (packet->segmentation == XG_NET_TCP6)
        needed |= XG_NET_TSO6;
    return needed;
}

static bool segmentation_valid(const struct xg_net_packet *packet)
{
    return packet->segmentation == XG_NET_WHOLE ||
           (packet->segmentation <= XG_NET_TCP6 && packet->segment_bytes &&
            packet->checksum == XG_NET_CHECKSUM_BLANK);
}

static int check_frame(const struct xg_net *net, const struct xg_net_packet *packet, uint32_t *bytes,
                       unsigned int *nr_pieces)
{
    struct cursor cursor = start_of(packet);
    struct piece piece;
    uint32_t needed;

    *bytes = 0;
    *nr_pieces = 0;
    while (next_piece(&cursor, &piece)) {
        /* Piece by piece, so that no sum overflows. */
        if (++*nr_pieces > XG_NET_PAGES || (*bytes += piece.bytes) > XG_NET_FRAME_BYTES)
            return -XG_EINVAL;
    }
    if (*bytes < ETHERNET_HEADER || !segmentation_valid(packet))
        return -XG_EINVAL;
    needed = needed_features(packet, *nr_pieces);
    if ((net->features & needed) != needed || (packet->checksum == XG_NET_CHECKSUM_BLANK &&
                                               !(net->features & (XG_NET_CHECKSUM4 | XG_NET_CHECKSUM6))))
        return -XG_EOPNOTSUPP;
    return 0;
}

static int check(const struct xg_net *net, const struct xg_net_packet *packet, uint32_t *bytes,
                 unsigned int *nr_pieces)
{
    switch (packet->operation) {
    case XG_NET_SEND:
        return check_frame(net, packet, bytes, nr_pieces);
    case XG_NET_MULTICAST_ADD:
    case XG_NET_MULTICAST_REMOVE:
        *bytes = 0;
        *nr_pieces = 1; /* without data, to be answered */
        return net->features & XG_NET_MULTICAST ? 0 : -XG_EOPNOTSUPP;
    default:
        return -XG_EINVAL;
    }
}

/* ---- Slots ---- */

void xg_net_free_slots(struct xg_net_queue *queue)
{
    uint32_t i = queue->send_ring.nr;

    queue->first_free = XG_NET_NO_SLOT;
    while (i--) {
        queue->slots[i].packet = NULL;
        queue->slots[i].next = queue->first_free;
        queue->first_free = (uint16_t)i;
    }
}

static void slot_put(struct xg_net_queue *queue, uint16_t number)
{
    queue->slots[number].packet = NULL;
    queue->slots[number].next = queue->first_free;
    queue->first_free = number;
}

/* There are as many as places on the ring. */
static uint16_t slot_get(struct xg_net_queue *queue, struct xg_net_packet *packet)
{
    uint16_t number = queue->first_free;
    struct xg_net_slot *slot = &queue->slots[number];

    queue->first_free = slot->next;
    slot->packet = packet;
    slot->ref = XG_NET_NO_REF;
    slot->next = XG_NET_NO_SLOT;
    slot->answered = false;
    return number;
}

static int share_piece(struct xg_net_queue *queue, const struct piece *piece, xg_grant_ref_t *ref)
{
    const void *page = (const void *)((uintptr_t)piece->data & ~(XG_PAGE_SIZE - 1));
    int rc = xg_grant_access(queue->net->config.grants, queue->net->device.backend_domid,
                             xg_mfn_to_gfn(xg_os_address_to_mfn(page)), true, ref);

    return rc == -XG_ENOSPC ? -XG_EBUSY : rc;
}

/* The backend was not told of any of them: none can be in use. */
static void unshare(struct xg_net_queue *queue, struct xg_net_packet *packet)
{
    uint16_t number = packet->first_slot, next;

    for (; number != XG_NET_NO_SLOT; number = next) {
        next = queue->slots[number].next;
        (void)!xg_net_end_grant(queue->net, &queue->slots[number].ref);
        slot_put(queue, number);
    }
}

/* A slot for each piece, or for none. */
static int share(struct xg_net_queue *queue, struct xg_net_packet *packet, unsigned int nr_pieces)
{
    struct cursor cursor = start_of(packet);
    uint16_t *link = &packet->first_slot;
    unsigned int i;
    int rc = 0;

    packet->first_slot = XG_NET_NO_SLOT;
    for (i = 0; i < nr_pieces && !rc; i++) {
        uint16_t number = slot_get(queue, packet);
        struct piece piece;

        *link = number;
        link = &queue->slots[number].next;
        if (packet->operation == XG_NET_SEND && next_piece(&cursor, &piece) && piece.data)
            rc = share_piece(queue, &piece, &queue->slots[number].ref);
    }
    if (rc)
        unshare(queue, packet);
    return rc;
}

/* ---- Onto the ring ---- */

static uint16_t first_flags(const struct xg_net_packet *packet, bool extra)
{
    uint16_t flags = extra ? NETTXF_extra_info : 0;

    if (packet->checksum == XG_NET_CHECKSUM_BLANK)
        flags |= NETTXF_csum_blank | NETTXF_data_validated;
    else if (packet->checksum == XG_NET_CHECKSUM_GOOD)
        flags |= NETTXF_data_validated;
    return flags;
}

static void put_extra(struct xg_net_queue *queue, const struct xg_net_packet *packet)
{
    struct netif_extra_info *extra = xg_ring_request(&queue->send_ring);
    unsigned int i;

    xg_bytes_zero(extra, sizeof(*extra));
    if (packet->operation == XG_NET_SEND) {
        extra->type = XEN_NETIF_EXTRA_TYPE_GSO;
        extra->u.gso.size = packet->segment_bytes;
        extra->u.gso.type =
            packet->segmentation == XG_NET_TCP4 ? XEN_NETIF_GSO_TYPE_TCPV4 : XEN_NETIF_GSO_TYPE_TCPV6;
    } else {
        extra->type = packet->operation == XG_NET_MULTICAST_ADD ? XEN_NETIF_EXTRA_TYPE_MCAST_ADD
                                                                : XEN_NETIF_EXTRA_TYPE_MCAST_DEL;
        for (i = 0; i < XG_NET_ADDRESS; i++)
            extra->u.mcast.addr[i] = packet->address[i];
    }
    xg_ring_request_done(&queue->send_ring);
    queue->nr_extras++;
}

/* Each slot has a place of its own for a header, in a page that stays granted. */
static void put_head(struct xg_net_queue *queue, const struct xg_net_packet *packet, uint16_t number,
                     struct netif_tx_request *request)
{
    struct cursor cursor = start_of(packet);

    request->gref = queue->heads_ref;
    request->offset = (uint16_t)(number * XG_NET_HEAD_BYTES);
    copy_head(&cursor, queue->heads + request->offset);
}

/* The first request says how long the whole packet is. */
static void put(struct xg_net_queue *queue, struct xg_net_packet *packet, uint32_t bytes, bool extra)
{
    struct cursor cursor = start_of(packet);
    uint16_t number = packet->first_slot, flags = first_flags(packet, extra);
    bool first = true;

    for (; number != XG_NET_NO_SLOT; number = queue->slots[number].next, first = false) {
        struct netif_tx_request *request = xg_ring_request(&queue->send_ring);
        struct piece piece = {.bytes = 0};

        if (packet->operation == XG_NET_SEND)
            next_piece(&cursor, &piece);
        request->gref = queue->slots[number].ref;
        request->offset = (uint16_t)((uintptr_t)piece.data & (XG_PAGE_SIZE - 1));
        if (packet->operation == XG_NET_SEND && !piece.data)
            put_head(queue, packet, number, request);
        request->flags = first ? flags : 0;
        if (queue->slots[number].next != XG_NET_NO_SLOT)
            request->flags |= NETTXF_more_data;
        request->id = number;
        request->size = (uint16_t)(first ? bytes : piece.bytes);
        xg_ring_request_done(&queue->send_ring);
        if (first && extra)
            put_extra(queue, packet);
    }
}

static void push(struct xg_net_queue *queue)
{
    if (queue->send_ring.produced == queue->send_ring.published || !xg_ring_push(&queue->send_ring))
        return;
    queue->nr_notifications++;
    (void)!xg_event_send(queue->send_port);
}

/* The next answer makes an event: nothing of what is out was waited for until now. */
static void sleep_lightly(struct xg_net_queue *queue, struct xg_net_packet **finished)
{
    do {
        xg_net_take_sent(queue, finished);
    } while (queue->sending && xg_ring_front_sleep(&queue->send_ring));
}

static int submit_locked(struct xg_net_queue *queue, struct xg_net_packet *packet, bool more,
                         struct xg_net_packet **finished)
{
    bool extra = packet->operation != XG_NET_SEND || packet->segmentation != XG_NET_WHOLE;
    unsigned int nr_pieces;
    uint32_t bytes;
    int rc;

    if (!queue->sending)
        return -XG_EAGAIN;
    rc = check(queue->net, packet, &bytes, &nr_pieces);
    if (rc)
        return rc;
    if (!packet->late && !queue->nr_awaited)
        sleep_lightly(queue, finished);
    if (xg_ring_free(&queue->send_ring) < nr_pieces + extra)
        xg_net_take_sent(queue, finished);
    if (!queue->sending)
        return -XG_EAGAIN;
    rc = xg_ring_free(&queue->send_ring) < nr_pieces + extra ? -XG_EBUSY : share(queue, packet, nr_pieces);
    if (rc) {
        push(queue);
        return rc;
    }
    packet->finished = false;
    packet->status = 0;
    packet->nr_slots = (uint16_t)nr_pieces;
    queue->nr_awaited += !packet->late;
    put(queue, packet, bytes, extra);
    queue->nr_sent += packet->operation == XG_NET_SEND;
    if (!more)
        push(queue);
    return 0;
}

int xg_net_submit(struct xg_net *net, struct xg_net_packet *packet, bool more)
{
    unsigned int nr_queues = net->nr_queues;
    struct xg_net_queue *queue = &net->queues[nr_queues ? packet->queue % nr_queues : 0];
    struct xg_net_packet *finished = NULL;
    unsigned long saved = xg_lock_get(&queue->send_lock);
    int rc = submit_locked(queue, packet, more, &finished);

    xg_lock_put(&queue->send_lock, saved);
    if (finished)
        xg_net_tell_sent(net, finished);
    return rc;
}

void xg_net_kick(struct xg_net *net)
{
    unsigned int i;

    for (i = 0; i < net->nr_queues; i++) {
        unsigned long saved = xg_lock_get(&net->queues[i].send_lock);

        if (net->queues[i].sending)
            push(&net->queues[i]);
        xg_lock_put(&net->queues[i].send_lock, saved);
    }
}

/* ---- From the ring ---- */

/* One page of a packet less is with the backend. */
static void slot_ended(struct xg_net_queue *queue, uint16_t number, int status,
                       struct xg_net_packet **finished)
{
    struct xg_net_packet *packet = queue->slots[number].packet;

    slot_put(queue, number);
    if (status)
        packet->status = status;
    if (--packet->nr_slots)
        return;
    queue->nr_awaited -= !packet->late;
    packet->next = *finished;
    *finished = packet;
}

static void take_answer(struct xg_net_queue *queue, struct xg_net_packet **finished)
{
    struct netif_tx_response response;
    struct xg_net_slot *slot;

    xg_ring_response_take(&queue->send_ring, &response, sizeof(response));
    if (response.status == NETIF_RSP_NULL && queue->nr_extras) {
        queue->nr_extras--;
        return;
    }
    slot = &queue->slots[response.id % XG_NET_RING];
    if (response.status == NETIF_RSP_NULL || response.id >= queue->send_ring.nr || !slot->packet ||
        slot->answered) {
        queue->sending = false;
        xg_net_lied(queue->net);
    } else if (xg_net_end_grant(queue->net, &slot->ref)) {
        /* Sent, it says, and holds the page: it is not the caller's until it lets go. */
        slot->answered = true;
        queue->sending = false;
        xg_net_lied(queue->net);
    } else {
        slot_ended(queue, response.id, response.status == NETIF_RSP_OKAY ? 0 : -XG_EIO, finished);
    }
}

void xg_net_take_sent(struct xg_net_queue *queue, struct xg_net_packet **finished)
{
    uint32_t nr = queue->sending ? xg_ring_responses(&queue->send_ring) : 0;

    while (nr-- && queue->sending)
        take_answer(queue, finished);
    if (queue->sending && queue->send_ring.broken) {
        queue->sending = false;
        xg_net_lied(queue->net);
    }
}

/*
 * Nobody is in a hurry to have a packet back that was sent: one notification for half of those that are out.
 * The last one, alone, brings its own. Where none is waited for, the ring is not to run full, and that is
 * all.
 */
static uint32_t answers_to_sleep_for(const struct xg_net_queue *queue)
{
    uint32_t out = queue->send_ring.published - queue->send_ring.consumed;

    return queue->nr_awaited ? out / 2 + 1 : queue->send_ring.nr / 2;
}

struct xg_net_packet *xg_net_poll_sent(struct xg_net_queue *queue)
{
    struct xg_net_packet *finished = NULL;
    unsigned long saved = xg_lock_get(&queue->send_lock);
    bool more;

    do {
        xg_net_take_sent(queue, &finished);
        more = queue->sending && xg_ring_front_sleep_until(&queue->send_ring, answers_to_sleep_for(queue));
    } while (more);
    xg_lock_put(&queue->send_lock, saved);
    return finished;
}

unsigned int xg_net_tell_sent(struct xg_net *net, struct xg_net_packet *finished)
{
    unsigned int nr = 0;
    bool awaited = false;

    while (finished) {
        struct xg_net_packet *packet = finished;
        void (*done)(struct xg_net_packet *, void *) = packet->done;
        void *arg = packet->arg;

        finished = packet->next;
        nr++;
        awaited |= !packet->late;
        /* With this it is the caller's again, who may be gone at once. */
        __atomic_store_n(&packet->finished, true, __ATOMIC_RELEASE);
        if (done)
            done(packet, arg);
    }
    if (awaited)
        xg_net_signal(net);
    return nr;
}

bool xg_net_end_sending(struct xg_net_queue *queue, int status)
{
    struct xg_net_packet *finished = NULL;
    unsigned long saved = xg_lock_get(&queue->send_lock);
    bool none = true;
    uint32_t i;

    for (i = 0; queue->slots && i < queue->send_ring.nr; i++) {
        if (!queue->slots[i].packet)
            continue;
        if (xg_net_end_grant(queue->net, &queue->slots[i].ref))
            none = false;
        else
            slot_ended(queue, (uint16_t)i, status, &finished);
    }
    xg_lock_put(&queue->send_lock, saved);
    xg_net_tell_sent(queue->net, finished);
    return none;
}
