/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arithmetic of the request/response rings that block, network and most other devices share. Tier 0,
 * pure: it touches the ring's memory and nothing else. Source: <xen/io/ring.h>.
 *
 * A ring has `nr` slots, a power of two, each for a request and later for a response. The other end can write
 * to all of it at any time: our own indices are kept here, theirs are read once and believed only within
 * bounds; what is impossible marks the ring broken, and nothing more is taken from it. Slots are copied,
 * once. One caller at a time for each ring.
 */
#ifndef XENGUEST_RING_H
#define XENGUEST_RING_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

/* How many slots of `slot_bytes` fit a ring of `bytes`: a power of two, or 0. */
uint32_t xg_ring_slots(size_t bytes, size_t slot_bytes);

/* The end that asks. */
struct xg_ring_front {
    void *shared;
    uint32_t slot_bytes;
    uint32_t nr;
    uint32_t produced; /* requests written, of which the other end knows those below `published` */
    uint32_t published;
    uint32_t consumed; /* responses taken */
    bool broken;
};

/* Empties the ring and its memory's indices. `shared` is aligned to 8; `slot_bytes` is the larger of the two.
 */
void xg_ring_front_init(struct xg_ring_front *ring, void *shared, size_t bytes, size_t slot_bytes);
/* Requests that may still be written: those without a response hold a slot. */
uint32_t xg_ring_free(const struct xg_ring_front *ring);
/* The slot of the next request, or NULL: none is free. It is sent by xg_ring_request_done and a push. */
void *xg_ring_request(const struct xg_ring_front *ring);
void xg_ring_request_done(struct xg_ring_front *ring);
/* Lets the other end see what is written. True: it must be notified. */
bool xg_ring_push(struct xg_ring_front *ring);
/* Responses that wait. 0 also when the ring is broken. */
uint32_t xg_ring_responses(struct xg_ring_front *ring);
/* Copies the oldest response, `bytes` of it, and frees its slot. Only when xg_ring_responses is not 0. */
void xg_ring_response_take(struct xg_ring_front *ring, void *response, size_t bytes);
/* Asks to be notified of the next response. True: there is one already, look again. */
bool xg_ring_front_sleep(struct xg_ring_front *ring);
/* The same, of the response that comes after `nr` - 1 others. */
bool xg_ring_front_sleep_until(struct xg_ring_front *ring, uint32_t nr);

/* The end that answers. */
struct xg_ring_back {
    void *shared;
    uint32_t slot_bytes;
    uint32_t nr;
    uint32_t consumed; /* requests taken */
    uint32_t produced; /* responses written, of which the other end knows those below `published` */
    uint32_t published;
    bool broken;
};

/* For a ring that the front end has emptied. */
void xg_ring_back_init(struct xg_ring_back *ring, void *shared, size_t bytes, size_t slot_bytes);
/* Requests that wait; never more than there are slots without an unanswered request. */
uint32_t xg_ring_requests(struct xg_ring_back *ring);
void xg_ring_request_take(struct xg_ring_back *ring, void *request, size_t bytes);
/* The slot of the next response, or NULL: no request is unanswered. */
void *xg_ring_response(const struct xg_ring_back *ring);
void xg_ring_response_done(struct xg_ring_back *ring);
bool xg_ring_back_push(struct xg_ring_back *ring);
bool xg_ring_back_sleep(struct xg_ring_back *ring);

XG_END_DECLS

#endif
