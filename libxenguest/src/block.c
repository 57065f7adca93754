/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests onto the ring and answers from it. The number of a request on the ring is that of a slot here: an
 * answer is believed only for a slot that waits for one, and only about the operation that was asked for.
 */
#include "block_private.h"
#include <xen/io/blkif.h>

/* ---- Onto the ring ---- */

static uint8_t ring_operation(const struct xg_block *block, const struct xg_block_request *request)
{
    switch (request->operation) {
    case XG_BLOCK_READ:
        return BLKIF_OP_READ;
    case XG_BLOCK_WRITE:
        return BLKIF_OP_WRITE;
    case XG_BLOCK_DISCARD:
        return BLKIF_OP_DISCARD;
    case XG_BLOCK_FLUSH:
        return block->flush ? BLKIF_OP_FLUSH_DISKCACHE : BLKIF_OP_WRITE_BARRIER;
    default:
        return BLKIF_OP_WRITE_BARRIER;
    }
}

static void put_data(struct blkif_request *out, const struct xg_block_request *request, uint8_t operation)
{
    unsigned int i;

    out->operation = operation;
    out->nr_segments = (uint8_t)request->nr_segments;
    out->handle = 0;
    out->id = request->slot;
    out->sector_number = request->nr_segments ? request->sector : 0;
    for (i = 0; i < request->nr_segments; i++)
        xg_block_describe(&request->segments[i], &out->seg[i]);
}

static void put_indirect(struct blkif_request_indirect *out, const struct xg_block_request *request,
                         uint8_t operation)
{
    out->operation = BLKIF_OP_INDIRECT;
    out->indirect_op = operation;
    out->nr_segments = (uint16_t)request->nr_segments;
    out->id = request->slot;
    out->sector_number = request->sector;
    out->handle = 0;
    out->indirect_grefs[0] = request->indirect_ref;
}

static void put_discard(struct blkif_request_discard *out, const struct xg_block_request *request)
{
    out->operation = BLKIF_OP_DISCARD;
    out->flag = request->secure ? BLKIF_DISCARD_SECURE : 0;
    out->handle = 0;
    out->id = request->slot;
    out->sector_number = request->sector;
    out->nr_sectors = request->nr_sectors;
}

static void put(struct xg_block_queue *queue, struct xg_block_request *request)
{
    uint8_t operation = ring_operation(queue->block, request);
    struct xg_block_slot *slot = &queue->slots[queue->first_free];
    void *out = xg_ring_request(&queue->ring);

    request->slot = queue->first_free;
    queue->first_free = slot->next_free;
    slot->request = request;
    slot->operation = operation;
    slot->answered = false;
    if (request->operation == XG_BLOCK_DISCARD)
        put_discard(out, request);
    else if (request->indirect)
        put_indirect(out, request, operation);
    else
        put_data(out, request, operation);
    xg_ring_request_done(&queue->ring);
    queue->nr_requests++;
}

static void push(struct xg_block_queue *queue)
{
    if (queue->ring.produced == queue->ring.published || !xg_ring_push(&queue->ring))
        return;
    queue->nr_notifications++;
    (void)!xg_event_send(queue->port);
}

int xg_block_submit_locked(struct xg_block_queue *queue, struct xg_block_request *request, bool more)
{
    int rc;

    if (!queue->running)
        return -XG_EAGAIN;
    rc = xg_block_check(queue->block, request);
    if (rc)
        return rc;
    if (!xg_ring_request(&queue->ring) || queue->first_free == XG_BLOCK_NO_SLOT) {
        push(queue);
        return -XG_EBUSY;
    }
    rc = xg_block_share(queue, request);
    if (rc)
        return rc;
    request->finished = false;
    put(queue, request);
    if (!more)
        push(queue);
    return 0;
}

/* Each vCPU has its queue, as far as they reach. */
static struct xg_block_queue *queue_here(struct xg_block *block)
{
    unsigned long saved = xg_os_events_save();
    unsigned int vcpu = xg_os_vcpu_id();

    xg_os_events_restore(saved);
    return &block->queues[block->nr_queues ? vcpu % block->nr_queues : 0];
}

int xg_block_submit(struct xg_block *block, struct xg_block_request *request, bool more)
{
    struct xg_block_queue *queue = queue_here(block);
    unsigned long saved = xg_lock_get(&queue->lock);
    int rc;

    request->order = __atomic_fetch_add(&block->nr_ordered, 1, __ATOMIC_RELAXED);
    if (queue->running && __atomic_load_n(&block->again, __ATOMIC_RELAXED))
        rc = -XG_EBUSY;
    else
        rc = xg_block_submit_locked(queue, request, more);
    xg_lock_put(&queue->lock, saved);
    return rc;
}

void xg_block_kick(struct xg_block *block)
{
    unsigned int i;

    for (i = 0; i < block->nr_queues; i++) {
        unsigned long saved = xg_lock_get(&block->queues[i].lock);

        if (block->queues[i].running)
            push(&block->queues[i]);
        xg_lock_put(&block->queues[i].lock, saved);
    }
}

/* ---- From the ring ---- */

void xg_block_finish(struct xg_block_queue *queue, uint16_t number, int status,
                     struct xg_block_request **finished)
{
    struct xg_block_slot *slot = &queue->slots[number];
    struct xg_block_request *request = slot->request;

    slot->request = NULL;
    slot->next_free = queue->first_free;
    queue->first_free = number;
    request->status = status;
    request->next = *finished;
    *finished = request;
}

unsigned int xg_block_tell(struct xg_block *block, struct xg_block_request *finished)
{
    unsigned int nr = 0;

    while (finished) {
        struct xg_block_request *request = finished;
        void (*done)(struct xg_block_request *, void *) = request->done;
        void *arg = request->arg;

        finished = request->next;
        nr++;
        /* With this it is the caller's again, who may be gone at once. */
        __atomic_store_n(&request->finished, true, __ATOMIC_RELEASE);
        if (done)
            done(request, arg);
    }
    if (nr) {
        __atomic_fetch_add(&block->activity, 1, __ATOMIC_SEQ_CST);
        xg_os_wake(&block->activity);
    }
    return nr;
}

/* No more requests, no more belief. What is in flight ends when the backend is closed. */
static void lied(struct xg_block_queue *queue)
{
    queue->running = false;
    xg_bus_fail(&queue->block->device, -XG_EBADMSG);
}

/* Some backends name the operation that was in the indirect request, others the indirect request. */
static bool operation_matches(const struct xg_block_slot *slot, uint8_t operation)
{
    return operation == slot->operation || (slot->request->indirect && operation == BLKIF_OP_INDIRECT);
}

static void unsupported(struct xg_block *block, uint8_t operation)
{
    if (operation == BLKIF_OP_FLUSH_DISKCACHE)
        block->flush = false;
    else if (operation == BLKIF_OP_WRITE_BARRIER)
        block->barrier = false;
    else if (operation == BLKIF_OP_DISCARD)
        block->discard = false;
}

static int errno_of(struct xg_block *block, const struct blkif_response *response)
{
    switch (response->status) {
    case BLKIF_RSP_OKAY:
        return 0;
    case BLKIF_RSP_EOPNOTSUPP:
        unsupported(block, response->operation);
        return -XG_EOPNOTSUPP;
    default:
        return -XG_EIO;
    }
}

static void take_response(struct xg_block_queue *queue, struct xg_block_request **finished)
{
    struct blkif_response response;
    struct xg_block_slot *slot;
    int status;

    xg_ring_response_take(&queue->ring, &response, sizeof(response));
    if (response.id >= queue->ring.nr || !queue->slots[response.id].request ||
        queue->slots[response.id].answered ||
        !operation_matches(&queue->slots[response.id], response.operation)) {
        lied(queue);
        return;
    }
    slot = &queue->slots[response.id];
    status = errno_of(queue->block, &response);
    if (xg_block_unshare(queue, slot->request, !status && slot->request->operation == XG_BLOCK_READ)) {
        /* Done, it says, and holds the pages: they are not the caller's until it lets go. */
        slot->answered = true;
        lied(queue);
        return;
    }
    xg_block_finish(queue, (uint16_t)response.id, status, finished);
}

/* Ends by itself: there are no more answers than requests, and none is added meanwhile. */
static struct xg_block_request *poll_queue(struct xg_block_queue *queue)
{
    struct xg_block_request *finished = NULL;
    unsigned long saved = xg_lock_get(&queue->lock);
    bool more = true;

    while (queue->running && more) {
        uint32_t nr = xg_ring_responses(&queue->ring);

        while (nr-- && queue->running)
            take_response(queue, &finished);
        more = queue->running && xg_ring_front_sleep(&queue->ring);
        if (queue->running && queue->ring.broken)
            lied(queue);
    }
    xg_lock_put(&queue->lock, saved);
    return finished;
}

unsigned int xg_block_poll(struct xg_block *block)
{
    unsigned int nr = 0, i;

    for (i = 0; i < block->nr_queues; i++)
        nr += xg_block_tell(block, poll_queue(&block->queues[i]));
    xg_block_again(block);
    return nr;
}

void xg_block_on_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    struct xg_block_queue *queue = arg;

    xg_block_tell(queue->block, poll_queue(queue));
    xg_block_again(queue->block);
}
