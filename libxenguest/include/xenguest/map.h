/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping pages in the kernel's address space, with the tables in between made as they are needed. Tier 2.
 * The caller serialises changes to the same part of the address space.
 */
#ifndef XENGUEST_MAP_H
#define XENGUEST_MAP_H

#include <xenguest/mmu.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

struct xg_map {
    xg_mfn_t root;             /* the level-4 table */
    uint64_t nr_tables;        /* tables made so far */
    struct xg_mmu_batch batch; /* private */
};

void xg_map_init(struct xg_map *map, xg_mfn_t root);

/*
 * Maps `nr` frames from `address` (page-aligned) on. Frames of `owner`. Tables come from xg_os_page_alloc,
 * are made read-only and hooked in, and stay. Replaces what was mapped there; flushes nothing: a new mapping
 * needs no flush, a replaced one xg_mmu_flush_page. -XG_ENOMEM: no page for a table; others are Xen's. On
 * failure a part may be mapped.
 */
int __must_check xg_map_frames(struct xg_map *map, uint64_t address, const xg_mfn_t *frames, uint64_t nr,
                               uint64_t pte_flags, xg_domid_t owner);
/* Clears the entries of `nr` pages and flushes them on every vCPU. Pages that were not mapped are passed
 * over. */
int __must_check xg_map_clear(struct xg_map *map, uint64_t address, uint64_t nr);
/* Gives `nr` mapped pages other flags and flushes them on every vCPU. -XG_ENOENT: one of them is not mapped.
 */
int __must_check xg_map_protect(struct xg_map *map, uint64_t address, uint64_t nr, uint64_t pte_flags);
/* The frame that `address` is mapped to, or XG_INVALID_MFN. */
xg_mfn_t xg_map_lookup(const struct xg_map *map, uint64_t address);

XG_END_DECLS

#endif
