/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what the rules say: reads the backend's state when its watch has fired, acts, writes our own. */
#include <xenguest/format.h>
#include <xenguest/xenbus.h>
#include "bus_private.h"
#include "private.h"

/* How often the rules are asked in one run: a backend that changes its mind cannot keep us busy for ever. */
#define STEPS 8
/* How long a closed backend may still hold something, and how often that is looked at meanwhile. */
#define HELD_NS      10000000000ull
#define HELD_LOOK_NS 10000000

/* ---- Our state ---- */

struct state_write {
    struct xg_bus_device *device;
    enum xg_bus_state state;
};

/* Only where a state is already: a write would make the nodes of a device that was just unplugged again. */
static int write_state(struct xg_store *store, xg_store_tx_t tx, void *arg)
{
    const struct state_write *write = arg;
    struct xg_bus_device *device = write->device;
    enum xg_bus_state state = write->state;
    char path[XG_BUS_PATH_BYTES], value[8];
    int rc;

    xg_format_buffer(path, sizeof(path), "%s/state", device->path);
    rc = xg_store_read(store, tx, path, value, sizeof(value), NULL);
    if (rc && rc != -XG_ERANGE)
        return rc;
    if (write->state == XG_BUS_INITIALISED) {
        rc = device->frontend->write(device, tx);
        if (rc)
            return rc;
        if (device->frontend->says_connected)
            state = XG_BUS_CONNECTED;
    }
    return xg_store_write_number(store, tx, path, state);
}

/* The state changes even if it could not be written: what we do is what counts. */
static int go_to(struct xg_bus_device *device, enum xg_bus_state state)
{
    struct state_write write = {.device = device, .state = state};
    int rc = xg_store_transaction(device->bus->store, write_state, &write);

    device->front = state;
    if (rc == -XG_ENOENT)
        device->unplugged = true;
    return rc;
}

/* ---- What the rules ask for ---- */

bool xg_bus_expects(const struct xg_bus_device *device)
{
    return device->wanted && !device->unplugged && !device->error && !device->offline;
}

static void stop(struct xg_bus_device *device)
{
    bool expected = xg_bus_expects(device);

    if (!device->started && (!device->kept || expected))
        return;
    device->started = false;
    device->kept = expected && device->frontend->keeps;
    device->frontend->stop(device);
}

int xg_bus_release(struct xg_bus_device *device)
{
    int rc = 0;

    stop(device);
    if (device->shared)
        rc = device->frontend->release(device);
    if (rc)
        return rc;
    device->shared = false;
    device->held_until_ns = 0;
    return 0;
}

/* Where Linux puts it, too: `xenstore-ls` shows why a device does not work. */
static void write_error(struct xg_bus_device *device, int error)
{
    char path[XG_BUS_PATH_BYTES];

    xg_format_buffer(path, sizeof(path), "error/%s/error", device->path);
    (void)!xg_store_write_number(device->bus->store, XG_STORE_NO_TX, path, (uint64_t)-error);
}

static void break_device(struct xg_bus_device *device, int error)
{
    if (!device->error)
        device->error = error;
    device->wanted = false;
    stop(device);
    write_error(device, device->error);
    if (device->front != XG_BUS_CLOSED)
        (void)!go_to(device, XG_BUS_CLOSED);
}

static void publish(struct xg_bus_device *device)
{
    int rc;

    device->started = true;
    device->shared = true;
    device->offline = false;
    rc = device->frontend->prepare(device);
    if (!rc)
        rc = go_to(device, XG_BUS_INITIALISED);
    if (rc)
        break_device(device, rc);
}

static void connect(struct xg_bus_device *device)
{
    int rc = device->frontend->connect(device);

    if (!rc)
        rc = go_to(device, XG_BUS_CONNECTED);
    if (rc)
        break_device(device, rc);
    else
        device->nr_attempts = 0;
}

/*
 * Nobody maps what we share any more. A backend that begins does not say that: stock Linux's takes up, by
 * itself, the rings of a frontend that says Connected, and may be about to.
 */
static bool may_be_released(const struct xg_bus_device *device)
{
    return device->unplugged || device->back == XG_BUS_CLOSED || device->back == XG_BUS_UNKNOWN;
}

static bool is_held(const struct xg_bus_device *device)
{
    return device->shared && !device->started && may_be_released(device);
}

/* It has ended, and its last requests have our pages: another one gets a chance only with new memory. */
static void held(struct xg_bus_device *device)
{
    uint64_t now_ns = xg_os_now_ns();

    if (device->front != XG_BUS_CLOSED)
        (void)!go_to(device, XG_BUS_CLOSED);
    if (!device->held_until_ns) {
        device->held_until_ns = now_ns + HELD_NS;
    } else if (now_ns >= device->held_until_ns) {
        device->held_until_ns = 0;
        break_device(device, -XG_EBUSY);
    }
}

/* False: something is still held, or the device is not to be used on. */
static bool released_for_another(struct xg_bus_device *device)
{
    int rc = xg_bus_release(device);

    if (device->unplugged || !device->wanted)
        return false;
    if (rc)
        held(device);
    return !rc;
}

static void restart(struct xg_bus_device *device)
{
    if ((device->shared && !may_be_released(device)) || !released_for_another(device))
        return;
    if (++device->nr_attempts > XG_BUS_ATTEMPTS)
        break_device(device, -XG_EIO);
    else
        (void)!go_to(device, XG_BUS_INITIALISING);
}

/* The backend is closed: it is used on if whoever made it means it to stay. */
static void released(struct xg_bus_device *device)
{
    uint64_t online = 0;

    if (xg_bus_read_number(device, "online", 1, 0, &online))
        online = 0;
    device->offline = !online;
    if (online && device->wanted)
        restart(device);
    else
        (void)!xg_bus_release(device);
}

/* Back to the beginning, should a backend come once more. */
static void gone(struct xg_bus_device *device)
{
    if (released_for_another(device))
        (void)!go_to(device, XG_BUS_INITIALISING);
    else if (device->unplugged || !device->wanted)
        device->front = XG_BUS_CLOSED;
}

static void close(struct xg_bus_device *device)
{
    stop(device);
    (void)!go_to(device, XG_BUS_CLOSED);
}

/* True: something was done, and the rules are to be asked again. */
static bool act(struct xg_bus_device *device, enum xg_bus_action action)
{
    switch (action) {
    case XG_BUS_PUBLISH:
        publish(device);
        return true;
    case XG_BUS_CONNECT:
        connect(device);
        return false;
    case XG_BUS_CHANGED:
        if (device->frontend->changed)
            device->frontend->changed(device);
        return false;
    case XG_BUS_CLOSE:
        close(device);
        return true;
    case XG_BUS_RELEASE:
        released(device);
        return device->front == XG_BUS_INITIALISING;
    case XG_BUS_RESTART:
        restart(device);
        return device->front == XG_BUS_INITIALISING;
    case XG_BUS_GONE:
        gone(device);
        return false;
    case XG_BUS_BREAK:
        break_device(device, -XG_EBADMSG);
        return true;
    default:
        return false;
    }
}

/* ---- Looking ---- */

static int read_back(struct xg_bus_device *device)
{
    uint64_t state;
    int rc = xg_store_read_number(device->bus->store, XG_STORE_NO_TX, device->backend_state,
                                  XG_BUS_RECONFIGURED, &state);

    if (rc == -XG_ENOENT)
        state = XG_BUS_UNKNOWN;
    else if (rc == -XG_EINVAL || rc == -XG_EACCES)
        state = XG_BUS_NONSENSE;
    else if (rc)
        return rc;
    device->back = (enum xg_bus_state)state;
    return 0;
}

int xg_bus_device_run(struct xg_bus_device *device)
{
    unsigned int steps;
    int rc;

    for (steps = 0; steps < STEPS; steps++) {
        rc = read_back(device);
        if (rc)
            return rc;
        if (!act(device, xg_bus_rule(device->front, device->back)))
            return 0;
    }
    return 0;
}

/* Its own nodes are looked at when anything below "device" has changed. */
static int look_for_unplug(struct xg_bus_device *device)
{
    char path[XG_BUS_PATH_BYTES], backend[XG_BUS_PATH_BYTES];
    int rc;

    xg_format_buffer(path, sizeof(path), "%s/backend", device->path);
    rc = xg_store_read(device->bus->store, XG_STORE_NO_TX, path, backend, sizeof(backend), NULL);
    if (rc == -XG_ENOENT) {
        device->unplugged = true;
        gone(device);
        return 0;
    }
    return rc;
}

static bool has_fired(const struct xg_store_watch *watch, uint32_t *seen)
{
    uint32_t now = __atomic_load_n(&watch->nr_fired, __ATOMIC_ACQUIRE);
    bool fired = now != *seen;

    *seen = now;
    return fired;
}

/* A store that did not answer is asked again: what has fired was not looked at. */
static int run_if_fired(struct xg_bus_device *device)
{
    uint32_t before = device->seen_fired;
    int rc = has_fired(&device->watch, &device->seen_fired) ? xg_bus_device_run(device) : 0;

    if (rc)
        device->seen_fired = before;
    return rc;
}

static int look_at(struct xg_bus_device *device, bool bus_fired)
{
    int rc = 0;

    if (bus_fired && !device->unplugged)
        rc = look_for_unplug(device);
    if (device->error && device->front != XG_BUS_CLOSED && !device->unplugged)
        break_device(device, device->error);
    if (!rc && !device->unplugged)
        rc = run_if_fired(device);
    /* What the backend still held when it said that it had let go, once more. */
    if (!rc && is_held(device)) {
        if (device->held_until_ns)
            restart(device);
        else
            (void)!xg_bus_release(device);
    }
    device->bus->held |= device->held_until_ns != 0;
    return rc;
}

int xg_bus_run(struct xg_bus *bus, bool *plugged)
{
    struct xg_bus_device *device;
    uint32_t before = bus->seen_fired;
    bool fired;
    int rc = xg_store_poll(bus->store);

    if (rc)
        return rc;
    fired = has_fired(&bus->watch, &bus->seen_fired);
    bus->held = false;
    if (plugged)
        *plugged = fired;
    for (device = bus->devices; device && !rc; device = device->next)
        rc = look_at(device, fired);
    if (rc)
        bus->seen_fired = before;
    return rc;
}

int xg_bus_wait(struct xg_bus *bus, uint32_t seen, uint64_t deadline_ns, bool *plugged)
{
    int rc = xg_bus_run(bus, plugged);
    uint64_t look_ns = bus->held ? xg_os_now_ns() + HELD_LOOK_NS : deadline_ns;

    if (rc || xg_store_activity(bus->store) != seen || (plugged && *plugged))
        return rc;
    rc = xg_store_wait(bus->store, seen, look_ns < deadline_ns ? look_ns : deadline_ns);
    if (rc == -XG_ETIME && look_ns < deadline_ns)
        rc = 0;
    return rc ? rc : xg_bus_run(bus, plugged);
}

void xg_bus_fail(struct xg_bus_device *device, int error)
{
    if (!device->error)
        device->error = error;
    /* Ends a wait for the store: the owner of the bus is to look. */
    __atomic_fetch_add(&device->bus->store->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&device->bus->store->activity);
}

/* ---- Leaving ---- */

/* Follows the rules until the backend has let go. Asking the store is activity too, so only the watch counts.
 */
static int wait_for_close(struct xg_bus_device *device, uint64_t deadline_ns)
{
    struct xg_store *store = device->bus->store;
    bool late = false, look = true;

    for (;;) {
        uint32_t seen;
        int rc = look ? xg_bus_device_run(device) : 0;

        if (rc)
            return rc;
        if (device->front == XG_BUS_CLOSED && (!device->shared || may_be_released(device)))
            return 0;
        if (late)
            return -XG_ETIME;
        seen = xg_store_activity(store);
        rc = xg_store_poll(store);
        look = has_fired(&device->watch, &device->seen_fired);
        if (!rc && !look)
            rc = xg_store_wait(store, seen, deadline_ns);
        late = rc == -XG_ETIME;
        if (rc && !late)
            return rc;
    }
}

int xg_bus_close(struct xg_bus_device *device, uint64_t deadline_ns)
{
    bool in_use = device->front == XG_BUS_INITIALISED || device->front == XG_BUS_CONNECTED;
    int rc, released_rc;

    device->wanted = false;
    stop(device);
    if (device->unplugged)
        return xg_bus_release(device);
    if (in_use)
        (void)!go_to(device, XG_BUS_CLOSING);
    else if (device->front == XG_BUS_INITIALISING)
        (void)!go_to(device, XG_BUS_CLOSED);
    rc = device->unplugged ? 0 : wait_for_close(device, deadline_ns);
    if (rc && device->front != XG_BUS_CLOSED)
        (void)!go_to(device, XG_BUS_CLOSED);
    released_rc = xg_bus_release(device);
    return rc ? rc : released_rc;
}
