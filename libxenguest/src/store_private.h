/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the XenStore client share: store_ring.c below, store.c above it, and the services on top.
 */
#ifndef XENGUEST_STORE_PRIVATE_H
#define XENGUEST_STORE_PRIVATE_H

#include <xenguest/xenstore.h>
#include "private.h"

XG_BEGIN_DECLS

#define XG_STORE_HEADER_BYTES ((uint32_t)sizeof(struct xsd_sockmsg))

/* One request, until it is answered or given up. */
struct xg_store_request {
    uint32_t id;
    uint32_t type;
    char *reply; /* gets what fits of the answer */
    size_t size;
    char *prefix; /* when set: gets the answer's first string, and `reply` what follows it */
    size_t prefix_size;
    size_t length; /* of the answer, without the prefix */
    int status;
    bool done;
    struct xg_store_request *next;
};

/* What a message is put together from. */
struct xg_store_piece {
    const void *data;
    size_t bytes;
};

/* The transport. Under `lock`; all mark the store broken when the other end's index is impossible. */
void xg_store_ring_attach(struct xg_store *store);
uint32_t xg_store_ring_room(struct xg_store *store);
uint32_t xg_store_ring_waiting(struct xg_store *store);
void xg_store_ring_put(struct xg_store *store, const void *data, uint32_t nr);
/* True: the store had filled the ring and must be told of the room. */
bool xg_store_ring_take(struct xg_store *store, void *data, uint32_t nr);

void xg_store_notify(struct xg_store *store);
/* Reads what has arrived and hands it out; ends the waits of those whom it concerns. Under `lock`. */
void xg_store_pump(struct xg_store *store);
uint64_t xg_store_deadline(const struct xg_store *store);

/*
 * Sends a request and waits for its answer. With the fields type, reply, size, prefix set by the caller;
 * returns request->status. The second one when the caller has the writer's lock.
 */
int xg_store_ask(struct xg_store *store, struct xg_store_request *request, xg_store_tx_t tx,
                 const struct xg_store_piece *pieces, unsigned int nr);
int xg_store_ask_as_writer(struct xg_store *store, struct xg_store_request *request, xg_store_tx_t tx,
                           const struct xg_store_piece *pieces, unsigned int nr);
/* The same for those that the store answers with OK. */
int xg_store_order(struct xg_store *store, uint32_t type, xg_store_tx_t tx,
                   const struct xg_store_piece *pieces, unsigned int nr);

/* An event has come: `path` and `token` are strings within the message. Under `lock`. */
void xg_store_watch_event(struct xg_store *store, const char *path, const char *token);
/* Makes every watch anew, as writer. */
int xg_store_watch_again(struct xg_store *store);

static inline struct xg_store_piece xg_store_string(const char *text)
{
    struct xg_store_piece piece = {.data = text, .bytes = xg_string_length(text) + 1};

    return piece;
}

XG_END_DECLS

#endif
