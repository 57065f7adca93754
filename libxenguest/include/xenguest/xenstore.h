/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The XenStore client. Tier 3. Source: <xen/io/xs_wire.h> and Xen's docs/misc/xenstore.txt.
 *
 * Any number of threads may have requests in flight. There is no thread of the library's own: who waits for
 * an answer reads the ring, for the others too, so it works the same with the event bound (xg_store_bind) and
 * polled. None of these functions is for handlers. All of them may wait, at most `timeout_ns` for an answer:
 * -XG_ETIME then. -XG_EIO: the store broke the protocol, or stopped in the middle of a message; it stays so
 * until xg_store_resume. -XG_EAGAIN: the connection was made anew meanwhile; do it again. -XG_E2BIG: more
 * than XG_STORE_PAYLOAD_BYTES to send. Others are the store's own answer: -XG_ENOENT, -XG_EACCES, …
 */
#ifndef XENGUEST_XENSTORE_H
#define XENGUEST_XENSTORE_H

#include <xenguest/boot.h>
#include <xenguest/event.h>
#include <xenguest/os.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

#define XG_STORE_PAYLOAD_BYTES 4096 /* of one message */
#define XG_STORE_PATH_BYTES    3073 /* the longest path with its NUL */
#define XG_STORE_TIMEOUT_NS    30000000000ull

struct xenstore_domain_interface;
struct xg_store_request; /* private: on the stack of who waits */

/*
 * A watch: the caller's object, from xg_store_watch to xg_store_unwatch in the library's list. `path` and
 * `buffer` stay valid and unchanged meanwhile.
 */
struct xg_store_watch {
    const char *path;
    char *buffer; /* for the paths that changed and were not yet taken; NULL: only `nr_fired` is wanted */
    size_t buffer_bytes;
    size_t used;
    bool overflowed;
    uint32_t nr_fired; /* events ever; the first comes when the watch is made */
    uint32_t token;
    struct xg_store_watch *next;
};

struct xg_store {
    struct xenstore_domain_interface *ring;
    xg_evtchn_t port;
    uint64_t timeout_ns;        /* XG_STORE_TIMEOUT_NS unless changed; XG_NO_DEADLINE: for ever */
    struct xg_lock lock;        /* guards all that follows but the writer's index */
    struct xg_lock writer;      /* one message at a time goes out */
    uint32_t activity;          /* changes with every event and every message: what waiters wait on */
    uint32_t requests_produced; /* our own indices: the ones in the ring can be overwritten */
    uint32_t responses_consumed;
    uint32_t next_id;
    uint32_t next_token;
    uint32_t nr_abandoned;     /* requests whose answer did not come in time and may still come */
    uint32_t nr_strange;       /* events for no watch of ours: dropped */
    uint32_t nr_notifications; /* events sent to the store */
    bool broken;
    bool suspended;
    struct xg_store_request *pending;
    struct xg_store_watch *watches;
    uint32_t incoming_bytes; /* of the message that is being received, its header included */
    uint32_t header[4];
    char incoming[XG_STORE_PAYLOAD_BYTES];
};

/*
 * With the ring that `boot` names. -XG_ENODEV: there is none (Domain 0, whose store is a program of its own).
 * -XG_ENOMEM: it cannot be mapped. What the ring still holds for an earlier kernel is dropped.
 */
int __must_check xg_store_init(struct xg_store *store, const struct xg_boot *boot);
/* Has the store's event end waits. Errors: xg_event_attach. Without it the port polls (os.h, xg_os_wait). */
int __must_check xg_store_bind(struct xg_store *store, struct xg_events *events);

/*
 * Around a suspension: suspend waits for the answers to what is in flight and lets nothing new begin; resume
 * takes the ring of the new start-info, makes the watches again – each fires – and lets requests go on.
 * resume alone reconnects after an error: requests then in flight end with -XG_EAGAIN. continue in place of
 * resume: it did not come to a suspension, the connection is as it was. One thread calls them.
 */
int __must_check xg_store_suspend(struct xg_store *store);
void xg_store_continue(struct xg_store *store);
int __must_check xg_store_resume(struct xg_store *store, const struct xg_boot *boot);

/* A transaction; 0 is none. */
typedef uint32_t xg_store_tx_t;
#define XG_STORE_NO_TX 0u

/*
 * The value goes to `value`, always terminated when `size` is not 0; *length (may be NULL) is its whole
 * length. -XG_ERANGE: it does not fit with its NUL; what fits is there.
 */
int __must_check xg_store_read(struct xg_store *store, xg_store_tx_t tx, const char *path, char *value,
                               size_t size, size_t *length);
int __must_check xg_store_write(struct xg_store *store, xg_store_tx_t tx, const char *path, const char *value,
                                size_t length);
/* 0 as well when it is there. */
int __must_check xg_store_mkdir(struct xg_store *store, xg_store_tx_t tx, const char *path);
/* With all that is below it. */
int __must_check xg_store_rm(struct xg_store *store, xg_store_tx_t tx, const char *path);
/*
 * The names below `path`, each terminated, *length bytes together. A directory of more than one message is
 * asked for in parts, and from the start again when it changes meanwhile. -XG_ERANGE: `size` is too small.
 */
int __must_check xg_store_directory(struct xg_store *store, xg_store_tx_t tx, const char *path, char *names,
                                    size_t size, size_t *length);

/* A decimal number. -XG_EINVAL: the value is not one, or exceeds `most`. */
int __must_check xg_store_read_number(struct xg_store *store, xg_store_tx_t tx, const char *path,
                                      uint64_t most, uint64_t *number);
int __must_check xg_store_write_number(struct xg_store *store, xg_store_tx_t tx, const char *path,
                                       uint64_t number);
/* What a value must be to be a number: digits, all of them, no more than `most`. */
int __must_check xg_store_parse_number(const char *value, uint64_t most, uint64_t *number);

/* 'n' nothing, 'r' read, 'w' write, 'b' both. The first of a list names the owner and what all others may. */
struct xg_store_permission {
    char access;
    xg_domid_t domid;
};

/* At most `most` are stored; *nr is how many there are. -XG_EBADMSG: the answer is not a list of them. */
int __must_check xg_store_get_permissions(struct xg_store *store, xg_store_tx_t tx, const char *path,
                                          struct xg_store_permission *permissions, unsigned int most,
                                          unsigned int *nr);
int __must_check xg_store_set_permissions(struct xg_store *store, xg_store_tx_t tx, const char *path,
                                          const struct xg_store_permission *permissions, unsigned int nr);

/* end with `commit`: -XG_EAGAIN when somebody else changed what it read or wrote; nothing is done then. */
int __must_check xg_store_begin(struct xg_store *store, xg_store_tx_t *tx);
int __must_check xg_store_end(struct xg_store *store, xg_store_tx_t tx, bool commit);

/*
 * Runs `function` in a transaction and commits, again and again while that answers -XG_EAGAIN, at most
 * XG_STORE_ATTEMPTS times. What `function` answers other than 0 and -XG_EAGAIN aborts and is returned.
 */
#define XG_STORE_ATTEMPTS 100
typedef int xg_store_fn(struct xg_store *store, xg_store_tx_t tx, void *arg);
int __must_check xg_store_transaction(struct xg_store *store, xg_store_fn *function, void *arg);

/* Fills the watch and makes it. `buffer` may be NULL. */
int __must_check xg_store_watch(struct xg_store *store, struct xg_store_watch *watch, const char *path,
                                char *buffer, size_t buffer_bytes);
/* Takes it out of the list whatever the store answers: the object is the caller's again. */
int __must_check xg_store_unwatch(struct xg_store *store, struct xg_store_watch *watch);
/*
 * The oldest path not yet taken. -XG_EAGAIN: none. When the buffer was too small for all, the watch's own
 * path comes last, standing for anything below it. -XG_ERANGE: `size` is too small; it is still there.
 */
int __must_check xg_store_watch_take(struct xg_store *store, struct xg_store_watch *watch, char *path,
                                     size_t size);

/* Reads what has arrived, without waiting. */
int __must_check xg_store_poll(struct xg_store *store);
/* The same, and waits if nothing has come since `seen` = xg_store_activity(). */
int __must_check xg_store_wait(struct xg_store *store, uint32_t seen, uint64_t deadline_ns);
uint32_t xg_store_activity(const struct xg_store *store);

XG_END_DECLS

#endif
