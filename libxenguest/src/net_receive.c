/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers onto the receive ring and frames from it. The backend fills the buffers in the order of the ring:
 * the place of an answer says which buffer it is about, and where it has a number that has to be the same. A
 * frame is put together answer by answer, so it does not matter how many of them are there at a time.
 */
#include "net_private.h"
#include <xen/io/netif.h>

/* Small frames may have a page for their headers alone. */
#define MOST_FRAGMENTS (XEN_NETIF_NR_SLOTS_MIN + 1)

#define KNOWN_FLAGS (NETRXF_data_validated | NETRXF_csum_blank | NETRXF_more_data | NETRXF_extra_info)

/* ---- The supply ---- */

static void supply_put(struct xg_net *net, struct xg_net_buffer *buffer)
{
    unsigned long saved = xg_lock_get(&net->supply_lock);

    buffer->next = net->supply;
    net->supply = buffer;
    net->nr_supply++;
    xg_lock_put(&net->supply_lock, saved);
}

static struct xg_net_buffer *supply_get(struct xg_net *net)
{
    unsigned long saved = xg_lock_get(&net->supply_lock);
    struct xg_net_buffer *buffer = net->supply;

    if (buffer) {
        net->supply = buffer->next;
        net->nr_supply--;
    }
    xg_lock_put(&net->supply_lock, saved);
    return buffer;
}

static void supply_put_frame(struct xg_net *net, struct xg_net_buffer *buffer)
{
    while (buffer) {
        struct xg_net_buffer *next = buffer->fragment;

        supply_put(net, buffer);
        buffer = next;
    }
}

/* ---- Posting ---- */

static int post(struct xg_net_queue *queue, struct xg_net_buffer *buffer)
{
    struct xg_net *net = queue->net;
    struct netif_rx_request *request = xg_ring_request(&queue->receive_ring);
    uint32_t place = queue->receive_ring.produced % queue->receive_ring.nr;
    int rc = xg_grant_access(net->config.grants, net->device.backend_domid,
                             xg_mfn_to_gfn(xg_os_address_to_mfn(buffer->page)), false, &buffer->ref);

    if (rc)
        return rc;
    request->id = (uint16_t)place;
    request->pad = 0;
    request->gref = buffer->ref;
    queue->posted[place] = buffer;
    xg_ring_request_done(&queue->receive_ring);
    return 0;
}

static uint32_t nr_posted(const struct xg_net_queue *queue)
{
    return queue->receive_ring.produced - queue->receive_ring.consumed;
}

static void refill_locked(struct xg_net_queue *queue)
{
    struct xg_net *net = queue->net;
    struct xg_net_buffer *buffer;

    while (nr_posted(queue) < net->config.nr_posted && (buffer = supply_get(net))) {
        /* No grant reference: when the next frame has arrived there is one. */
        if (post(queue, buffer)) {
            supply_put(net, buffer);
            break;
        }
    }
    if (queue->receive_ring.produced == queue->receive_ring.published || !xg_ring_push(&queue->receive_ring))
        return;
    queue->nr_notifications++;
    (void)!xg_event_send(queue->receive_port);
}

void xg_net_refill(struct xg_net_queue *queue)
{
    unsigned long saved = xg_lock_get(&queue->receive_lock);

    if (queue->receiving)
        refill_locked(queue);
    xg_lock_put(&queue->receive_lock, saved);
}

/* Posting waits for the next poll, unless the backend is about to run out of buffers. */
void xg_net_give(struct xg_net *net, struct xg_net_buffer *buffer)
{
    struct xg_net_queue *queue = &net->queues[buffer->queue < net->nr_queues ? buffer->queue : 0];

    supply_put(net, buffer);
    if (net->connected && nr_posted(queue) < net->config.nr_posted / 2)
        xg_net_refill(queue);
}

/* ---- A frame, answer by answer ---- */

static void lied(struct xg_net_queue *queue)
{
    queue->receiving = false;
    xg_net_lied(queue->net);
}

/* Frames that are complete, in their order. */
struct frames {
    struct xg_net_buffer *first;
    struct xg_net_buffer **last;
};

static void frame_complete(struct xg_net_queue *queue, struct frames *frames)
{
    struct xg_net_buffer *frame = queue->first;

    queue->first = NULL;
    if (queue->unusable || !frame->frame_bytes) {
        queue->nr_dropped++;
        supply_put_frame(queue->net, frame);
        return;
    }
    queue->nr_received++;
    frame->queue = (unsigned int)(queue - queue->net->queues);
    frame->next = NULL;
    *frames->last = frame;
    frames->last = &frame->next;
}

static void frame_begin(struct xg_net_queue *queue, struct xg_net_buffer *buffer, uint16_t flags)
{
    queue->first = buffer;
    queue->nr_fragments = 0;
    queue->unusable = false;
    queue->more_extras = flags & NETRXF_extra_info;
    buffer->frame_bytes = 0;
    buffer->segmentation = XG_NET_WHOLE;
    buffer->segment_bytes = 0;
    buffer->hash_type = 0;
    buffer->hash = 0;
    buffer->checksum = flags & NETRXF_csum_blank       ? XG_NET_CHECKSUM_BLANK
                       : flags & NETRXF_data_validated ? XG_NET_CHECKSUM_GOOD
                                                       : XG_NET_CHECKSUM_THERE;
}

static void frame_add(struct xg_net_queue *queue, struct xg_net_buffer *buffer,
                      const struct netif_rx_response *response)
{
    if (!queue->first)
        frame_begin(queue, buffer, response->flags);
    else
        queue->last->fragment = buffer;
    queue->last = buffer;
    buffer->fragment = NULL;
    buffer->offset = response->offset;
    buffer->bytes = 0;
    if (response->status < 0)
        queue->unusable = true;
    else
        buffer->bytes = (uint16_t)response->status;
    queue->first->frame_bytes += buffer->bytes;
    queue->nr_fragments++;
    queue->more_data = response->flags & NETRXF_more_data;
}

static bool response_valid(const struct xg_net_queue *queue, const struct netif_rx_response *response,
                           uint32_t place)
{
    if (response->id != place || response->flags & ~KNOWN_FLAGS)
        return false;
    if (response->status >= 0 &&
        (response->offset > XG_PAGE_SIZE || (uint32_t)response->status > XG_PAGE_SIZE - response->offset))
        return false;
    /* Only the first of a frame has extras; more than one page only if it was said that we take that. */
    if (queue->first && (response->flags & NETRXF_extra_info || queue->nr_fragments == MOST_FRAGMENTS))
        return false;
    return !(response->flags & NETRXF_more_data) || queue->net->config.features & XG_NET_SCATTER;
}

static bool take_gso(const struct xg_net_queue *queue, const struct netif_extra_info *extra)
{
    uint32_t features = queue->net->config.features;

    if (!extra->u.gso.size || queue->first->segmentation != XG_NET_WHOLE)
        return false;
    if (extra->u.gso.type == XEN_NETIF_GSO_TYPE_TCPV4 && features & XG_NET_TSO4)
        queue->first->segmentation = XG_NET_TCP4;
    else if (extra->u.gso.type == XEN_NETIF_GSO_TYPE_TCPV6 && features & XG_NET_TSO6)
        queue->first->segmentation = XG_NET_TCP6;
    else
        return false;
    queue->first->segment_bytes = extra->u.gso.size;
    return true;
}

static bool take_hash(const struct xg_net_queue *queue, const struct netif_extra_info *extra)
{
    const uint8_t *value = extra->u.hash.value;

    if (!queue->net->hashing || extra->u.hash.type > _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)
        return false;
    queue->first->hash_type = (uint8_t)(1u << extra->u.hash.type);
    queue->first->hash =
        value[0] | (uint32_t)value[1] << 8 | (uint32_t)value[2] << 16 | (uint32_t)value[3] << 24;
    return true;
}

/* What the frontend has not asked for must not come. */
static bool take_extra(struct xg_net_queue *queue, const struct netif_extra_info *extra)
{
    queue->more_extras = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE;
    switch (extra->type) {
    case XEN_NETIF_EXTRA_TYPE_GSO:
        return take_gso(queue, extra);
    case XEN_NETIF_EXTRA_TYPE_HASH:
        return take_hash(queue, extra);
    default:
        return false;
    }
}

static void take_response(struct xg_net_queue *queue, struct frames *frames)
{
    uint32_t place = queue->receive_ring.consumed % queue->receive_ring.nr;
    struct xg_net_buffer *buffer = queue->posted[place];
    union {
        struct netif_rx_response response;
        struct netif_extra_info extra;
    } u;

    xg_ring_response_take(&queue->receive_ring, &u, sizeof(u));
    if (xg_net_end_grant(queue->net, &buffer->ref)) {
        /* It may still write to the page: it stays posted until it lets go. */
        lied(queue);
        return;
    }
    queue->posted[place] = NULL;
    if (queue->first && queue->more_extras) {
        supply_put(queue->net, buffer);
        if (!take_extra(queue, &u.extra))
            lied(queue);
    } else if (response_valid(queue, &u.response, place)) {
        frame_add(queue, buffer, &u.response);
    } else {
        supply_put(queue->net, buffer);
        lied(queue);
    }
    if (queue->receiving && !queue->more_extras && !queue->more_data)
        frame_complete(queue, frames);
}

/* Ends by itself: there are no more answers than buffers, and none is posted meanwhile. */
static void take_received(struct xg_net_queue *queue, struct frames *frames)
{
    bool more = true;

    while (queue->receiving && more) {
        uint32_t nr = xg_ring_responses(&queue->receive_ring);

        while (nr-- && queue->receiving)
            take_response(queue, frames);
        more = queue->receiving && xg_ring_front_sleep(&queue->receive_ring);
        if (queue->receiving && queue->receive_ring.broken)
            lied(queue);
    }
}

unsigned int xg_net_poll_received(struct xg_net_queue *queue)
{
    struct xg_net *net = queue->net;
    struct frames frames = {.first = NULL, .last = &frames.first};
    struct xg_net_buffer *frame;
    unsigned long saved = xg_lock_get(&queue->receive_lock);
    unsigned int nr = 0;

    take_received(queue, &frames);
    if (queue->receiving)
        refill_locked(queue);
    xg_lock_put(&queue->receive_lock, saved);
    while ((frame = frames.first)) {
        frames.first = frame->next;
        net->config.receive(net, frame, net->config.arg);
        nr++;
    }
    if (nr)
        xg_net_signal(net);
    return nr;
}

bool xg_net_end_receiving(struct xg_net_queue *queue)
{
    unsigned long saved = xg_lock_get(&queue->receive_lock);
    bool none = true;
    uint32_t i;

    supply_put_frame(queue->net, queue->first);
    queue->first = NULL;
    for (i = 0; queue->posted && i < queue->receive_ring.nr; i++) {
        struct xg_net_buffer *buffer = queue->posted[i];

        if (!buffer)
            continue;
        if (xg_net_end_grant(queue->net, &buffer->ref)) {
            none = false;
        } else {
            queue->posted[i] = NULL;
            supply_put(queue->net, buffer);
        }
    }
    xg_lock_put(&queue->receive_lock, saved);
    return none;
}
