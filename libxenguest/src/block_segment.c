/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the backend may reach: the pages of a request for its time, or pages of a pool that stay granted and
 * are copied through. The pool is a stack, so that the same few pages are used as long as few are needed.
 */
#include "block_private.h"
#include <xen/io/blkif.h>

#define NO_REF 0u /* never a reference of ours: Xen keeps the first ones */

static int grant_page(struct xg_block_queue *queue, const void *page, bool readonly, xg_grant_ref_t *ref)
{
    struct xg_block *block = queue->block;
    int rc = xg_grant_access(block->config.grants, block->device.backend_domid,
                             xg_mfn_to_gfn(xg_os_address_to_mfn(page)), readonly, ref);

    return rc == -XG_ENOSPC ? -XG_EBUSY : rc;
}

static int end_grant(struct xg_block_queue *queue, uint32_t *ref)
{
    int rc = *ref == NO_REF ? 0 : xg_grant_end(queue->block->config.grants, *ref);

    if (rc == -XG_EBUSY)
        return rc;
    *ref = NO_REF;
    return 0;
}

static void copy_words(void *to, const void *from, size_t bytes)
{
    uint64_t *t = to;
    const uint64_t *f = from;

    for (; bytes; bytes -= sizeof(*t))
        *t++ = *f++;
}

/* ---- The pool ---- */

static int pool_grow(struct xg_block_queue *queue)
{
    struct xg_block_pool_page fresh;
    int rc;

    if (queue->nr_pool == XG_BLOCK_POOL_PAGES)
        return -XG_EBUSY;
    fresh.page = xg_os_page_alloc();
    if (!fresh.page)
        return -XG_EBUSY;
    /* The backend sees the whole page, whatever part a request uses: nothing of the kernel's may be in it. */
    xg_bytes_zero(fresh.page, XG_PAGE_SIZE);
    rc = grant_page(queue, fresh.page, false, &fresh.ref);
    if (rc) {
        xg_os_page_free(fresh.page);
        return rc;
    }
    queue->pool[queue->nr_pool++] = fresh;
    return 0;
}

/* The topmost free page; it changes places with nobody until it is given back. */
static int pool_pop(struct xg_block_queue *queue, struct xg_block_pool_page *entry)
{
    if (!queue->nr_pool_free) {
        struct xg_block_pool_page first;
        int rc = pool_grow(queue);

        if (rc)
            return rc;
        first = queue->pool[0];
        queue->pool[0] = queue->pool[queue->nr_pool - 1];
        queue->pool[queue->nr_pool - 1] = first;
        queue->nr_pool_free = 1;
    }
    *entry = queue->pool[--queue->nr_pool_free];
    return 0;
}

/* Those in use are above the free ones. Returns the page. */
static void *pool_push(struct xg_block_queue *queue, xg_grant_ref_t ref)
{
    struct xg_block_pool_page entry;
    unsigned int i = queue->nr_pool_free;

    while (queue->pool[i].ref != ref)
        i++;
    entry = queue->pool[i];
    queue->pool[i] = queue->pool[queue->nr_pool_free];
    queue->pool[queue->nr_pool_free++] = entry;
    return entry.page;
}

static int pool_take(struct xg_block_queue *queue, struct xg_block_segment *segment, bool write)
{
    struct xg_block_pool_page entry;
    int rc = pool_pop(queue, &entry);

    if (rc)
        return rc;
    segment->ref = entry.ref;
    if (write)
        copy_words((char *)entry.page + segment->offset, (char *)segment->page + segment->offset,
                   segment->bytes);
    return 0;
}

static void pool_put(struct xg_block_queue *queue, struct xg_block_segment *segment, bool copy)
{
    char *page = pool_push(queue, segment->ref);

    if (copy)
        copy_words((char *)segment->page + segment->offset, page + segment->offset, segment->bytes);
    segment->ref = NO_REF;
}

int xg_block_pool_release(struct xg_block_queue *queue)
{
    while (queue->nr_pool) {
        struct xg_block_pool_page *last = &queue->pool[queue->nr_pool - 1];

        if (end_grant(queue, &last->ref))
            return -XG_EBUSY;
        xg_os_page_free(last->page);
        queue->nr_pool--;
    }
    queue->nr_pool_free = 0;
    return 0;
}

/* ---- A request ---- */

static bool writes(const struct xg_block_request *request)
{
    return request->operation == XG_BLOCK_WRITE || request->operation == XG_BLOCK_BARRIER;
}

void xg_block_describe(const struct xg_block_segment *segment, struct blkif_request_segment *descriptor)
{
    descriptor->gref = segment->ref;
    descriptor->first_sect = (uint8_t)(segment->offset / XG_BLOCK_SECTOR);
    descriptor->last_sect = (uint8_t)((segment->offset + segment->bytes) / XG_BLOCK_SECTOR - 1);
}

static int share_segment(struct xg_block_queue *queue, struct xg_block_request *request,
                         struct xg_block_segment *segment)
{
    if (queue->block->persistent)
        return pool_take(queue, segment, writes(request));
    return grant_page(queue, segment->page, writes(request), &segment->ref);
}

/* A page for descriptors, which the backend may reach like the data. */
static int indirect_page(struct xg_block_queue *queue, struct xg_block_request *request)
{
    struct xg_block_pool_page entry;
    int rc;

    if (!queue->block->persistent) {
        entry.page = xg_os_page_alloc();
        if (!entry.page)
            return -XG_ENOMEM;
        xg_bytes_zero(entry.page, XG_PAGE_SIZE);
        rc = grant_page(queue, entry.page, true, &entry.ref);
        if (rc) {
            xg_os_page_free(entry.page);
            return rc;
        }
    } else {
        rc = pool_pop(queue, &entry);
        if (rc)
            return rc;
    }
    request->indirect = entry.page;
    request->indirect_ref = entry.ref;
    return 0;
}

static int share_indirect(struct xg_block_queue *queue, struct xg_block_request *request)
{
    struct blkif_request_segment *descriptor;
    unsigned int i;
    int rc = indirect_page(queue, request);

    if (rc)
        return rc;
    descriptor = request->indirect;
    for (i = 0; i < request->nr_segments; i++)
        xg_block_describe(&request->segments[i], &descriptor[i]);
    return 0;
}

static int unshare_indirect(struct xg_block_queue *queue, struct xg_block_request *request)
{
    if (!request->indirect)
        return 0;
    if (queue->block->persistent) {
        pool_push(queue, request->indirect_ref);
    } else {
        if (end_grant(queue, &request->indirect_ref))
            return -XG_EBUSY;
        xg_os_page_free(request->indirect);
    }
    request->indirect = NULL;
    return 0;
}

int xg_block_share(struct xg_block_queue *queue, struct xg_block_request *request)
{
    unsigned int i;
    int rc = 0;

    request->indirect = NULL;
    for (i = 0; i < request->nr_segments; i++)
        request->segments[i].ref = NO_REF;
    for (i = 0; i < request->nr_segments && !rc; i++)
        rc = share_segment(queue, request, &request->segments[i]);
    if (!rc && request->nr_segments > XG_BLOCK_SEGMENTS)
        rc = share_indirect(queue, request);
    /* The backend was not told of any of them: none can be in use. */
    if (rc)
        (void)!xg_block_unshare(queue, request, false);
    return rc;
}

int xg_block_unshare(struct xg_block_queue *queue, struct xg_block_request *request, bool copy)
{
    unsigned int i;
    int rc = unshare_indirect(queue, request);

    for (i = 0; i < request->nr_segments; i++) {
        struct xg_block_segment *segment = &request->segments[i];

        if (queue->block->persistent && segment->ref != NO_REF)
            pool_put(queue, segment, copy);
        else if (end_grant(queue, &segment->ref))
            rc = -XG_EBUSY;
    }
    return rc;
}
