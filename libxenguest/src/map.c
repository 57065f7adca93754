/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings of whole ranges. Entries go through the batch of the map; a missing table is made at once, by
 * itself, because what follows is written into it. A level-1 table that is wholly covered is filled before
 * Xen knows it as a table: one validation instead of 512 updates, which is most of the start of a kernel that
 * maps all of its memory.
 */
#include <xenguest/map.h>
#include "private.h"

void xg_map_init(struct xg_map *map, xg_mfn_t root)
{
    map->root = root;
    map->nr_tables = 0;
    xg_mmu_batch_init(&map->batch, XG_DOMID_SELF);
}

static int entry_write(xg_maddr_t where, xg_pte_t value)
{
    struct mmu_update update = {.ptr = where.n | MMU_NORMAL_PT_UPDATE, .val = value};

    return (int)hypercall_mmu_update(&update, 1, NULL, DOMID_SELF);
}

#define TABLE_ENTRIES 512

/* Puts a table where the walk ended: of 512 frames, or empty without them. Xen takes a page as a table only
 * when nothing can write to it. */
static int table_make(struct xg_map *map, const struct xg_walk *walk, const xg_mfn_t *frames,
                      uint64_t pte_flags)
{
    xg_pte_t *page = xg_os_page_alloc();
    unsigned int i;
    xg_mfn_t mfn;
    int rc;

    if (!page)
        return -XG_ENOMEM;
    xg_bytes_zero(page, XG_PAGE_SIZE);
    for (i = 0; frames && i < TABLE_ENTRIES; i++)
        page[i] = xg_pte(frames[i], pte_flags);
    mfn = xg_os_address_to_mfn(page);
    rc = xg_mmu_update_va(page, xg_pte(mfn, XG_PTE_READONLY), XG_FLUSH_PAGE_ALL);
    if (!rc) {
        rc = entry_write(walk->where, xg_pte(mfn, XG_PTE_TABLE));
        if (!rc) {
            map->nr_tables++;
            return 0;
        }
        if (xg_mmu_update_va(page, xg_pte(mfn, XG_PTE_DATA), XG_FLUSH_PAGE_ALL))
            return rc; /* the page stays read-only: lost, but safe */
    }
    xg_os_page_free(page);
    return rc;
}

/* The level-1 entry of `address`, making tables on the way. */
static int walk_making(struct xg_map *map, uint64_t address, struct xg_walk *walk)
{
    int rc;

    while ((rc = xg_mmu_walk(map->root, address, walk)) == -XG_ENOENT) {
        rc = table_make(map, walk, NULL, 0);
        if (rc)
            return rc;
    }
    return rc;
}

static bool first_of_table(uint64_t address)
{
    return xg_pte_index(address, 1) == 0;
}

/*
 * Maps 512 frames by a table of their own. False, and nothing lost, when there is one already or it cannot be
 * made: then entry by entry it is known which one is to blame.
 */
static bool map_whole_table(struct xg_map *map, uint64_t address, const xg_mfn_t *frames, uint64_t pte_flags)
{
    struct xg_walk walk;
    int rc;

    while ((rc = xg_mmu_walk(map->root, address, &walk)) == -XG_ENOENT && walk.level > 2)
        if (table_make(map, &walk, NULL, 0))
            return false;
    return rc == -XG_ENOENT && table_make(map, &walk, frames, pte_flags) == 0;
}

int xg_map_frames(struct xg_map *map, uint64_t address, const xg_mfn_t *frames, uint64_t nr,
                  uint64_t pte_flags, xg_domid_t owner)
{
    struct xg_walk walk = {0};
    uint64_t i;

    map->batch.domid = owner;
    for (i = 0; i < nr; i++, address += XG_PAGE_SIZE) {
        bool whole = owner == XG_DOMID_SELF && nr - i >= TABLE_ENTRIES && first_of_table(address);
        int rc = 0;

        if (whole && map_whole_table(map, address, frames + i, pte_flags)) {
            i += TABLE_ENTRIES - 1;
            address += (TABLE_ENTRIES - 1) * XG_PAGE_SIZE;
            continue;
        }
        if (i == 0 || first_of_table(address))
            rc = walk_making(map, address, &walk);
        else
            walk.where.n += sizeof(xg_pte_t);
        if (!rc)
            rc = xg_mmu_batch_set(&map->batch, walk.where, xg_pte(frames[i], pte_flags));
        if (rc) {
            (void)!xg_mmu_batch_flush(&map->batch);
            return rc;
        }
    }
    return xg_mmu_batch_flush(&map->batch);
}

static int flush_range(uint64_t address, uint64_t nr)
{
    if (nr == 1)
        return xg_mmu_flush_page((const void *)(uintptr_t)address, true);
    return xg_mmu_flush_tlb(true);
}

/* What was gathered takes effect, also when rc says that it is not all: the first errno counts. */
static int finish(struct xg_map *map, uint64_t address, uint64_t nr, int rc)
{
    int sent = xg_mmu_batch_flush(&map->batch), flushed = flush_range(address, nr);

    return rc ? rc : sent ? sent : flushed;
}

int xg_map_clear(struct xg_map *map, uint64_t address, uint64_t nr)
{
    uint64_t at = address, left;
    int rc = 0;

    map->batch.domid = XG_DOMID_SELF;
    for (left = nr; left && !rc; left--, at += XG_PAGE_SIZE) {
        struct xg_walk walk;

        rc = xg_mmu_walk(map->root, at, &walk);
        if (!rc && (walk.entry & XG_PTE_PRESENT))
            rc = xg_mmu_batch_set(&map->batch, walk.where, 0);
        else if (rc == -XG_ENOENT)
            rc = 0;
    }
    return finish(map, address, nr, rc);
}

int xg_map_protect(struct xg_map *map, uint64_t address, uint64_t nr, uint64_t pte_flags)
{
    uint64_t at = address, left;
    int rc = 0;

    map->batch.domid = XG_DOMID_SELF;
    for (left = nr; left && !rc; left--, at += XG_PAGE_SIZE) {
        struct xg_walk walk;

        rc = xg_mmu_walk(map->root, at, &walk);
        if (!rc && !(walk.entry & XG_PTE_PRESENT))
            rc = -XG_ENOENT;
        if (!rc)
            rc = xg_mmu_batch_set(&map->batch, walk.where, xg_pte(xg_pte_mfn(walk.entry), pte_flags));
    }
    return finish(map, address, nr, rc);
}

xg_mfn_t xg_map_lookup(const struct xg_map *map, uint64_t address)
{
    struct xg_walk walk;

    if (xg_mmu_walk(map->root, address, &walk) || !(walk.entry & XG_PTE_PRESENT))
        return XG_INVALID_MFN;
    return xg_pte_mfn(walk.entry);
}
