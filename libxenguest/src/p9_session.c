/* SPDX-License-Identifier: BSD-2-Clause */
/* The session with a server: version and root once a connection, and fids, which stand for walked paths. */
#include "p9_private.h"

#define WALK_NAMES 16 /* of one message; longer paths take several */

static const char version[] = "9P2000.L";

/* Whether the string that comes next is this one. */
static bool get_string_is(struct xg_p9 *p9, const char *text, size_t length)
{
    size_t nr = xg_p9_get(p9, 2);
    bool same = true;

    if (nr != length) {
        xg_p9_skip(p9, nr);
        return false;
    }
    while (length--)
        same &= (char)xg_p9_get(p9, 1) == *text++;
    return same;
}

static int agree_version(struct xg_p9 *p9)
{
    uint32_t bytes;
    bool known;
    int rc;

    xg_p9_begin(p9);
    xg_p9_put(p9, p9->message_bytes, 4);
    xg_p9_put_string(p9, version, sizeof(version) - 1);
    rc = xg_p9_ask(p9, P9_VERSION);
    if (rc)
        return rc;
    bytes = (uint32_t)xg_p9_get(p9, 4);
    known = get_string_is(p9, version, sizeof(version) - 1);
    rc = xg_p9_end(p9, !known || (bytes >= XG_P9_LEAST && bytes <= p9->message_bytes));
    if (rc)
        return rc;
    p9->message_bytes = bytes;
    return known ? 0 : -XG_EOPNOTSUPP;
}

static int attach_root(struct xg_p9 *p9)
{
    xg_p9_begin(p9);
    xg_p9_put(p9, XG_P9_ROOT, 4);
    xg_p9_put(p9, XG_P9_NO_FID, 4);
    xg_p9_put_string(p9, "", 0);
    xg_p9_put_string(p9, "", 0);
    xg_p9_put(p9, p9->config.uid, 4);
    return xg_p9_do(p9, P9_ATTACH);
}

static int begin_session(struct xg_p9 *p9)
{
    int rc;

    if (!__atomic_load_n(&p9->connected, __ATOMIC_ACQUIRE))
        return p9->device.error ? p9->device.error : -XG_EAGAIN;
    if (p9->session)
        return 0;
    rc = agree_version(p9);
    if (!rc)
        rc = attach_root(p9);
    p9->used_files = 1;
    p9->session = !rc;
    return rc;
}

int xg_p9_enter(struct xg_p9 *p9)
{
    int rc;

    xg_os_lock(&p9->lock);
    rc = begin_session(p9);
    if (rc)
        xg_os_unlock(&p9->lock);
    return rc;
}

void xg_p9_leave(struct xg_p9 *p9)
{
    xg_os_unlock(&p9->lock);
}

/* ---- Fids ---- */

static int get_fid(struct xg_p9 *p9, uint32_t *fid)
{
    if (!~p9->used_files)
        return -XG_ENOSPC;
    *fid = (uint32_t)__builtin_ctzll(~p9->used_files);
    p9->used_files |= 1ull << *fid;
    return 0;
}

static void put_fid(struct xg_p9 *p9, uint32_t fid)
{
    p9->used_files &= ~(1ull << fid);
}

int xg_p9_clunk(struct xg_p9 *p9, uint32_t fid)
{
    put_fid(p9, fid);
    xg_p9_begin(p9);
    xg_p9_put(p9, fid, 4);
    return xg_p9_do(p9, P9_CLUNK);
}

/* The length of the name at the start; *next is where the one after it begins. */
static size_t first_name(const char *path, const char **next)
{
    size_t length = 0;

    while (path[length] && path[length] != '/')
        length++;
    *next = path + length;
    while (**next == '/')
        (*next)++;
    return length;
}

/*
 * As many names as one message takes, from `from` to `to`. *path is moved on, up to `end`. A server that
 * cannot go all the way says how far it came, and `to` is nothing then.
 */
static int walk_part(struct xg_p9 *p9, uint32_t from, uint32_t to, const char **path, const char *end)
{
    const char *at = *path, *next;
    unsigned int nr = 0, walked;
    uint32_t nr_at;
    int rc;

    for (; nr < WALK_NAMES && at < end; at = next, nr++)
        first_name(at, &next);
    xg_p9_begin(p9);
    xg_p9_put(p9, from, 4);
    xg_p9_put(p9, to, 4);
    xg_p9_put(p9, nr, 2);
    for (nr_at = 0, at = *path; nr_at < nr; nr_at++, at = next)
        xg_p9_put_string(p9, at, first_name(at, &next));
    *path = at;
    rc = xg_p9_ask(p9, P9_WALK);
    if (rc)
        return rc;
    walked = (unsigned int)xg_p9_get(p9, 2);
    xg_p9_skip(p9, (size_t)walked * XG_P9_QID);
    rc = xg_p9_end(p9, walked <= nr);
    return rc ? rc : walked < nr ? -XG_ENOENT : 0;
}

static int walk_to(struct xg_p9 *p9, const char *path, const char *end, uint32_t *fid)
{
    uint32_t from = XG_P9_ROOT;
    int rc = get_fid(p9, fid);

    if (rc)
        return rc;
    do {
        rc = walk_part(p9, from, *fid, &path, end);
        if (!rc)
            from = *fid;
    } while (!rc && path < end);
    if (!rc)
        return 0;
    /* The first part failed: there is nothing to give up. */
    if (from == XG_P9_ROOT)
        put_fid(p9, *fid);
    else
        (void)!xg_p9_clunk(p9, *fid);
    return rc;
}

static const char *skip_slashes(const char *path)
{
    while (*path == '/')
        path++;
    return path;
}

int xg_p9_walk(struct xg_p9 *p9, const char *path, uint32_t *fid)
{
    path = skip_slashes(path);
    return walk_to(p9, path, path + xg_string_length(path), fid);
}

int xg_p9_walk_parent(struct xg_p9 *p9, const char *path, uint32_t *fid, const char **name)
{
    const char *next;

    path = skip_slashes(path);
    if (!*path)
        return -XG_EINVAL;
    for (*name = path; first_name(*name, &next) && *next; *name = next)
        ;
    return walk_to(p9, path, *name, fid);
}
