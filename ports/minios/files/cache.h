/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache of a disk, in pages: what was used longest ago goes first, what was written goes to the disk when
 * its page is wanted or at a sync. Its owner sees to it that one thread uses it at a time.
 */
#ifndef MINIOS_FILES_CACHE_H
#define MINIOS_FILES_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "disk.h"

#define CACHE_PAGES 128
#define CACHE_AHEAD 16 /* pages read at a time, where reading goes forward */
#define CACHE_HELD  16 /* an address stays valid until so many other pages were asked for */

struct cache_page {
    uint64_t number; /* of the page on the disk */
    void *data;
    uint64_t used; /* when; 0: there is nothing in it */
    bool dirty;
};

struct cache {
    struct disk *disk;
    struct cache_page pages[CACHE_PAGES];
    uint64_t now;
    uint64_t next_read; /* behind the page that was read last */
    uint64_t nr_hits, nr_misses;
};

/* Errnos of Xen's, negated, in all of them. -XG_ENOMEM. */
int cache_init(struct cache *cache, struct disk *disk);
/* Does not write: cache_sync before it. */
void cache_end(struct cache *cache);

/* *data is page `number` of the disk. `whole`: it is about to be overwritten, and zeros will do. */
int cache_get(struct cache *cache, uint64_t number, bool whole, void **data);
/* The page that cache_get gave for this number has been changed. */
void cache_dirty(struct cache *cache, uint64_t number);
/* Writes what is to be written, in the order of the disk, and has it made safe. */
int cache_sync(struct cache *cache);

#endif
