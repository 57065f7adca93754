/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done with files: each function is a few requests of the protocol, under the lock. */
#include "p9_private.h"

#define READ_HEAD    (XG_P9_HEAD + 4)         /* of an answer with data, before it */
#define WRITE_HEAD   (XG_P9_HEAD + 4 + 8 + 4) /* of a request with data */
#define GETATTR_MASK 0x7ffull                 /* what stat has */
#define SETATTR_SIZE 0x8
#define FLAGS        (XG_P9_READ | XG_P9_WRITE | XG_P9_READ_WRITE | XG_P9_EXCLUSIVE | XG_P9_TRUNCATE)

static size_t name_length(const char *name)
{
    size_t length = 0;

    while (name[length] && name[length] != '/')
        length++;
    return length;
}

/* ---- Open and close ---- */

/* A qid and the largest piece that reads and writes should have, which is ours to choose. */
static int take_open(struct xg_p9 *p9, unsigned int type, bool *directory)
{
    int rc = xg_p9_ask(p9, type);

    if (rc)
        return rc;
    *directory = xg_p9_get(p9, 1) & XG_P9_QID_DIR;
    return xg_p9_end(p9, true);
}

static int open_walked(struct xg_p9 *p9, uint32_t fid, unsigned int flags, bool *directory)
{
    xg_p9_begin(p9);
    xg_p9_put(p9, fid, 4);
    xg_p9_put(p9, flags & FLAGS, 4);
    return take_open(p9, P9_OPEN, directory);
}

/* The fid of the directory becomes that of the file. */
static int create_in(struct xg_p9 *p9, uint32_t fid, const char *name, unsigned int flags, uint32_t mode,
                     bool *directory)
{
    xg_p9_begin(p9);
    xg_p9_put(p9, fid, 4);
    xg_p9_put_string(p9, name, name_length(name));
    xg_p9_put(p9, flags & FLAGS, 4);
    xg_p9_put(p9, mode, 4);
    xg_p9_put(p9, p9->config.uid, 4);
    return take_open(p9, P9_CREATE, directory);
}

static int open_existing(struct xg_p9 *p9, const char *path, unsigned int flags, uint32_t *fid,
                         bool *directory)
{
    int rc = xg_p9_walk(p9, path, fid);

    if (rc)
        return rc;
    rc = open_walked(p9, *fid, flags, directory);
    if (rc)
        (void)!xg_p9_clunk(p9, *fid);
    return rc;
}

static int create(struct xg_p9 *p9, const char *path, unsigned int flags, uint32_t mode, uint32_t *fid,
                  bool *directory)
{
    const char *name;
    int rc = xg_p9_walk_parent(p9, path, fid, &name);

    if (rc)
        return rc;
    rc = create_in(p9, *fid, name, flags, mode, directory);
    if (rc)
        (void)!xg_p9_clunk(p9, *fid);
    return rc;
}

int xg_p9_open(struct xg_p9 *p9, const char *path, unsigned int flags, uint32_t mode, struct xg_p9_file *file)
{
    int rc = xg_p9_enter(p9);

    if (rc)
        return rc;
    xg_bytes_zero(file, sizeof(*file));
    file->p9 = p9;
    file->generation = p9->generation;
    if (flags & XG_P9_CREATE && flags & XG_P9_EXCLUSIVE)
        rc = -XG_ENOENT;
    else
        rc = open_existing(p9, path, flags, &file->fid, &file->directory);
    /* Somebody else may make it in between: then it is opened as it is. */
    if (rc == -XG_ENOENT && flags & XG_P9_CREATE)
        rc = create(p9, path, flags | XG_P9_EXCLUSIVE, mode, &file->fid, &file->directory);
    if (rc == -XG_EEXIST && !(flags & XG_P9_EXCLUSIVE))
        rc = open_existing(p9, path, flags, &file->fid, &file->directory);
    xg_p9_leave(p9);
    return rc;
}

static int enter_file(struct xg_p9_file *file)
{
    int rc = xg_p9_enter(file->p9);

    if (!rc && file->generation != file->p9->generation) {
        xg_p9_leave(file->p9);
        rc = -XG_ENXIO;
    }
    return rc;
}

int xg_p9_close(struct xg_p9_file *file)
{
    int rc = enter_file(file);

    if (rc)
        return rc;
    rc = xg_p9_clunk(file->p9, file->fid);
    xg_p9_leave(file->p9);
    return rc;
}

/* ---- Data ---- */

static uint32_t smaller(size_t a, uint32_t b)
{
    return a < b ? (uint32_t)a : b;
}

/* *nr: asked for, and got. */
static int read_piece(struct xg_p9_file *file, uint64_t offset, void *buffer, uint32_t *nr)
{
    struct xg_p9 *p9 = file->p9;
    uint32_t got;
    int rc;

    xg_p9_begin(p9);
    xg_p9_put(p9, file->fid, 4);
    xg_p9_put(p9, offset, 8);
    xg_p9_put(p9, *nr, 4);
    rc = xg_p9_ask(p9, P9_READ);
    if (rc)
        return rc;
    got = (uint32_t)xg_p9_get(p9, 4);
    if (got <= *nr)
        xg_p9_get_bytes(p9, buffer, got);
    rc = xg_p9_end(p9, got <= *nr);
    *nr = got;
    return rc;
}

int xg_p9_read(struct xg_p9_file *file, uint64_t offset, void *buffer, size_t bytes, size_t *done)
{
    int rc = enter_file(file);

    *done = 0;
    if (rc)
        return rc;
    while (*done < bytes) {
        uint32_t nr = smaller(bytes - *done, file->p9->message_bytes - READ_HEAD);

        rc = read_piece(file, offset + *done, (char *)buffer + *done, &nr);
        if (rc || !nr)
            break;
        *done += nr;
    }
    xg_p9_leave(file->p9);
    return rc;
}

static int write_piece(struct xg_p9_file *file, uint64_t offset, const void *buffer, uint32_t *nr)
{
    struct xg_p9 *p9 = file->p9;
    uint32_t taken;
    int rc;

    xg_p9_begin(p9);
    xg_p9_put(p9, file->fid, 4);
    xg_p9_put(p9, offset, 8);
    xg_p9_put(p9, *nr, 4);
    xg_p9_put_bytes(p9, buffer, *nr);
    rc = xg_p9_ask(p9, P9_WRITE);
    if (rc)
        return rc;
    taken = (uint32_t)xg_p9_get(p9, 4);
    rc = xg_p9_end(p9, taken <= *nr);
    *nr = taken;
    return rc;
}

int xg_p9_write(struct xg_p9_file *file, uint64_t offset, const void *buffer, size_t bytes, size_t *done)
{
    int rc = enter_file(file);

    *done = 0;
    if (rc)
        return rc;
    while (*done < bytes) {
        uint32_t nr = smaller(bytes - *done, file->p9->message_bytes - WRITE_HEAD);

        rc = write_piece(file, offset + *done, (const char *)buffer + *done, &nr);
        if (!rc && !nr)
            rc = -XG_EIO;
        if (rc)
            break;
        *done += nr;
    }
    xg_p9_leave(file->p9);
    return rc;
}

int xg_p9_truncate(struct xg_p9_file *file, uint64_t bytes)
{
    struct xg_p9 *p9 = file->p9;
    int rc = enter_file(file);

    if (rc)
        return rc;
    xg_p9_begin(p9);
    xg_p9_put(p9, file->fid, 4);
    xg_p9_put(p9, SETATTR_SIZE, 4);
    xg_p9_put(p9, 0, 4); /* mode, user, group */
    xg_p9_put(p9, 0, 8);
    xg_p9_put(p9, bytes, 8);
    xg_p9_put(p9, 0, 8); /* times, two of two numbers */
    xg_p9_put(p9, 0, 8);
    xg_p9_put(p9, 0, 8);
    xg_p9_put(p9, 0, 8);
    rc = xg_p9_do(p9, P9_SETATTR);
    xg_p9_leave(p9);
    return rc;
}

int xg_p9_sync(struct xg_p9_file *file)
{
    struct xg_p9 *p9 = file->p9;
    int rc = enter_file(file);

    if (rc)
        return rc;
    xg_p9_begin(p9);
    xg_p9_put(p9, file->fid, 4);
    xg_p9_put(p9, 0, 4);
    rc = xg_p9_do(p9, P9_FSYNC);
    xg_p9_leave(p9);
    return rc;
}

/* ---- Status ---- */

static int status_of(struct xg_p9 *p9, uint32_t fid, struct xg_p9_status *status)
{
    int rc;

    xg_p9_begin(p9);
    xg_p9_put(p9, fid, 4);
    xg_p9_put(p9, GETATTR_MASK, 8);
    rc = xg_p9_ask(p9, P9_GETATTR);
    if (rc)
        return rc;
    xg_p9_skip(p9, 8 + 1 + 4); /* which are valid; of the qid all but the number */
    status->number = xg_p9_get(p9, 8);
    status->mode = (uint32_t)xg_p9_get(p9, 4);
    xg_p9_skip(p9, 4 + 4 + 8 + 8); /* user, group, links, device */
    status->bytes = xg_p9_get(p9, 8);
    xg_p9_skip(p9, 8 + 8 + 8 + 8); /* blocks, time of access */
    status->modified = xg_p9_get(p9, 8);
    return xg_p9_end(p9, true);
}

int xg_p9_file_status(struct xg_p9_file *file, struct xg_p9_status *status)
{
    int rc = enter_file(file);

    if (rc)
        return rc;
    rc = status_of(file->p9, file->fid, status);
    xg_p9_leave(file->p9);
    return rc;
}

int xg_p9_status(struct xg_p9 *p9, const char *path, struct xg_p9_status *status)
{
    uint32_t fid;
    int rc = xg_p9_enter(p9);

    if (rc)
        return rc;
    rc = xg_p9_walk(p9, path, &fid);
    if (!rc) {
        rc = status_of(p9, fid, status);
        (void)!xg_p9_clunk(p9, fid);
    }
    xg_p9_leave(p9);
    return rc;
}

static int usage_of(struct xg_p9 *p9, struct xg_p9_usage *usage)
{
    uint64_t block;
    int rc;

    xg_p9_begin(p9);
    xg_p9_put(p9, XG_P9_ROOT, 4);
    rc = xg_p9_ask(p9, P9_STATFS);
    if (rc)
        return rc;
    xg_p9_skip(p9, 4);
    block = xg_p9_get(p9, 4);
    usage->bytes = xg_p9_get(p9, 8) * block;
    xg_p9_skip(p9, 8);
    usage->free_bytes = xg_p9_get(p9, 8) * block;
    usage->files = xg_p9_get(p9, 8);
    usage->free_files = xg_p9_get(p9, 8);
    return xg_p9_end(p9, true);
}

int xg_p9_usage(struct xg_p9 *p9, struct xg_p9_usage *usage)
{
    int rc = xg_p9_enter(p9);

    if (rc)
        return rc;
    rc = usage_of(p9, usage);
    xg_p9_leave(p9);
    return rc;
}
