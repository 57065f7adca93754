/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grant table, version 1. Xen sets and clears the in-use bits of an entry's flags at any time; everything
 * else in an entry is ours. A free entry has flags 0, and in its frame field the next free reference.
 */
#include <xenguest/grant.h>
#include "private.h"

#define ENTRIES_PER_FRAME (XG_PAGE_SIZE / sizeof(struct grant_entry_v1))
#define IN_USE            (GTF_reading | GTF_writing)

static void ref_free(struct xg_grants *grants, xg_grant_ref_t ref)
{
    unsigned long saved = xg_lock_get(&grants->lock);

    grants->table[ref].frame = grants->first_free;
    grants->first_free = ref;
    grants->nr_free++;
    xg_lock_put(&grants->lock, saved);
}

/* 0: none is free. */
static xg_grant_ref_t ref_alloc(struct xg_grants *grants)
{
    unsigned long saved = xg_lock_get(&grants->lock);
    xg_grant_ref_t ref = grants->first_free;

    if (ref) {
        grants->first_free = grants->table[ref].frame;
        grants->nr_free--;
    }
    xg_lock_put(&grants->lock, saved);
    return ref;
}

/* How many frames to set up: `wanted`, or all that are allowed. */
static int table_size(unsigned int wanted, unsigned int *nr_frames)
{
    struct gnttab_query_size query = {.dom = DOMID_SELF};
    long rc = hypercall_grant_table_op(GNTTABOP_query_size, &query, 1);
    unsigned int most;

    if (rc)
        return (int)rc;
    if (query.status != GNTST_okay)
        return -XG_EIO;
    most = query.max_nr_frames < XG_GRANT_MAX_FRAMES ? query.max_nr_frames : XG_GRANT_MAX_FRAMES;
    if (wanted > most || !most)
        return -XG_ENOSPC;
    *nr_frames = wanted ? wanted : most;
    return 0;
}

static int table_setup(xg_mfn_t *frames, unsigned int nr_frames)
{
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = nr_frames};
    long rc;

    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)frames);
    rc = hypercall_grant_table_op(GNTTABOP_setup_table, &setup, 1);
    if (rc)
        return (int)rc;
    return setup.status == GNTST_okay ? 0 : -XG_EIO;
}

static int table_map(struct xg_grants *grants, unsigned int nr_frames)
{
    xg_mfn_t frames[XG_GRANT_MAX_FRAMES];
    int rc = table_setup(frames, nr_frames);

    if (rc)
        return rc;
    grants->table = xg_os_frames_map(frames, nr_frames, XG_DOMID_SELF);
    grants->nr_entries = nr_frames * (uint32_t)ENTRIES_PER_FRAME;
    return grants->table ? 0 : -XG_ENOMEM;
}

int xg_grants_init(struct xg_grants *grants, unsigned int wanted)
{
    unsigned int nr_frames = 0;
    int rc = table_size(wanted, &nr_frames);

    if (rc)
        return rc;
    xg_bytes_zero(grants, sizeof(*grants));
    rc = table_map(grants, nr_frames);
    if (!rc)
        xg_grants_open(grants);
    return rc;
}

void xg_grants_unmap(struct xg_grants *grants)
{
    xg_os_frames_unmap(grants->table, grants->nr_entries / (uint32_t)ENTRIES_PER_FRAME);
    grants->table = NULL;
}

int xg_grants_map(struct xg_grants *grants, bool anew)
{
    if (anew) {
        grants->first_free = 0;
        grants->nr_free = 0;
    }
    return table_map(grants, grants->nr_entries / (uint32_t)ENTRIES_PER_FRAME);
}

/* Backwards, so that the lowest are given out first. What the toolstack granted for us stays. */
void xg_grants_open(struct xg_grants *grants)
{
    xg_grant_ref_t ref;

    for (ref = grants->nr_entries - 1; ref >= XG_GRANT_RESERVED; ref--)
        if (!grants->table[ref].flags)
            ref_free(grants, ref);
}

int xg_grant_access(struct xg_grants *grants, xg_domid_t domid, xg_gfn_t frame, bool readonly,
                    xg_grant_ref_t *ref)
{
    struct grant_entry_v1 *entry;
    xg_grant_ref_t new_ref;

    if (frame.n > UINT32_MAX)
        return -XG_ERANGE;
    new_ref = ref_alloc(grants);
    if (!new_ref)
        return -XG_ENOSPC;
    entry = &grants->table[new_ref];
    entry->frame = (uint32_t)frame.n;
    entry->domid = domid;
    /* Flags last: from then on the other domain may use it. */
    __atomic_store_n(&entry->flags, GTF_permit_access | (readonly ? GTF_readonly : 0), __ATOMIC_RELEASE);
    *ref = new_ref;
    return 0;
}

static bool ref_valid(const struct xg_grants *grants, xg_grant_ref_t ref)
{
    return ref >= XG_GRANT_RESERVED && ref < grants->nr_entries;
}

int xg_grant_end(struct xg_grants *grants, xg_grant_ref_t ref)
{
    uint16_t *word, flags;

    if (!ref_valid(grants, ref))
        return -XG_EINVAL;
    word = &grants->table[ref].flags;
    flags = __atomic_load_n(word, __ATOMIC_RELAXED);
    /* A mapping that begins between the look and the store changes the flags, and the exchange sees it. */
    do {
        if ((flags & GTF_type_mask) != GTF_permit_access)
            return -XG_EINVAL;
        if (flags & IN_USE)
            return -XG_EBUSY;
    } while (!__atomic_compare_exchange_n(word, &flags, 0, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    ref_free(grants, ref);
    return 0;
}

bool xg_grant_in_use(const struct xg_grants *grants, xg_grant_ref_t ref)
{
    return ref_valid(grants, ref) && (__atomic_load_n(&grants->table[ref].flags, __ATOMIC_ACQUIRE) & IN_USE);
}
