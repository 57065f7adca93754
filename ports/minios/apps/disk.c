/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command blk: lists the disks, or takes one up, writes a pattern to it and reads it back. What it writes
 * can be checked from the other side: page n of the range holds the 64-bit words n * 2^32 + i.
 */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/devices.h>
#include <xenguest/errno.h>
#include <minios/events.h>
#include <xenguest/block.h>

#define PATIENCE_NS  10000000000ull
#define PAGE_SECTORS 8
#define MOST_PAGES   64
#define HOLD_SECONDS 40

#define LARGE_PAGES 8 /* a ring */

static struct xg_block block;
static uint64_t *pages[MOST_PAGES];
static char ring_memory[LARGE_PAGES * XG_PAGE_SIZE] __attribute__((aligned(4096)));

static void list_disks(struct xg_bus *bus)
{
    uint32_t ids[16];
    unsigned int nr, i;
    int rc = xg_bus_list(bus, "vbd", ids, 16, &nr);

    if (rc)
        printf("blk: error %d\n", -rc);
    for (i = 0; i < nr && i < 16; i++)
        printf("disk %u\n", (unsigned int)ids[i]);
    printf("%u disks\n", nr);
}

static void describe(void)
{
    printf("blk: %llu sectors of 512 bytes, sector size %u, %s%s%s%s%s%s\n",
           (unsigned long long)block.nr_sectors, (unsigned int)block.sector_bytes,
           block.readonly ? "read-only " : "writable ", block.cdrom ? "cdrom " : "",
           block.flush ? "flush " : "", block.barrier ? "barrier " : "", block.discard ? "discard " : "",
           block.persistent ? "persistent " : "");
    printf("blk: %u queues, %u requests each, at most %u segments\n", block.nr_queues,
           (unsigned int)block.queues[0].ring.nr, block.max_segments);
}

static int transfer(enum xg_block_operation operation, uint64_t sector, unsigned int nr)
{
    static struct xg_block_segment segments[MOST_PAGES];
    struct xg_block_request request = {
        .operation = operation, .sector = sector, .segments = segments, .nr_segments = nr};
    unsigned int i;

    for (i = 0; i < nr; i++)
        segments[i] = (struct xg_block_segment){.page = pages[i], .bytes = XG_PAGE_SIZE};
    return xg_block_do(&block, &request);
}

static void fill(uint64_t first, unsigned int nr)
{
    unsigned int i, n;

    for (n = 0; n < nr; n++)
        for (i = 0; i < XG_PAGE_SIZE / 8; i++)
            pages[n][i] = ((first + n) << 32) + i;
}

static unsigned int count_wrong(uint64_t first, unsigned int nr)
{
    unsigned int i, n, wrong = 0;

    for (n = 0; n < nr; n++)
        for (i = 0; i < XG_PAGE_SIZE / 8; i++)
            wrong += pages[n][i] != ((first + n) << 32) + i;
    return wrong;
}

/* Requests of `nr` pages over the first `total` pages of the disk, then a flush, then the same to read. */
static void pattern(unsigned int nr, unsigned int total)
{
    unsigned int first, wrong = 0;
    int rc = 0;

    for (first = 0; first + nr <= total && !rc; first += nr) {
        fill(first, nr);
        rc = transfer(XG_BLOCK_WRITE, (uint64_t)first * PAGE_SECTORS, nr);
    }
    if (!rc && block.flush)
        rc = transfer(XG_BLOCK_FLUSH, 0, 0);
    for (first = 0; first + nr <= total && !rc; first += nr) {
        unsigned int i;

        for (i = 0; i < nr; i++)
            memset(pages[i], 0, XG_PAGE_SIZE);
        rc = transfer(XG_BLOCK_READ, (uint64_t)first * PAGE_SECTORS, nr);
        wrong += rc ? 0 : count_wrong(first, nr);
    }
    printf("blk: %u pages a request: error %d, %u words wrong\n", nr, -rc, wrong);
}

static void exercise(void)
{
    describe();
    pattern(1, 16);
    pattern(11, 110);
    if (block.max_segments >= 32)
        pattern(32, 256);
    printf("blk: %llu requests, %llu notifications\n", (unsigned long long)block.queues[0].nr_requests,
           (unsigned long long)block.queues[0].nr_notifications);
}

/* Looks after the bus until the disk is unplugged or the time is over. */
static void hold(struct xg_bus *bus, unsigned int seconds)
{
    uint64_t end = xg_os_now_ns() + seconds * 1000000000ull;
    bool was_connected = block.connected;

    printf("blk: held\n");
    while (!block.device.unplugged && xg_os_now_ns() < end) {
        uint32_t seen = xg_store_activity(bus->store);
        int rc = xg_bus_wait(bus, seen, end, NULL);

        if (rc && rc != -XG_ETIME)
            printf("blk: the bus: error %d\n", -rc);
        if (block.connected != was_connected)
            printf("blk: %s\n", block.connected ? "connected again" : "disconnected");
        was_connected = block.connected;
        fflush(stdout);
    }
    printf("blk: %s\n", block.device.unplugged ? "unplugged" : "still there");
}

static bool have_pages(void)
{
    unsigned int i;

    for (i = 0; i < MOST_PAGES; i++)
        if (!pages[i] && !(pages[i] = xg_os_page_alloc()))
            return false;
    return true;
}

/* What is to be done how. False: it has said which word it does not know. */
static bool choose(int argc, char **argv, struct xg_block_config *config, bool *holding)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "polled") == 0) {
            config->polled = true;
        } else if (strcmp(argv[i], "persistent") == 0) {
            config->persistent = true;
        } else if (strcmp(argv[i], "large") == 0) {
            config->ring_memory = ring_memory;
            config->ring_pages = LARGE_PAGES;
        } else if (strcmp(argv[i], "hold") == 0) {
            *holding = true;
        } else {
            shell_usage("blk");
            return false;
        }
    }
    return true;
}

void command_blk(int argc, char **argv)
{
    struct xg_block_config config = {.events = &events};
    struct xg_bus *bus;
    bool holding = false;
    uint64_t id;
    int rc;

    if (argc > 1 &&
        (!shell_number("blk", argv[1], 0, UINT32_MAX, &id) || !choose(argc, argv, &config, &holding)))
        return;
    bus = devices_bus();
    if (!bus || !(config.grants = devices_grants()))
        return;
    if (argc < 2) {
        list_disks(bus);
        return;
    }
    devices_lock();
    rc = have_pages() ? xg_block_attach(bus, &block, (uint32_t)id, &config) : -XG_ENOMEM;
    if (rc) {
        printf("blk: %s: %s (error %d)\n", argv[1], shell_error(rc), -rc);
        devices_unlock();
        return;
    }
    rc = xg_block_wait_connected(&block, xg_os_now_ns() + PATIENCE_NS);
    if (rc)
        printf("blk: not connected: error %d\n", -rc);
    else
        exercise();
    if (holding)
        hold(bus, HOLD_SECONDS);
    rc = xg_block_detach(&block, xg_os_now_ns() + PATIENCE_NS);
    devices_unlock();
    printf("blk: detached: error %d, %u grants free\n", -rc, (unsigned int)config.grants->nr_free);
}
