/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of grant tables ask of each other. Results of type int16_t are GNTST_*; refusals have been
 * recorded then.
 */
#ifndef COMMON_GRANT_PRIVATE_H
#define COMMON_GRANT_PRIVATE_H

#include <xen/domain.h>
#include <xen/grant_table.h>
#include <xen/guest_access.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>

/* --- grant_table.c --- */
/*
 * Frames for entries up to nr, and what goes with them. Lock held, or nobody else knows d. 0, -XEN_ENOMEM,
 * -XEN_ESRCH (d is dying).
 */
int grant_table_grow(struct domain *d, unsigned int nr) __must_check;
/*
 * Status frames for as many entries of version 2 as there are; none. Lock held. 0, -XEN_ENOMEM, -XEN_EBUSY
 * (mapped; all stay).
 */
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
 * A use of d's grant ref by `user`. The entry must permit it; reading and writing are marked in it. use:
 * GRANT_USE_*, some of them at once. whole: a grant of a part will not do, nor a transitive one. *frame: with
 * a reference (of d's frame). GNTST_okay, bad_gntref, general_error, bad_page.
 */
int16_t grant_pin_whole(struct domain *d, grant_ref_t ref, const struct domain *user, uint32_t use,
                        mfn_t *frame) __must_check;
void grant_unpin(struct domain *d, grant_ref_t ref, uint32_t use);

/* Bytes of a frame that a copy may use. */
struct grant_window {
    mfn_t frame;         /* with a reference */
    uint16_t start, length;
};
/*
 * The same for a copy: parts and transitive grants too. use: GRANT_USE_HOST_READ or _WRITE. To be ended by
 * grant_unpin_copy.
 */
int16_t grant_pin_copy(struct domain *d, grant_ref_t ref, const struct domain *user, uint32_t use,
                       struct grant_window *out) __must_check;
void grant_unpin_copy(struct domain *d, grant_ref_t ref, uint32_t use);

/*
 * --- The commands: lists of as many elements as count says ---
 * 0, -XEN_EFAULT, or what grant_continue returns.
 */
long grants_map(uint64_t va, unsigned int count);
long grants_unmap(uint64_t va, unsigned int count);
long grants_unmap_and_replace(uint64_t va, unsigned int count);
long grants_copy(uint64_t va, unsigned int count);
long grants_transfer(uint64_t va, unsigned int count);
long grants_swap(uint64_t va, unsigned int count);
long grants_cache_flush(uint64_t va, unsigned int count);
/* The list gives way: it goes on at this element, and so many are left. */
long grant_continue(unsigned int cmd, uint64_t element, unsigned int left);

/* --- grant_setup.c: those that take one element; the version is told and set whatever the count --- */
long grant_setup_table(uint64_t va, unsigned int count);
long grant_query_size(uint64_t va, unsigned int count);
long grant_get_version(uint64_t va);
long grant_set_version(uint64_t va);
long grant_status_frames(uint64_t va, unsigned int count);

/* -XEN_EFAULT, recorded. */
int grant_refuse_argument(uint64_t va);

/*
 * Whose grants an element is about: also one that is dying, whose frames last as long as others hold them.
 * The caller itself stays while it runs: no reference is needed. NULL: there is no such domain. Ended by
 * grant_peer_put.
 */
static always_inline struct domain *grant_peer_get(struct domain *caller, domid_t id)
{
    return id == caller->id ? caller : domain_get_any(id);
}
static always_inline void grant_peer_put(const struct domain *caller, struct domain *d)
{
    if (d != caller)
        domain_put(d);
}

#endif
