/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk in use: attached for as long as somebody has it open, looked after by the thread that follows the
 * bus, waited for while its backend is away. For threads.
 */
#ifndef MINIOS_FILES_DISK_H
#define MINIOS_FILES_DISK_H

#include <minios/thread.h>
#include <xenguest/block.h>

#define DISKS              4
#define DISK_SECTOR        512
#define DISK_MOST_SEGMENTS 32 /* pages a transfer */

struct disk {
    struct xg_block block;
    uint32_t id;
    bool open;
};

/* Errnos of Xen's, negated. -XG_EBUSY: it is open, or DISKS are. */
int disk_open(uint32_t id, bool persistent, struct disk **disk);
int disk_close(struct disk *disk);

/*
 * Whole pages from a position in sectors, or a part of the last one: `nr_bytes` in all. -XG_ENODEV: the disk
 * is gone for good.
 */
int disk_transfer(struct disk *disk, enum xg_block_operation operation, uint64_t sector, void *const *pages,
                  unsigned int nr_pages, size_t nr_bytes);
/* What was written is safe when it returns; nothing to do where the disk has no cache. */
int disk_flush(struct disk *disk);

#endif
