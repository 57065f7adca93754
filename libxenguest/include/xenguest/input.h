/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keyboard and pointer frontend. Tier 3. Source: <xen/io/kbdif.h>; how it is negotiated stands in
 * docs/screen-frontend.md.
 *
 * take may be called on any vCPU, in threads and handlers; the rest by the owner of the bus.
 */
#ifndef XENGUEST_INPUT_H
#define XENGUEST_INPUT_H

#include <xenguest/event_page.h>

XG_BEGIN_DECLS

#define XG_INPUT_BUTTON_LEFT  0x110 /* buttons of the pointer come as keys */
#define XG_INPUT_BUTTON_RIGHT 0x111
#define XG_INPUT_RAW_MOST     0x7fff /* the largest raw coordinate */

enum xg_input_kind {
    XG_INPUT_KEY,      /* `code` was pressed or released */
    XG_INPUT_MOTION,   /* the pointer has moved by x, y */
    XG_INPUT_POSITION, /* the pointer is at x, y */
};

struct xg_input_event {
    enum xg_input_kind kind;
    uint32_t code; /* of a key: Linux's numbers */
    bool pressed;
    int32_t x, y;
    int32_t wheel;
};

struct xg_input;

struct xg_input_config {
    struct xg_grants *grants;
    struct xg_events *events;
    bool polled;   /* the event port stays masked: look with xg_input_take */
    bool absolute; /* positions are wanted rather than motions, from backends that have them */
    bool raw;      /* and of 0 to XG_INPUT_RAW_MOST rather than of the screen's pixels */
    /* There may be something to take; called by the handler of the event. May be NULL. */
    void (*event)(struct xg_input *input, void *arg);
    void *arg;
};

struct xg_input {
    struct xg_bus_device device; /* first */
    struct xg_bus_frontend frontend;
    struct xg_input_config config;
    struct xg_event_page page;
    xg_grant_ref_t ref;
    uint32_t lock;
    uint32_t activity;   /* changes with every event, and whenever the state does */
    uint64_t nr_unknown; /* events of types that nobody knows, or has asked for: dropped */
    bool connected;
    bool absolute; /* what will be sent, as negotiated */
    bool raw;
};

/* Takes up device vkbd/`id` and begins to connect. Errors: xg_bus_attach. */
int __must_check xg_input_attach(struct xg_bus *bus, struct xg_input *input, uint32_t id,
                                 const struct xg_input_config *config);
/* Errors: xg_bus_detach. */
int __must_check xg_input_detach(struct xg_input *input, uint64_t deadline_ns);
/* The oldest event. False: none waits. Codes and coordinates are the backend's word: any number. */
bool xg_input_take(struct xg_input *input, struct xg_input_event *event);

XG_END_DECLS

#endif
