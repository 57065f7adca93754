/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's calls about files: descriptors, each with its position, over what is mounted. */
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <minios/libc.h>

struct open_file {
    struct file_system *system; /* NULL: free */
    void *file;
    int flags;
    uint64_t position;
};

static struct mutex lock = MUTEX_INITIALIZER(lock); /* guards which descriptors are free */
static struct open_file open_files[LIBC_FILES_END - LIBC_FILES_FIRST];

static int answer(int rc)
{
    if (rc >= 0)
        return rc;
    errno = -rc;
    return -1;
}

/* ---- Descriptors ---- */

static struct open_file *file_of(int descriptor)
{
    struct open_file *file = &open_files[descriptor - LIBC_FILES_FIRST];

    return file->system && file->file ? file : NULL;
}

static int descriptor_get(struct file_system *system)
{
    int found = -EMFILE;

    mutex_lock(&lock);
    for (int i = 0; i < LIBC_FILES_END - LIBC_FILES_FIRST && found < 0; i++) {
        if (open_files[i].system)
            continue;
        open_files[i] = (struct open_file){.system = system};
        found = LIBC_FILES_FIRST + i;
    }
    mutex_unlock(&lock);
    return found;
}

static void descriptor_put(int descriptor)
{
    mutex_lock(&lock);
    open_files[descriptor - LIBC_FILES_FIRST] = (struct open_file){.system = NULL};
    mutex_unlock(&lock);
}

static bool may_read(const struct open_file *file)
{
    return (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool may_write(const struct open_file *file)
{
    return (file->flags & O_ACCMODE) != O_RDONLY;
}

static ssize_t read_file(int descriptor, void *buffer, size_t nr_bytes)
{
    struct open_file *file = file_of(descriptor);
    ssize_t done;

    if (!file || !may_read(file))
        return answer(-EBADF);
    mutex_lock(&file->system->lock);
    done = file->system->operations->read(file->system, file->file, buffer, nr_bytes, file->position);
    if (done > 0)
        file->position += (uint64_t)done;
    mutex_unlock(&file->system->lock);
    return answer((int)done);
}

static ssize_t write_locked(struct open_file *file, const void *buffer, size_t nr_bytes)
{
    const struct file_system_operations *operations = file->system->operations;
    struct file_status status;
    ssize_t done;
    int rc = 0;

    if (file->flags & O_APPEND)
        rc = operations->file_status(file->system, file->file, &status);
    if (rc)
        return rc;
    if (file->flags & O_APPEND)
        file->position = status.bytes;
    done = operations->write(file->system, file->file, buffer, nr_bytes, file->position);
    if (done > 0)
        file->position += (uint64_t)done;
    return done;
}

static ssize_t write_file(int descriptor, const void *buffer, size_t nr_bytes)
{
    struct open_file *file = file_of(descriptor);
    ssize_t done;

    if (!file || !may_write(file))
        return answer(-EBADF);
    if (!file->system->operations->write)
        return answer(-EROFS);
    mutex_lock(&file->system->lock);
    done = write_locked(file, buffer, nr_bytes);
    mutex_unlock(&file->system->lock);
    return answer((int)done);
}

static int file_status(struct open_file *file, struct file_status *status)
{
    int rc;

    mutex_lock(&file->system->lock);
    rc = file->system->operations->file_status(file->system, file->file, status);
    mutex_unlock(&file->system->lock);
    return rc;
}

static off_t seek_file(int descriptor, off_t offset, int whence)
{
    struct open_file *file = file_of(descriptor);
    struct file_status status = {.bytes = 0};
    off_t from = 0;
    int rc = file ? 0 : -EBADF;

    if (!rc && whence == SEEK_END)
        rc = file_status(file, &status);
    if (rc)
        return answer(rc);
    if (whence == SEEK_END)
        from = (off_t)status.bytes;
    else if (whence == SEEK_CUR)
        from = (off_t)file->position;
    else if (whence != SEEK_SET)
        return answer(-EINVAL);
    if (offset < -from)
        return answer(-EINVAL);
    file->position = (uint64_t)(from + offset);
    return from + offset;
}

static void fill_stat(struct stat *to, const struct file_status *from)
{
    memset(to, 0, sizeof(*to));
    to->st_mode = (from->directory ? S_IFDIR : S_IFREG) | (mode_t)(from->mode & 0777);
    to->st_size = (off_t)from->bytes;
    to->st_mtime = (time_t)from->modified;
    to->st_ino = (ino_t)from->number;
    to->st_nlink = 1;
    to->st_blksize = 4096;
}

static int stat_file(int descriptor, struct stat *to)
{
    struct open_file *file = file_of(descriptor);
    struct file_status status;
    int rc = file ? file_status(file, &status) : -EBADF;

    if (!rc)
        fill_stat(to, &status);
    return answer(rc);
}

static int close_file(int descriptor)
{
    struct open_file *file = file_of(descriptor);
    struct file_system *system = file ? file->system : NULL;
    int rc;

    if (!file)
        return answer(-EBADF);
    mutex_lock(&system->lock);
    rc = system->operations->close(system, file->file);
    system->nr_open--;
    mutex_unlock(&system->lock);
    descriptor_put(descriptor);
    return answer(rc);
}

static const struct libc_files functions = {
    .read = read_file, .write = write_file, .close = close_file, .seek = seek_file, .status = stat_file};

int open(const char *path, int flags, ...)
{
    struct place place;
    int descriptor, rc = place_find(&place, path);
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & O_CREAT)
        mode = va_arg(args, mode_t);
    va_end(args);
    if (!rc && !place.system)
        rc = -EISDIR;
    if (!rc && !mount_get(place.system))
        rc = -ENOENT;
    if (rc)
        return answer(rc);
    libc_add_files(LIBC_FILES_FIRST, LIBC_FILES_END, &functions);
    descriptor = descriptor_get(place.system);
    if (descriptor >= 0) {
        struct open_file *file = &open_files[descriptor - LIBC_FILES_FIRST];

        file->flags = flags;
        rc = place.system->operations->open(place.system, place.path, flags, mode, &file->file);
        if (rc)
            descriptor_put(descriptor);
        else
            place.system->nr_open++;
    }
    mount_put(place.system);
    return answer(rc ? rc : descriptor);
}

int ftruncate(int descriptor, off_t nr_bytes)
{
    struct open_file *file =
        descriptor >= LIBC_FILES_FIRST && descriptor < LIBC_FILES_END ? file_of(descriptor) : NULL;
    int rc = -ENOSYS;

    if (!file || !may_write(file))
        return answer(-EBADF);
    mutex_lock(&file->system->lock);
    if (file->system->operations->truncate)
        rc = file->system->operations->truncate(file->system, file->file, (uint64_t)nr_bytes);
    mutex_unlock(&file->system->lock);
    return answer(rc);
}

/* ---- Paths ---- */

#define ON_PATH(path, operation, ...)                                                                        \
    ({                                                                                                       \
        struct place place_;                                                                                 \
        int rc_ = place_find(&place_, path);                                                                 \
                                                                                                             \
        if (!rc_ && !place_.system)                                                                          \
            rc_ = -EBUSY;                                                                                    \
        if (!rc_ && !mount_get(place_.system))                                                               \
            rc_ = -ENOENT;                                                                                   \
        if (!rc_) {                                                                                          \
            rc_ = place_.system->operations->operation                                                       \
                      ? place_.system->operations->operation(place_.system, ##__VA_ARGS__)                   \
                      : -ENOSYS;                                                                             \
            mount_put(place_.system);                                                                        \
        }                                                                                                    \
        rc_;                                                                                                 \
    })

int unlink(const char *path)
{
    return answer(ON_PATH(path, remove, place_.path));
}

int mkdir(const char *path, mode_t mode)
{
    return answer(ON_PATH(path, make_directory, place_.path, mode));
}

int rmdir(const char *path)
{
    return answer(ON_PATH(path, remove_directory, place_.path));
}

int file_usage(const char *path, struct file_usage *usage)
{
    return ON_PATH(path, usage, usage);
}

int file_sync(const char *path)
{
    return ON_PATH(path, sync);
}

int stat(const char *path, struct stat *to)
{
    struct file_status status = {.directory = true, .mode = 0555};
    struct place place;
    int rc = place_find(&place, path);

    if (!rc && place.system)
        rc = ON_PATH(path, path_status, place_.path, &status);
    if (!rc)
        fill_stat(to, &status);
    return answer(rc);
}

int rename(const char *from, const char *to)
{
    struct place target;
    int rc = place_find(&target, to);

    if (!rc && !target.system)
        rc = -EBUSY;
    if (!rc)
        rc = ON_PATH(from, rename, place_.path, target.path);
    return answer(rc);
}

static int list_mounts(file_visit_fn *visit, void *context)
{
    struct file_status status = {.directory = true, .mode = 0755};
    struct file_system *system;

    for (unsigned int i = 0; (system = file_system_at(i)) != NULL; i++)
        if (!visit(system->name, &status, context))
            break;
    return 0;
}

int file_list(const char *path, file_visit_fn *visit, void *context)
{
    struct place place;
    int rc = place_find(&place, path);

    if (!rc && !place.system)
        return list_mounts(visit, context);
    return rc ? rc : ON_PATH(path, list, place_.path, visit, context);
}
