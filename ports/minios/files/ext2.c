/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of <minios/file_system.h>: paths to inodes, and what is done to them. */
#include "ext2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <xenguest/errno.h>

static struct ext2 *ext2_of(struct file_system *system)
{
    return (struct ext2 *)system;
}

static bool is_directory(const struct ext2_inode *inode)
{
    return (inode->mode & EXT2_TYPE_MASK) == EXT2_DIRECTORY;
}

static bool is_file(const struct ext2_inode *inode)
{
    return (inode->mode & EXT2_TYPE_MASK) == EXT2_FILE;
}

/* ---- Paths ---- */

/* From a directory, which is put, to what it calls by this name. */
static int descend(struct ext2 *fs, struct ext2_inode **inode, const char *name, size_t nr_bytes)
{
    uint32_t number;
    int rc = is_directory(*inode) ? ext2_lookup(fs, *inode, name, nr_bytes, &number) : -ENOTDIR;

    (void)!ext2_put_inode(fs, *inode);
    return rc ? rc : ext2_get_inode(fs, number, inode);
}

static int find(struct ext2 *fs, const char *path, size_t nr_bytes, struct ext2_inode **inode)
{
    const char *end = path + nr_bytes;
    int rc = ext2_get_inode(fs, EXT2_ROOT, inode);

    while (!rc && path < end) {
        size_t part = strcspn(path, "/");

        rc = descend(fs, inode, path, part);
        path += part + 1;
    }
    return rc;
}

/* The directory that a path leads to, and the name in it. */
static int find_parent(struct ext2 *fs, const char *path, struct ext2_inode **parent, const char **name)
{
    const char *slash = strrchr(path, '/');
    int rc;

    if (!path[0])
        return -EBUSY;
    if (fs->readonly)
        return -EROFS;
    *name = slash ? slash + 1 : path;
    rc = find(fs, path, slash ? (size_t)(slash - path) : 0, parent);
    if (rc || is_directory(*parent))
        return rc;
    (void)!ext2_put_inode(fs, *parent);
    return -ENOTDIR;
}

/* Parent and child of a path that is to be removed. */
static int find_both(struct ext2 *fs, const char *path, struct ext2_inode **parent, const char **name,
                     struct ext2_inode **inode)
{
    uint32_t number;
    int rc = find_parent(fs, path, parent, name);

    if (rc)
        return rc;
    rc = ext2_lookup(fs, *parent, *name, strlen(*name), &number);
    if (!rc)
        rc = ext2_get_inode(fs, number, inode);
    if (rc)
        (void)!ext2_put_inode(fs, *parent);
    return rc;
}

static int put_both(struct ext2 *fs, struct ext2_inode *parent, struct ext2_inode *inode, int rc)
{
    int put = ext2_put_inode(fs, inode), put_parent = ext2_put_inode(fs, parent);

    return rc ? rc : put ? put : put_parent;
}

/* ---- Making ---- */

/* A new inode with a name; it is in use. A directory's is empty yet. */
static int make(struct ext2 *fs, const char *path, uint16_t mode, struct ext2_inode **inode)
{
    struct ext2_inode *parent;
    const char *name;
    int rc = find_parent(fs, path, &parent, &name);

    if (rc)
        return rc;
    rc = ext2_new_inode(fs, parent->number, mode, inode);
    if (!rc) {
        (*inode)->links = 1;
        rc = ext2_store_inode(fs, *inode);
        if (!rc && (mode & EXT2_TYPE_MASK) == EXT2_DIRECTORY)
            rc = ext2_make_dots(fs, *inode, parent->number);
        if (!rc)
            rc = ext2_add_name(fs, parent, name, strlen(name), *inode);
        if (rc) {
            (*inode)->links = 0;
            (void)!ext2_put_inode(fs, *inode);
        } else if ((mode & EXT2_TYPE_MASK) == EXT2_DIRECTORY) {
            /* "." of its own, ".." of the parent. */
            (*inode)->links = 2;
            parent->links++;
            rc = ext2_store_inode(fs, *inode);
            rc = rc ? rc : ext2_store_inode(fs, parent);
        }
    }
    (void)!ext2_put_inode(fs, parent);
    return rc;
}

static int open_file(struct file_system *system, const char *path, int flags, uint32_t mode, void **file)
{
    struct ext2 *fs = ext2_of(system);
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
    struct ext2_inode *inode;
    int rc = find(fs, path, strlen(path), &inode);

    if (!rc && (flags & O_CREAT) && (flags & O_EXCL)) {
        (void)!ext2_put_inode(fs, inode);
        return -EEXIST;
    }
    if (rc == -ENOENT && (flags & O_CREAT))
        rc = make(fs, path, (uint16_t)(EXT2_FILE | (mode & 0777)), &inode);
    if (rc)
        return rc;
    if (writes && fs->readonly)
        rc = -EROFS;
    else if (!is_file(inode))
        rc = is_directory(inode) ? -EISDIR : -EINVAL;
    else if (flags & O_TRUNC)
        rc = ext2_truncate(fs, inode, 0);
    if (rc)
        (void)!ext2_put_inode(fs, inode);
    else
        *file = inode;
    return rc;
}

static int close_file(struct file_system *system, void *file)
{
    return ext2_put_inode(ext2_of(system), file);
}

static ssize_t read_file(struct file_system *system, void *file, void *buffer, size_t nr_bytes,
                         uint64_t offset)
{
    return ext2_read(ext2_of(system), file, buffer, nr_bytes, offset);
}

static ssize_t write_file(struct file_system *system, void *file, const void *buffer, size_t nr_bytes,
                          uint64_t offset)
{
    return ext2_write(ext2_of(system), file, buffer, nr_bytes, offset);
}

static int truncate_file(struct file_system *system, void *file, uint64_t nr_bytes)
{
    return nr_bytes > INT32_MAX ? -EFBIG : ext2_truncate(ext2_of(system), file, nr_bytes);
}

static int make_directory(struct file_system *system, const char *path, uint32_t mode)
{
    struct ext2 *fs = ext2_of(system);
    struct ext2_inode *inode;
    int rc = find(fs, path, strlen(path), &inode);

    if (!rc) {
        (void)!ext2_put_inode(fs, inode);
        return -EEXIST;
    }
    if (rc == -ENOENT)
        rc = make(fs, path, (uint16_t)(EXT2_DIRECTORY | (mode & 0777)), &inode);
    return rc ? rc : ext2_put_inode(fs, inode);
}

/* ---- Removing ---- */

static int remove_file(struct file_system *system, const char *path)
{
    struct ext2 *fs = ext2_of(system);
    struct ext2_inode *parent, *inode;
    const char *name;
    int rc = find_both(fs, path, &parent, &name, &inode);

    if (rc)
        return rc;
    /* What else there may be, links, devices, attributes, keeps things where this does not look for them. */
    if (!is_file(inode) || inode->attributes)
        rc = is_directory(inode) ? -EISDIR : -ENOSYS;
    if (!rc)
        rc = ext2_remove_name(fs, parent, name, strlen(name));
    if (!rc) {
        inode->links--;
        rc = ext2_store_inode(fs, inode);
    }
    return put_both(fs, parent, inode, rc);
}

static int remove_directory(struct file_system *system, const char *path)
{
    struct ext2 *fs = ext2_of(system);
    struct ext2_inode *parent, *inode;
    const char *name;
    int rc = find_both(fs, path, &parent, &name, &inode);

    if (rc)
        return rc;
    rc = !is_directory(inode) ? -ENOTDIR : inode->attributes ? -ENOSYS : ext2_is_empty(fs, inode);
    if (rc >= 0)
        rc = rc == 1 ? ext2_remove_name(fs, parent, name, strlen(name)) : -ENOTEMPTY;
    if (!rc) {
        inode->links = 0;
        parent->links--;
        rc = ext2_store_inode(fs, parent);
    }
    return put_both(fs, parent, inode, rc);
}

static int rename_inode(struct ext2 *fs, struct ext2_inode *from, const char *old, struct ext2_inode *to,
                        const char *new)
{
    struct ext2_inode *inode;
    uint32_t number;
    int rc = ext2_lookup(fs, to, new, strlen(new), &number);

    if (rc != -ENOENT)
        return rc ? rc : -EEXIST;
    rc = ext2_lookup(fs, from, old, strlen(old), &number);
    if (!rc)
        rc = ext2_get_inode(fs, number, &inode);
    if (rc)
        return rc;
    /* A directory's ".." would have to change with it. */
    if (is_directory(inode) && from != to)
        rc = -ENOSYS;
    if (!rc)
        rc = ext2_add_name(fs, to, new, strlen(new), inode);
    if (!rc)
        rc = ext2_remove_name(fs, from, old, strlen(old));
    (void)!ext2_put_inode(fs, inode);
    return rc;
}

static int rename_path(struct file_system *system, const char *old_path, const char *new_path)
{
    struct ext2 *fs = ext2_of(system);
    struct ext2_inode *from, *to;
    const char *old, *new;
    int rc = find_parent(fs, old_path, &from, &old);

    if (rc)
        return rc;
    rc = find_parent(fs, new_path, &to, &new);
    if (rc) {
        (void)!ext2_put_inode(fs, from);
        return rc;
    }
    return put_both(fs, from, to, rename_inode(fs, from, old, to, new));
}

/* ---- Asking ---- */

static int file_status(struct file_system *system, void *file, struct file_status *status)
{
    const struct ext2_inode *inode = file;

    *status = (struct file_status){.directory = is_directory(inode),
                                   .mode = inode->mode & 0777u,
                                   .bytes = inode->bytes,
                                   .modified = inode->modified,
                                   .number = inode->number};
    return 0;
}

static int path_status(struct file_system *system, const char *path, struct file_status *status)
{
    struct ext2_inode *inode;
    int rc = find(ext2_of(system), path, strlen(path), &inode);

    if (rc)
        return rc;
    file_status(system, inode, status);
    return ext2_put_inode(ext2_of(system), inode);
}

static int list(struct file_system *system, const char *path, file_visit_fn *visit, void *context)
{
    struct ext2 *fs = ext2_of(system);
    struct ext2_inode *inode;
    int rc = find(fs, path, strlen(path), &inode);

    if (rc)
        return rc;
    rc = is_directory(inode) ? ext2_list(fs, inode, visit, context) : -ENOTDIR;
    (void)!ext2_put_inode(fs, inode);
    return rc;
}

static int usage(struct file_system *system, struct file_usage *result)
{
    const struct ext2 *fs = ext2_of(system);

    *result = (struct file_usage){.bytes = (uint64_t)fs->nr_blocks * fs->block_bytes,
                                  .free_bytes = (uint64_t)fs->free_blocks * fs->block_bytes,
                                  .files = fs->nr_inodes,
                                  .free_files = fs->free_inodes};
    return 0;
}

static int sync(struct file_system *system)
{
    return ext2_write_super(ext2_of(system), false);
}

static void unmounted(struct file_system *system)
{
    struct ext2 *fs = ext2_of(system);

    (void)!ext2_write_super(fs, true);
    cache_end(&fs->cache);
    (void)!disk_close(fs->disk);
    free(fs->groups);
    free(fs);
}

static const struct file_system_operations operations = {
    .open = open_file,
    .close = close_file,
    .read = read_file,
    .write = write_file,
    .truncate = truncate_file,
    .file_status = file_status,
    .path_status = path_status,
    .list = list,
    .remove = remove_file,
    .make_directory = make_directory,
    .remove_directory = remove_directory,
    .rename = rename_path,
    .usage = usage,
    .sync = sync,
    .unmounted = unmounted,
};

/* ---- The start ---- */

static int start(struct ext2 *fs, const char *name)
{
    int rc = cache_init(&fs->cache, fs->disk) ? -ENOMEM : 0;

    if (rc)
        return rc;
    rc = ext2_read_super(fs);
    if (!rc)
        rc = ext2_write_super(fs, false);
    fs->system.operations = &operations;
    if (!rc)
        rc = file_system_mount(&fs->system, name);
    if (rc)
        cache_end(&fs->cache);
    return rc;
}

int ext2_mount(uint32_t id, const char *name)
{
    struct ext2 *fs = calloc(1, sizeof(*fs));
    int rc;

    if (!fs)
        return -ENOMEM;
    rc = disk_open(id, false, &fs->disk);
    if (rc)
        rc = rc == -XG_EBUSY ? -EBUSY : -ENODEV;
    if (!rc) {
        rc = start(fs, name);
        if (rc)
            (void)!disk_close(fs->disk);
    }
    if (rc) {
        free(fs->groups);
        free(fs);
    }
    return rc;
}
