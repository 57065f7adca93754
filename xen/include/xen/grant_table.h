/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant tables, version 1: set-up and queries. Mapping, copying and version 2: see docs/gaps.md. Lock: grant_table.lock. */
#ifndef XEN_GRANT_TABLE_H
#define XEN_GRANT_TABLE_H

#include <xen/types.h>
#include <public/grant_table.h>
#include <xen/spinlock.h>

struct domain;

struct grant_table {
    spinlock_t lock;
    unsigned int nr_frames, max_frames;
    grant_entry_v1_t **frames; /* hypervisor pages shared writable with the domain */
};

#define GRANT_FRAMES_INITIAL 1
#define GRANT_FRAMES_MAX     64 /* stock Xen's default: gnttab_max_frames=64 */

int grant_table_create(struct domain *d) __must_check;
/* Gives up the frames that d shares: the domain is dying. */
void grant_table_release(struct domain *d);
/* Frees them: the domain is gone. */
void grant_table_destroy(struct domain *d);
long do_grant_table_op(unsigned int cmd, uint64_t arg_va, unsigned int count);
void grant_table_dump(struct domain *d);

#endif
