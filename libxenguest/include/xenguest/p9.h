/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 9p frontend: a directory of another domain as a file system. Tier 3. Source: <xen/io/9pfs.h> for the
 * rings, Xen's docs/misc/9pfs.pandoc for the nodes, the protocol 9P2000.L for what goes through them; more in
 * docs/p9-frontend.md.
 *
 * Objects are the caller's. All functions about files wait for the backend, at most `timeout_ns`, one request
 * at a time; they are for threads, any of them, while the owner of the bus looks after the device. Errors are
 * 0 or -XG_EAGAIN    not connected now, or the backend went away meanwhile: it may or may not have been done
 *   -XG_ENXIO     the file was opened at a backend that is gone: open it again
 *   -XG_ETIME     no answer: the device is broken
 *   -XG_EBADMSG   the backend lies: the device is broken
 *   -XG_E2BIG     a path or name too long for a message
 *   -XG_ENOSPC    XG_P9_FILES files are open
 * and whatever the other domain's files answer, as Linux numbers errors.
 */
#ifndef XENGUEST_P9_H
#define XENGUEST_P9_H

#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/xenbus.h>

XG_BEGIN_DECLS

#define XG_P9_RING_ORDER 3  /* at most 8 pages, half of them each way: 16 KiB a message */
#define XG_P9_FILES      63 /* open at a time */
#define XG_P9_NAME       256
#define XG_P9_TAG        32

/* How to open: the protocol's numbers, which are Linux's. */
enum xg_p9_flags {
    XG_P9_READ = 0,
    XG_P9_WRITE = 1,
    XG_P9_READ_WRITE = 2,
    XG_P9_CREATE = 0100,
    XG_P9_EXCLUSIVE = 0200, /* with CREATE: it must not be there */
    XG_P9_TRUNCATE = 01000,
};

struct xg_p9_config {
    struct xg_grants *grants;
    struct xg_events *events;
    bool polled;         /* the event port stays masked: who waits looks every millisecond */
    unsigned int order;  /* pages of the rings, as a power of two: 1 to XG_P9_RING_ORDER */
    uint64_t timeout_ns; /* 0: 30 seconds */
    uint32_t uid;        /* who we are to the other domain */
};

struct xen_9pfs_data_intf;

struct xg_p9 {
    struct xg_bus_device device; /* first */
    struct xg_bus_frontend frontend;
    struct xg_p9_config config;
    struct xen_9pfs_data_intf *interface;
    void *pages[1 << XG_P9_RING_ORDER]; /* the first half is what comes in */
    xg_grant_ref_t interface_ref;
    xg_grant_ref_t refs[1 << XG_P9_RING_ORDER];
    xg_evtchn_t port;
    uint32_t activity;    /* changes with every event, and whenever the state does */
    struct xg_lock lock;  /* guards all that follows, for as long as a request takes */
    uint32_t in_consumed; /* our own indices: the ones in the page can be overwritten */
    uint32_t out_produced;
    uint32_t at;   /* of the message that is being written or read */
    uint32_t left; /* of the one that is being read */
    bool malformed;
    bool session; /* version and root are agreed upon */
    uint32_t message_bytes;
    uint16_t tag;
    uint64_t used_files;  /* bit n: fid n; fid 0 is the root */
    uint32_t generation;  /* of the connection: files of an earlier one are void */
    uint64_t nr_requests; /* sent */
    bool connected;
    char mount_tag[XG_P9_TAG]; /* what the toolstack calls it, cut to size; read at attach */
};

/* Takes up device 9pfs/`id` and begins to connect. -XG_EINVAL: the order. Others: xg_bus_attach. */
int __must_check xg_p9_attach(struct xg_bus *bus, struct xg_p9 *p9, uint32_t id,
                              const struct xg_p9_config *config);
/* Files that are open are void. Errors: xg_bus_detach. */
int __must_check xg_p9_detach(struct xg_p9 *p9, uint64_t deadline_ns);

/* The caller's object, from an open that returned 0 to its close. */
struct xg_p9_file {
    struct xg_p9 *p9;
    uint32_t fid;
    uint32_t generation;
    bool directory;
    uint64_t position; /* of a directory: what xg_p9_entries gives next; 0: from the start */
};

struct xg_p9_status {
    uint32_t mode; /* Linux's st_mode, type included */
    uint64_t bytes;
    uint64_t number;
    uint64_t modified; /* seconds since 1970 */
};

struct xg_p9_entry {
    bool directory;
    uint64_t number;
    char name[XG_P9_NAME];
};

struct xg_p9_usage {
    uint64_t bytes, free_bytes, files, free_files;
};

/*
 * Paths are relative to the exported directory: names with slashes between, "" for itself. `mode`:
 * permissions of a file that is made.
 */
int __must_check xg_p9_open(struct xg_p9 *p9, const char *path, unsigned int flags, uint32_t mode,
                            struct xg_p9_file *file);
/* The object is the caller's again whatever the backend answers. */
int __must_check xg_p9_close(struct xg_p9_file *file);
/* *done is how much, also after an error; less than `bytes` at the end only. */
int __must_check xg_p9_read(struct xg_p9_file *file, uint64_t offset, void *buffer, size_t bytes,
                            size_t *done);
int __must_check xg_p9_write(struct xg_p9_file *file, uint64_t offset, const void *buffer, size_t bytes,
                             size_t *done);
int __must_check xg_p9_truncate(struct xg_p9_file *file, uint64_t bytes);
int __must_check xg_p9_sync(struct xg_p9_file *file);
int __must_check xg_p9_file_status(struct xg_p9_file *file, struct xg_p9_status *status);
/* Of an open directory, at most `most` entries; *nr is how many, 0 at the end. "." and ".." are among them.
 */
int __must_check xg_p9_entries(struct xg_p9_file *file, struct xg_p9_entry *entries, unsigned int most,
                               unsigned int *nr);

int __must_check xg_p9_status(struct xg_p9 *p9, const char *path, struct xg_p9_status *status);
int __must_check xg_p9_make_directory(struct xg_p9 *p9, const char *path, uint32_t mode);
int __must_check xg_p9_remove(struct xg_p9 *p9, const char *path);
int __must_check xg_p9_remove_directory(struct xg_p9 *p9, const char *path);
int __must_check xg_p9_rename(struct xg_p9 *p9, const char *from, const char *to);
int __must_check xg_p9_usage(struct xg_p9 *p9, struct xg_p9_usage *usage);

XG_END_DECLS

#endif
