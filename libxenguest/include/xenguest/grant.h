/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grant table, version 1: letting another domain into a frame, and ending that. Tier 2.
 * Source: <xen/grant_table.h>. Any function may be called on any vCPU at any time.
 */
#ifndef XENGUEST_GRANT_H
#define XENGUEST_GRANT_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

typedef uint32_t xg_grant_ref_t;

/* References that Xen keeps for the toolstack: 0 is the console ring, 1 the store ring. */
#define XG_GRANT_RESERVED   8
#define XG_GRANT_MAX_FRAMES 64

struct grant_entry_v1;

struct xg_grants {
    struct grant_entry_v1 *table;
    uint32_t nr_entries;
    uint32_t nr_free;
    uint32_t first_free; /* the free list runs through the entries themselves; 0 ends it */
    uint32_t lock;
};

/*
 * Sets up `nr_frames` frames of the table (0: as many as the domain may have, up to XG_GRANT_MAX_FRAMES),
 * mapped by xg_os_frames_map; 512 references a frame. -XG_ENOSPC: more than allowed; -XG_ENOMEM: not mapped;
 * others are Xen's.
 */
int __must_check xg_grants_init(struct xg_grants *grants, unsigned int nr_frames);

/*
 * Lets `domid` map or copy the frame until xg_grant_end. *ref names the grant to it. -XG_ENOSPC: no free
 * reference. -XG_ERANGE: the frame's number does not fit version 1 (32 bits).
 */
int __must_check xg_grant_access(struct xg_grants *grants, xg_domid_t domid, xg_gfn_t frame, bool readonly,
                                 xg_grant_ref_t *ref);
/*
 * Takes it back, and the reference is free again. -XG_EBUSY: it is mapped right now; nothing changed, the
 * frame is still shared and must not be reused; try again later. -XG_EINVAL: not a reference of ours, or not
 * granted.
 */
int __must_check xg_grant_end(struct xg_grants *grants, xg_grant_ref_t ref);
/* Whether the other domain has it mapped; already false when it answers is possible, true is certain to have
 * been. */
bool xg_grant_in_use(const struct xg_grants *grants, xg_grant_ref_t ref);

/*
 * Around a suspension (suspend.h). unmap takes the table away, since a mapped frame that is not the domain's
 * own cannot be saved. map brings it back; with `anew` it is another domain's table, empty: every reference
 * given so far is void, xg_grant_end of one answers -XG_EINVAL, and xg_grant_access -XG_ENOSPC until
 * xg_grants_open, so that nobody is given a reference which another still believes to be his. Errors of map:
 * those of xg_grants_init.
 */
void xg_grants_unmap(struct xg_grants *grants);
int __must_check xg_grants_map(struct xg_grants *grants, bool anew);
void xg_grants_open(struct xg_grants *grants);

XG_END_DECLS

#endif
