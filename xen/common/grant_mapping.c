/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles: what a domain has mapped of others' grants. A handle is taken apart by whoever takes its flags
 * off, so that no two do it.
 */
#include <xen/xmalloc.h>
#include "grant_mapping.h"

bool grant_mappings_grow(struct grant_table *gt)
{
    grant_handle_t first = gt->nr_mapping_frames * (grant_handle_t)MAPPINGS_A_FRAME;
    struct grant_mapping *frame;

    if (gt->nr_mapping_frames == gt->max_mapping_frames)
        return false;
    frame = xzalloc_array(struct grant_mapping, MAPPINGS_A_FRAME);
    if (!frame)
        return false;
    for (unsigned int i = 0; i < MAPPINGS_A_FRAME; i++)
        frame[i].ref = i + 1 < MAPPINGS_A_FRAME ? first + i + 1 : GRANT_HANDLE_NONE;
    gt->mappings[gt->nr_mapping_frames++] = frame;
    gt->free_mapping = first;
    return true;
}

void mapping_free(struct domain *d, grant_handle_t handle)
{
    struct grant_table *gt = d->grant_table;

    spin_lock(&gt->mapping_lock);
    mapping_put_on_list(gt, handle, mapping_of(gt, handle));
    spin_unlock(&gt->mapping_lock);
}

void mapping_untake(struct domain *d, grant_handle_t handle, uint32_t part)
{
    struct grant_table *gt = d->grant_table;
    struct grant_mapping *m;

    spin_lock(&gt->mapping_lock);
    m = mapping_of(gt, handle);
    m->flags = (uint16_t)((m->flags & ~GRANT_MAPPING_TAKEN(part)) | part);
    spin_unlock(&gt->mapping_lock);
}

void grant_mappings_shrink(struct grant_table *gt)
{
    xfree(gt->mappings[--gt->nr_mapping_frames]);
    /* What the list held of that frame is gone: the domain maps nothing any more. */
    gt->free_mapping = GRANT_HANDLE_NONE;
    gt->max_mapping_frames = 0;
}
