/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of events that screens and keyboards share with their backends: two small rings of fixed-size
 * events and four indices. Tier 3; a part of framebuffer.h and input.h, of which a port needs to know
 * nothing. Source: <xen/io/fbif.h> and <xen/io/kbdif.h>, whose pages begin alike.
 *
 * Backends map this page by its frame number, not by a grant: only a domain with power over ours can serve
 * such devices, and whether it still has the page mapped cannot be seen. Its word for that is its state.
 */
#ifndef XENGUEST_EVENT_PAGE_H
#define XENGUEST_EVENT_PAGE_H

#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/xenbus.h>

XG_BEGIN_DECLS

#define XG_EVENT_BYTES 40 /* of each event, in either direction */

struct xg_event_page {
    void *memory; /* NULL: none is shared */
    xg_evtchn_t port;
    uint32_t in_offset, in_nr; /* where the rings are in the page, and how many events each holds */
    uint32_t out_offset, out_nr;
    uint32_t in_consumed; /* our own indices: the ones in the page can be overwritten */
    uint32_t out_produced;
    bool lost;   /* with its backend, when the domain was restored */
    bool broken; /* the other end's index was impossible: nothing more is taken */
};

XG_END_DECLS

#endif
