/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles: what a domain has mapped of others' grants. A handle is taken apart by whoever takes its flags off, so that no two do it. */
#include <xen/xmalloc.h>
#include "grant_private.h"

#define PARTS       (GNTMAP_host_map | GNTMAP_device_map)
#define GNTMAP_KEPT (PARTS | GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)

static struct grant_mapping *mapping_of(const struct grant_table *gt, grant_handle_t handle)
{
    return &gt->mappings[handle / MAPPINGS_A_FRAME][handle % MAPPINGS_A_FRAME];
}

/* Lock held. */
static bool grow(struct grant_table *gt)
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

grant_handle_t mapping_reserve(struct domain *d)
{
    struct grant_table *gt = d->grant_table;
    grant_handle_t handle = GRANT_HANDLE_NONE;

    spin_lock(&gt->mapping_lock);
    if (likely(gt->free_mapping != GRANT_HANDLE_NONE) || grow(gt)) {
        handle = gt->free_mapping;
        gt->free_mapping = mapping_of(gt, handle)->ref;
    }
    spin_unlock(&gt->mapping_lock);
    return handle;
}

void mapping_set(struct domain *d, grant_handle_t handle, const struct domain *granter, grant_ref_t ref, uint32_t flags)
{
    struct grant_table *gt = d->grant_table;

    spin_lock(&gt->mapping_lock);
    *mapping_of(gt, handle) = (struct grant_mapping){
        .ref = ref, .flags = flags & GNTMAP_KEPT, .granter = granter->id, .granter_serial = granter->serial};
    spin_unlock(&gt->mapping_lock);
}

/* Lock held. */
static void put_on_free_list(struct grant_table *gt, grant_handle_t handle)
{
    *mapping_of(gt, handle) = (struct grant_mapping){.ref = gt->free_mapping};
    gt->free_mapping = handle;
}

void mapping_free(struct domain *d, grant_handle_t handle)
{
    struct grant_table *gt = d->grant_table;

    spin_lock(&gt->mapping_lock);
    put_on_free_list(gt, handle);
    spin_unlock(&gt->mapping_lock);
}

bool mapping_take(struct domain *d, grant_handle_t handle, uint32_t part, struct grant_mapping *out)
{
    struct grant_table *gt = d->grant_table;
    bool found = false;

    spin_lock(&gt->mapping_lock);
    if (handle / MAPPINGS_A_FRAME < gt->nr_mapping_frames) {
        struct grant_mapping *m = mapping_of(gt, handle);

        found = m->flags & PARTS;
        *out = *m;
        part &= m->flags;
        if (found)
            m->flags = (uint16_t)((m->flags & ~part) | GRANT_MAPPING_TAKEN(part));
    }
    spin_unlock(&gt->mapping_lock);
    return found;
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

void mapping_end(struct domain *d, grant_handle_t handle, uint32_t part)
{
    struct grant_table *gt = d->grant_table;
    struct grant_mapping *m;

    spin_lock(&gt->mapping_lock);
    m = mapping_of(gt, handle);
    m->flags &= (uint16_t)~GRANT_MAPPING_TAKEN(part);
    if (!(m->flags & (PARTS | GRANT_MAPPING_TAKEN(PARTS))))
        put_on_free_list(gt, handle);
    spin_unlock(&gt->mapping_lock);
}

void grant_mappings_shrink(struct grant_table *gt)
{
    xfree(gt->mappings[--gt->nr_mapping_frames]);
    /* What the list held of that frame is gone: the domain maps nothing any more. */
    gt->free_mapping = GRANT_HANDLE_NONE;
    gt->max_mapping_frames = 0;
}
