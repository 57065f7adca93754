/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables, versions 1 and 2: what a domain lets others map, copy and send. Source: public/grant_table.h;
 * docs/grants.md.
 *
 * A domain writes its grants into the table's frames, which it shares with the hypervisor; who uses a grant
 * holds a pin on the entry (struct grant_pin), and the domain that has mapped one a handle (struct
 * grant_mapping). Locks: lock guards the frames, the version and the pins of this domain's own grants;
 * mapping_lock guards the handles of what this domain has mapped of others. No two of them are held together.
 */
#ifndef XEN_GRANT_TABLE_H
#define XEN_GRANT_TABLE_H

#include <xen/types.h>
#include <public/grant_table.h>
#include <xen/spinlock.h>

struct domain;

#define GRANT_FRAMES_INITIAL  1
#define GRANT_FRAMES_MAX      64   /* stock Xen's default: gnttab_max_frames=64 */
#define GRANT_FRAMES_LIMIT    512  /* what a toolstack may give at most */
#define MAPPING_FRAMES_LIMIT  32768
#define MAPPING_FRAMES_MAX    1024 /* stock Xen's default: gnttab_max_maptrack_frames=1024 */
#define GRANTS_A_FRAME_V1     (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define GRANTS_A_FRAME_V2     (PAGE_SIZE / sizeof(grant_entry_v2_t))
#define STATUSES_A_FRAME      (PAGE_SIZE / sizeof(grant_status_t))
#define MAPPINGS_A_FRAME      (PAGE_SIZE / sizeof(struct grant_mapping))

/*
 * Uses of one grant: how many of each kind, and what the entry said when the first was taken. Without uses it
 * is of no part and no source.
 */
struct grant_pin {
    uint32_t uses;       /* GRANT_USE_* units, each at most 127 */
    domid_t domid;       /* who may use it */
    uint16_t start, length; /* of the frame's bytes, for copies, if it is a part */
    bool is_part;        /* not the whole frame */
    grant_ref_t source_ref;
    struct domain *source; /* transitive: whose grant source_ref it is; else NULL */
    mfn_t frame;
};
#define GRANT_USE_HOST_READ    (1u << 0)
#define GRANT_USE_HOST_WRITE   (1u << 8)
#define GRANT_USE_DEVICE_READ  (1u << 16)
#define GRANT_USE_DEVICE_WRITE (1u << 24)
#define GRANT_USE_WRITES       (0xffu << 8 | 0xffu << 24)
#define GRANT_USE_FULL         0x80808080u

/*
 * What a handle stands for: one grant, mapped for the host, for devices, or both; free when flags are 0. It
 * names the granting domain, it does not hold it: what is mapped does, by the references of the frame.
 */
struct grant_mapping {
    grant_ref_t ref; /* of a free one: the next free handle, or GRANT_HANDLE_NONE */
    uint16_t flags;  /* GNTMAP_* below bit 8 with which it was mapped; GRANT_MAPPING_TAKEN */
    domid_t granter;
    uint64_t granter_serial;
};
#define GRANT_HANDLE_NONE (~0u)
/* host_map and device_map stand here while they are being unmapped, and nowhere afterwards. */
#define GRANT_MAPPING_TAKEN(part) ((uint16_t)((part) << 8))

struct grant_table {
    spinlock_t lock;
    unsigned int version, max_version;
    unsigned int nr_frames, max_frames;
    unsigned int nr_status_frames;
    /* hypervisor pages shared writable with the domain: entries of either version */
    void **frames;
    grant_status_t **status;  /* likewise, version 2 alone */
    struct grant_pin **pins;  /* for each frame GRANTS_A_FRAME_V1 of them */

    spinlock_t mapping_lock;
    unsigned int nr_mapping_frames, max_mapping_frames;
    struct grant_mapping **mappings;
    grant_handle_t free_mapping;
};

/* Limits below 0: the default. 0, -XEN_EINVAL (a limit of 0 frames, or beyond ours), -XEN_ENOMEM. */
int grant_table_create(struct domain *d, int max_frames, int max_mapping_frames) __must_check;
/*
 * d is dying and does not run: gives back what it has mapped of others. Page-table entries hold their
 * references themselves. 0 or -XEN_ERESTART.
 */
int grant_mappings_release(struct domain *d) __must_check;
/* Gives up the frames that d shares: the domain is dying. */
void grant_table_release(struct domain *d);
/* Frees them: the domain is gone. */
void grant_table_destroy(struct domain *d);
long do_grant_table_op(unsigned int cmd, uint64_t arg_va, unsigned int count);
void grant_table_dump(struct domain *d);
/*
 * Frames first to first + nr - 1 of part id (XENMEM_resource_grant_table_id_*) of d's table, made if they are
 * not there yet. 0, -XEN_EINVAL (beyond the limit, no such part, no status frames in version 1), -XEN_ENOMEM,
 * -XEN_ESRCH (d has begun to die).
 */
int grant_table_frames(struct domain *d, unsigned int id, uint64_t first, unsigned int nr,
                       xen_pfn_t *out) __must_check;
/* Status frames for as many entries as the table may ever have. */
unsigned int grant_status_frames_max(const struct grant_table *gt);

/* --- Arch --- */
/*
 * Puts a mapping of frame m where host_addr says: a virtual address, or with GNTMAP_contains_pte the machine
 * address of an entry. The entry takes over the caller's reference, and type reference unless
 * GNTMAP_readonly. GNTST_okay or GNTST_general_error, recorded; nothing changed then. Current's page tables.
 */
int16_t arch_grant_map(uint64_t host_addr, mfn_t m, uint32_t flags) __must_check;
/*
 * Takes it away again: the references are the caller's once more, to be given back after arch_grant_flush.
 * With new_addr the mapping of that address moves here. GNTST_okay or GNTST_general_error, recorded: the
 * entry maps something else.
 */
int16_t arch_grant_unmap(uint64_t host_addr, mfn_t m, uint32_t flags, uint64_t new_addr) __must_check;
/* No CPU has translations any more that arch_grant_unmap of the current domain took away. */
void arch_grant_flush(void);

#endif
