/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that give the frontends something to do, often: what it costs is measured from outside. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>

#include <minios/devices.h>
#include <xenguest/os.h>
#include "../files/disk.h"

#define MOST_PAGES 16

static int read_often(struct disk *disk, unsigned long nr, size_t nr_bytes)
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
    unsigned long nr = argc < 4 ? 0 : strtoul(argv[2], NULL, 10);
    size_t nr_bytes = argc < 4 ? 0 : strtoul(argv[3], NULL, 10);
    struct disk *disk;
    int rc = argc < 4 ? -1 : disk_open((uint32_t)strtoul(argv[1], NULL, 10), false, &disk);

    if (rc) {
        printf("bench-disk: error %d\n", -rc);
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
    unsigned long nr = argc < 3 ? 0 : strtoul(argv[2], NULL, 10), done = 0;
    struct xg_store *store = devices_store();
    char value[128];

    while (store && done < nr && !xg_store_read(store, XG_STORE_NO_TX, argv[1], value, sizeof(value), NULL))
        done++;
    printf("bench-store: %lu of %lu reads\n", done, nr);
    printf("work: done\n");
}
