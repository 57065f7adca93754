/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles, inline for mapping and unmapping: what a domain has mapped of others' grants. A handle is taken
 * apart by whoever takes its flags off, so that no two do it.
 */
#ifndef COMMON_GRANT_MAPPING_H
#define COMMON_GRANT_MAPPING_H

#include "grant_plain.h"

#define MAPPING_PARTS (GNTMAP_host_map | GNTMAP_device_map)
#define MAPPING_KEPT  (MAPPING_PARTS | GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)

/* A frame of handles more; false: there may be none, or no memory is left. Lock held. */
bool grant_mappings_grow(struct grant_table *gt);
/* The last frame of handles goes: none of them is in use, nor will be. */
void grant_mappings_shrink(struct grant_table *gt);

static always_inline struct grant_mapping *mapping_of(const struct grant_table *gt, grant_handle_t handle)
{
    return &gt->mappings[handle / MAPPINGS_A_FRAME][handle % MAPPINGS_A_FRAME];
}

/* It has no flags. Lock held. */
static always_inline void mapping_put_on_list(struct grant_table *gt, grant_handle_t handle,
                                              struct grant_mapping *m)
{
    m->ref = gt->free_mapping;
    gt->free_mapping = handle;
}

/* A free handle of d's, reserved; GRANT_HANDLE_NONE: there is none. */
static always_inline grant_handle_t mapping_reserve(struct domain *d)
{
    struct grant_table *gt = d->grant_table;
    grant_handle_t handle;

    spin_lock(&gt->mapping_lock);
    handle = gt->free_mapping;
    if (unlikely(handle == GRANT_HANDLE_NONE) && grant_mappings_grow(gt))
        handle = gt->free_mapping;
    if (likely(handle != GRANT_HANDLE_NONE))
        gt->free_mapping = mapping_of(gt, handle)->ref;
    spin_unlock(&gt->mapping_lock);
    return handle;
}

/*
 * What it stands for from now on. No lock: a handle without flags is his who has reserved it. Pairs with
 * mapping_take, for which the flags come last.
 */
static always_inline void mapping_set(struct domain *d, grant_handle_t handle, const struct domain *granter,
                                      grant_ref_t ref, uint32_t flags)
{
    struct grant_mapping *m = mapping_of(d->grant_table, handle);

    m->ref = ref;
    m->granter = granter->id;
    m->granter_serial = granter->serial;
    __atomic_store_n(&m->flags, (uint16_t)(flags & MAPPING_KEPT), __ATOMIC_RELEASE);
}

/* One that was reserved and not set. */
void mapping_free(struct domain *d, grant_handle_t handle);

/*
 * Takes `part` of (GNTMAP_host_map, GNTMAP_device_map) off the handle, as far as it has it, to be unmapped:
 * *out is the mapping as it was. False: the handle stands for nothing, or others are taking all of it. Ended
 * by mapping_untake (it could not be unmapped) or mapping_end (it was; when nothing is left, the handle is
 * free). part: what was taken.
 */
static always_inline bool mapping_take(struct domain *d, grant_handle_t handle, uint32_t part,
                                       struct grant_mapping *out)
{
    struct grant_table *gt = d->grant_table;
    struct grant_mapping *m;

    *out = (struct grant_mapping){0};
    spin_lock(&gt->mapping_lock);
    if (likely(handle / MAPPINGS_A_FRAME < gt->nr_mapping_frames)) {
        m = mapping_of(gt, handle);
        out->flags = __atomic_load_n(&m->flags, __ATOMIC_ACQUIRE);
        if (likely(out->flags & MAPPING_PARTS)) {
            out->ref = m->ref;
            out->granter = m->granter;
            out->granter_serial = m->granter_serial;
            part &= out->flags;
            m->flags = (uint16_t)((out->flags & ~part) | GRANT_MAPPING_TAKEN(part));
        }
    }
    spin_unlock(&gt->mapping_lock);
    return out->flags & MAPPING_PARTS;
}

void mapping_untake(struct domain *d, grant_handle_t handle, uint32_t part);

static always_inline void mapping_end(struct domain *d, grant_handle_t handle, uint32_t part)
{
    struct grant_table *gt = d->grant_table;
    struct grant_mapping *m;
    uint16_t left;

    spin_lock(&gt->mapping_lock);
    m = mapping_of(gt, handle);
    left = m->flags & (uint16_t)~GRANT_MAPPING_TAKEN(part);
    if (likely(!(left & (MAPPING_PARTS | GRANT_MAPPING_TAKEN(MAPPING_PARTS))))) {
        left = 0;
        mapping_put_on_list(gt, handle, m);
    }
    m->flags = left;
    spin_unlock(&gt->mapping_lock);
}

/* The uses of the grant that a mapping with these flags is. */
static always_inline uint32_t mapping_uses(uint32_t flags)
{
    uint32_t uses = ((flags & GNTMAP_host_map) ? GRANT_USE_HOST_READ : 0) |
                    (unlikely(flags & GNTMAP_device_map) ? GRANT_USE_DEVICE_READ : 0);

    BUILD_BUG_ON(GRANT_USE_HOST_WRITE != GRANT_USE_HOST_READ << 8 ||
                 GRANT_USE_DEVICE_WRITE != GRANT_USE_DEVICE_READ << 8);
    return (flags & GNTMAP_readonly) ? uses : uses << 8;
}

/* What each of its parts holds of the frame. */
static always_inline void mapping_put_frame(struct page_info *pg, uint32_t flags)
{
    if (!(flags & GNTMAP_readonly) && unlikely(!page_put_type_simple(pg)))
        page_put_type(pg);
    page_put_inline(pg);
}

#endif
