/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that a backend went away without answering, once more: kept when they are stopped, made again when
 * another one is connected. They keep the place in the order that they had when they were submitted, through
 * any number of backends.
 */
#include "block_private.h"

void xg_block_keep(struct xg_block *block, struct xg_block_request *stopped)
{
    unsigned long saved = xg_lock_get(&block->queues[0].lock);

    while (stopped) {
        struct xg_block_request *request = stopped, **place = &block->again;

        stopped = request->next;
        while (*place && (int32_t)((*place)->order - request->order) < 0)
            place = &(*place)->next;
        request->next = *place;
        *place = request;
    }
    xg_lock_put(&block->queues[0].lock, saved);
}

/* As far as the ring reaches. What is refused now, by a disk that has changed meanwhile, ends with that. */
static struct xg_block_request *make_again(struct xg_block_queue *queue)
{
    struct xg_block *block = queue->block;
    struct xg_block_request *refused = NULL, *request;
    unsigned long saved = xg_lock_get(&queue->lock);

    while ((request = block->again) != NULL) {
        struct xg_block_request *next = request->next;
        int rc = xg_block_submit_locked(queue, request, next != NULL);

        if (rc == -XG_EBUSY || rc == -XG_EAGAIN)
            break;
        block->again = next;
        if (rc) {
            request->status = rc;
            request->next = refused;
            refused = request;
        }
    }
    xg_lock_put(&queue->lock, saved);
    return refused;
}

/* The first queue has them all, and its lock guards the list: it is empty but in the moments after a
 * restart. */
void xg_block_again(struct xg_block *block)
{
    if (__atomic_load_n(&block->again, __ATOMIC_RELAXED))
        xg_block_tell(block, make_again(&block->queues[0]));
}

void xg_block_end_again(struct xg_block *block, int status)
{
    unsigned long saved = xg_lock_get(&block->queues[0].lock);
    struct xg_block_request *request, *all = block->again;

    block->again = NULL;
    xg_lock_put(&block->queues[0].lock, saved);
    for (request = all; request; request = request->next)
        request->status = status;
    xg_block_tell(block, all);
}
