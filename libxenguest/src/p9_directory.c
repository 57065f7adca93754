/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories: what they hold, and names that come, go and change. */
#include "p9_private.h"

#define ANSWER_HEAD (XG_P9_HEAD + 4)        /* before the entries */
#define ENTRY_HEAD  (XG_P9_QID + 8 + 1 + 2) /* before an entry's name */
#define ENTRY_MOST  (ENTRY_HEAD + XG_P9_NAME)
#define REMOVE_DIR  0x200 /* Linux's AT_REMOVEDIR */

static size_t name_length(const char *name)
{
    size_t length = 0;

    while (name[length] && name[length] != '/')
        length++;
    return length;
}

/* ---- Entries ---- */

/* False: it is none, and the answer malformed. *next is where the server goes on after it. */
static bool get_entry(struct xg_p9 *p9, struct xg_p9_entry *entry, uint64_t *next)
{
    unsigned int length;

    entry->directory = xg_p9_get(p9, 1) & XG_P9_QID_DIR;
    xg_p9_skip(p9, 4);
    entry->number = xg_p9_get(p9, 8);
    *next = xg_p9_get(p9, 8);
    xg_p9_skip(p9, 1);
    length = (unsigned int)xg_p9_get(p9, 2);
    if (!length || length >= XG_P9_NAME)
        return false;
    xg_p9_get_bytes(p9, entry->name, length);
    entry->name[length] = 0;
    return !p9->malformed && name_length(entry->name) == length;
}

static int entries_of(struct xg_p9_file *file, struct xg_p9_entry *entries, unsigned int most,
                      unsigned int *nr)
{
    struct xg_p9 *p9 = file->p9;
    uint32_t room = p9->message_bytes - ANSWER_HEAD, bytes, before;
    bool sound;
    int rc;

    /* No more than fit the caller's array even if all names are as short as can be would waste requests: what
     * does not fit is asked for again. */
    if (most < room / ENTRY_MOST)
        room = most * ENTRY_MOST;
    xg_p9_begin(p9);
    xg_p9_put(p9, file->fid, 4);
    xg_p9_put(p9, file->position, 8);
    xg_p9_put(p9, room, 4);
    rc = xg_p9_ask(p9, P9_READDIR);
    if (rc)
        return rc;
    bytes = (uint32_t)xg_p9_get(p9, 4);
    sound = bytes <= room && bytes == p9->left;
    for (before = p9->left; sound && p9->left && *nr < most; before = p9->left) {
        sound = get_entry(p9, &entries[*nr], &file->position) && p9->left < before;
        *nr += sound;
    }
    return xg_p9_end(p9, sound);
}

int xg_p9_entries(struct xg_p9_file *file, struct xg_p9_entry *entries, unsigned int most, unsigned int *nr)
{
    int rc = xg_p9_enter(file->p9);

    *nr = 0;
    if (rc)
        return rc;
    if (file->generation != file->p9->generation)
        rc = -XG_ENXIO;
    else if (most)
        rc = entries_of(file, entries, most, nr);
    xg_p9_leave(file->p9);
    return rc;
}

/* ---- Names ---- */

static int make_in(struct xg_p9 *p9, uint32_t parent, const char *name, uint32_t mode)
{
    xg_p9_begin(p9);
    xg_p9_put(p9, parent, 4);
    xg_p9_put_string(p9, name, name_length(name));
    xg_p9_put(p9, mode, 4);
    xg_p9_put(p9, p9->config.uid, 4);
    return xg_p9_do(p9, P9_MKDIR);
}

static int unlink_in(struct xg_p9 *p9, uint32_t parent, const char *name, uint32_t flags)
{
    xg_p9_begin(p9);
    xg_p9_put(p9, parent, 4);
    xg_p9_put_string(p9, name, name_length(name));
    xg_p9_put(p9, flags, 4);
    return xg_p9_do(p9, P9_UNLINKAT);
}

/* A request about the last name of `path` in its directory. */
static int in_parent(struct xg_p9 *p9, const char *path, uint32_t value,
                     int (*function)(struct xg_p9 *, uint32_t, const char *, uint32_t))
{
    const char *name;
    uint32_t parent;
    int rc = xg_p9_enter(p9);

    if (rc)
        return rc;
    rc = xg_p9_walk_parent(p9, path, &parent, &name);
    if (!rc) {
        rc = function(p9, parent, name, value);
        (void)!xg_p9_clunk(p9, parent);
    }
    xg_p9_leave(p9);
    return rc;
}

int xg_p9_make_directory(struct xg_p9 *p9, const char *path, uint32_t mode)
{
    return in_parent(p9, path, mode, make_in);
}

int xg_p9_remove(struct xg_p9 *p9, const char *path)
{
    return in_parent(p9, path, 0, unlink_in);
}

int xg_p9_remove_directory(struct xg_p9 *p9, const char *path)
{
    return in_parent(p9, path, REMOVE_DIR, unlink_in);
}

static int rename_between(struct xg_p9 *p9, uint32_t old_parent, const char *old_name, const char *to)
{
    const char *name;
    uint32_t parent;
    int rc = xg_p9_walk_parent(p9, to, &parent, &name);

    if (rc)
        return rc;
    xg_p9_begin(p9);
    xg_p9_put(p9, old_parent, 4);
    xg_p9_put_string(p9, old_name, name_length(old_name));
    xg_p9_put(p9, parent, 4);
    xg_p9_put_string(p9, name, name_length(name));
    rc = xg_p9_do(p9, P9_RENAMEAT);
    (void)!xg_p9_clunk(p9, parent);
    return rc;
}

int xg_p9_rename(struct xg_p9 *p9, const char *from, const char *to)
{
    const char *name;
    uint32_t parent;
    int rc = xg_p9_enter(p9);

    if (rc)
        return rc;
    rc = xg_p9_walk_parent(p9, from, &parent, &name);
    if (!rc) {
        rc = rename_between(p9, parent, name, to);
        (void)!xg_p9_clunk(p9, parent);
    }
    xg_p9_leave(p9);
    return rc;
}
