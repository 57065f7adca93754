/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The framebuffer frontend: a screen that another domain shows. Tier 3. Source: <xen/io/fbif.h>; how it is
 * negotiated stands in docs/screen-frontend.md.
 *
 * Pixels are the caller's memory, which the backend reads whenever it likes; update says what has changed.
 * The backend maps it by frame numbers, not by grants (event_page.h): the memory is the caller's again when
 * detach has returned 0.
 *
 * update, resize and poll may be called on any vCPU, in threads and handlers; the rest by the owner of the
 * bus.
 */
#ifndef XENGUEST_FRAMEBUFFER_H
#define XENGUEST_FRAMEBUFFER_H

#include <xenguest/event_page.h>

XG_BEGIN_DECLS

#define XG_FRAMEBUFFER_DIRECTORIES 16 /* pages of 512 frame numbers: 32 MiB of pixels */

/* Where the picture is in the memory. A pixel of 32 bits is 0xRRGGBB, of 16 bits 5:6:5, of 8 bits 3:3:2. */
struct xg_framebuffer_mode {
    uint32_t width, height; /* pixels */
    uint32_t depth;         /* bits a pixel: 8, 16, 24 or 32 */
    uint32_t stride;        /* bytes a row */
    uint32_t offset;        /* bytes, of the first row */
};

struct xg_framebuffer_config {
    struct xg_events *events;
    void *memory;          /* page-aligned, consecutive in the kernel's addresses */
    uint32_t memory_bytes; /* whole pages, at most XG_FRAMEBUFFER_DIRECTORIES * 2 MiB */
    struct xg_framebuffer_mode mode;
    bool polled; /* the event port stays masked: xg_framebuffer_poll is called */
};

struct xg_framebuffer_area {
    uint32_t left, top, right, bottom; /* the last two are just outside; left == right: nothing */
};

struct xg_framebuffer {
    struct xg_bus_device device; /* first */
    struct xg_bus_frontend frontend;
    struct xg_framebuffer_config config;
    struct xg_event_page page;
    void *directories[XG_FRAMEBUFFER_DIRECTORIES];
    uint32_t lock;
    uint32_t activity;                  /* changes with every event, and whenever the state does */
    struct xg_framebuffer_area changed; /* that the backend has not been told of yet */
    uint64_t nr_updates;                /* events sent */

    /* Valid while connected. */
    bool connected;
    bool wants_updates;  /* otherwise the backend looks at all of it, all the time */
    bool resizes;        /* xg_framebuffer_resize is possible */
    uint32_t refresh_ms; /* how often the backend means to look; 0: not now. ~0: it has not said */
};

/*
 * Takes up device vfb/`id` and begins to connect. -XG_EINVAL: the memory is not aligned, or the mode does not
 * fit it. Others: xg_bus_attach.
 */
int __must_check xg_framebuffer_attach(struct xg_bus *bus, struct xg_framebuffer *framebuffer, uint32_t id,
                                       const struct xg_framebuffer_config *config);
/* Errors: xg_bus_detach; -XG_EBUSY or -XG_ETIME: the backend may still read the memory. */
int __must_check xg_framebuffer_detach(struct xg_framebuffer *framebuffer, uint64_t deadline_ns);

/*
 * This rectangle has changed; what is outside of the picture is cut off. Areas for which the ring has no room
 * are joined to one, and told later.
 */
void xg_framebuffer_update(struct xg_framebuffer *framebuffer, uint32_t x, uint32_t y, uint32_t width,
                           uint32_t height);
/* Another picture in the same memory. -XG_EOPNOTSUPP; -XG_EBUSY: no room on the ring now; -XG_EINVAL;
 * -XG_EAGAIN: not connected now. */
int __must_check xg_framebuffer_resize(struct xg_framebuffer *framebuffer,
                                       const struct xg_framebuffer_mode *mode);
/* Takes the backend's events and tells it what it does not know. True: there is still something to tell. */
bool xg_framebuffer_poll(struct xg_framebuffer *framebuffer);

XG_END_DECLS

#endif
