/* SPDX-License-Identifier: BSD-2-Clause */
/* event_page.c for framebuffer.c and input.c. */
#ifndef XENGUEST_EVENT_PAGE_PRIVATE_H
#define XENGUEST_EVENT_PAGE_PRIVATE_H

#include <xenguest/event_page.h>
#include "private.h"

XG_BEGIN_DECLS

/* An empty page and its event channel; the offsets and numbers are set. -XG_ENOMEM; xg_event_alloc_unbound's.
 */
int xg_event_page_share(struct xg_event_page *page, struct xg_events *events, xg_domid_t backend, bool polled,
                        xg_event_fn *function, void *arg);
/* The nodes by which the backend finds it. */
int xg_event_page_write(struct xg_event_page *page, struct xg_bus_device *device, xg_store_tx_t tx);
void xg_event_page_close(struct xg_event_page *page, struct xg_events *events);
void xg_event_page_free(struct xg_event_page *page);
/* The domain was restored: the port is another's, and nobody has the page mapped. */
void xg_event_page_lost(struct xg_event_page *page);
/* Whether the backend says that it has let go of what is not granted. */
bool xg_event_page_let_go(const struct xg_event_page *page, const struct xg_bus_device *device);

/* The oldest event from the backend, copied once. False: there is none, or the page is broken. */
bool xg_event_page_take(struct xg_event_page *page, void *event);
/* False: there is no room, or the page is broken. Notifies nobody. */
bool xg_event_page_put(struct xg_event_page *page, const void *event);

XG_END_DECLS

#endif
