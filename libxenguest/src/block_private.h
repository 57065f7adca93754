/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between block.c (requests and answers), block_check.c, block_segment.c (what the backend may reach),
 * block_again.c (what the next backend is asked once more), block_wait.c and block_connect.c (negotiation).
 */
#ifndef XENGUEST_BLOCK_PRIVATE_H
#define XENGUEST_BLOCK_PRIVATE_H

#include <xenguest/block.h>
#include "private.h"

XG_BEGIN_DECLS

#define XG_BLOCK_SECTOR  512u
#define XG_BLOCK_NO_SLOT 0xffff

/* A request that the backend has: its number on the ring is the number of the slot. */
struct xg_block_slot {
    struct xg_block_request *request; /* NULL: free */
    uint16_t next_free;
    uint8_t operation; /* on the ring */
    bool answered;     /* and the backend holds its pages nevertheless */
};

struct xg_block_pool_page {
    void *page;
    xg_grant_ref_t ref;
};

#define XG_BLOCK_POOL_PAGES (XG_PAGE_SIZE / sizeof(struct xg_block_pool_page))

/* Under the queue's lock, all of them. */

/* Lets the backend into all segments (and the indirect page), or into none: -XG_EBUSY, -XG_ENOMEM,
 * -XG_ERANGE. */
int xg_block_share(struct xg_block_queue *queue, struct xg_block_request *request);
/* Ends that. -XG_EBUSY: the backend has some mapped; call again. `copy`: a read succeeded. */
int xg_block_unshare(struct xg_block_queue *queue, struct xg_block_request *request, bool copy);
/* A segment as it goes to the ring or to the page of descriptors. */
struct blkif_request_segment;
void xg_block_describe(const struct xg_block_segment *segment, struct blkif_request_segment *descriptor);
/* After all requests: takes the pool's pages back. -XG_EBUSY: not all yet. */
int xg_block_pool_release(struct xg_block_queue *queue);

/* Whether it can be done: 0, -XG_EINVAL, -XG_EROFS, -XG_EOPNOTSUPP. */
int xg_block_check(const struct xg_block *block, const struct xg_block_request *request);
/* As xg_block_submit. */
int xg_block_submit_locked(struct xg_block_queue *queue, struct xg_block_request *request, bool more);

/* Frees the slot and puts the request on the list of the finished. */
void xg_block_finish(struct xg_block_queue *queue, uint16_t slot, int status,
                     struct xg_block_request **finished);
/* Without the lock: tells the owners. */
unsigned int xg_block_tell(struct xg_block *block, struct xg_block_request *finished);

/* The requests that a backend has not answered: kept in their order, made again to the next, or ended. */
void xg_block_keep(struct xg_block *block, struct xg_block_request *stopped);
void xg_block_again(struct xg_block *block);
void xg_block_end_again(struct xg_block *block, int status);

/* Finishes, with `status`, what the backend cannot reach any more. False: it still holds something. */
bool xg_block_end_in_flight(struct xg_block *block, int status);

void xg_block_on_event(xg_evtchn_t port, struct xg_frame *frame, void *queue);

XG_END_DECLS

#endif
