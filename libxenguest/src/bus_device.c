/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding devices, taking them up, and the nodes of each. */
#include <xenguest/format.h>
#include <xenguest/xenbus.h>
#include "bus_private.h"
#include "private.h"

int xg_bus_init(struct xg_bus *bus, struct xg_store *store)
{
    xg_bytes_zero(bus, sizeof(*bus));
    bus->store = store;
    return xg_store_watch(store, &bus->watch, "device", NULL, 0);
}

/* Where the backend is, and whose it is. */
static int find_backend(struct xg_bus_device *device)
{
    struct xg_store *store = device->bus->store;
    char path[XG_BUS_PATH_BYTES];
    uint64_t domid = 0;
    int rc;

    xg_format_buffer(path, sizeof(path), "%s/backend", device->path);
    rc = xg_store_read(store, XG_STORE_NO_TX, path, device->backend, sizeof(device->backend), NULL);
    if (!rc) {
        xg_format_buffer(path, sizeof(path), "%s/backend-id", device->path);
        rc = xg_store_read_number(store, XG_STORE_NO_TX, path, XG_DOMID_SELF - 1, &domid);
    }
    if (rc == -XG_ERANGE || rc == -XG_EINVAL || (!rc && device->backend[0] != '/'))
        return -XG_EBADMSG;
    device->backend_domid = (xg_domid_t)domid;
    xg_format_buffer(device->backend_state, sizeof(device->backend_state), "%s/state", device->backend);
    return rc;
}

/* An earlier kernel may have left any state behind. */
static int find_front_state(struct xg_bus_device *device)
{
    char path[XG_BUS_PATH_BYTES];
    uint64_t state = XG_BUS_UNKNOWN;
    int rc;

    xg_format_buffer(path, sizeof(path), "%s/state", device->path);
    rc = xg_store_read_number(device->bus->store, XG_STORE_NO_TX, path, XG_BUS_RECONFIGURED, &state);
    if (rc == -XG_EINVAL)
        rc = -XG_EBADMSG;
    if (rc)
        return rc;
    device->front = XG_BUS_INITIALISING;
    if (state == XG_BUS_INITIALISING)
        return 0;
    /* Tells a closed backend that it is wanted again; a connected one is closed first, by the rules. */
    device->front = state == XG_BUS_CLOSING ? XG_BUS_CLOSING : XG_BUS_CLOSED;
    return state == XG_BUS_CLOSED || state == XG_BUS_CLOSING
               ? 0
               : xg_store_write_number(device->bus->store, XG_STORE_NO_TX, path, XG_BUS_CLOSED);
}

static void list_add(struct xg_bus *bus, struct xg_bus_device *device)
{
    device->next = bus->devices;
    bus->devices = device;
}

static void list_remove(struct xg_bus *bus, struct xg_bus_device *device)
{
    struct xg_bus_device **link = &bus->devices;

    while (*link && *link != device)
        link = &(*link)->next;
    if (*link)
        *link = device->next;
}

/* From nodes that nobody of ours has looked at yet. */
static int take_up(struct xg_bus_device *device)
{
    int rc = find_backend(device);

    if (!rc)
        rc = find_front_state(device);
    if (!rc)
        rc = xg_store_watch(device->bus->store, &device->watch, device->backend_state, NULL, 0);
    return rc;
}

int xg_bus_take_up_again(struct xg_bus_device *device)
{
    (void)!xg_store_unwatch(device->bus->store, &device->watch);
    device->seen_fired = 0;
    return take_up(device);
}

int xg_bus_attach(struct xg_bus *bus, struct xg_bus_device *device, const char *class, uint32_t id,
                  const struct xg_bus_frontend *frontend)
{
    int rc;

    xg_bytes_zero(device, sizeof(*device));
    device->bus = bus;
    device->frontend = frontend;
    device->wanted = true;
    if (xg_format_buffer(device->path, sizeof(device->path), "device/%s/%u", class, id) >=
        sizeof(device->path))
        return -XG_E2BIG;
    rc = take_up(device);
    if (!rc)
        list_add(bus, device);
    return rc;
}

int xg_bus_detach(struct xg_bus *bus, struct xg_bus_device *device, uint64_t deadline_ns)
{
    int rc = xg_bus_close(device, deadline_ns);

    (void)!xg_store_unwatch(bus->store, &device->watch);
    list_remove(bus, device);
    return rc;
}

int xg_bus_list(struct xg_bus *bus, const char *class, uint32_t *ids, unsigned int most, unsigned int *nr)
{
    char path[64], names[1024];
    size_t length, at;
    int rc;

    *nr = 0;
    xg_format_buffer(path, sizeof(path), "device/%s", class);
    rc = xg_store_directory(bus->store, XG_STORE_NO_TX, path, names, sizeof(names), &length);
    if (rc)
        return rc == -XG_ENOENT ? 0 : rc;
    for (at = 0; at < length; at += xg_string_length(names + at) + 1) {
        uint64_t id;

        if (xg_store_parse_number(names + at, UINT32_MAX, &id))
            continue;
        if (*nr < most)
            ids[*nr] = (uint32_t)id;
        (*nr)++;
    }
    return 0;
}

/* ---- Nodes ---- */

static int join(char *path, size_t size, const char *folder, const char *name)
{
    return xg_format_buffer(path, size, "%s/%s", folder, name) < size ? 0 : -XG_E2BIG;
}

int xg_bus_read_number(struct xg_bus_device *device, const char *name, uint64_t most, uint64_t otherwise,
                       uint64_t *number)
{
    char path[XG_BUS_PATH_BYTES + 40];
    int rc = join(path, sizeof(path), device->backend, name);

    if (!rc)
        rc = xg_store_read_number(device->bus->store, XG_STORE_NO_TX, path, most, number);
    if (rc != -XG_ENOENT)
        return rc;
    *number = otherwise;
    return 0;
}

int xg_bus_write(struct xg_bus_device *device, xg_store_tx_t tx, const char *name, const char *value)
{
    char path[XG_BUS_PATH_BYTES];
    int rc = join(path, sizeof(path), device->path, name);

    return rc ? rc : xg_store_write(device->bus->store, tx, path, value, xg_string_length(value));
}

int xg_bus_write_number(struct xg_bus_device *device, xg_store_tx_t tx, const char *name, uint64_t number)
{
    char value[24];

    xg_format_buffer(value, sizeof(value), "%llu", (unsigned long long)number);
    return xg_bus_write(device, tx, name, value);
}

/* ---- What an earlier owner has left ---- */

static bool is_listed(const char *name, const char *list)
{
    size_t i;

    while (*list) {
        for (i = 0; name[i] && list[i] == name[i];)
            i++;
        if (list[i] == '*' || (list[i] == ' ' && !name[i]))
            return true;
        for (list += i; *list && *list++ != ' ';)
            ;
    }
    return false;
}

int xg_bus_forget(struct xg_bus_device *device, xg_store_tx_t tx, const char *list)
{
    char path[XG_BUS_PATH_BYTES], names[1024];
    size_t length, at;
    int rc = xg_store_directory(device->bus->store, tx, device->path, names, sizeof(names), &length);

    for (at = 0; at < length && !rc; at += xg_string_length(names + at) + 1) {
        if (!is_listed(names + at, list))
            continue;
        rc = join(path, sizeof(path), device->path, names + at);
        if (!rc)
            rc = xg_store_rm(device->bus->store, tx, path);
    }
    return rc;
}
