/* SPDX-License-Identifier: BSD-2-Clause */
/* Between mount.c (names to file systems) and files.c (the C library's calls). */
#ifndef MINIOS_FILES_MOUNT_H
#define MINIOS_FILES_MOUNT_H

#include <minios/file_system.h>

/* A path, taken apart: `system` NULL is the root itself. */
struct place {
    struct file_system *system;
    char path[FILE_PATH_BYTES]; /* within it, as its functions want it */
};

/* -ENAMETOOLONG; -ENOENT: empty, or nothing is mounted by its first name. Links are not followed. */
int place_find(struct place *place, const char *path);

/* Keep a file system mounted, under its lock; false from get: it is being unmounted. */
bool mount_get(struct file_system *system);
void mount_put(struct file_system *system);

#endif
