/* SPDX-License-Identifier: BSD-2-Clause */
/* Super block, groups and bitmaps: where things are and what is free. */
#include "ext2.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <xenguest/errno.h>
#include <xenguest/types.h>

/* Offsets in the super block, which stands 1024 bytes into the disk. */
enum {
    S_INODES = 0,
    S_BLOCKS = 4,
    S_FREE_BLOCKS = 12,
    S_FREE_INODES = 16,
    S_FIRST_BLOCK = 20,
    S_LOG_BLOCK = 24,
    S_BLOCKS_PER_GROUP = 32,
    S_INODES_PER_GROUP = 40,
    S_MOUNTED = 44,
    S_WRITTEN = 48,
    S_MAGIC = 56,
    S_STATE = 58,
    S_REVISION = 76,
    S_FIRST_INODE = 84,
    S_INODE_BYTES = 88,
    S_INCOMPATIBLE = 96,
    S_READONLY_COMPATIBLE = 100,
};

#define SUPER_OFFSET 1024
#define MAGIC        0xef53
#define STATE_CLEAN  1

#define INCOMPATIBLE_TYPES 2
#define WRITABLE_KNOWN     3 /* sparse super blocks, large files */

/* Offsets in a group's descriptor. */
enum {
    G_BLOCK_BITMAP = 0,
    G_INODE_BITMAP = 4,
    G_INODE_TABLE = 8,
    G_FREE_BLOCKS = 12,
    G_FREE_INODES = 14,
    G_DIRECTORIES = 16
};

#define DESCRIPTOR_BYTES 32
#define FIRST_INODE_0    11 /* of revision 0 */
#define INODE_BYTES_0    128

static int errno_of(int xen_errno)
{
    switch (-xen_errno) {
    case 0:
        return 0;
    case XG_ENOMEM:
        return -ENOMEM;
    case XG_EROFS:
        return -EROFS;
    case XG_ENODEV:
        return -ENODEV;
    default:
        return -EIO;
    }
}

/* ---- Blocks ---- */

static uint64_t page_of(const struct ext2 *fs, uint32_t number)
{
    return (uint64_t)number * fs->block_bytes / XG_PAGE_SIZE;
}

int ext2_block(struct ext2 *fs, uint32_t number, bool fresh, void **data)
{
    void *page;
    int rc;

    if (number >= fs->nr_blocks)
        return -EIO;
    rc =
        errno_of(cache_get(&fs->cache, page_of(fs, number), fresh && fs->block_bytes == XG_PAGE_SIZE, &page));
    if (rc)
        return rc;
    *data = (char *)page + (uint64_t)number * fs->block_bytes % XG_PAGE_SIZE;
    for (uint32_t i = 0; fresh && i < fs->block_bytes / sizeof(uint64_t); i++)
        ((uint64_t *)*data)[i] = 0;
    return 0;
}

void ext2_block_dirty(struct ext2 *fs, uint32_t number)
{
    cache_dirty(&fs->cache, page_of(fs, number));
}

/* ---- The super block and the groups ---- */

static bool is_ours(const char *super)
{
    uint32_t log = ext2_get32(super + S_LOG_BLOCK), revision = ext2_get32(super + S_REVISION);

    if (ext2_get16(super + S_MAGIC) != MAGIC || log > 2 || revision > 1 ||
        !ext2_get32(super + S_BLOCKS_PER_GROUP) || !ext2_get32(super + S_INODES_PER_GROUP))
        return false;
    return revision == 0 || !(ext2_get32(super + S_INCOMPATIBLE) & ~(uint32_t)INCOMPATIBLE_TYPES);
}

static void take_super(struct ext2 *fs, const char *super)
{
    fs->block_bytes = 1024u << ext2_get32(super + S_LOG_BLOCK);
    fs->nr_blocks = ext2_get32(super + S_BLOCKS);
    fs->first_block = ext2_get32(super + S_FIRST_BLOCK);
    fs->blocks_per_group = ext2_get32(super + S_BLOCKS_PER_GROUP);
    fs->free_blocks = ext2_get32(super + S_FREE_BLOCKS);
    fs->nr_inodes = ext2_get32(super + S_INODES);
    fs->inodes_per_group = ext2_get32(super + S_INODES_PER_GROUP);
    fs->free_inodes = ext2_get32(super + S_FREE_INODES);
    fs->was_clean = ext2_get16(super + S_STATE) & STATE_CLEAN;
    fs->revision_0 = ext2_get32(super + S_REVISION) == 0;
    fs->first_inode = fs->revision_0 ? FIRST_INODE_0 : ext2_get32(super + S_FIRST_INODE);
    fs->inode_bytes = fs->revision_0 ? INODE_BYTES_0 : ext2_get16(super + S_INODE_BYTES);
    fs->has_types = !fs->revision_0 && (ext2_get32(super + S_INCOMPATIBLE) & INCOMPATIBLE_TYPES);
    fs->readonly =
        fs->disk->block.readonly ||
        (!fs->revision_0 && (ext2_get32(super + S_READONLY_COMPATIBLE) & ~(uint32_t)WRITABLE_KNOWN));
    fs->nr_groups = (fs->nr_blocks - fs->first_block + fs->blocks_per_group - 1) / fs->blocks_per_group;
}

/* What the arithmetic of this file relies on. */
static bool is_sound(const struct ext2 *fs)
{
    uint64_t bits = fs->block_bytes * 8ull;

    return fs->first_block < fs->nr_blocks && fs->blocks_per_group <= bits && fs->inodes_per_group <= bits &&
           fs->inode_bytes >= INODE_BYTES_0 && fs->inode_bytes <= fs->block_bytes &&
           !(fs->inode_bytes & (fs->inode_bytes - 1)) && fs->nr_groups <= 1u << 16 &&
           (uint64_t)fs->nr_groups * fs->inodes_per_group >= fs->nr_inodes &&
           (uint64_t)fs->nr_blocks * fs->block_bytes <= fs->disk->block.nr_sectors * DISK_SECTOR;
}

static int descriptor(struct ext2 *fs, unsigned int group, uint32_t *number, char **at)
{
    unsigned int per_block = fs->block_bytes / DESCRIPTOR_BYTES;
    void *data;
    int rc;

    *number = fs->first_block + 1 + group / per_block;
    rc = ext2_block(fs, *number, false, &data);
    if (!rc)
        *at = (char *)data + group % per_block * DESCRIPTOR_BYTES;
    return rc;
}

static int read_group(struct ext2 *fs, unsigned int group)
{
    uint32_t number;
    char *at;
    int rc = descriptor(fs, group, &number, &at);

    if (!rc)
        fs->groups[group] = (struct ext2_group){.block_bitmap = ext2_get32(at + G_BLOCK_BITMAP),
                                                .inode_bitmap = ext2_get32(at + G_INODE_BITMAP),
                                                .inode_table = ext2_get32(at + G_INODE_TABLE),
                                                .free_blocks = ext2_get16(at + G_FREE_BLOCKS),
                                                .free_inodes = ext2_get16(at + G_FREE_INODES),
                                                .directories = ext2_get16(at + G_DIRECTORIES)};
    return rc;
}

int ext2_read_super(struct ext2 *fs)
{
    void *page;
    int rc = errno_of(cache_get(&fs->cache, 0, false, &page));

    if (rc)
        return rc;
    if (!is_ours((char *)page + SUPER_OFFSET))
        return -EINVAL;
    take_super(fs, (char *)page + SUPER_OFFSET);
    if (!is_sound(fs))
        return -EINVAL;
    fs->groups = calloc(fs->nr_groups, sizeof(*fs->groups));
    if (!fs->groups)
        return -ENOMEM;
    for (unsigned int i = 0; i < fs->nr_groups && !rc; i++)
        rc = read_group(fs, i);
    return rc;
}

static int write_group(struct ext2 *fs, unsigned int group)
{
    uint32_t number;
    char *at;
    int rc = descriptor(fs, group, &number, &at);

    if (rc)
        return rc;
    ext2_put16(at + G_FREE_BLOCKS, fs->groups[group].free_blocks);
    ext2_put16(at + G_FREE_INODES, fs->groups[group].free_inodes);
    ext2_put16(at + G_DIRECTORIES, fs->groups[group].directories);
    ext2_block_dirty(fs, number);
    return 0;
}

int ext2_write_super(struct ext2 *fs, bool clean)
{
    char *super;
    void *page;
    int rc = 0;

    if (fs->readonly)
        return 0;
    for (unsigned int i = 0; i < fs->nr_groups && !rc; i++)
        rc = write_group(fs, i);
    if (!rc)
        rc = errno_of(cache_get(&fs->cache, 0, false, &page));
    if (rc)
        return rc;
    super = (char *)page + SUPER_OFFSET;
    ext2_put32(super + S_FREE_BLOCKS, fs->free_blocks);
    ext2_put32(super + S_FREE_INODES, fs->free_inodes);
    ext2_put32(super + S_WRITTEN, (uint64_t)time(NULL));
    /* What was not clean before stays so until somebody has checked it. */
    ext2_put16(super + S_STATE, (ext2_get16(super + S_STATE) & ~STATE_CLEAN) | (clean && fs->was_clean));
    cache_dirty(&fs->cache, 0);
    return errno_of(cache_sync(&fs->cache));
}

/* ---- Bitmaps ---- */

/* The first clear bit of `nr`, from `from` on and then from the start; `nr`: none. */
static uint32_t find_clear(const uint8_t *bitmap, uint32_t nr, uint32_t from)
{
    for (uint32_t i = 0; i < nr; i++) {
        uint32_t bit = (from + i) % nr;

        if (bitmap[bit / 8] == 0xff && bit % 8 == 0 && bit + 8 <= nr && i + 8 <= nr)
            i += 7;
        else if (!(bitmap[bit / 8] >> bit % 8 & 1))
            return bit;
    }
    return nr;
}

/* Sets a clear bit of the block `bitmap`, whose first `nr` bits count. -ENOSPC. */
static int take_bit(struct ext2 *fs, uint32_t bitmap, uint32_t nr, uint32_t from, uint32_t *bit)
{
    void *data;
    int rc = ext2_block(fs, bitmap, false, &data);

    if (rc)
        return rc;
    *bit = find_clear(data, nr, from < nr ? from : 0);
    if (*bit == nr)
        return -ENOSPC;
    ((uint8_t *)data)[*bit / 8] |= (uint8_t)(1 << *bit % 8);
    ext2_block_dirty(fs, bitmap);
    return 0;
}

static int give_bit(struct ext2 *fs, uint32_t bitmap, uint32_t bit)
{
    void *data;
    int rc = ext2_block(fs, bitmap, false, &data);

    if (rc)
        return rc;
    if (!(((uint8_t *)data)[bit / 8] >> bit % 8 & 1))
        return -EIO;
    ((uint8_t *)data)[bit / 8] &= (uint8_t) ~(1 << bit % 8);
    ext2_block_dirty(fs, bitmap);
    return 0;
}

static uint32_t blocks_in(const struct ext2 *fs, unsigned int group)
{
    uint32_t left = fs->nr_blocks - fs->first_block - group * fs->blocks_per_group;

    return left < fs->blocks_per_group ? left : fs->blocks_per_group;
}

int ext2_alloc_block(struct ext2 *fs, uint32_t goal, uint32_t *number)
{
    uint32_t relative = goal > fs->first_block && goal < fs->nr_blocks ? goal - fs->first_block : 0;

    for (unsigned int i = 0; i < fs->nr_groups; i++) {
        unsigned int group = (relative / fs->blocks_per_group + i) % fs->nr_groups;
        uint32_t bit, from = i == 0 ? relative % fs->blocks_per_group : 0;
        int rc;

        if (!fs->groups[group].free_blocks)
            continue;
        rc = take_bit(fs, fs->groups[group].block_bitmap, blocks_in(fs, group), from, &bit);
        if (rc == -ENOSPC)
            continue;
        if (rc)
            return rc;
        fs->groups[group].free_blocks--;
        fs->free_blocks--;
        *number = fs->first_block + group * fs->blocks_per_group + bit;
        return 0;
    }
    return -ENOSPC;
}

int ext2_free_block(struct ext2 *fs, uint32_t number)
{
    unsigned int group;
    int rc;

    if (number <= fs->first_block || number >= fs->nr_blocks)
        return -EIO;
    group = (number - fs->first_block) / fs->blocks_per_group;
    rc = give_bit(fs, fs->groups[group].block_bitmap, (number - fs->first_block) % fs->blocks_per_group);
    if (!rc) {
        fs->groups[group].free_blocks++;
        fs->free_blocks++;
    }
    return rc;
}

static int alloc_inode_in(struct ext2 *fs, unsigned int group, uint32_t *number)
{
    uint32_t bit, from = group == 0 ? fs->first_inode - 1 : 0;
    int rc = take_bit(fs, fs->groups[group].inode_bitmap, fs->inodes_per_group, from, &bit);

    if (!rc)
        *number = group * fs->inodes_per_group + bit + 1;
    return rc;
}

int ext2_alloc_inode(struct ext2 *fs, uint32_t near_inode, bool directory, uint32_t *number)
{
    unsigned int first = (near_inode - 1) / fs->inodes_per_group;

    for (unsigned int i = 0; i < fs->nr_groups; i++) {
        unsigned int group = (first + i) % fs->nr_groups;
        int rc;

        if (!fs->groups[group].free_inodes)
            continue;
        rc = alloc_inode_in(fs, group, number);
        if (rc == -ENOSPC)
            continue;
        if (rc)
            return rc;
        fs->groups[group].free_inodes--;
        fs->groups[group].directories = (uint16_t)(fs->groups[group].directories + directory);
        fs->free_inodes--;
        return 0;
    }
    return -ENOSPC;
}

int ext2_free_inode(struct ext2 *fs, uint32_t number, bool directory)
{
    unsigned int group = (number - 1) / fs->inodes_per_group;
    int rc = give_bit(fs, fs->groups[group].inode_bitmap, (number - 1) % fs->inodes_per_group);

    if (!rc) {
        fs->groups[group].free_inodes++;
        fs->groups[group].directories = (uint16_t)(fs->groups[group].directories - directory);
        fs->free_inodes++;
    }
    return rc;
}
