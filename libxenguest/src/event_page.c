/* SPDX-License-Identifier: BSD-2-Clause */
/* The two rings of events in a page. Indices run freely and are reduced modulo the rings' odd sizes. */
#include "event_page_private.h"
#include <xen/io/fbif.h>
#include <xen/io/kbdif.h>
#include <xen/io/protocols.h>

_Static_assert(sizeof(union xenfb_in_event) == XG_EVENT_BYTES &&
                   sizeof(union xenfb_out_event) == XG_EVENT_BYTES &&
                   sizeof(union xenkbd_in_event) == XG_EVENT_BYTES,
               "events have one size");

/* Both kinds of page begin with it. */
static struct xenkbd_page *head(const struct xg_event_page *page)
{
    return page->memory;
}

int xg_event_page_share(struct xg_event_page *page, struct xg_events *events, xg_domid_t backend, bool polled,
                        xg_event_fn *function, void *arg)
{
    int rc;

    page->in_consumed = 0;
    page->out_produced = 0;
    page->broken = false;
    page->lost = false;
    page->memory = xg_os_page_alloc();
    if (!page->memory)
        return -XG_ENOMEM;
    xg_bytes_zero(page->memory, XG_PAGE_SIZE);
    rc = xg_event_alloc_unbound(events, backend, function, arg, &page->port);
    if (!rc && polled)
        xg_event_mask(events, page->port);
    return rc;
}

int xg_event_page_write(struct xg_event_page *page, struct xg_bus_device *device, xg_store_tx_t tx)
{
    int rc = xg_bus_write_number(device, tx, "page-ref", xg_mfn_to_gfn(xg_os_address_to_mfn(page->memory)).n);

    if (!rc)
        rc = xg_bus_write_number(device, tx, "event-channel", page->port);
    return rc ? rc : xg_bus_write(device, tx, "protocol", XEN_IO_PROTO_ABI_X86_64);
}

void xg_event_page_close(struct xg_event_page *page, struct xg_events *events)
{
    if (page->port)
        (void)!xg_event_close(events, page->port);
    page->port = 0;
}

void xg_event_page_free(struct xg_event_page *page)
{
    if (page->memory)
        xg_os_page_free(page->memory);
    page->memory = NULL;
}

void xg_event_page_lost(struct xg_event_page *page)
{
    page->port = 0;
    page->lost = true;
}

bool xg_event_page_let_go(const struct xg_event_page *page, const struct xg_bus_device *device)
{
    return page->lost || device->unplugged || device->back == XG_BUS_CLOSED ||
           device->back == XG_BUS_UNKNOWN || device->back == XG_BUS_INITIALISING ||
           device->back == XG_BUS_INIT_WAIT;
}

bool xg_event_page_take(struct xg_event_page *page, void *event)
{
    const volatile unsigned char *from;
    unsigned char *to = event;
    uint32_t waiting, i;

    if (page->broken)
        return false;
    waiting = __atomic_load_n(&head(page)->in_prod, __ATOMIC_ACQUIRE) - page->in_consumed;
    if (waiting > page->in_nr)
        page->broken = true;
    if (!waiting || page->broken)
        return false;
    from = (unsigned char *)page->memory + page->in_offset + page->in_consumed % page->in_nr * XG_EVENT_BYTES;
    for (i = 0; i < XG_EVENT_BYTES; i++)
        to[i] = from[i];
    page->in_consumed++;
    /* After the event was taken: pairs with the backend's look at in_cons, which frees its place. */
    __atomic_store_n(&head(page)->in_cons, page->in_consumed, __ATOMIC_RELEASE);
    return true;
}

bool xg_event_page_put(struct xg_event_page *page, const void *event)
{
    uint32_t unread;

    if (page->broken)
        return false;
    unread = page->out_produced - __atomic_load_n(&head(page)->out_cons, __ATOMIC_ACQUIRE);
    if (unread > page->out_nr)
        page->broken = true;
    if (unread >= page->out_nr)
        return false;
    xg_bytes_copy((char *)page->memory + page->out_offset +
                      page->out_produced % page->out_nr * XG_EVENT_BYTES,
                  event, XG_EVENT_BYTES);
    page->out_produced++;
    /* The event before the index: pairs with the backend's acquire of out_prod. */
    __atomic_store_n(&head(page)->out_prod, page->out_produced, __ATOMIC_RELEASE);
    return true;
}
