/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A further console: the ring of console_ring.c in a page that is granted to a backend found on the bus. A
 * backend that breaks the ring's rules loses the device; nothing of it falls back to console_io.
 */
#include <xenguest/channel.h>
#include <xenguest/format.h>
#include "console_private.h"

static struct xg_channel *channel_of(struct xg_bus_device *device)
{
    return (struct xg_channel *)device;
}

static void stir(struct xg_channel *channel)
{
    __atomic_fetch_add(&channel->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&channel->activity);
}

static void on_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    struct xg_channel *channel = arg;

    stir(channel);
    if (channel->config.event)
        channel->config.event(channel, channel->config.arg);
}

static void set_connected(struct xg_channel *channel, bool connected)
{
    unsigned long saved = xg_lock_get(&channel->lock);

    channel->connected = connected;
    xg_lock_put(&channel->lock, saved);
    stir(channel);
}

/* ---- Connecting ---- */

static int prepare(struct xg_bus_device *device)
{
    struct xg_channel *channel = channel_of(device);
    int rc;

    xg_bytes_zero(&channel->console, sizeof(channel->console));
    channel->console.ring = xg_os_page_alloc();
    if (!channel->console.ring)
        return -XG_ENOMEM;
    xg_bytes_zero(channel->console.ring, XG_PAGE_SIZE);
    rc = xg_grant_access(channel->config.grants, device->backend_domid,
                         xg_mfn_to_gfn(xg_os_address_to_mfn(channel->console.ring)), false, &channel->ref);
    if (!rc)
        rc = xg_event_alloc_unbound(channel->config.events, device->backend_domid, on_event, channel,
                                    &channel->console.port);
    if (!rc && channel->config.polled)
        xg_event_mask(channel->config.events, channel->console.port);
    return rc;
}

static int write_nodes(struct xg_bus_device *device, xg_store_tx_t tx)
{
    struct xg_channel *channel = channel_of(device);
    int rc = xg_bus_write_number(device, tx, "ring-ref", channel->ref);

    return rc ? rc : xg_bus_write_number(device, tx, "port", channel->console.port);
}

static int connect(struct xg_bus_device *device)
{
    set_connected(channel_of(device), true);
    return 0;
}

static void lost(struct xg_bus_device *device)
{
    struct xg_channel *channel = channel_of(device);

    channel->connected = false;
    channel->console.port = 0;
}

static void stop(struct xg_bus_device *device)
{
    set_connected(channel_of(device), false);
}

/*
 * Its backends connect as soon as they find the two nodes, whatever our state says: what they name must not
 * outlive itself.
 */
static void forget_nodes(struct xg_channel *channel)
{
    static const char names[2][9] = {"ring-ref", "port"};
    char path[XG_BUS_PATH_BYTES];
    unsigned int i;

    for (i = 0; i < XG_ARRAY_SIZE(names) && !channel->device.unplugged; i++) {
        xg_format_buffer(path, sizeof(path), "%s/%s", channel->device.path, names[i]);
        (void)!xg_store_rm(channel->device.bus->store, XG_STORE_NO_TX, path);
    }
}

static int release(struct xg_bus_device *device)
{
    struct xg_channel *channel = channel_of(device);

    if (channel->console.port)
        (void)!xg_event_close(channel->config.events, channel->console.port);
    channel->console.port = 0;
    forget_nodes(channel);
    if (channel->ref && xg_grant_end(channel->config.grants, channel->ref) == -XG_EBUSY)
        return -XG_EBUSY;
    channel->ref = 0;
    if (channel->console.ring)
        xg_os_page_free(channel->console.ring);
    channel->console.ring = NULL;
    return 0;
}

static void read_name(struct xg_channel *channel)
{
    char path[XG_BUS_PATH_BYTES];

    xg_format_buffer(path, sizeof(path), "%s/name", channel->device.path);
    (void)!xg_store_read(channel->device.bus->store, XG_STORE_NO_TX, path, channel->name,
                         sizeof(channel->name), NULL);
}

int xg_channel_attach(struct xg_bus *bus, struct xg_channel *channel, uint32_t id,
                      const struct xg_channel_config *config)
{
    int rc;

    xg_bytes_zero(channel, sizeof(*channel));
    channel->config = *config;
    channel->frontend.prepare = prepare;
    channel->frontend.write = write_nodes;
    channel->frontend.connect = connect;
    channel->frontend.stop = stop;
    channel->frontend.release = release;
    channel->frontend.lost = lost;
    rc = xg_bus_attach(bus, &channel->device, "console", id, &channel->frontend);
    if (rc)
        return rc;
    /* Those of an earlier kernel. */
    forget_nodes(channel);
    read_name(channel);
    return 0;
}

int xg_channel_detach(struct xg_channel *channel, uint64_t deadline_ns)
{
    return xg_bus_detach(channel->device.bus, &channel->device, deadline_ns);
}

/* ---- Bytes ---- */

/* Unlocks; a ring that broke meanwhile breaks the device. */
static void end(struct xg_channel *channel, unsigned long saved)
{
    bool broken = channel->connected && channel->console.broken;

    if (broken)
        channel->connected = false;
    xg_lock_put(&channel->lock, saved);
    if (broken)
        xg_bus_fail(&channel->device, -XG_EBADMSG);
}

size_t xg_channel_write(struct xg_channel *channel, const char *bytes, size_t length)
{
    unsigned long saved = xg_lock_get(&channel->lock);
    size_t nr = channel->connected ? xg_console_ring_write(&channel->console, bytes, length) : 0;

    end(channel, saved);
    return nr;
}

size_t xg_channel_read(struct xg_channel *channel, char *buffer, size_t size)
{
    unsigned long saved = xg_lock_get(&channel->lock);
    size_t nr = channel->connected ? xg_console_ring_read(&channel->console, buffer, size) : 0;

    end(channel, saved);
    return nr;
}

bool xg_channel_ready(struct xg_channel *channel)
{
    unsigned long saved = xg_lock_get(&channel->lock);
    bool ready = channel->connected && xg_console_ring_waiting(&channel->console);

    end(channel, saved);
    return ready;
}
