/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connecting a block device: what is negotiated, what is shared, and how all of it is taken back.
 */
#include <xenguest/format.h>
#include "block_private.h"
#include <xen/io/blkif.h>
#include <xen/io/protocols.h>

static struct xg_block *block_of(struct xg_bus_device *device)
{
    return (struct xg_block *)device;
}

/* ---- Before: rings ---- */

static unsigned int order_of(uint64_t nr)
{
    return nr ? 63 - (unsigned int)__builtin_clzll(nr) : 0;
}

static unsigned int smaller(uint64_t a, uint64_t b)
{
    return (unsigned int)(a < b ? a : b);
}

/* The two schemes for rings of several pages say the same in different units. */
static int read_ring_order(struct xg_block *block, unsigned int most)
{
    uint64_t order, pages;
    int rc = xg_bus_read_number(&block->device, "max-ring-page-order", UINT32_MAX, 0, &order);

    if (!rc)
        rc = xg_bus_read_number(&block->device, "max-ring-pages", UINT32_MAX, 1, &pages);
    if (!rc)
        block->ring_order = smaller(most, order > order_of(pages) ? order : order_of(pages));
    return rc;
}

static int read_offer(struct xg_block *block)
{
    const struct xg_block_config *config = &block->config;
    uint64_t queues;
    int rc = xg_bus_read_number(&block->device, "multi-queue-max-queues", UINT32_MAX, 1, &queues);

    if (rc)
        return rc;
    block->nr_queues = smaller(config->nr_queues ? config->nr_queues : 1, queues ? queues : 1);
    if (block->nr_queues > XG_BLOCK_QUEUES)
        block->nr_queues = XG_BLOCK_QUEUES;
    block->ring_order = 0;
    if (!config->ring_memory)
        return 0;
    return read_ring_order(block,
                           smaller(XG_BLOCK_RING_ORDER, order_of(config->ring_pages / block->nr_queues)));
}

static int share_ring(struct xg_block_queue *queue)
{
    struct xg_block *block = queue->block;
    unsigned int i;

    for (i = 0; i < 1u << block->ring_order; i++) {
        const char *page = (const char *)queue->ring_memory + i * XG_PAGE_SIZE;
        int rc = xg_grant_access(block->config.grants, block->device.backend_domid,
                                 xg_mfn_to_gfn(xg_os_address_to_mfn(page)), false, &queue->refs[i]);

        if (rc)
            return rc;
    }
    return 0;
}

static void free_all_slots(struct xg_block_queue *queue)
{
    uint32_t i = queue->ring.nr;

    queue->first_free = XG_BLOCK_NO_SLOT;
    while (i--) {
        queue->slots[i].request = NULL;
        queue->slots[i].next_free = queue->first_free;
        queue->first_free = (uint16_t)i;
    }
}

static int queue_memory(struct xg_block_queue *queue, unsigned int number)
{
    struct xg_block *block = queue->block;
    size_t bytes = XG_PAGE_SIZE << block->ring_order;

    queue->slots = xg_os_page_alloc();
    if (block->config.persistent)
        queue->pool = xg_os_page_alloc();
    queue->ring_memory =
        block->config.ring_memory ? (char *)block->config.ring_memory + number * bytes : xg_os_page_alloc();
    if (!queue->slots || !queue->ring_memory || (block->config.persistent && !queue->pool))
        return -XG_ENOMEM;
    xg_ring_front_init(&queue->ring, queue->ring_memory, bytes, sizeof(union blkif_sring_entry));
    free_all_slots(queue);
    return 0;
}

static int queue_prepare(struct xg_block_queue *queue, unsigned int number)
{
    struct xg_block *block = queue->block;
    int rc = queue_memory(queue, number);

    if (!rc)
        rc = share_ring(queue);
    if (!rc)
        rc = xg_event_alloc_unbound(block->config.events, block->device.backend_domid, xg_block_on_event,
                                    queue, &queue->port);
    if (!rc && block->config.polled)
        xg_event_mask(block->config.events, queue->port);
    return rc;
}

/* All but its lock: who submits on another vCPU holds it, to find that nothing is connected. */
static void queue_clear(struct xg_block_queue *queue, struct xg_block *block)
{
    unsigned long saved = xg_lock_get(&queue->lock);

    xg_bytes_zero(&queue->block, sizeof(*queue) - offsetof(struct xg_block_queue, block));
    queue->block = block;
    xg_lock_put(&queue->lock, saved);
}

static int prepare(struct xg_bus_device *device)
{
    struct xg_block *block = block_of(device);
    unsigned int i;
    int rc = read_offer(block);

    for (i = 0; i < block->nr_queues && !rc; i++)
        queue_clear(&block->queues[i], block);
    for (i = 0; i < block->nr_queues && !rc; i++)
        rc = queue_prepare(&block->queues[i], i);
    return rc;
}

/* ---- Saying so ---- */

static int write_ring(struct xg_block_queue *queue, xg_store_tx_t tx, const char *folder)
{
    struct xg_block *block = queue->block;
    char name[40];
    unsigned int i;
    int rc = 0;

    for (i = 0; i < 1u << block->ring_order && !rc; i++) {
        xg_format_buffer(name, sizeof(name), "%sring-ref%u", folder, i);
        rc = xg_bus_write_number(&block->device, tx, name, queue->refs[i]);
    }
    if (!rc && !block->ring_order) {
        xg_format_buffer(name, sizeof(name), "%sring-ref", folder);
        rc = xg_bus_write_number(&block->device, tx, name, queue->refs[0]);
    }
    xg_format_buffer(name, sizeof(name), "%sevent-channel", folder);
    return rc ? rc : xg_bus_write_number(&block->device, tx, name, queue->port);
}

/*
 * Numbers of pages and queues also where they are one: who had the device before, with others, has left its
 * nodes.
 */
static int write_rings(struct xg_block *block, xg_store_tx_t tx)
{
    char folder[16] = "";
    unsigned int i;
    int rc = xg_bus_write_number(&block->device, tx, "multi-queue-num-queues", block->nr_queues);

    for (i = 0; i < block->nr_queues && !rc; i++) {
        if (block->nr_queues > 1)
            xg_format_buffer(folder, sizeof(folder), "queue-%u/", i);
        rc = write_ring(&block->queues[i], tx, folder);
    }
    return rc;
}

static int write_nodes(struct xg_bus_device *device, xg_store_tx_t tx)
{
    struct xg_block *block = block_of(device);
    int rc = write_rings(block, tx);

    if (!rc)
        rc = xg_bus_write_number(device, tx, "ring-page-order", block->ring_order);
    if (!rc)
        rc = xg_bus_write_number(device, tx, "num-ring-pages", 1u << block->ring_order);
    if (!rc)
        rc = xg_bus_write_number(device, tx, "feature-persistent", block->config.persistent);
    return rc ? rc : xg_bus_write(device, tx, "protocol", XEN_IO_PROTO_ABI_X86_64);
}

/* ---- After: what the device is ---- */

/* Arrays, not pointers: a table of addresses would need a loader's relocations. */
static const struct {
    char name[22];
    uint16_t offset; /* of the bool */
} flags[] = {{"feature-flush-cache", offsetof(struct xg_block, flush)},
             {"feature-barrier", offsetof(struct xg_block, barrier)},
             {"feature-persistent", offsetof(struct xg_block, persistent)},
             {"feature-discard", offsetof(struct xg_block, discard)},
             {"discard-secure", offsetof(struct xg_block, discard_secure)}};

static int read_flags(struct xg_block *block)
{
    uint64_t number;
    unsigned int i;
    int rc = 0;

    for (i = 0; i < XG_ARRAY_SIZE(flags) && !rc; i++) {
        rc = xg_bus_read_number(&block->device, flags[i].name, UINT32_MAX, 0, &number);
        if (!rc)
            *(bool *)((char *)block + flags[i].offset) = number;
    }
    return rc;
}

static int read_sizes(struct xg_block *block)
{
    uint64_t sectors, sector_bytes, physical;
    int rc = xg_bus_read_number(&block->device, "sectors", UINT64_MAX / XG_BLOCK_SECTOR, 0, &sectors);

    if (!rc)
        rc = xg_bus_read_number(&block->device, "sector-size", XG_PAGE_SIZE, XG_BLOCK_SECTOR, &sector_bytes);
    if (!rc)
        rc = xg_bus_read_number(&block->device, "physical-sector-size", UINT32_MAX, sector_bytes, &physical);
    if (rc)
        return rc;
    if (sector_bytes < XG_BLOCK_SECTOR || (sector_bytes & (sector_bytes - 1)))
        return -XG_EINVAL;
    block->nr_sectors = sectors;
    block->sector_bytes = (uint32_t)sector_bytes;
    block->physical_sector_bytes = (uint32_t)physical;
    return 0;
}

static int read_info(struct xg_block *block)
{
    uint64_t info;
    int rc = xg_bus_read_number(&block->device, "info", UINT32_MAX, 0, &info);

    if (rc)
        return rc;
    block->cdrom = info & VDISK_CDROM;
    block->removable = info & VDISK_REMOVABLE;
    block->readonly = info & VDISK_READONLY;
    return 0;
}

static int read_discard(struct xg_block *block)
{
    uint64_t granularity, alignment;
    int rc = xg_bus_read_number(&block->device, "discard-granularity", UINT32_MAX, block->sector_bytes,
                                &granularity);

    if (!rc)
        rc = xg_bus_read_number(&block->device, "discard-alignment", UINT32_MAX, 0, &alignment);
    if (rc)
        return rc;
    block->discard_granularity = (uint32_t)granularity;
    block->discard_alignment = (uint32_t)alignment;
    return 0;
}

static int read_features(struct xg_block *block)
{
    uint64_t indirect;
    int rc = read_flags(block);

    if (!rc)
        rc = xg_bus_read_number(&block->device, "feature-max-indirect-segments", UINT32_MAX, 0, &indirect);
    if (rc)
        return rc;
    block->persistent &= block->config.persistent;
    block->max_segments =
        indirect > XG_BLOCK_SEGMENTS ? smaller(indirect, XG_BLOCK_SEGMENTS_LARGE) : XG_BLOCK_SEGMENTS;
    /* A request has to fit into the pool, with its page of descriptors. */
    if (block->persistent && block->max_segments >= XG_BLOCK_POOL_PAGES)
        block->max_segments = XG_BLOCK_POOL_PAGES - 1;
    return 0;
}

static void set_running(struct xg_block *block, bool running)
{
    unsigned int i;

    for (i = 0; i < block->nr_queues; i++) {
        unsigned long saved = xg_lock_get(&block->queues[i].lock);

        block->queues[i].running = running;
        xg_lock_put(&block->queues[i].lock, saved);
    }
    block->connected = running;
    __atomic_fetch_add(&block->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&block->activity);
}

static int connect(struct xg_bus_device *device)
{
    struct xg_block *block = block_of(device);
    int rc = read_sizes(block);

    if (!rc)
        rc = read_info(block);
    if (!rc)
        rc = read_discard(block);
    if (!rc)
        rc = read_features(block);
    if (rc)
        return rc == -XG_EINVAL ? -XG_EBADMSG : rc;
    set_running(block, true);
    xg_block_again(block);
    return 0;
}

/* The disk has grown, another CD is in, another backend has the rings. Nonsense leaves what was known. */
static void changed(struct xg_bus_device *device)
{
    struct xg_block *block = block_of(device);

    if (read_sizes(block) == -XG_EINVAL || read_info(block) == -XG_EINVAL)
        xg_bus_fail(device, -XG_EBADMSG);
    xg_block_poll(block);
    xg_block_kick(block);
    __atomic_fetch_add(&block->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&block->activity);
}

/* ---- The end ---- */

/* True: none of the queue's requests is left. */
static bool end_queue(struct xg_block_queue *queue, int status, struct xg_block_request **finished)
{
    unsigned long saved = xg_lock_get(&queue->lock);
    bool none = true;
    uint32_t i;

    for (i = 0; queue->slots && i < queue->ring.nr; i++) {
        struct xg_block_request *request = queue->slots[i].request;

        if (!request)
            continue;
        if (xg_block_unshare(queue, request, false))
            none = false;
        else
            xg_block_finish(queue, (uint16_t)i, status, finished);
    }
    xg_lock_put(&queue->lock, saved);
    return none;
}

bool xg_block_end_in_flight(struct xg_block *block, int status)
{
    struct xg_block_request *finished = NULL;
    bool none = true;
    unsigned int i;

    for (i = 0; i < block->nr_queues; i++)
        none &= end_queue(&block->queues[i], status, &finished);
    if (xg_bus_expects(&block->device))
        xg_block_keep(block, finished);
    else
        xg_block_tell(block, finished);
    return none;
}

static int end_status(const struct xg_block *block)
{
    return block->device.error ? block->device.error : -XG_EAGAIN;
}

/* Even what was answered just before is made again: there is no telling, and it does no harm. */
static void lost(struct xg_bus_device *device)
{
    struct xg_block *block = block_of(device);
    unsigned int i;

    for (i = 0; i < block->nr_queues; i++) {
        block->queues[i].running = false;
        block->queues[i].port = 0;
    }
    block->connected = false;
}

/*
 * Answers that are there already are still taken, unless they are not believed. The ring stays what it is:
 * the backend, or another one that is about to take it up, may still find a request on it, and the references
 * in it must not mean other pages by then.
 */
static void stop(struct xg_bus_device *device)
{
    struct xg_block *block = block_of(device);

    xg_block_poll(block);
    set_running(block, false);
    if (!xg_bus_expects(device))
        xg_block_end_again(block, end_status(block));
    if (device->error)
        xg_block_end_in_flight(block, device->error);
}

static void close_port(struct xg_block_queue *queue)
{
    if (queue->port)
        (void)!xg_event_close(queue->block->config.events, queue->port);
    queue->port = 0;
}

static int release_ring(struct xg_block_queue *queue)
{
    unsigned int i;
    int rc = 0;

    for (i = 0; i < XG_ARRAY_SIZE(queue->refs); i++) {
        if (queue->refs[i] && xg_grant_end(queue->block->config.grants, queue->refs[i]) == -XG_EBUSY)
            rc = -XG_EBUSY;
        else
            queue->refs[i] = 0;
    }
    return rc;
}

static int release_queue(struct xg_block_queue *queue)
{
    struct xg_block *block = queue->block;

    if (release_ring(queue) || (queue->pool && xg_block_pool_release(queue)))
        return -XG_EBUSY;
    if (queue->ring_memory && !block->config.ring_memory)
        xg_os_page_free(queue->ring_memory);
    if (queue->pool)
        xg_os_page_free(queue->pool);
    if (queue->slots)
        xg_os_page_free(queue->slots);
    queue->ring_memory = NULL;
    queue->pool = NULL;
    queue->slots = NULL;
    return 0;
}

static int release(struct xg_bus_device *device)
{
    struct xg_block *block = block_of(device);
    unsigned int i;
    int rc = 0;

    for (i = 0; i < block->nr_queues; i++)
        close_port(&block->queues[i]);
    if (!xg_block_end_in_flight(block, end_status(block)))
        return -XG_EBUSY;
    for (i = 0; i < block->nr_queues; i++)
        if (block->queues[i].block && release_queue(&block->queues[i]))
            rc = -XG_EBUSY;
    return rc;
}

int xg_block_attach(struct xg_bus *bus, struct xg_block *block, uint32_t id,
                    const struct xg_block_config *config)
{
    xg_bytes_zero(block, sizeof(*block));
    block->config = *config;
    /* At run time: a constant table of addresses would need a loader's relocations. */
    block->frontend.prepare = prepare;
    block->frontend.write = write_nodes;
    block->frontend.connect = connect;
    block->frontend.changed = changed;
    block->frontend.stop = stop;
    block->frontend.release = release;
    block->frontend.lost = lost;
    block->frontend.keeps = true;
    return xg_bus_attach(bus, &block->device, "vbd", id, &block->frontend);
}

int xg_block_wait_connected(struct xg_block *block, uint64_t deadline_ns)
{
    return xg_bus_wait_connected(&block->device, deadline_ns);
}

int xg_block_detach(struct xg_block *block, uint64_t deadline_ns)
{
    return xg_bus_detach(block->device.bus, &block->device, deadline_ns);
}
