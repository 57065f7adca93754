/* SPDX-License-Identifier: BSD-2-Clause */
/* Connecting a file system: the page of indices, the rings, and how all of it is taken back. */
#include <xenguest/format.h>
#include "p9_private.h"
#include <xen/io/9pfs.h>

#define TIMEOUT_NS 30000000000ull

static struct xg_p9 *p9_of(struct xg_bus_device *device)
{
    return (struct xg_p9 *)device;
}

static void stir(struct xg_p9 *p9)
{
    __atomic_fetch_add(&p9->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&p9->activity);
}

static void on_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    stir(arg);
}

static unsigned int nr_pages(const struct xg_p9 *p9)
{
    return 1u << p9->config.order;
}

/* ---- Connecting ---- */

static int check_offer(struct xg_p9 *p9)
{
    char path[XG_BUS_PATH_BYTES + 16], versions[32];
    uint64_t order, rings;
    int rc = xg_bus_read_number(&p9->device, "max-ring-page-order", UINT32_MAX, 0, &order);

    if (!rc)
        rc = xg_bus_read_number(&p9->device, "max-rings", UINT32_MAX, 0, &rings);
    if (rc)
        return rc == -XG_EINVAL ? -XG_EBADMSG : rc;
    if (order < p9->config.order || !rings)
        return -XG_EOPNOTSUPP;
    /* A list with commas, of which only the first is there so far. */
    xg_format_buffer(path, sizeof(path), "%s/versions", p9->device.backend);
    rc = xg_store_read(p9->device.bus->store, XG_STORE_NO_TX, path, versions, sizeof(versions), NULL);
    if (rc && rc != -XG_ERANGE)
        return rc == -XG_ENOENT ? -XG_EOPNOTSUPP : rc;
    return versions[0] == '1' && (!versions[1] || versions[1] == ',') ? 0 : -XG_EOPNOTSUPP;
}

static int share(struct xg_p9 *p9, void **page, xg_grant_ref_t *ref)
{
    *page = xg_os_page_alloc();
    if (!*page)
        return -XG_ENOMEM;
    xg_bytes_zero(*page, XG_PAGE_SIZE);
    return xg_grant_access(p9->config.grants, p9->device.backend_domid,
                           xg_mfn_to_gfn(xg_os_address_to_mfn(*page)), false, ref);
}

static int share_all(struct xg_p9 *p9)
{
    void *interface;
    unsigned int i;
    int rc = share(p9, &interface, &p9->interface_ref);

    p9->interface = interface;
    for (i = 0; i < nr_pages(p9) && !rc; i++) {
        rc = share(p9, &p9->pages[i], &p9->refs[i]);
        p9->interface->ref[i] = p9->refs[i];
    }
    if (!rc)
        p9->interface->ring_order = p9->config.order;
    return rc;
}

static int prepare(struct xg_bus_device *device)
{
    struct xg_p9 *p9 = p9_of(device);
    int rc = check_offer(p9);

    if (!rc)
        rc = share_all(p9);
    if (!rc)
        rc = xg_event_alloc_unbound(p9->config.events, device->backend_domid, on_event, p9, &p9->port);
    if (!rc && p9->config.polled)
        xg_event_mask(p9->config.events, p9->port);
    return rc;
}

static int write_nodes(struct xg_bus_device *device, xg_store_tx_t tx)
{
    struct xg_p9 *p9 = p9_of(device);
    int rc = xg_bus_write(device, tx, "version", "1");

    if (!rc)
        rc = xg_bus_write_number(device, tx, "num-rings", 1);
    if (!rc)
        rc = xg_bus_write_number(device, tx, "ring-ref0", p9->interface_ref);
    return rc ? rc : xg_bus_write_number(device, tx, "event-channel-0", p9->port);
}

/* Nothing is asked of the server here: that is for threads which may wait. */
static int connect(struct xg_bus_device *device)
{
    struct xg_p9 *p9 = p9_of(device);

    xg_os_lock(&p9->lock);
    p9->in_consumed = 0;
    p9->out_produced = 0;
    p9->message_bytes = (uint32_t)XEN_FLEX_RING_SIZE(p9->config.order);
    p9->session = false;
    p9->generation++;
    __atomic_store_n(&p9->connected, true, __ATOMIC_RELEASE);
    xg_os_unlock(&p9->lock);
    stir(p9);
    return 0;
}

/* Who waits for an answer is told by stop. */
static void lost(struct xg_bus_device *device)
{
    struct xg_p9 *p9 = p9_of(device);

    p9->connected = false;
    p9->port = 0;
}

/* Who waits for an answer sees it, and lets go of the lock: afterwards nobody uses the port and the rings. */
static void stop(struct xg_bus_device *device)
{
    struct xg_p9 *p9 = p9_of(device);

    __atomic_store_n(&p9->connected, false, __ATOMIC_RELEASE);
    stir(p9);
    xg_os_lock(&p9->lock);
    xg_os_unlock(&p9->lock);
}

static int unshare(struct xg_p9 *p9, void **page, xg_grant_ref_t *ref)
{
    if (*ref && xg_grant_end(p9->config.grants, *ref) == -XG_EBUSY)
        return -XG_EBUSY;
    *ref = 0;
    if (*page)
        xg_os_page_free(*page);
    *page = NULL;
    return 0;
}

static int release(struct xg_bus_device *device)
{
    struct xg_p9 *p9 = p9_of(device);
    void *interface = p9->interface;
    unsigned int i;
    int rc;

    if (p9->port)
        (void)!xg_event_close(p9->config.events, p9->port);
    p9->port = 0;
    rc = unshare(p9, &interface, &p9->interface_ref);
    p9->interface = interface;
    for (i = 0; i < nr_pages(p9); i++)
        if (unshare(p9, &p9->pages[i], &p9->refs[i]))
            rc = -XG_EBUSY;
    return rc;
}

static void read_tag(struct xg_p9 *p9)
{
    char path[XG_BUS_PATH_BYTES];

    xg_format_buffer(path, sizeof(path), "%s/tag", p9->device.path);
    (void)!xg_store_read(p9->device.bus->store, XG_STORE_NO_TX, path, p9->mount_tag, sizeof(p9->mount_tag),
                         NULL);
}

int xg_p9_attach(struct xg_bus *bus, struct xg_p9 *p9, uint32_t id, const struct xg_p9_config *config)
{
    int rc;

    if (!config->order || config->order > XG_P9_RING_ORDER)
        return -XG_EINVAL;
    xg_bytes_zero(p9, sizeof(*p9));
    p9->config = *config;
    if (!p9->config.timeout_ns)
        p9->config.timeout_ns = TIMEOUT_NS;
    p9->frontend.prepare = prepare;
    p9->frontend.write = write_nodes;
    p9->frontend.connect = connect;
    p9->frontend.stop = stop;
    p9->frontend.release = release;
    p9->frontend.lost = lost;
    rc = xg_bus_attach(bus, &p9->device, "9pfs", id, &p9->frontend);
    if (!rc)
        read_tag(p9);
    return rc;
}

int xg_p9_detach(struct xg_p9 *p9, uint64_t deadline_ns)
{
    return xg_bus_detach(p9->device.bus, &p9->device, deadline_ns);
}
