/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of grant tables ask of each other. Results of type int16_t are GNTST_*; refusals have been recorded then. */
#ifndef COMMON_GRANT_PRIVATE_H
#define COMMON_GRANT_PRIVATE_H

#include <xen/domain.h>
#include <xen/grant_table.h>
#include <xen/guest_access.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>

/* --- grant_table.c --- */
/* Frames for entries up to nr, and what goes with them. Lock held, or nobody else knows d. 0, -XEN_ENOMEM, -XEN_ESRCH (d is dying). */
int grant_table_grow(struct domain *d, unsigned int nr) __must_check;
/* Status frames for as many entries of version 2 as there are; none. Lock held. 0, -XEN_ENOMEM, -XEN_EBUSY (mapped; all stay). */
int grant_status_grow(struct domain *d) __must_check;
int grant_status_drop(struct domain *d) __must_check;

/* Lock held, of each of these. */
static inline unsigned int grant_entries(const struct grant_table *gt)
{
    return gt->nr_frames * (unsigned int)(gt->version == 1 ? GRANTS_A_FRAME_V1 : GRANTS_A_FRAME_V2);
}
static inline grant_entry_v1_t *grant_entry_v1(const struct grant_table *gt, grant_ref_t ref)
{
    return (grant_entry_v1_t *)gt->frames[ref / GRANTS_A_FRAME_V1] + ref % GRANTS_A_FRAME_V1;
}
static inline grant_entry_v2_t *grant_entry_v2(const struct grant_table *gt, grant_ref_t ref)
{
    return (grant_entry_v2_t *)gt->frames[ref / GRANTS_A_FRAME_V2] + ref % GRANTS_A_FRAME_V2;
}
static inline struct grant_pin *grant_pin_of(const struct grant_table *gt, grant_ref_t ref)
{
    return &gt->pins[ref / GRANTS_A_FRAME_V1][ref % GRANTS_A_FRAME_V1];
}

/* --- grant_pin.c --- */
/*
 * A use of d's grant ref by `user`. The entry must permit it; reading and writing are marked in it. use: GRANT_USE_*, some of them at once.
 * whole: a grant of a part will not do, nor a transitive one. *frame: with a reference (of d's frame). GNTST_okay, bad_gntref, general_error,
 * bad_page.
 */
int16_t grant_pin_whole(struct domain *d, grant_ref_t ref, const struct domain *user, uint32_t use, mfn_t *frame)
    __must_check;
void grant_unpin(struct domain *d, grant_ref_t ref, uint32_t use);

/* Bytes of a frame that a copy may use. */
struct grant_window {
    mfn_t frame;         /* with a reference */
    uint16_t start, length;
};
/* The same for a copy: parts and transitive grants too. To be ended by grant_unpin_copy. */
int16_t grant_pin_copy(struct domain *d, grant_ref_t ref, const struct domain *user, bool readonly,
                       struct grant_window *out) __must_check;
void grant_unpin_copy(struct domain *d, grant_ref_t ref, bool readonly);

/* --- grant_mapping.c --- */
/* A free handle of d's, reserved; GRANT_HANDLE_NONE: there is none. */
grant_handle_t mapping_reserve(struct domain *d);
/* What it stands for from now on. */
void mapping_set(struct domain *d, grant_handle_t handle, const struct domain *granter, grant_ref_t ref, uint32_t flags);
/* One that was reserved and not set. */
void mapping_free(struct domain *d, grant_handle_t handle);
/*
 * Takes `part` of (GNTMAP_host_map, GNTMAP_device_map) off the handle, as far as it has it, to be unmapped: *out is the mapping as it was. False:
 * the handle stands for nothing, or others are taking all of it. Ended by mapping_untake (it could not be unmapped) or mapping_end (it was; when
 * nothing is left, the handle is free). part: what was taken.
 */
bool mapping_take(struct domain *d, grant_handle_t handle, uint32_t part, struct grant_mapping *out);
void mapping_untake(struct domain *d, grant_handle_t handle, uint32_t part);
void mapping_end(struct domain *d, grant_handle_t handle, uint32_t part);

/* The last frame of handles goes: none of them is in use, nor will be. */
void grant_mappings_shrink(struct grant_table *gt);

/* --- The commands: lists, as many as count says; *done: elements finished. 0, -XEN_EFAULT, -XEN_ERESTART. --- */
long grants_map(uint64_t va, unsigned int count, unsigned int *done);
long grants_unmap(uint64_t va, unsigned int count, unsigned int *done);
long grants_unmap_and_replace(uint64_t va, unsigned int count, unsigned int *done);
long grants_copy(uint64_t va, unsigned int count, unsigned int *done);
long grants_transfer(uint64_t va, unsigned int count, unsigned int *done);
long grants_swap(uint64_t va, unsigned int count, unsigned int *done);
long grants_cache_flush(uint64_t va, unsigned int count, unsigned int *done);

/* --- grant_setup.c: those that take one element (or none) --- */
long grant_setup_table(uint64_t va, unsigned int count);
long grant_query_size(uint64_t va, unsigned int count);
long grant_get_version(uint64_t va, unsigned int count);
long grant_set_version(uint64_t va, unsigned int count);
long grant_status_frames(uint64_t va, unsigned int count);

/* -XEN_EFAULT, recorded. */
int grant_refuse_argument(uint64_t va);

#endif
