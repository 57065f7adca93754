/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inodes, and files as rows of blocks: the first twelve are named by the inode, the others by trees of blocks
 * of numbers, one, two and three levels high.
 */
#include "ext2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Offsets in an inode. */
enum {
    I_MODE = 0,
    I_SIZE = 4,
    I_CHANGED = 12,
    I_MODIFIED = 16,
    I_DELETED = 20,
    I_LINKS = 26,
    I_BLOCKS = 28,
    I_FLAGS = 32,
    I_BLOCK = 40,
    I_ATTRIBUTES = 104, /* the block of extended attributes */
    I_SIZE_HIGH = 108,  /* of files; of directories it is something else */
};

#define LEVELS 3

static int find_inode(struct ext2 *fs, uint32_t number, uint32_t *block, char **at)
{
    uint32_t index = (number - 1) % fs->inodes_per_group, per_block = fs->block_bytes / fs->inode_bytes;
    void *data;
    int rc;

    if (!number || number > fs->nr_inodes)
        return -EIO;
    *block = fs->groups[(number - 1) / fs->inodes_per_group].inode_table + index / per_block;
    rc = ext2_block(fs, *block, false, &data);
    if (!rc)
        *at = (char *)data + index % per_block * fs->inode_bytes;
    return rc;
}

static bool is_directory(const struct ext2_inode *inode)
{
    return (inode->mode & EXT2_TYPE_MASK) == EXT2_DIRECTORY;
}

static void take_inode(struct ext2_inode *inode, const char *at)
{
    inode->mode = ext2_get16(at + I_MODE);
    inode->links = ext2_get16(at + I_LINKS);
    inode->flags = ext2_get32(at + I_FLAGS);
    inode->modified = ext2_get32(at + I_MODIFIED);
    inode->blocks = ext2_get32(at + I_BLOCKS);
    inode->bytes = ext2_get32(at + I_SIZE);
    if (!is_directory(inode))
        inode->bytes |= (uint64_t)ext2_get32(at + I_SIZE_HIGH) << 32;
    inode->attributes = ext2_get32(at + I_ATTRIBUTES);
    memcpy(inode->block, at + I_BLOCK, sizeof(inode->block));
}

int ext2_new_inode(struct ext2 *fs, uint32_t near_inode, uint16_t mode, struct ext2_inode **inode)
{
    bool directory = (mode & EXT2_TYPE_MASK) == EXT2_DIRECTORY;
    uint32_t number, block;
    char *at;
    int rc = ext2_alloc_inode(fs, near_inode, directory, &number);

    if (rc)
        return rc;
    rc = find_inode(fs, number, &block, &at);
    if (!rc) {
        memset(at, 0, fs->inode_bytes);
        ext2_put16(at + I_MODE, mode);
        ext2_put32(at + I_MODIFIED, (uint64_t)time(NULL));
        ext2_block_dirty(fs, block);
        rc = ext2_get_inode(fs, number, inode);
    }
    if (rc)
        (void)!ext2_free_inode(fs, number, directory);
    return rc;
}

int ext2_get_inode(struct ext2 *fs, uint32_t number, struct ext2_inode **result)
{
    struct ext2_inode *inode;
    uint32_t block;
    char *at;
    int rc;

    for (inode = fs->inodes; inode && inode->number != number; inode = inode->next)
        ;
    if (inode) {
        inode->nr_users++;
        *result = inode;
        return 0;
    }
    rc = find_inode(fs, number, &block, &at);
    if (rc)
        return rc;
    inode = calloc(1, sizeof(*inode));
    if (!inode)
        return -ENOMEM;
    inode->number = number;
    inode->nr_users = 1;
    inode->goal = fs->groups[(number - 1) / fs->inodes_per_group].block_bitmap;
    take_inode(inode, at);
    inode->next = fs->inodes;
    fs->inodes = inode;
    *result = inode;
    return 0;
}

/* What nobody has open and no name leads to is gone. */
static int delete (struct ext2 *fs, struct ext2_inode *inode)
{
    bool directory = is_directory(inode);
    int rc = ext2_truncate(fs, inode, 0);

    inode->deleted = (uint32_t)time(NULL);
    if (!rc)
        rc = ext2_store_inode(fs, inode);
    return rc ? rc : ext2_free_inode(fs, inode->number, directory);
}

int ext2_put_inode(struct ext2 *fs, struct ext2_inode *inode)
{
    struct ext2_inode **link = &fs->inodes;
    int rc = 0;

    if (--inode->nr_users)
        return 0;
    if (!inode->links && !fs->readonly)
        rc = delete (fs, inode);
    while (*link != inode)
        link = &(*link)->next;
    *link = inode->next;
    free(inode);
    return rc;
}

int ext2_store_inode(struct ext2 *fs, struct ext2_inode *inode)
{
    uint32_t block;
    char *at;
    int rc = find_inode(fs, inode->number, &block, &at);

    if (rc)
        return rc;
    ext2_put16(at + I_MODE, inode->mode);
    ext2_put16(at + I_LINKS, inode->links);
    ext2_put32(at + I_FLAGS, inode->flags);
    ext2_put32(at + I_CHANGED, inode->modified);
    ext2_put32(at + I_MODIFIED, inode->modified);
    ext2_put32(at + I_DELETED, inode->deleted);
    ext2_put32(at + I_BLOCKS, inode->blocks);
    ext2_put32(at + I_SIZE, inode->bytes);
    if (!is_directory(inode))
        ext2_put32(at + I_SIZE_HIGH, inode->bytes >> 32);
    memcpy(at + I_BLOCK, inode->block, sizeof(inode->block));
    ext2_block_dirty(fs, block);
    return 0;
}

/* ---- From the number in the file to the number on the disk ---- */

static int make_block(struct ext2 *fs, struct ext2_inode *inode, uint32_t *number)
{
    void *data;
    int rc = ext2_alloc_block(fs, inode->goal, number);

    if (!rc)
        rc = ext2_block(fs, *number, true, &data);
    if (rc)
        return rc;
    ext2_block_dirty(fs, *number);
    inode->goal = *number + 1;
    inode->blocks += fs->block_bytes / DISK_SECTOR;
    return 0;
}

/* Which tree of the inode has it, and the way through: `steps` numbers, the first of them in the inode. */
static int find_way(const struct ext2 *fs, uint32_t index, uint32_t way[LEVELS + 1], unsigned int *steps)
{
    uint32_t per_block = fs->block_bytes / sizeof(uint32_t);
    uint64_t rest = index, reach = 1;
    unsigned int level;

    *steps = 1;
    way[0] = index;
    if (index < EXT2_DIRECT)
        return 0;
    rest -= EXT2_DIRECT;
    for (level = 1; level <= LEVELS; level++) {
        reach *= per_block;
        if (rest < reach)
            break;
        rest -= reach;
    }
    if (level > LEVELS)
        return -EFBIG;
    way[0] = EXT2_DIRECT + level - 1;
    for (unsigned int i = 1; i <= level; i++) {
        reach /= per_block;
        way[i] = (uint32_t)(rest / reach % per_block);
    }
    *steps = level + 1;
    return 0;
}

/* The number that stands in a block of numbers, made if there is none. */
static int step(struct ext2 *fs, struct ext2_inode *inode, uint32_t table, uint32_t index, bool make,
                uint32_t *number, bool *fresh)
{
    void *data;
    int rc = ext2_block(fs, table, false, &data);

    *number = rc ? 0 : ((uint32_t *)data)[index];
    if (rc || *number || !make)
        return rc;
    rc = make_block(fs, inode, number);
    if (!rc)
        rc = ext2_block(fs, table, false, &data);
    if (rc)
        return rc;
    ((uint32_t *)data)[index] = *number;
    ext2_block_dirty(fs, table);
    *fresh = true;
    return 0;
}

int ext2_map(struct ext2 *fs, struct ext2_inode *inode, uint32_t index, bool make, uint32_t *number,
             bool *fresh)
{
    uint32_t way[LEVELS + 1];
    unsigned int steps;
    int rc = find_way(fs, index, way, &steps);

    *fresh = false;
    if (rc)
        return rc;
    if (!inode->block[way[0]] && make) {
        rc = make_block(fs, inode, &inode->block[way[0]]);
        *fresh = true;
    }
    *number = inode->block[way[0]];
    for (unsigned int i = 1; i < steps && !rc && *number; i++) {
        *fresh = false;
        rc = step(fs, inode, *number, way[i], make, number, fresh);
    }
    return rc;
}

/* ---- Bytes ---- */

static size_t part_of_block(const struct ext2 *fs, uint64_t offset, size_t nr_bytes)
{
    size_t left = fs->block_bytes - offset % fs->block_bytes;

    return nr_bytes < left ? nr_bytes : left;
}

static int read_part(struct ext2 *fs, struct ext2_inode *inode, char *to, size_t nr_bytes, uint64_t offset)
{
    uint32_t number;
    bool fresh;
    void *data;
    int rc = ext2_map(fs, inode, (uint32_t)(offset / fs->block_bytes), false, &number, &fresh);

    if (!rc && number)
        rc = ext2_block(fs, number, false, &data);
    if (rc)
        return rc;
    if (number)
        memcpy(to, (char *)data + offset % fs->block_bytes, nr_bytes);
    else
        memset(to, 0, nr_bytes);
    return 0;
}

ssize_t ext2_read(struct ext2 *fs, struct ext2_inode *inode, void *buffer, size_t nr_bytes, uint64_t offset)
{
    size_t done = 0;

    if (offset >= inode->bytes)
        return 0;
    if (nr_bytes > inode->bytes - offset)
        nr_bytes = inode->bytes - offset;
    while (done < nr_bytes) {
        size_t part = part_of_block(fs, offset + done, nr_bytes - done);
        int rc = read_part(fs, inode, (char *)buffer + done, part, offset + done);

        if (rc)
            return done ? (ssize_t)done : rc;
        done += part;
    }
    return (ssize_t)done;
}

static int write_part(struct ext2 *fs, struct ext2_inode *inode, const char *from, size_t nr_bytes,
                      uint64_t offset)
{
    uint32_t number;
    bool fresh;
    void *data;
    int rc = ext2_map(fs, inode, (uint32_t)(offset / fs->block_bytes), true, &number, &fresh);

    if (!rc)
        rc = ext2_block(fs, number, fresh || nr_bytes == fs->block_bytes, &data);
    if (rc)
        return rc;
    memcpy((char *)data + offset % fs->block_bytes, from, nr_bytes);
    ext2_block_dirty(fs, number);
    return 0;
}

ssize_t ext2_write(struct ext2 *fs, struct ext2_inode *inode, const void *buffer, size_t nr_bytes,
                   uint64_t offset)
{
    size_t done = 0;
    int rc = 0, stored;

    /* Longer ones want a feature bit in the super block. */
    if (offset > INT32_MAX || nr_bytes > INT32_MAX - offset)
        return -EFBIG;
    while (done < nr_bytes && !rc) {
        size_t part = part_of_block(fs, offset + done, nr_bytes - done);

        rc = write_part(fs, inode, (const char *)buffer + done, part, offset + done);
        if (!rc)
            done += part;
    }
    if (offset + done > inode->bytes)
        inode->bytes = offset + done;
    inode->modified = (uint32_t)time(NULL);
    stored = ext2_store_inode(fs, inode);
    if (!rc)
        rc = stored;
    return done ? (ssize_t)done : rc;
}

/* ---- The way back ---- */

/*
 * Frees what of a tree lies at or behind block `first` of the file; the tree begins at block `start` and each
 * number in it stands for `reach` blocks. *number is 0 when nothing is left of it.
 */
static int free_tree(struct ext2 *fs, struct ext2_inode *inode, uint32_t *number, uint64_t start,
                     uint64_t reach, uint64_t first)
{
    uint32_t per_block = fs->block_bytes / sizeof(uint32_t), i;
    void *data;
    int rc = 0;

    for (i = 0; *number && reach && i < per_block && !rc; i++) {
        uint64_t below = start + i * reach;
        uint32_t entry;

        if (below + reach <= first)
            continue;
        rc = ext2_block(fs, *number, false, &data);
        entry = rc ? 0 : ((uint32_t *)data)[i];
        if (rc || !entry)
            continue;
        rc = free_tree(fs, inode, &entry, below, reach / per_block, first);
        if (!rc)
            rc = ext2_block(fs, *number, false, &data);
        if (rc)
            break;
        ((uint32_t *)data)[i] = entry;
        ext2_block_dirty(fs, *number);
    }
    if (rc || !*number || start < first)
        return rc;
    rc = ext2_free_block(fs, *number);
    inode->blocks -= fs->block_bytes / DISK_SECTOR;
    *number = 0;
    return rc;
}

/* What is behind the end within the last block must be zero when the file grows again. */
static int clear_rest(struct ext2 *fs, struct ext2_inode *inode, uint64_t nr_bytes)
{
    uint32_t number;
    bool fresh;
    void *data;
    int rc;

    if (nr_bytes % fs->block_bytes == 0)
        return 0;
    rc = ext2_map(fs, inode, (uint32_t)(nr_bytes / fs->block_bytes), false, &number, &fresh);
    if (!rc && number)
        rc = ext2_block(fs, number, false, &data);
    if (rc || !number)
        return rc;
    memset((char *)data + nr_bytes % fs->block_bytes, 0, fs->block_bytes - nr_bytes % fs->block_bytes);
    ext2_block_dirty(fs, number);
    return 0;
}

int ext2_truncate(struct ext2 *fs, struct ext2_inode *inode, uint64_t nr_bytes)
{
    uint64_t first = (nr_bytes + fs->block_bytes - 1) / fs->block_bytes, start = EXT2_DIRECT, reach = 1;
    uint32_t per_block = fs->block_bytes / sizeof(uint32_t);
    int rc = nr_bytes < inode->bytes ? clear_rest(fs, inode, nr_bytes) : 0, stored;

    for (unsigned int i = 0; i < EXT2_DIRECT && !rc; i++)
        rc = free_tree(fs, inode, &inode->block[i], i, 0, first);
    for (unsigned int level = 0; level < LEVELS && !rc; level++) {
        rc = free_tree(fs, inode, &inode->block[EXT2_DIRECT + level], start, reach, first);
        reach *= per_block;
        start += reach;
    }
    inode->bytes = nr_bytes;
    inode->modified = (uint32_t)time(NULL);
    stored = ext2_store_inode(fs, inode);
    return rc ? rc : stored;
}
