/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block frontend: disks and CDs of another domain. Tier 3. Source: <xen/io/blkif.h>; how it is negotiated
 * stands in docs/block-frontend.md.
 *
 * Objects and data are the caller's: the pages of a request are granted for its time, nothing is copied
 * (unless persistent grants are asked for). A request belongs to the library from a submit that returned 0
 * until its `finished` is true, which it becomes exactly once, and never as long as the backend can still
 * reach its pages. All positions are in units of 512 bytes, as on the ring, multiples of the device's own
 * sectors.
 *
 * When the backend restarts, or the domain is saved and restored (suspend.h), requests in flight are made
 * again to the new backend, in their order; they end as if nothing had been. They end with -XG_EAGAIN only
 * where no backend is expected any more: the device is unplugged, or detached.
 *
 * submit and poll may be called on any vCPU, in threads and handlers; the rest by the owner of the bus.
 */
#ifndef XENGUEST_BLOCK_H
#define XENGUEST_BLOCK_H

#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/ring.h>
#include <xenguest/xenbus.h>

XG_BEGIN_DECLS

#define XG_BLOCK_QUEUES         4
#define XG_BLOCK_RING_ORDER     3   /* at most 8 pages a ring, 256 requests */
#define XG_BLOCK_SEGMENTS       11  /* of a request without indirect descriptors */
#define XG_BLOCK_SEGMENTS_LARGE 256 /* with them, should the backend allow as many */

enum xg_block_operation {
    XG_BLOCK_READ,
    XG_BLOCK_WRITE,
    XG_BLOCK_FLUSH,   /* what was written is safe; no data */
    XG_BLOCK_BARRIER, /* a write that is done after all before and before all after it */
    XG_BLOCK_DISCARD, /* `nr_sectors` are not needed any more; no data */
};

/* A part of one page: `offset` and `bytes` are multiples of the device's sectors. */
struct xg_block_segment {
    void *page; /* page-aligned, of the kernel's own memory */
    uint16_t offset;
    uint16_t bytes;
    uint32_t ref; /* the library's */
};

struct xg_block_request {
    enum xg_block_operation operation;
    uint64_t sector;
    uint64_t nr_sectors; /* of a discard */
    bool secure;         /* of a discard: beyond recovery */
    struct xg_block_segment *segments;
    unsigned int nr_segments;
    /* Called once it is finished, perhaps in a handler; NULL: look at `finished`. */
    void (*done)(struct xg_block_request *request, void *arg);
    void *arg;
    /*
     * 0; -XG_EIO: the device failed; -XG_EOPNOTSUPP; -XG_EAGAIN: the backend went away for good before it
     * answered, the request may or may not have been done; -XG_EBADMSG: the backend lies, the device is
     * broken.
     */
    int status;
    bool finished;
    /* The library's. */
    uint32_t order; /* of submission */
    uint16_t slot;
    void *indirect;
    uint32_t indirect_ref;
    struct xg_block_request *next;
};

struct xg_block_slot;
struct xg_block_pool_page;

struct xg_block_queue {
    uint32_t lock;
    struct xg_block *block;
    bool running;
    xg_evtchn_t port;
    struct xg_ring_front ring;
    void *ring_memory;
    xg_grant_ref_t refs[1 << XG_BLOCK_RING_ORDER];
    struct xg_block_slot *slots; /* a page of them */
    uint16_t first_free;
    struct xg_block_pool_page *pool; /* a page of them: persistently granted pages, the free ones first */
    unsigned int nr_pool;
    unsigned int nr_pool_free;
    uint64_t nr_requests;
    uint64_t nr_notifications;
};

/* What is wanted; the backend may allow less. */
struct xg_block_config {
    struct xg_grants *grants;
    struct xg_events *events;
    unsigned int nr_queues; /* 0: one */
    bool polled;            /* the event ports stay masked: xg_block_poll is called */
    bool persistent;        /* copies through pages that stay granted: for backends that map slowly */
    /*
     * Pages for rings larger than one page, consecutive, zero or nr_queues times a power of two of them; the
     * caller's again after xg_bus_detach has returned 0. NULL: one page a ring, allocated.
     */
    void *ring_memory;
    unsigned int ring_pages;
};

struct xg_block {
    struct xg_bus_device device; /* first */
    struct xg_bus_frontend frontend;
    struct xg_block_config config;
    struct xg_block_queue queues[XG_BLOCK_QUEUES];
    unsigned int nr_queues;
    unsigned int ring_order;
    uint32_t activity; /* changes whenever a request finishes or the state changes */
    uint32_t nr_ordered;
    struct xg_block_request
        *again; /* stopped, for the next backend, in their order; under the first queue's lock */

    /* Valid while connected. */
    bool connected;
    uint64_t nr_sectors; /* of 512 bytes; 0: no medium */
    uint32_t sector_bytes;
    uint32_t physical_sector_bytes;
    bool readonly;
    bool removable;
    bool cdrom;
    bool flush;
    bool barrier;
    bool discard;
    bool discard_secure;
    uint32_t discard_granularity; /* bytes */
    uint32_t discard_alignment;   /* bytes */
    bool persistent;
    unsigned int max_segments; /* of a request */
};

/* Takes up device vbd/`id` and begins to connect. Errors: xg_bus_attach. */
int __must_check xg_block_attach(struct xg_bus *bus, struct xg_block *block, uint32_t id,
                                 const struct xg_block_config *config);
/* Runs the bus until the device is connected. -XG_ETIME; or why it is broken. */
int __must_check xg_block_wait_connected(struct xg_block *block, uint64_t deadline_ns);
/* Ends it in order; errors: xg_bus_detach. Requests in flight finish before, with -XG_EAGAIN if need be. */
int __must_check xg_block_detach(struct xg_block *block, uint64_t deadline_ns);

/*
 * Hands a request to the backend. `more`: others follow at once, it need not be told yet (xg_block_kick).
 * -XG_EBUSY: the ring is full, there is no grant reference or pool page, or requests of before a restart go
 * first: try when something has finished.
 * -XG_EAGAIN: not connected now. -XG_EROFS; -XG_EOPNOTSUPP; -XG_EINVAL: segments or position are not aligned,
 * beyond the end, or too many. -XG_ENOMEM: no page for indirect descriptors. Nothing has changed then.
 */
int __must_check xg_block_submit(struct xg_block *block, struct xg_block_request *request, bool more);
void xg_block_kick(struct xg_block *block);
/* Takes the backend's answers. Returns how many requests finished. */
unsigned int xg_block_poll(struct xg_block *block);
/* submit, waiting for room and for the end. Returns its status. For threads. */
int __must_check xg_block_do(struct xg_block *block, struct xg_block_request *request);

XG_END_DECLS

#endif
