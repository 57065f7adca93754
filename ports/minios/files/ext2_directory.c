/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories: blocks of entries, each as long as it says, the last one to the end of its block. An entry
 * that is removed becomes room behind the one before it.
 */
#include "ext2.h"

#include <errno.h>
#include <string.h>

/* Offsets in an entry. */
enum { E_INODE = 0, E_LENGTH = 4, E_NAME_BYTES = 6, E_TYPE = 7, E_NAME = 8 };

#define TYPE_FILE      1
#define TYPE_DIRECTORY 2

static uint32_t need(size_t name_bytes)
{
    return (uint32_t)(E_NAME + name_bytes + 3) & ~3u;
}

static uint32_t length_at(const char *entry)
{
    return ext2_get16(entry + E_LENGTH);
}

static uint32_t name_bytes_at(const char *entry)
{
    return *(const uint8_t *)(entry + E_NAME_BYTES);
}

/* Whether there is an entry at `at` that stays within its block. */
static bool is_sound(const struct ext2 *fs, const char *block, uint32_t at)
{
    uint32_t left = fs->block_bytes - at, length;

    if (left < E_NAME)
        return false;
    length = length_at(block + at);
    return length >= E_NAME && length <= left && length % 4 == 0 && need(name_bytes_at(block + at)) <= length;
}

/* An entry, and its block in the cache. */
struct entry {
    uint32_t block, at, before; /* `before`: the entry before it in the block; the same: it is the first */
    char *data;                 /* of the block */
};

typedef bool entry_fn(const char *entry, void *context);

/* The first entry that `wanted` takes. -ENOENT: none; -EIO: nonsense is found. */
static int find_entry(struct ext2 *fs, struct ext2_inode *directory, entry_fn *wanted, void *context,
                      struct entry *found)
{
    uint32_t nr_blocks = (uint32_t)(directory->bytes / fs->block_bytes);

    for (uint32_t i = 0; i < nr_blocks; i++) {
        bool fresh;
        void *data;
        int rc = ext2_map(fs, directory, i, false, &found->block, &fresh);

        if (!rc && !found->block)
            continue;
        if (!rc)
            rc = ext2_block(fs, found->block, false, &data);
        if (rc)
            return rc;
        found->data = data;
        found->before = 0;
        for (found->at = 0; found->at < fs->block_bytes; found->at += length_at(found->data + found->at)) {
            if (!is_sound(fs, data, found->at))
                return -EIO;
            if (wanted(found->data + found->at, context))
                return 0;
            found->before = found->at;
        }
    }
    return -ENOENT;
}

struct name {
    const char *text;
    size_t nr_bytes;
};

static bool is_name(const char *entry, void *context)
{
    const struct name *name = context;

    return ext2_get32(entry + E_INODE) && name_bytes_at(entry) == name->nr_bytes &&
           memcmp(entry + E_NAME, name->text, name->nr_bytes) == 0;
}

int ext2_lookup(struct ext2 *fs, struct ext2_inode *directory, const char *name, size_t nr_bytes,
                uint32_t *number)
{
    struct name wanted = {name, nr_bytes};
    struct entry entry;
    int rc = find_entry(fs, directory, is_name, &wanted, &entry);

    if (!rc)
        *number = ext2_get32(entry.data + entry.at + E_INODE);
    return rc;
}

/* ---- Adding ---- */

static uint32_t used_by(const char *entry)
{
    return ext2_get32(entry + E_INODE) ? need(name_bytes_at(entry)) : 0;
}

static bool has_room(const char *entry, void *context)
{
    return length_at(entry) - used_by(entry) >= need(*(size_t *)context);
}

static void write_entry(const struct ext2 *fs, char *at, uint32_t length, const struct name *name,
                        uint32_t number, bool is_directory)
{
    ext2_put32(at + E_INODE, number);
    ext2_put16(at + E_LENGTH, length);
    at[E_NAME_BYTES] = (char)name->nr_bytes;
    at[E_TYPE] = !fs->has_types ? 0 : is_directory ? TYPE_DIRECTORY : TYPE_FILE;
    memcpy(at + E_NAME, name->text, name->nr_bytes);
}

/* A block more, one entry of nothing in it. */
static int grow(struct ext2 *fs, struct ext2_inode *directory, struct entry *entry)
{
    bool fresh;
    void *data;
    int rc =
        ext2_map(fs, directory, (uint32_t)(directory->bytes / fs->block_bytes), true, &entry->block, &fresh);

    if (!rc)
        rc = ext2_block(fs, entry->block, true, &data);
    if (rc)
        return rc;
    entry->data = data;
    entry->at = 0;
    ext2_put16(entry->data + E_LENGTH, fs->block_bytes);
    ext2_block_dirty(fs, entry->block);
    directory->bytes += fs->block_bytes;
    return 0;
}

int ext2_add_name(struct ext2 *fs, struct ext2_inode *directory, const char *name, size_t nr_bytes,
                  const struct ext2_inode *inode)
{
    struct name added = {name, nr_bytes};
    struct entry entry;
    uint32_t length, used;
    char *at;
    int rc;

    if (nr_bytes > EXT2_NAME_BYTES)
        return -ENAMETOOLONG;
    rc = find_entry(fs, directory, has_room, &nr_bytes, &entry);
    if (rc == -ENOENT)
        rc = grow(fs, directory, &entry);
    if (rc)
        return rc;
    at = entry.data + entry.at;
    length = length_at(at);
    used = used_by(at);
    if (used)
        ext2_put16(at + E_LENGTH, used);
    write_entry(fs, at + used, length - used, &added, inode->number,
                (inode->mode & EXT2_TYPE_MASK) == EXT2_DIRECTORY);
    ext2_block_dirty(fs, entry.block);
    /* Its index, if it had one, does not know of the name. */
    directory->flags &= ~(uint32_t)EXT2_HASHED;
    return ext2_store_inode(fs, directory);
}

int ext2_make_dots(struct ext2 *fs, struct ext2_inode *directory, uint32_t parent)
{
    static const struct name dot = {".", 1}, dots = {"..", 2};
    struct entry entry;
    int rc = grow(fs, directory, &entry);

    if (rc)
        return rc;
    write_entry(fs, entry.data, need(1), &dot, directory->number, true);
    write_entry(fs, entry.data + need(1), fs->block_bytes - need(1), &dots, parent, true);
    ext2_block_dirty(fs, entry.block);
    return ext2_store_inode(fs, directory);
}

/* ---- Removing ---- */

int ext2_remove_name(struct ext2 *fs, struct ext2_inode *directory, const char *name, size_t nr_bytes)
{
    struct name removed = {name, nr_bytes};
    struct entry entry;
    int rc = find_entry(fs, directory, is_name, &removed, &entry);

    if (rc)
        return rc;
    if (entry.before == entry.at)
        ext2_put32(entry.data + entry.at + E_INODE, 0);
    else
        ext2_put16(entry.data + entry.before + E_LENGTH,
                   entry.at + length_at(entry.data + entry.at) - entry.before);
    ext2_block_dirty(fs, entry.block);
    directory->flags &= ~(uint32_t)EXT2_HASHED;
    return ext2_store_inode(fs, directory);
}

/* ---- Listing ---- */

static bool is_dots(const char *entry)
{
    uint32_t nr_bytes = name_bytes_at(entry);

    return entry[E_NAME] == '.' && (nr_bytes == 1 || (nr_bytes == 2 && entry[E_NAME + 1] == '.'));
}

static bool is_anything(const char *entry, void *unused)
{
    return ext2_get32(entry + E_INODE) && !is_dots(entry);
}

int ext2_is_empty(struct ext2 *fs, struct ext2_inode *directory)
{
    struct entry entry;
    int rc = find_entry(fs, directory, is_anything, NULL, &entry);

    return rc == -ENOENT ? 1 : rc;
}

struct listing {
    const struct ext2 *fs;
    file_visit_fn *visit;
    void *context;
};

static bool visit_entry(const char *entry, void *context)
{
    const struct listing *listing = context;
    struct file_status status = {.directory = entry[E_TYPE] == TYPE_DIRECTORY,
                                 .number = ext2_get32(entry + E_INODE)};
    char name[EXT2_NAME_BYTES + 1];

    if (!is_anything(entry, NULL))
        return false;
    memcpy(name, entry + E_NAME, name_bytes_at(entry));
    name[name_bytes_at(entry)] = '\0';
    return !listing->visit(name, listing->fs->has_types ? &status : NULL, listing->context);
}

int ext2_list(struct ext2 *fs, struct ext2_inode *directory, file_visit_fn *visit, void *context)
{
    struct listing listing = {fs, visit, context};
    struct entry entry;
    int rc = find_entry(fs, directory, visit_entry, &listing, &entry);

    return rc == -ENOENT ? 0 : rc;
}
