/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mounted by which name, and what of a path is the name. */
#include "mount.h"

#include <errno.h>
#include <string.h>

static struct mutex lock = MUTEX_INITIALIZER(lock);
static struct file_system *mounts[FILE_MOUNTS];

static struct file_system **slot_of(const char *name)
{
    for (unsigned int i = 0; i < FILE_MOUNTS; i++)
        if (mounts[i] && strcmp(mounts[i]->name, name) == 0)
            return &mounts[i];
    return NULL;
}

static struct file_system **free_slot(void)
{
    for (unsigned int i = 0; i < FILE_MOUNTS; i++)
        if (!mounts[i])
            return &mounts[i];
    return NULL;
}

int file_system_mount(struct file_system *system, const char *name)
{
    struct file_system **slot;
    int rc = -ENOSPC;

    if (!name[0] || strlen(name) >= FILE_MOUNT_NAME || strchr(name, '/') || name[0] == '.')
        return -EINVAL;
    mutex_init(&system->lock);
    system->nr_open = 0;
    strcpy(system->name, name);
    mutex_lock(&lock);
    slot = free_slot();
    if (slot_of(name)) {
        rc = -EEXIST;
    } else if (slot) {
        *slot = system;
        rc = 0;
    }
    mutex_unlock(&lock);
    return rc;
}

static int sync_unused(struct file_system *system)
{
    int rc;

    mutex_lock(&system->lock);
    rc = system->nr_open ? -EBUSY : 0;
    if (!rc && system->operations->sync)
        rc = system->operations->sync(system);
    mutex_unlock(&system->lock);
    return rc;
}

int file_system_unmount(const char *name)
{
    struct file_system **slot, *system = NULL;
    int rc = -ENOENT;

    mutex_lock(&lock);
    slot = slot_of(name);
    if (slot) {
        system = *slot;
        rc = sync_unused(system);
        if (!rc)
            *slot = NULL;
    }
    mutex_unlock(&lock);
    if (!rc && system->operations->unmounted)
        system->operations->unmounted(system);
    return rc;
}

static struct file_system *file_system_find(const char *name)
{
    struct file_system **slot;

    mutex_lock(&lock);
    slot = slot_of(name);
    mutex_unlock(&lock);
    return slot ? *slot : NULL;
}

struct file_system *file_system_at(unsigned int index)
{
    struct file_system *found = NULL;

    mutex_lock(&lock);
    for (unsigned int i = 0; i < FILE_MOUNTS && !found; i++)
        if (mounts[i] && index-- == 0)
            found = mounts[i];
    mutex_unlock(&lock);
    return found;
}

bool mount_get(struct file_system *system)
{
    bool there;

    mutex_lock(&lock);
    there = slot_of(system->name) && *slot_of(system->name) == system;
    if (there)
        mutex_lock(&system->lock);
    mutex_unlock(&lock);
    return there;
}

void mount_put(struct file_system *system)
{
    mutex_unlock(&system->lock);
}

/* ---- Paths ---- */

/* Takes the last component off. */
static void go_up(char *path)
{
    char *slash = strrchr(path, '/');

    *(slash ? slash : path) = '\0';
}

static int append(char *path, const char *component, size_t nr_bytes)
{
    size_t used = strlen(path);

    if (nr_bytes >= FILE_NAME_BYTES || used + nr_bytes + 2 > FILE_PATH_BYTES)
        return -ENAMETOOLONG;
    if (used)
        path[used++] = '/';
    memcpy(path + used, component, nr_bytes);
    path[used + nr_bytes] = '\0';
    return 0;
}

/* Without empty components, "." and "..": what is above the root is the root. */
static int normalise(char *to, const char *path)
{
    int rc = 0;

    to[0] = '\0';
    while (*path && !rc) {
        size_t nr_bytes = strcspn(path, "/");

        if (nr_bytes == 2 && memcmp(path, "..", 2) == 0)
            go_up(to);
        else if (nr_bytes && !(nr_bytes == 1 && *path == '.'))
            rc = append(to, path, nr_bytes);
        path += nr_bytes;
        path += *path == '/';
    }
    return rc;
}

int place_find(struct place *place, const char *path)
{
    char *rest;
    int rc = path[0] ? normalise(place->path, path) : -ENOENT;

    place->system = NULL;
    if (rc || !place->path[0])
        return rc;
    rest = strchr(place->path, '/');
    if (rest)
        *rest++ = '\0';
    place->system = file_system_find(place->path);
    if (!place->system)
        return -ENOENT;
    memmove(place->path, rest ? rest : "", rest ? strlen(rest) + 1 : 1);
    return 0;
}
