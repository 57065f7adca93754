/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second extended file system, read and written: what the files ext2*.c share. Format: revisions 0 and 1
 * with the features that leave it readable (file types in directories, sparse super blocks, large files);
 * hashed directories are read, and become plain ones when they are changed. No journal, no extents, no
 * extended attributes of new files. Everything under the file system's lock. Errors: <errno.h>, negated.
 */
#ifndef MINIOS_FILES_EXT2_H
#define MINIOS_FILES_EXT2_H

#include <minios/file_system.h>

#include "cache.h"

#define EXT2_ROOT       2
#define EXT2_DIRECT     12 /* blocks of a file that its inode names itself */
#define EXT2_NAMED      15 /* with the three trees */
#define EXT2_NAME_BYTES 255

#define EXT2_DIRECTORY 0x4000 /* of the mode */
#define EXT2_FILE      0x8000
#define EXT2_TYPE_MASK 0xf000

#define EXT2_HASHED 0x1000 /* of the flags */

struct ext2_group {
    uint32_t block_bitmap, inode_bitmap, inode_table;
    uint16_t free_blocks, free_inodes, directories;
};

/* An inode in use: of an open file, or of what a function is at. */
struct ext2_inode {
    uint32_t number;
    uint16_t mode, links;
    uint32_t flags, modified, deleted;
    uint32_t blocks; /* in units of 512 bytes, those of the trees included */
    uint64_t bytes;
    uint32_t attributes; /* a block of them; 0: there are none */
    uint32_t block[EXT2_NAMED];
    uint32_t goal; /* behind the block that was allocated last */
    unsigned int nr_users;
    struct ext2_inode *next;
};

struct ext2 {
    struct file_system system; /* first */
    struct disk *disk;
    struct cache cache;
    uint32_t block_bytes;
    uint32_t nr_blocks, first_block, blocks_per_group, free_blocks;
    uint32_t nr_inodes, inodes_per_group, free_inodes, first_inode;
    uint32_t inode_bytes;
    unsigned int nr_groups;
    bool revision_0, has_types, readonly, was_clean;
    struct ext2_group *groups;
    struct ext2_inode *inodes; /* in use */
};

static inline uint16_t ext2_get16(const void *at)
{
    return *(const uint16_t *)at;
}

static inline uint32_t ext2_get32(const void *at)
{
    return *(const uint32_t *)at;
}

static inline void ext2_put16(void *at, uint32_t value)
{
    *(uint16_t *)at = (uint16_t)value;
}

static inline void ext2_put32(void *at, uint64_t value)
{
    *(uint32_t *)at = (uint32_t)value;
}

/* ---- ext2_super.c: blocks, and what is free ---- */

int ext2_read_super(struct ext2 *fs);
/* Writes super block and groups; `clean`: nobody needs to check it. */
int ext2_write_super(struct ext2 *fs, bool clean);
/* The memory of block `number`: valid until 16 others were asked for. `fresh`: zeros instead of what is
 * there. */
int ext2_block(struct ext2 *fs, uint32_t number, bool fresh, void **data);
void ext2_block_dirty(struct ext2 *fs, uint32_t number);
/* -ENOSPC. Near `goal`. */
int ext2_alloc_block(struct ext2 *fs, uint32_t goal, uint32_t *number);
int ext2_free_block(struct ext2 *fs, uint32_t number);
int ext2_alloc_inode(struct ext2 *fs, uint32_t near_inode, bool directory, uint32_t *number);
int ext2_free_inode(struct ext2 *fs, uint32_t number, bool directory);

/* ---- ext2_inode.c: files as rows of blocks ---- */

/* The inode, counted as in use. -EIO: there is no such one. */
int ext2_get_inode(struct ext2 *fs, uint32_t number, struct ext2_inode **inode);
/* The last user of an inode without links frees what it has. */
int ext2_put_inode(struct ext2 *fs, struct ext2_inode *inode);
/* An empty one without links, in use. */
int ext2_new_inode(struct ext2 *fs, uint32_t near_inode, uint16_t mode, struct ext2_inode **inode);
int ext2_store_inode(struct ext2 *fs, struct ext2_inode *inode);
/* The block of the file's block `index`; 0: a hole. With `make` there is none. *fresh: it was made now. */
int ext2_map(struct ext2 *fs, struct ext2_inode *inode, uint32_t index, bool make, uint32_t *number,
             bool *fresh);
ssize_t ext2_read(struct ext2 *fs, struct ext2_inode *inode, void *buffer, size_t nr_bytes, uint64_t offset);
ssize_t ext2_write(struct ext2 *fs, struct ext2_inode *inode, const void *buffer, size_t nr_bytes,
                   uint64_t offset);
int ext2_truncate(struct ext2 *fs, struct ext2_inode *inode, uint64_t nr_bytes);

/* ---- ext2_directory.c: names ---- */

/* -ENOENT. */
int ext2_lookup(struct ext2 *fs, struct ext2_inode *directory, const char *name, size_t nr_bytes,
                uint32_t *number);
int ext2_add_name(struct ext2 *fs, struct ext2_inode *directory, const char *name, size_t nr_bytes,
                  const struct ext2_inode *inode);
int ext2_remove_name(struct ext2 *fs, struct ext2_inode *directory, const char *name, size_t nr_bytes);
/* The two names that a new directory begins with. */
int ext2_make_dots(struct ext2 *fs, struct ext2_inode *directory, uint32_t parent);
/* 1: only "." and ".." are in it. */
int ext2_is_empty(struct ext2 *fs, struct ext2_inode *directory);
int ext2_list(struct ext2 *fs, struct ext2_inode *directory, file_visit_fn *visit, void *context);

/* ---- ext2.c ---- */

/* Opens the disk and mounts what is on it. -EINVAL: not this format, or with features that this does not
 * know. */
int ext2_mount(uint32_t disk, const char *name);

#endif
