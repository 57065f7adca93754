/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a request is one that the device can do, before anything is shared. */
#include "block_private.h"

/* A whole number of the device's sectors, within one page. */
static bool segment_valid(const struct xg_block *block, const struct xg_block_segment *segment)
{
    uint32_t mask = block->sector_bytes - 1;

    return segment->bytes && !((segment->offset | segment->bytes) & mask) && segment->offset < XG_PAGE_SIZE &&
           segment->bytes <= XG_PAGE_SIZE - segment->offset &&
           !((uintptr_t)segment->page & (XG_PAGE_SIZE - 1));
}

static int check_range(const struct xg_block *block, uint64_t sector, uint64_t nr)
{
    uint64_t mask = block->sector_bytes / XG_BLOCK_SECTOR - 1;

    if (!nr || ((sector | nr) & mask) || sector >= block->nr_sectors || nr > block->nr_sectors - sector)
        return -XG_EINVAL;
    return 0;
}

static int check_data(const struct xg_block *block, const struct xg_block_request *request)
{
    uint64_t bytes = 0;
    unsigned int i;

    if (!request->nr_segments || request->nr_segments > block->max_segments)
        return -XG_EINVAL;
    for (i = 0; i < request->nr_segments; i++) {
        if (!segment_valid(block, &request->segments[i]))
            return -XG_EINVAL;
        bytes += request->segments[i].bytes;
    }
    if (request->operation != XG_BLOCK_READ && block->readonly)
        return -XG_EROFS;
    return check_range(block, request->sector, bytes / XG_BLOCK_SECTOR);
}

int xg_block_check(const struct xg_block *block, const struct xg_block_request *request)
{
    switch (request->operation) {
    case XG_BLOCK_READ:
    case XG_BLOCK_WRITE:
        return check_data(block, request);
    case XG_BLOCK_BARRIER:
        if (!block->barrier)
            return -XG_EOPNOTSUPP;
        return request->nr_segments > XG_BLOCK_SEGMENTS ? -XG_EINVAL : check_data(block, request);
    case XG_BLOCK_FLUSH:
        if (request->nr_segments)
            return -XG_EINVAL;
        return block->flush || block->barrier ? 0 : -XG_EOPNOTSUPP;
    case XG_BLOCK_DISCARD:
        if (!block->discard || (request->secure && !block->discard_secure))
            return -XG_EOPNOTSUPP;
        if (block->readonly)
            return -XG_EROFS;
        return request->nr_segments ? -XG_EINVAL : check_range(block, request->sector, request->nr_sectors);
    default:
        return -XG_EINVAL;
    }
}
