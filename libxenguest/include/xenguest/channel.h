/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Further consoles, which the toolstack calls channels: bytes in both directions, to a terminal or a socket
 * of another domain. Tier 3. Source: <xen/io/console.h>; the nodes stand in docs/channel-frontend.md. The
 * first console, which is there from the start, is console.h.
 *
 * Objects are the caller's. write, read and ready may be called on any vCPU, in threads and handlers; the
 * rest by the owner of the bus.
 */
#ifndef XENGUEST_CHANNEL_H
#define XENGUEST_CHANNEL_H

#include <xenguest/console.h>
#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/xenbus.h>

XG_BEGIN_DECLS

#define XG_CHANNEL_NAME 32

struct xg_channel;

struct xg_channel_config {
    struct xg_grants *grants;
    struct xg_events *events;
    bool polled; /* the event port stays masked: look with ready and write */
    /* There may be input, or room for output; called by the handler of the event. May be NULL. */
    void (*event)(struct xg_channel *channel, void *arg);
    void *arg;
};

struct xg_channel {
    struct xg_bus_device device; /* first */
    struct xg_bus_frontend frontend;
    struct xg_channel_config config;
    struct xg_console console; /* its ring and port, while there is one */
    xg_grant_ref_t ref;
    uint32_t lock;
    uint32_t activity; /* changes with every event, and whenever the state does: to wait on */
    bool connected;
    char name[XG_CHANNEL_NAME]; /* that the toolstack gave it, cut to size; read at attach */
};

/* Takes up device console/`id` (from 1 on) and begins to connect. Errors: xg_bus_attach. */
int __must_check xg_channel_attach(struct xg_bus *bus, struct xg_channel *channel, uint32_t id,
                                   const struct xg_channel_config *config);
/* Ends it; what was written and not yet read by the backend is lost. Errors: xg_bus_detach. */
int __must_check xg_channel_detach(struct xg_channel *channel, uint64_t deadline_ns);

/*
 * Never waits: takes as much as there is room for and returns how much that was; 0 while it is not connected.
 * Bytes go as they are.
 */
size_t xg_channel_write(struct xg_channel *channel, const char *bytes, size_t length);
/* At most `size` bytes; 0 when none has come. Never waits. */
size_t xg_channel_read(struct xg_channel *channel, char *buffer, size_t size);
bool xg_channel_ready(struct xg_channel *channel);

XG_END_DECLS

#endif
