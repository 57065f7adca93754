/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state machine that every device shares, from the frontend's side, and the devices that come and go.
 * Tier 3. Source: <xen/io/xenbus.h>; the rules that no header has are in docs/xenbus.md, and here as
 * xg_bus_rule.
 *
 * One thread owns a bus and its devices and calls all functions of this header: a thread of its own that
 * lives in xg_bus_wait, or a kernel that polls with xg_bus_run. A frontend's functions are called from there.
 */
#ifndef XENGUEST_XENBUS_H
#define XENGUEST_XENBUS_H

#include <xenguest/xenstore.h>

XG_BEGIN_DECLS

enum xg_bus_state {
    XG_BUS_UNKNOWN = 0, /* no such node */
    XG_BUS_INITIALISING = 1,
    XG_BUS_INIT_WAIT = 2,
    XG_BUS_INITIALISED = 3,
    XG_BUS_CONNECTED = 4,
    XG_BUS_CLOSING = 5,
    XG_BUS_CLOSED = 6,
    XG_BUS_RECONFIGURING = 7,
    XG_BUS_RECONFIGURED = 8,
    XG_BUS_NONSENSE = 9, /* whatever else the node says */
    XG_BUS_NR_STATES = 10,
};

/* What a frontend has to do, by where both ends are. */
enum xg_bus_action {
    XG_BUS_WAIT,    /* nothing, until something changes */
    XG_BUS_PUBLISH, /* negotiate, share memory, say so: to Initialised */
    XG_BUS_CONNECT, /* read what the device is: to Connected */
    XG_BUS_CHANGED, /* read it again */
    XG_BUS_CLOSE,   /* stop using it: to Closed; the backend may still have our memory mapped */
    XG_BUS_RELEASE, /* the backend has let go: take the memory back; begin again if it is to be used on */
    XG_BUS_RESTART, /* there is another backend, or the same from the start: take the memory back, to
                       Initialising */
    XG_BUS_GONE,    /* there is no backend: take the memory back */
    XG_BUS_BREAK,   /* it cannot be there: the device is broken, to Closed */
};

/* Pure. `front` is one of Initialising, Initialised, Connected, Closing, Closed: a frontend is nowhere else.
 */
enum xg_bus_action xg_bus_rule(enum xg_bus_state front, enum xg_bus_state back);
/* Whether a frontend may write `to` when its node says `from`. Pure. */
bool xg_bus_front_may(enum xg_bus_state from, enum xg_bus_state to);

struct xg_bus_device;

/* What a device type supplies. An errno from prepare, write or connect breaks the device. */
struct xg_bus_frontend {
    /* Reads what the backend offers, allocates and grants what is to be shared. */
    int (*prepare)(struct xg_bus_device *device);
    /* Writes what prepare has made under device->path; in a transaction, so it may be called again. */
    int (*write)(struct xg_bus_device *device, xg_store_tx_t tx);
    /* Reads the properties of the device under device->backend; it may be used from then on. */
    int (*connect)(struct xg_bus_device *device);
    /*
     * The backend has touched its state while connected; or it is another one, which has taken up the same
     * rings, as stock Linux's do: it is to be told of what is on them. May be NULL.
     */
    void (*changed)(struct xg_bus_device *device);
    /*
     * No more requests. The backend may still take those in flight from the ring and reach what was granted
     * for them: they end, or are kept for the next backend as long as one is expected, in release; at once
     * only where `error` says that it is broken. Called once after each prepare that succeeded, or failed
     * half-way; of a frontend that `keeps` once more when there will be no next backend.
     */
    void (*stop)(struct xg_bus_device *device);
    /* After stop: takes back what was shared. -XG_EBUSY: the backend holds some of it; called again later. */
    int (*release)(struct xg_bus_device *device);
    /*
     * The domain was restored: grants and event channels are void, whatever numbers of them are kept. Forgets
     * the channels and begins nothing any more; calls nobody back, wakes nobody, waits for nothing: events
     * are masked and other vCPUs do not run. stop and release follow, from a thread, and then prepare. NULL:
     * the device breaks.
     */
    void (*lost)(struct xg_bus_device *device);
    bool keeps; /* see stop */
    /* Its backends wait for Connected and not for Initialised: both are written as Connected. */
    bool says_connected;
};

#define XG_BUS_PATH_BYTES 256
#define XG_BUS_ATTEMPTS   5 /* to connect, before the device counts as broken */

struct xg_bus_device {
    const struct xg_bus_frontend *frontend;
    struct xg_bus *bus;
    struct xg_bus_device *next;
    char path[64];                   /* device/vbd/51712, relative to the domain's own */
    char backend[XG_BUS_PATH_BYTES]; /* absolute */
    char backend_state[XG_BUS_PATH_BYTES + 8];
    xg_domid_t backend_domid;
    enum xg_bus_state front; /* as last written, or to be written */
    enum xg_bus_state back;  /* as last read */
    bool wanted;             /* to be connected whenever there is a backend */
    bool started;            /* prepare was called, stop was not */
    bool shared;             /* prepare was called, release has not succeeded */
    bool kept;               /* stopped, and may keep requests for the next backend */
    bool offline;            /* the backend has closed, and is not meant to come again */
    bool unplugged;          /* its nodes are gone: detach it */
    int error;               /* why it is broken, else 0 */
    unsigned int nr_attempts;
    uint64_t held_until_ns; /* until when a closed backend may still hold memory; 0: it holds none */
    uint32_t seen_fired;
    struct xg_store_watch watch;
};

struct xg_bus {
    struct xg_store *store;
    struct xg_bus_device *devices;
    bool held; /* of some device, after a run: the bus is to be run again soon, as xg_bus_wait does */
    uint32_t seen_fired;
    struct xg_store_watch watch;
};

int __must_check xg_bus_init(struct xg_bus *bus, struct xg_store *store);

/*
 * Takes the caller's object for the device `class`/`id` ("vbd", 51712) and begins to connect it; it stays in
 * the bus's list until xg_bus_detach. -XG_ENOENT: there is none. -XG_EBADMSG: its nodes are nonsense.
 */
int __must_check xg_bus_attach(struct xg_bus *bus, struct xg_bus_device *device, const char *class,
                               uint32_t id, const struct xg_bus_frontend *frontend);
/*
 * Closes the device, waiting for the backend until `deadline_ns`, and takes the object out of the list.
 * -XG_ETIME: the backend has not followed. -XG_EBUSY: it still has memory mapped; release can be called
 * again.
 */
int __must_check xg_bus_detach(struct xg_bus *bus, struct xg_bus_device *device, uint64_t deadline_ns);

/*
 * Looks at what has changed and does what the rules say, without waiting for a backend. *plugged (may be
 * NULL) is set when devices may have come or gone: look with xg_bus_list.
 */
int __must_check xg_bus_run(struct xg_bus *bus, bool *plugged);
/* The same, and waits for a change if there was none since `seen` = xg_store_activity(). */
int __must_check xg_bus_wait(struct xg_bus *bus, uint32_t seen, uint64_t deadline_ns, bool *plugged);
/*
 * Runs the bus until the device is connected. -XG_ETIME; or why it is broken. For a kernel that has nothing
 * else to do meanwhile.
 */
int __must_check xg_bus_wait_connected(struct xg_bus_device *device, uint64_t deadline_ns);
/* The ids of a class, at most `most` of them; *nr is how many there are. None is no error. */
int __must_check xg_bus_list(struct xg_bus *bus, const char *class, uint32_t *ids, unsigned int most,
                             unsigned int *nr);

/*
 * After the domain was restored, in this order: lost with events masked, before any port is bound anew;
 * let_go and resume by the owner of the bus, once the store is resumed; in between, when every device has
 * let go, xg_grants_open. Then the devices connect as after xg_bus_attach. (suspend.h does all of it.)
 */
void xg_bus_lost(struct xg_bus *bus);
void xg_bus_let_go(struct xg_bus *bus);
int __must_check xg_bus_resume(struct xg_bus *bus);

/* For a frontend: its own nodes and the backend's. A number that is absent is `otherwise`. */
int __must_check xg_bus_read_number(struct xg_bus_device *device, const char *name, uint64_t most,
                                    uint64_t otherwise, uint64_t *number);
int __must_check xg_bus_write_number(struct xg_bus_device *device, xg_store_tx_t tx, const char *name,
                                     uint64_t number);
int __must_check xg_bus_write(struct xg_bus_device *device, xg_store_tx_t tx, const char *name,
                              const char *value);
/*
 * Removes of the device's own folder what an earlier owner may have left below the names of the list, each
 * with a space after it; a star stands for any rest ("queue-* "). For `write`, before it writes: backends go
 * by nodes that are there, whoever wrote them.
 */
int __must_check xg_bus_forget(struct xg_bus_device *device, xg_store_tx_t tx, const char *list);
/* Whether it is to be connected again: what is in flight may wait for that. */
bool xg_bus_expects(const struct xg_bus_device *device);
/* The peer did what it must not: the device is broken with `error`, and closed at the next xg_bus_run. */
void xg_bus_fail(struct xg_bus_device *device, int error);

XG_END_DECLS

#endif
