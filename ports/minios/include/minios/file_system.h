/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a file system supplies, and how it comes under the C library's open, read, write and the rest. One is
 * mounted below a name of the root: mounted as "disk", its file a/b is /disk/a/b. The root itself holds
 * nothing but these names.
 *
 * For code above the C library, in threads. Errors are those of <errno.h>, negated.
 */
#ifndef MINIOS_FILE_SYSTEM_H
#define MINIOS_FILE_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <minios/thread.h>

#define FILE_NAME_BYTES 256  /* of one component, with its NUL */
#define FILE_PATH_BYTES 1024 /* of a whole path, with its NUL */
#define FILE_MOUNTS     8
#define FILE_MOUNT_NAME 16

struct file_status {
    bool directory;
    uint32_t mode; /* permissions */
    uint64_t bytes;
    uint64_t modified; /* seconds since 1970 */
    uint64_t number;   /* of the file in its file system */
};

struct file_usage {
    uint64_t bytes, free_bytes;
    uint64_t files, free_files; /* 0 and 0: there is no limit of its own */
};

struct file_system;

/* False ends the listing. `status` may be NULL when the file system does not know without asking. */
typedef bool file_visit_fn(const char *name, const struct file_status *status, void *context);

/*
 * A path is relative to the root of the file system: "" for that itself, components with one slash between
 * them, none of them empty, "." or "..", at most FILE_PATH_BYTES. `file` is what open has made. Functions are
 * called one at a time, under the lock of struct file_system. NULL: answers ENOSYS.
 */
struct file_system_operations {
    /* `flags` of <fcntl.h>: O_CREAT, O_EXCL, O_TRUNC and the access; O_APPEND is the caller's affair. */
    int (*open)(struct file_system *system, const char *path, int flags, uint32_t mode, void **file);
    int (*close)(struct file_system *system, void *file);
    /* How much was done; 0 at and beyond the end. What is read between end and a later write is zero. */
    ssize_t (*read)(struct file_system *system, void *file, void *buffer, size_t nr_bytes, uint64_t offset);
    ssize_t (*write)(struct file_system *system, void *file, const void *buffer, size_t nr_bytes,
                     uint64_t offset);
    int (*truncate)(struct file_system *system, void *file, uint64_t nr_bytes);
    int (*file_status)(struct file_system *system, void *file, struct file_status *status);
    int (*path_status)(struct file_system *system, const char *path, struct file_status *status);
    /* "." and ".." are left out. The visitor calls nothing of this file system. */
    int (*list)(struct file_system *system, const char *path, file_visit_fn *visit, void *context);
    int (*remove)(struct file_system *system, const char *path); /* a file; ENOTEMPTY, EISDIR, … */
    int (*make_directory)(struct file_system *system, const char *path, uint32_t mode);
    int (*remove_directory)(struct file_system *system, const char *path);
    int (*rename)(struct file_system *system, const char *from, const char *to);
    int (*usage)(struct file_system *system, struct file_usage *usage);
    /* What was written is safe when it returns. */
    int (*sync)(struct file_system *system);
    /* Synced, no file open any more: its memory and device are its own affair from here. May be NULL. */
    void (*unmounted)(struct file_system *system);
};

/* The caller's object, first member of whatever the file system keeps. */
struct file_system {
    const struct file_system_operations *operations;
    struct mutex lock;
    char name[FILE_MOUNT_NAME];
    unsigned int nr_open;
};

/* -EEXIST: the name is taken; -EINVAL: it is empty, too long or has a slash; -ENOSPC: FILE_MOUNTS are
 * mounted. */
int file_system_mount(struct file_system *system, const char *name);
/* -EBUSY: files are open; or what sync answers: it is still mounted then. */
int file_system_unmount(const char *name);
/* The nth that is mounted, or NULL. */
struct file_system *file_system_at(unsigned int index);

/* What the C library has no function for. Paths begin at the root. */
int file_usage(const char *path, struct file_usage *usage);
int file_list(const char *path, file_visit_fn *visit, void *context);
int file_sync(const char *path);

#endif
