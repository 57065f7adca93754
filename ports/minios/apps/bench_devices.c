/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that give the frontends something to do, often: what it costs is measured from outside. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>

#include <minios/devices.h>
#include <xenguest/os.h>
#include "../files/disk.h"

#define MOST_PAGES 16
#define MOST_TIMES 1000000000

static int read_often(struct disk *disk, uint64_t nr, size_t nr_bytes)
{
    unsigned int nr_pages = (unsigned int)(nr_bytes / XG_PAGE_SIZE), i;
    uint64_t sectors = nr_bytes / DISK_SECTOR, position = 0;
    void *pages[MOST_PAGES];
    int rc = nr_pages && nr_pages <= MOST_PAGES ? 0 : -1;

    for (i = 0; i < nr_pages && !rc; i++)
        if (!(pages[i] = xg_os_page_alloc()))
            return -1;
    for (; nr && !rc; nr--) {
        rc = disk_transfer(disk, XG_BLOCK_READ, position, pages, nr_pages, nr_bytes);
        position += sectors;
        if (position + sectors > disk->block.nr_sectors)
            position = 0;
    }
    while (i--)
        xg_os_page_free(pages[i]);
    return rc;
}

/* One after the other, each waited for. Every page of a request is one grant; no grant takes a hypercall. */
void command_bench_disk(int argc, char **argv)
{
    uint64_t id, nr, nr_bytes;
    struct disk *disk;
    int rc;

    if (!shell_number("bench-disk", argv[1], 0, UINT32_MAX, &id) ||
        !shell_number("bench-disk", argv[2], 1, MOST_TIMES, &nr) ||
        !shell_number("bench-disk", argv[3], XG_PAGE_SIZE, MOST_PAGES * XG_PAGE_SIZE, &nr_bytes))
        return;
    if (!devices_bus())
        return;
    rc = disk_open((uint32_t)id, false, &disk);
    if (rc) {
        printf("bench-disk: %s: %s (error %d)\n", argv[1], shell_error(rc), -rc);
        return;
    }
    rc = read_often(disk, nr, nr_bytes);
    printf("bench-disk: error %d, %llu requests of %lu bytes, %llu notifications\n", -rc,
           (unsigned long long)disk->block.queues[0].nr_requests, (unsigned long)nr_bytes,
           (unsigned long long)disk->block.queues[0].nr_notifications);
    rc = disk_close(disk);
    printf("work: done\n");
}

void command_bench_store(int argc, char **argv)
{
    struct xg_store *store;
    uint64_t nr, done = 0;
    char value[128];
    int rc = 0;

    if (!shell_number("bench-store", argv[2], 1, MOST_TIMES, &nr) || !(store = devices_store()))
        return;
    while (done < nr && !(rc = xg_store_read(store, XG_STORE_NO_TX, argv[1], value, sizeof(value), NULL)))
        done++;
    if (rc)
        printf("bench-store: %s: %s (error %d)\n", argv[1], shell_error(rc), -rc);
    printf("bench-store: %llu of %llu reads\n", (unsigned long long)done, (unsigned long long)nr);
    printf("work: done\n");
}
