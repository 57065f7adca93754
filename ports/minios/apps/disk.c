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
#include <minios/events.h>
#include <minios/thread.h>
#include <xenguest/errno.h>
#include <xenguest/block.h>

#define PATIENCE_NS  10000000000ull
#define PAGE_SECTORS 8
#define MOST_PAGES   64
#define HOLD_SECONDS 40
#define LOOK_NS      1000000000ull
#define DISCARDED    64 /* pages, and from the page of that number on */
#define NR_AGAIN     8

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

static int compare(unsigned int nr, unsigned int total, unsigned int *wrong)
{
    unsigned int first, i;
    int rc = 0;

    for (first = 0; first + nr <= total && !rc; first += nr) {
        for (i = 0; i < nr; i++)
            memset(pages[i], 0, XG_PAGE_SIZE);
        rc = transfer(XG_BLOCK_READ, (uint64_t)first * PAGE_SECTORS, nr);
        *wrong += rc ? 0 : count_wrong(first, nr);
    }
    return rc;
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
    if (!rc)
        rc = compare(nr, total, &wrong);
    printf("blk: %u pages a request: error %d, %u words wrong\n", nr, -rc, wrong);
}

/* Of a medium that somebody else has written the pattern to. */
static void read_only(void *unused)
{
    unsigned int wrong = 0;
    int rc = compare(4, 64, &wrong);

    printf("blk: read: error %d, %u words wrong\n", -rc, wrong);
}

/* One after the other: they share the pages. */
static void on_each_queue(void)
{
    unsigned int nr_threads = thread_count(), cpu;

    for (cpu = 0; cpu < block.nr_queues; cpu++) {
        if (thread_create("blk", cpu, read_only, NULL))
            thread_wait_for_ends(nr_threads);
        printf("blk: queue %u: %llu requests\n", cpu, (unsigned long long)block.queues[cpu].nr_requests);
    }
}

static void discard(void)
{
    struct xg_block_request request = {.operation = XG_BLOCK_DISCARD,
                                       .sector = DISCARDED * PAGE_SECTORS,
                                       .nr_sectors = DISCARDED * PAGE_SECTORS};
    int rc = xg_block_do(&block, &request);

    printf("blk: discard: error %d, in units of %u bytes\n", -rc, (unsigned int)block.discard_granularity);
}

static void exercise(void)
{
    describe();
    pattern(1, 16);
    if (block.readonly) {
        read_only(NULL);
        return;
    }
    pattern(11, 110);
    if (block.max_segments >= 32)
        pattern(32, 256);
    printf("blk: %llu requests, %llu notifications\n", (unsigned long long)block.queues[0].nr_requests,
           (unsigned long long)block.queues[0].nr_notifications);
}

static void look_after(struct xg_bus *bus)
{
    int rc = xg_bus_wait(bus, xg_store_activity(bus->store), xg_os_now_ns() + LOOK_NS, NULL);

    if (rc && rc != -XG_ETIME)
        printf("blk: the bus: error %d\n", -rc);
    fflush(stdout);
}

/*
 * Looks after the bus until the disk is unplugged or the time is over. Polled, it reads all the while:
 * Linux's backend looks at the size of its disk when there is a request. (Otherwise nobody would look after
 * the bus.)
 */
static void hold(struct xg_bus *bus, unsigned int seconds)
{
    uint64_t end = xg_os_now_ns() + seconds * 1000000000ull, nr_sectors = block.nr_sectors;
    bool was_connected = block.connected;

    printf("blk: held\n");
    while (!block.device.unplugged && xg_os_now_ns() < end) {
        look_after(bus);
        if (block.connected != was_connected)
            printf("blk: %s\n", block.connected ? "connected again" : "disconnected");
        was_connected = block.connected;
        if (block.nr_sectors != nr_sectors)
            printf("blk: %llu sectors now\n", (unsigned long long)block.nr_sectors);
        nr_sectors = block.nr_sectors;
        if (was_connected && block.config.polled)
            (void)!transfer(XG_BLOCK_READ, 0, 1);
    }
    printf("blk: %s\n", block.device.unplugged ? "unplugged" : "still there");
}

/* Writes that the backend has on its ring and does not see, since nobody tells it: the next one finds them.
 */
static void again(struct xg_bus *bus)
{
    static struct xg_block_segment segments[NR_AGAIN];
    static struct xg_block_request requests[NR_AGAIN];
    unsigned int i, nr_done = 0;
    int rc = 0;

    fill(0, NR_AGAIN);
    for (i = 0; i < NR_AGAIN && !rc; i++) {
        segments[i] = (struct xg_block_segment){.page = pages[i], .bytes = XG_PAGE_SIZE};
        requests[i] = (struct xg_block_request){.operation = XG_BLOCK_WRITE,
                                                .sector = i * PAGE_SECTORS,
                                                .segments = &segments[i],
                                                .nr_segments = 1};
        rc = xg_block_submit(&block, &requests[i], true);
    }
    printf("blk: %u requests wait: error %d\n", i, -rc);
    while (!rc && nr_done < NR_AGAIN && !block.device.unplugged) {
        look_after(bus);
        for (i = nr_done = 0; i < NR_AGAIN; i++)
            nr_done += __atomic_load_n(&requests[i].finished, __ATOMIC_ACQUIRE) && !requests[i].status;
    }
    printf("blk: %u requests made again\n", nr_done);
}

static bool have_pages(void)
{
    unsigned int i;

    for (i = 0; i < MOST_PAGES; i++)
        if (!pages[i] && !(pages[i] = xg_os_page_alloc()))
            return false;
    return true;
}

/* What is to be done beside the pattern. */
struct wishes {
    bool queues, discards, holds, again;
};

static bool choose_word(const char *word, struct xg_block_config *config, struct wishes *wishes)
{
    if (strcmp(word, "polled") == 0) {
        config->polled = true;
    } else if (strcmp(word, "persistent") == 0) {
        config->persistent = true;
    } else if (strcmp(word, "large") == 0) {
        config->ring_memory = ring_memory;
        config->ring_pages = LARGE_PAGES;
    } else if (strcmp(word, "queues") == 0) {
        wishes->queues = true;
        config->nr_queues = XG_BLOCK_QUEUES;
    } else if (strcmp(word, "discard") == 0) {
        wishes->discards = true;
    } else if (strcmp(word, "again") == 0) {
        wishes->again = true;
    } else if (strcmp(word, "hold") == 0) {
        wishes->holds = true;
    } else {
        return false;
    }
    return true;
}

/* What is to be done how. False: it has said that it does not know a word. */
static bool choose(int argc, char **argv, struct xg_block_config *config, struct wishes *wishes)
{
    for (int i = 2; i < argc; i++) {
        if (!choose_word(argv[i], config, wishes)) {
            shell_usage("blk");
            return false;
        }
    }
    return true;
}

static void use(struct xg_bus *bus, const struct wishes *wishes)
{
    if (wishes->again) {
        again(bus);
        return;
    }
    exercise();
    if (wishes->queues)
        on_each_queue();
    if (wishes->discards)
        discard();
    if (wishes->holds)
        hold(bus, HOLD_SECONDS);
}

void command_blk(int argc, char **argv)
{
    struct xg_block_config config = {.events = &events};
    struct xg_bus *bus;
    struct wishes wishes = {.holds = false};
    uint64_t id;
    int rc;

    if (argc > 1 &&
        (!shell_number("blk", argv[1], 0, UINT32_MAX, &id) || !choose(argc, argv, &config, &wishes)))
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
        use(bus, &wishes);
    rc = xg_block_detach(&block, xg_os_now_ns() + PATIENCE_NS);
    devices_unlock();
    printf("blk: detached: error %d, %u grants free\n", -rc, (unsigned int)config.grants->nr_free);
}
