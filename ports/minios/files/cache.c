/* SPDX-License-Identifier: BSD-2-Clause */
/* The block cache. */
#include "cache.h"

#include <string.h>

#include <xenguest/errno.h>
#include <xenguest/os.h>

#define PAGE_SECTORS (XG_PAGE_SIZE / DISK_SECTOR)

_Static_assert(CACHE_PAGES >= CACHE_HELD + CACHE_AHEAD, "a page that is held is not among the oldest");
_Static_assert(CACHE_AHEAD <= DISK_MOST_SEGMENTS, "one transfer reads ahead");

int cache_init(struct cache *cache, struct disk *disk)
{
    memset(cache, 0, sizeof(*cache));
    cache->disk = disk;
    for (unsigned int i = 0; i < CACHE_PAGES; i++) {
        cache->pages[i].data = xg_os_page_alloc();
        if (!cache->pages[i].data) {
            cache_end(cache);
            return -XG_ENOMEM;
        }
    }
    return 0;
}

void cache_end(struct cache *cache)
{
    for (unsigned int i = 0; i < CACHE_PAGES; i++)
        if (cache->pages[i].data)
            xg_os_page_free(cache->pages[i].data);
}

static uint64_t disk_pages(const struct cache *cache)
{
    return (cache->disk->block.nr_sectors + PAGE_SECTORS - 1) / PAGE_SECTORS;
}

/* `nr` pages from `number` on: the disk's last page may be a part of one. */
static int transfer(struct cache *cache, enum xg_block_operation operation, uint64_t number,
                    void *const *pages, unsigned int nr)
{
    uint64_t sectors = cache->disk->block.nr_sectors - number * PAGE_SECTORS;
    size_t nr_bytes = nr * XG_PAGE_SIZE;

    if (sectors * DISK_SECTOR < nr_bytes)
        nr_bytes = sectors * DISK_SECTOR;
    return disk_transfer(cache->disk, operation, number * PAGE_SECTORS, pages, nr, nr_bytes);
}

static struct cache_page *find(struct cache *cache, uint64_t number)
{
    for (unsigned int i = 0; i < CACHE_PAGES; i++)
        if (cache->pages[i].used && cache->pages[i].number == number)
            return &cache->pages[i];
    return NULL;
}

/* ---- Out ---- */

/* Writes the page and those dirty ones that follow it on the disk. */
static int write_run(struct cache *cache, struct cache_page *first)
{
    struct cache_page *run[DISK_MOST_SEGMENTS];
    void *data[DISK_MOST_SEGMENTS];
    struct cache_page *page = first;
    unsigned int nr = 0;
    int rc;

    for (; page && page->dirty && nr < DISK_MOST_SEGMENTS; page = find(cache, first->number + nr)) {
        data[nr] = page->data;
        run[nr++] = page;
    }
    rc = transfer(cache, XG_BLOCK_WRITE, first->number, data, nr);
    while (!rc && nr)
        run[--nr]->dirty = false;
    return rc;
}

static struct cache_page *lowest_dirty(struct cache *cache)
{
    struct cache_page *lowest = NULL;

    for (unsigned int i = 0; i < CACHE_PAGES; i++)
        if (cache->pages[i].dirty && (!lowest || cache->pages[i].number < lowest->number))
            lowest = &cache->pages[i];
    return lowest;
}

int cache_sync(struct cache *cache)
{
    struct cache_page *page;
    int rc = 0;

    while (!rc && (page = lowest_dirty(cache)) != NULL)
        rc = write_run(cache, page);
    return rc ? rc : disk_flush(cache->disk);
}

/* ---- In ---- */

/* A page to put something into: empty, or the oldest, on the disk by then. */
static int make_room(struct cache *cache, struct cache_page **room)
{
    struct cache_page *oldest = &cache->pages[0];
    int rc = 0;

    for (unsigned int i = 1; i < CACHE_PAGES; i++)
        if (cache->pages[i].used < oldest->used)
            oldest = &cache->pages[i];
    if (oldest->dirty)
        rc = write_run(cache, oldest);
    if (!rc)
        oldest->used = 0;
    *room = oldest;
    return rc;
}

static void enter(struct cache *cache, struct cache_page *page, uint64_t number)
{
    page->number = number;
    page->used = ++cache->now;
    page->dirty = false;
}

/* How many pages to read at `number`: more where the last reading ended. */
static unsigned int ahead(struct cache *cache, uint64_t number)
{
    uint64_t left = disk_pages(cache) - number;
    unsigned int nr = 1, most = number == cache->next_read ? CACHE_AHEAD : 1;

    while (nr < most && nr < left && !find(cache, number + nr))
        nr++;
    return nr;
}

static int read_pages(struct cache *cache, uint64_t number)
{
    struct cache_page *pages[CACHE_AHEAD];
    void *data[CACHE_AHEAD];
    unsigned int nr = ahead(cache, number), entered = 0;
    int rc = 0;

    while (entered < nr && !rc) {
        rc = make_room(cache, &pages[entered]);
        if (rc)
            break;
        enter(cache, pages[entered], number + entered);
        data[entered] = pages[entered]->data;
        entered++;
    }
    if (!rc)
        rc = transfer(cache, XG_BLOCK_READ, number, data, nr);
    while (rc && entered)
        pages[--entered]->used = 0;
    cache->next_read = number + nr;
    return rc;
}

int cache_get(struct cache *cache, uint64_t number, bool whole, void **data)
{
    struct cache_page *page = find(cache, number);
    int rc = 0;

    if (number >= disk_pages(cache))
        return -XG_EINVAL;
    cache->nr_hits += page != NULL;
    cache->nr_misses += page == NULL;
    if (!page && whole) {
        rc = make_room(cache, &page);
        if (!rc) {
            enter(cache, page, number);
            memset(page->data, 0, XG_PAGE_SIZE);
        }
    } else if (!page) {
        rc = read_pages(cache, number);
        page = rc ? NULL : find(cache, number);
    }
    if (rc)
        return rc;
    page->used = ++cache->now;
    *data = page->data;
    return 0;
}

void cache_dirty(struct cache *cache, uint64_t number)
{
    find(cache, number)->dirty = true;
}
