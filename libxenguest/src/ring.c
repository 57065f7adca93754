/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring arithmetic. Indices run freely and wrap at 2^32; only their differences mean anything. The event index
 * of a direction says: notify me when you publish the entry with this number.
 */
#include <xen/io/ring.h>
#include <xenguest/ring.h>
#include "private.h"

/* The head of every ring, and where its slots begin, whatever they hold. */
DEFINE_RING_TYPES(xg_any, uint64_t, uint64_t);

#define HEAD_BYTES offsetof(struct xg_any_sring, ring)

static struct xg_any_sring *head(void *shared)
{
    return shared;
}

static void *slot(void *shared, uint32_t index, uint32_t nr, uint32_t slot_bytes)
{
    return (char *)shared + HEAD_BYTES + (size_t)(index & (nr - 1)) * slot_bytes;
}

/* The other end may still write: each byte is read exactly once. */
static void copy_once(void *to, const volatile void *from, size_t bytes)
{
    const volatile uint64_t *word = from;
    const volatile unsigned char *byte;
    uint64_t *out = to;
    unsigned char *rest;

    for (; bytes >= sizeof(*out); bytes -= sizeof(*out))
        *out++ = *word++;
    rest = (unsigned char *)out;
    for (byte = (const volatile unsigned char *)word; bytes; bytes--)
        *rest++ = *byte++;
}

uint32_t xg_ring_slots(size_t bytes, size_t slot_bytes)
{
    size_t nr;

    if (!slot_bytes || bytes < HEAD_BYTES + slot_bytes)
        return 0;
    nr = (bytes - HEAD_BYTES) / slot_bytes;
    if (nr > 1u << 31)
        nr = 1u << 31;
    return 1u << (31 - __builtin_clz((unsigned int)nr));
}

/* Publishes `produced`. True: the other end asked to be notified of one of the entries since `published`. */
static bool publish(uint32_t *index, const uint32_t *event, uint32_t produced, uint32_t published)
{
    /* Entries before the index: pairs with the other end's acquire. */
    __atomic_store_n(index, produced, __ATOMIC_RELEASE);
    /* The index before the look at the event: pairs with the other end's order when it goes to sleep. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return produced - __atomic_load_n(event, __ATOMIC_RELAXED) < produced - published;
}

/* ---- The front end ---- */

void xg_ring_front_init(struct xg_ring_front *ring, void *shared, size_t bytes, size_t slot_bytes)
{
    xg_bytes_zero(ring, sizeof(*ring));
    ring->shared = shared;
    ring->slot_bytes = (uint32_t)slot_bytes;
    ring->nr = xg_ring_slots(bytes, slot_bytes);
    xg_bytes_zero(shared, bytes);
    head(shared)->req_event = 1;
    head(shared)->rsp_event = 1;
}

uint32_t xg_ring_free(const struct xg_ring_front *ring)
{
    return ring->nr - (ring->produced - ring->consumed);
}

void *xg_ring_request(const struct xg_ring_front *ring)
{
    return xg_ring_free(ring) ? slot(ring->shared, ring->produced, ring->nr, ring->slot_bytes) : NULL;
}

void xg_ring_request_done(struct xg_ring_front *ring)
{
    ring->produced++;
}

bool xg_ring_push(struct xg_ring_front *ring)
{
    uint32_t before = ring->published;

    ring->published = ring->produced;
    return publish(&head(ring->shared)->req_prod, &head(ring->shared)->req_event, ring->produced, before);
}

uint32_t xg_ring_responses(struct xg_ring_front *ring)
{
    uint32_t produced = __atomic_load_n(&head(ring->shared)->rsp_prod, __ATOMIC_ACQUIRE);

    /* No more responses than requests that it could see. */
    if (produced - ring->consumed > ring->published - ring->consumed)
        ring->broken = true;
    return ring->broken ? 0 : produced - ring->consumed;
}

void xg_ring_response_take(struct xg_ring_front *ring, void *response, size_t bytes)
{
    copy_once(response, slot(ring->shared, ring->consumed, ring->nr, ring->slot_bytes), bytes);
    ring->consumed++;
}

bool xg_ring_front_sleep_until(struct xg_ring_front *ring, uint32_t nr)
{
    if (xg_ring_responses(ring) >= nr)
        return true;
    __atomic_store_n(&head(ring->shared)->rsp_event, ring->consumed + nr, __ATOMIC_RELAXED);
    /* The event before the second look: pairs with publish() of the other end. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return xg_ring_responses(ring) >= nr;
}

bool xg_ring_front_sleep(struct xg_ring_front *ring)
{
    return xg_ring_front_sleep_until(ring, 1);
}

/* ---- The back end ---- */

void xg_ring_back_init(struct xg_ring_back *ring, void *shared, size_t bytes, size_t slot_bytes)
{
    xg_bytes_zero(ring, sizeof(*ring));
    ring->shared = shared;
    ring->slot_bytes = (uint32_t)slot_bytes;
    ring->nr = xg_ring_slots(bytes, slot_bytes);
}

uint32_t xg_ring_requests(struct xg_ring_back *ring)
{
    uint32_t waiting = __atomic_load_n(&head(ring->shared)->req_prod, __ATOMIC_ACQUIRE) - ring->consumed;
    uint32_t room = ring->nr - (ring->consumed - ring->published);

    if (waiting > room)
        ring->broken = true;
    return ring->broken ? 0 : waiting;
}

void xg_ring_request_take(struct xg_ring_back *ring, void *request, size_t bytes)
{
    copy_once(request, slot(ring->shared, ring->consumed, ring->nr, ring->slot_bytes), bytes);
    ring->consumed++;
}

void *xg_ring_response(const struct xg_ring_back *ring)
{
    if (ring->produced == ring->consumed)
        return NULL;
    return slot(ring->shared, ring->produced, ring->nr, ring->slot_bytes);
}

void xg_ring_response_done(struct xg_ring_back *ring)
{
    ring->produced++;
}

bool xg_ring_back_push(struct xg_ring_back *ring)
{
    uint32_t before = ring->published;

    ring->published = ring->produced;
    return publish(&head(ring->shared)->rsp_prod, &head(ring->shared)->rsp_event, ring->produced, before);
}

bool xg_ring_back_sleep(struct xg_ring_back *ring)
{
    if (xg_ring_requests(ring))
        return true;
    __atomic_store_n(&head(ring->shared)->req_event, ring->consumed + 1, __ATOMIC_RELAXED);
    /* The event before the second look: pairs with publish() of the other end. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return xg_ring_requests(ring);
}
