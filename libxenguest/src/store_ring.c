/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two byte streams of the store's page. Our own index of each is kept here and only written there; the
 * store's is read once and believed only within bounds.
 */
#include "store_private.h"

static uint32_t distance(struct xg_store *store, uint32_t produced, uint32_t consumed)
{
    if (produced - consumed <= XENSTORE_RING_SIZE)
        return produced - consumed;
    store->broken = true;
    return 0;
}

void xg_store_ring_attach(struct xg_store *store)
{
    struct xenstore_domain_interface *ring = store->ring;

    store->requests_produced = __atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE);
    /* What is there was said to somebody before us. */
    store->responses_consumed = __atomic_load_n(&ring->rsp_prod, __ATOMIC_ACQUIRE);
    __atomic_store_n(&ring->rsp_cons, store->responses_consumed, __ATOMIC_RELEASE);
    store->incoming_bytes = 0;
}

uint32_t xg_store_ring_room(struct xg_store *store)
{
    uint32_t consumed = __atomic_load_n(&store->ring->req_cons, __ATOMIC_ACQUIRE);
    uint32_t used = distance(store, store->requests_produced, consumed);

    return store->broken ? 0 : XENSTORE_RING_SIZE - used;
}

uint32_t xg_store_ring_waiting(struct xg_store *store)
{
    return distance(store, __atomic_load_n(&store->ring->rsp_prod, __ATOMIC_ACQUIRE),
                    store->responses_consumed);
}

void xg_store_ring_put(struct xg_store *store, const void *data, uint32_t nr)
{
    const char *bytes = data;
    uint32_t i;

    for (i = 0; i < nr; i++)
        store->ring->req[MASK_XENSTORE_IDX(store->requests_produced + i)] = bytes[i];
    store->requests_produced += nr;
    /* Bytes before the index: pairs with the store's reading of req_prod. */
    __atomic_store_n(&store->ring->req_prod, store->requests_produced, __ATOMIC_RELEASE);
}

bool xg_store_ring_take(struct xg_store *store, void *data, uint32_t nr)
{
    uint32_t before = store->responses_consumed, i;
    char *bytes = data;

    for (i = 0; i < nr; i++)
        bytes[i] = store->ring->rsp[MASK_XENSTORE_IDX(before + i)];
    store->responses_consumed = before + nr;
    /*
     * A full exchange, and only then the look: either the store sees the room when it looks whether the ring
     * is full, or we see that it was.
     */
    __atomic_exchange_n(&store->ring->rsp_cons, store->responses_consumed, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&store->ring->rsp_prod, __ATOMIC_SEQ_CST) - before == XENSTORE_RING_SIZE;
}
