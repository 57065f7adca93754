/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of another domain: what <minios/file_system.h> asks for, handed on to the library's 9p. What was
 * written is in the other domain at once; sync makes it safe there.
 *
 * A backend may go away and another come, as when the domain is restored: files are opened anew then, and
 * what is the same when it is done twice is done again. Nobody can tell whether a name was made, removed or
 * changed: that ends with EAGAIN.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <minios/clock.h>
#include <minios/devices.h>
#include <minios/events.h>
#include <minios/file_system.h>
#include <xenguest/errno.h>
#include <xenguest/os.h>
#include <xenguest/p9.h>

#define HOSTS       2
#define PATIENCE_NS 10000000000ull
#define RETURN_NS   30000000000ull /* how long a backend may be away */
#define ENTRIES     16             /* of a directory, at a time */

struct host_file {
    struct xg_p9_file file;
    unsigned int flags; /* to open it by, anew */
    char path[FILE_PATH_BYTES];
    bool written;
    struct host_file *next;
};

struct host {
    struct file_system system; /* first */
    struct xg_p9 p9;
    struct host_file *files; /* that are open */
    bool used;
};

static struct host hosts[HOSTS];

static struct xg_p9 *p9_of(struct file_system *system)
{
    return &((struct host *)system)->p9;
}

/* The library numbers errors as Linux does, the C library has numbers of its own above 34. */
static int error_of(int rc)
{
    static const struct {
        short theirs, ours;
    } pairs[] = {{36, ENAMETOOLONG}, {38, ENOSYS},     {39, ENOTEMPTY}, {40, ELOOP},  {62, ETIMEDOUT},
                 {74, EIO},          {95, EOPNOTSUPP}, {116, ESTALE},   {122, EDQUOT}};

    if (rc >= -ERANGE)
        return rc;
    for (unsigned int i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (-rc == pairs[i].theirs)
            return -pairs[i].ours;
    return -EIO;
}

/* ---- Backends that come again ---- */

static uint32_t generation_of(const struct xg_p9 *p9)
{
    return __atomic_load_n(&p9->generation, __ATOMIC_ACQUIRE);
}

/* False: there is none, and will be none. */
static bool wait_for_backend(struct xg_p9 *p9)
{
    uint64_t end = clock_now_ns() + RETURN_NS;

    for (;;) {
        uint32_t seen = __atomic_load_n(&p9->activity, __ATOMIC_SEQ_CST);

        if (__atomic_load_n(&p9->connected, __ATOMIC_ACQUIRE))
            return true;
        if (p9->device.error || p9->device.unplugged || xg_os_wait(&p9->activity, seen, end) == -XG_ETIME)
            return false;
    }
}

/* What has failed with a backend that was there in `generation`: true when another one can be asked. */
static bool another_can(struct xg_p9 *p9, uint32_t generation)
{
    if (__atomic_load_n(&p9->connected, __ATOMIC_ACQUIRE) && generation_of(p9) == generation)
        return false;
    return wait_for_backend(p9);
}

/* Asks until it is answered, of whatever backend there is; for what may be done twice. */
#define ASK(p9, question)                                                                                    \
    ({                                                                                                       \
        uint32_t generation_;                                                                                \
        int rc_;                                                                                             \
                                                                                                             \
        do {                                                                                                 \
            generation_ = generation_of(p9);                                                                 \
            rc_ = (question);                                                                                \
        } while (rc_ && another_can(p9, generation_));                                                       \
        rc_;                                                                                                 \
    })

/* The same about a file, which a backend that came since it was opened does not know. */
static int file_there(struct host_file *file)
{
    struct xg_p9 *p9 = file->file.p9;
    int rc;

    if (generation_of(p9) == file->file.generation)
        return 0;
    rc = xg_p9_open(p9, file->path, file->flags, 0, &file->file);
    /* Still void, whatever was written there. */
    if (rc)
        file->file.generation = generation_of(p9) - 1;
    return rc;
}

#define ASK_FILE(opened, question)                                                                           \
    ({                                                                                                       \
        struct host_file *file_ = (opened);                                                                  \
                                                                                                             \
        ASK(file_->file.p9, file_there(file_) ?: (question));                                                \
    })

/* ---- Files ---- */

static unsigned int flags_of(int flags)
{
    unsigned int access = (unsigned int)flags & O_ACCMODE;
    unsigned int p9 = access == O_WRONLY ? XG_P9_WRITE : access == O_RDWR ? XG_P9_READ_WRITE : XG_P9_READ;

    return p9 | (flags & O_CREAT ? XG_P9_CREATE : 0) | (flags & O_EXCL ? XG_P9_EXCLUSIVE : 0) |
           (flags & O_TRUNC ? XG_P9_TRUNCATE : 0);
}

static int open_file(struct file_system *system, const char *path, int flags, uint32_t mode, void **file)
{
    struct host *host = (struct host *)system;
    struct host_file *made = calloc(1, sizeof(*made));
    int rc;

    if (!made)
        return -ENOMEM;
    strcpy(made->path, path);
    made->flags = flags_of(flags) & ~(unsigned int)(XG_P9_CREATE | XG_P9_EXCLUSIVE | XG_P9_TRUNCATE);
    if (flags & O_EXCL)
        rc = xg_p9_open(&host->p9, path, flags_of(flags), mode & 07777, &made->file);
    else
        rc = ASK(&host->p9, xg_p9_open(&host->p9, path, flags_of(flags), mode & 07777, &made->file));
    if (rc) {
        free(made);
        return error_of(rc);
    }
    made->next = host->files;
    host->files = made;
    *file = made;
    return 0;
}

static int sync_file(struct host_file *file)
{
    int rc = file->written ? ASK_FILE(file, xg_p9_sync(&file->file)) : 0;

    if (!rc)
        file->written = false;
    return error_of(rc);
}

static int close_file(struct file_system *system, void *opened)
{
    struct host_file **link = &((struct host *)system)->files, *file = opened;
    int sync_rc = sync_file(file), rc = xg_p9_close(&file->file);

    /* A backend that is gone has closed it. */
    rc = rc == -XG_ENXIO || rc == -XG_EAGAIN ? 0 : error_of(rc);

    while (*link != file)
        link = &(*link)->next;
    *link = file->next;
    free(file);
    return sync_rc ? sync_rc : rc;
}

static ssize_t read_file(struct file_system *system, void *opened, void *buffer, size_t nr_bytes,
                         uint64_t offset)
{
    struct host_file *file = opened;
    size_t done = 0;
    int rc = ASK_FILE(file, xg_p9_read(&file->file, offset, buffer, nr_bytes, &done));

    return rc && !done ? error_of(rc) : (ssize_t)done;
}

static ssize_t write_file(struct file_system *system, void *opened, const void *buffer, size_t nr_bytes,
                          uint64_t offset)
{
    struct host_file *file = opened;
    size_t done = 0;
    int rc = ASK_FILE(file, xg_p9_write(&file->file, offset, buffer, nr_bytes, &done));

    file->written |= done != 0;
    return rc && !done ? error_of(rc) : (ssize_t)done;
}

static int truncate_file(struct file_system *system, void *opened, uint64_t nr_bytes)
{
    struct host_file *file = opened;

    file->written = true;
    return error_of(ASK_FILE(file, xg_p9_truncate(&file->file, nr_bytes)));
}

/* ---- Status ---- */

static int take_status(int rc, const struct xg_p9_status *from, struct file_status *to)
{
    if (rc)
        return error_of(rc);
    *to = (struct file_status){.directory = S_ISDIR(from->mode),
                               .mode = from->mode & 07777,
                               .bytes = from->bytes,
                               .modified = from->modified,
                               .number = from->number};
    return 0;
}

static int file_status(struct file_system *system, void *opened, struct file_status *status)
{
    struct host_file *file = opened;
    struct xg_p9_status from;
    int rc = ASK_FILE(file, xg_p9_file_status(&file->file, &from));

    return take_status(rc, &from, status);
}

static int path_status(struct file_system *system, const char *path, struct file_status *status)
{
    struct xg_p9_status from;
    int rc = ASK(p9_of(system), xg_p9_status(p9_of(system), path, &from));

    return take_status(rc, &from, status);
}

static int usage_of(struct file_system *system, struct file_usage *usage)
{
    struct xg_p9_usage from;
    int rc = ASK(p9_of(system), xg_p9_usage(p9_of(system), &from));

    if (rc)
        return error_of(rc);
    *usage = (struct file_usage){.bytes = from.bytes,
                                 .free_bytes = from.free_bytes,
                                 .files = from.files,
                                 .free_files = from.free_files};
    return 0;
}

/* ---- Directories ---- */

/* False: the visitor has seen enough. */
static bool visit_all(const struct xg_p9_entry *entries, unsigned int nr, file_visit_fn *visit, void *context)
{
    for (unsigned int i = 0; i < nr; i++)
        if (strcmp(entries[i].name, ".") != 0 && strcmp(entries[i].name, "..") != 0 &&
            !visit(entries[i].name, NULL, context))
            return false;
    return true;
}

static int list(struct file_system *system, const char *path, file_visit_fn *visit, void *context)
{
    struct xg_p9_entry *entries = malloc(ENTRIES * sizeof(*entries));
    struct xg_p9_file directory;
    unsigned int nr;
    int rc =
        entries ? ASK(p9_of(system), xg_p9_open(p9_of(system), path, XG_P9_READ, 0, &directory)) : -ENOMEM;

    if (!rc) {
        if (!directory.directory)
            rc = -ENOTDIR;
        while (!rc && !(rc = xg_p9_entries(&directory, entries, ENTRIES, &nr)) && nr &&
               visit_all(entries, nr, visit, context))
            ;
        (void)!xg_p9_close(&directory);
    }
    free(entries);
    return error_of(rc);
}

static int remove_file(struct file_system *system, const char *path)
{
    return error_of(xg_p9_remove(p9_of(system), path));
}

static int make_directory(struct file_system *system, const char *path, uint32_t mode)
{
    return error_of(xg_p9_make_directory(p9_of(system), path, mode & 07777));
}

static int remove_directory(struct file_system *system, const char *path)
{
    return error_of(xg_p9_remove_directory(p9_of(system), path));
}

static int rename_path(struct file_system *system, const char *from, const char *to)
{
    return error_of(xg_p9_rename(p9_of(system), from, to));
}

/* ---- The whole ---- */

/* What is closed was made safe when it was closed. */
static int sync_all(struct file_system *system)
{
    int first_rc = 0;

    for (struct host_file *file = ((struct host *)system)->files; file; file = file->next) {
        int rc = sync_file(file);

        first_rc = first_rc ? first_rc : rc;
    }
    return first_rc;
}

static int detach(struct host *host)
{
    int rc;

    devices_lock();
    rc = xg_p9_detach(&host->p9, clock_now_ns() + PATIENCE_NS);
    devices_unlock();
    /* What the backend never lets go of cannot be used again. */
    host->used = rc != 0;
    return rc;
}

static void unmounted(struct file_system *system)
{
    detach((struct host *)system);
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
    .usage = usage_of,
    .sync = sync_all,
    .unmounted = unmounted,
};

/* *attached: there is something to detach. */
static int attach(struct host *host, uint32_t id, bool *attached)
{
    struct xg_p9_config config = {.grants = devices_grants(), .events = &events, .order = XG_P9_RING_ORDER};
    int rc;

    *attached = false;
    if (!devices_bus() || !config.grants)
        return -XG_ENODEV;
    if (!devices_follow_rules())
        return -XG_ENOMEM;
    devices_lock();
    rc = xg_p9_attach(devices_bus(), &host->p9, id, &config);
    *attached = !rc;
    if (!rc)
        rc = xg_bus_wait_connected(&host->p9.device, clock_now_ns() + PATIENCE_NS);
    devices_unlock();
    return rc;
}

int host_mount(uint32_t id, const char *name)
{
    struct host *host = NULL;
    bool attached;
    int rc;

    for (unsigned int i = 0; i < HOSTS; i++)
        if (!hosts[i].used)
            host = &hosts[i];
    if (!host)
        return -ENODEV;
    memset(host, 0, sizeof(*host));
    host->used = true;
    host->system.operations = &operations;
    mutex_init(&host->system.lock);
    rc = attach(host, id, &attached);
    if (rc)
        rc = -ENODEV;
    else
        rc = file_system_mount(&host->system, name);
    if (rc && attached)
        detach(host);
    else if (rc)
        host->used = false;
    return rc;
}
