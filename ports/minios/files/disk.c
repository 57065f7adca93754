/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks that stay attached. */
#include "disk.h"

#include <minios/clock.h>
#include <minios/devices.h>
#include <minios/events.h>
#include <xenguest/errno.h>
#include <xenguest/os.h>

#define PATIENCE_NS 20000000000ull
#define LOOK_NS     1000000000ull

static struct mutex lock = MUTEX_INITIALIZER(lock);
static struct disk disks[DISKS];

static int start(struct disk *disk, uint32_t id, bool persistent)
{
    struct xg_block_config config = {
        .grants = devices_grants(), .events = &events, .nr_queues = 1, .persistent = persistent};
    int rc = -XG_ENODEV;

    if (!devices_bus() || !config.grants)
        return rc;
    if (!devices_follow_rules())
        return -XG_ENOMEM;
    devices_lock();
    rc = xg_block_attach(devices_bus(), &disk->block, id, &config);
    if (!rc)
        rc = xg_block_wait_connected(&disk->block, clock_now_ns() + PATIENCE_NS);
    if (rc && disk->block.device.bus)
        (void)!xg_block_detach(&disk->block, clock_now_ns() + LOOK_NS);
    devices_unlock();
    return rc;
}

static struct disk *get(uint32_t id)
{
    struct disk *found = NULL;

    mutex_lock(&lock);
    for (unsigned int i = 0; i < DISKS; i++) {
        if (disks[i].open && disks[i].id == id) {
            found = NULL;
            break;
        }
        if (!disks[i].open)
            found = &disks[i];
    }
    if (found) {
        found->open = true;
        found->id = id;
    }
    mutex_unlock(&lock);
    return found;
}

int disk_open(uint32_t id, bool persistent, struct disk **disk)
{
    struct disk *found = get(id);
    int rc = found ? start(found, id, persistent) : -XG_EBUSY;

    if (found && rc)
        found->open = false;
    *disk = found;
    return rc;
}

int disk_close(struct disk *disk)
{
    int rc;

    devices_lock();
    rc = xg_block_detach(&disk->block, clock_now_ns() + PATIENCE_NS);
    devices_unlock();
    if (!rc)
        disk->open = false;
    return rc;
}

/* The backend is away, or the domain was restored and it is not there yet. */
static int wait_for_backend(struct disk *disk)
{
    uint32_t seen = __atomic_load_n(&disk->block.activity, __ATOMIC_SEQ_CST);

    if (disk->block.device.error || disk->block.device.unplugged)
        return -XG_ENODEV;
    if (!disk->block.connected)
        (void)!xg_os_wait(&disk->block.activity, seen, clock_now_ns() + LOOK_NS);
    return 0;
}

static int do_patiently(struct disk *disk, struct xg_block_request *request)
{
    int rc = xg_block_do(&disk->block, request);

    while (rc == -XG_EAGAIN) {
        rc = wait_for_backend(disk);
        if (!rc)
            rc = xg_block_do(&disk->block, request);
    }
    return rc;
}

int disk_transfer(struct disk *disk, enum xg_block_operation operation, uint64_t sector, void *const *pages,
                  unsigned int nr_pages, size_t nr_bytes)
{
    struct xg_block_segment segments[DISK_MOST_SEGMENTS];
    struct xg_block_request request = {.operation = operation, .segments = segments};
    unsigned int most = disk->block.max_segments, done = 0;
    int rc = 0;

    if (most > DISK_MOST_SEGMENTS)
        most = DISK_MOST_SEGMENTS;
    while (done < nr_pages && !rc) {
        request.sector = sector + done * (XG_PAGE_SIZE / DISK_SECTOR);
        for (request.nr_segments = 0; request.nr_segments < most && done < nr_pages; done++) {
            size_t left = nr_bytes - done * XG_PAGE_SIZE;

            segments[request.nr_segments++] = (struct xg_block_segment){
                .page = pages[done], .bytes = (uint16_t)(left < XG_PAGE_SIZE ? left : XG_PAGE_SIZE)};
        }
        rc = do_patiently(disk, &request);
    }
    return rc;
}

int disk_flush(struct disk *disk)
{
    struct xg_block_request request = {.operation = XG_BLOCK_FLUSH};

    return disk->block.flush ? do_patiently(disk, &request) : 0;
}
