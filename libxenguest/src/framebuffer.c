/* SPDX-License-Identifier: BSD-2-Clause */
/* The framebuffer: the pages of pixels that a backend is shown, and the events that say what changed in them.
 */
#include <xenguest/framebuffer.h>
#include "event_page_private.h"
#include <xen/io/fbif.h>

#define FRAMES_A_DIRECTORY (XG_PAGE_SIZE / sizeof(uint64_t))

static struct xg_framebuffer *framebuffer_of(struct xg_bus_device *device)
{
    return (struct xg_framebuffer *)device;
}

static void stir(struct xg_framebuffer *framebuffer)
{
    __atomic_fetch_add(&framebuffer->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&framebuffer->activity);
}

static void on_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    struct xg_framebuffer *framebuffer = arg;

    xg_framebuffer_poll(framebuffer);
    stir(framebuffer);
}

static bool mode_valid(const struct xg_framebuffer_mode *mode, uint32_t bytes)
{
    uint64_t row = (uint64_t)mode->width * (mode->depth / 8);

    if (mode->depth != 8 && mode->depth != 16 && mode->depth != 24 && mode->depth != 32)
        return false;
    return mode->width && mode->height && row <= mode->stride && mode->offset < bytes &&
           (uint64_t)mode->stride * mode->height <= bytes - mode->offset;
}

static bool config_valid(const struct xg_framebuffer_config *config)
{
    uint32_t bytes = config->memory_bytes;

    return bytes && !(bytes % XG_PAGE_SIZE) && !((uintptr_t)config->memory % XG_PAGE_SIZE) &&
           bytes <= XG_FRAMEBUFFER_DIRECTORIES * FRAMES_A_DIRECTORY * XG_PAGE_SIZE &&
           mode_valid(&config->mode, bytes);
}

/* ---- Connecting ---- */

/* The frame numbers of the pixels, in pages of their own, whose numbers are in the shared page. */
static int fill_directories(struct xg_framebuffer *framebuffer, struct xenfb_page *page)
{
    uint32_t nr = framebuffer->config.memory_bytes / XG_PAGE_SIZE, i;

    for (i = 0; i < nr; i++) {
        uint32_t n = i / FRAMES_A_DIRECTORY;
        uint64_t *directory = framebuffer->directories[n];

        if (!directory) {
            directory = xg_os_page_alloc();
            if (!directory)
                return -XG_ENOMEM;
            xg_bytes_zero(directory, XG_PAGE_SIZE);
            framebuffer->directories[n] = directory;
            page->pd[n] = xg_mfn_to_gfn(xg_os_address_to_mfn(directory)).n;
        }
        directory[i % FRAMES_A_DIRECTORY] =
            xg_mfn_to_gfn(xg_os_address_to_mfn((char *)framebuffer->config.memory + i * XG_PAGE_SIZE)).n;
    }
    return 0;
}

/* The shared page knows no offset of the first row: it says where the memory begins, and a resize the rest.
 */
static int prepare(struct xg_bus_device *device)
{
    struct xg_framebuffer *framebuffer = framebuffer_of(device);
    const struct xg_framebuffer_mode *mode = &framebuffer->config.mode;
    struct xenfb_page *page;
    int rc = xg_event_page_share(&framebuffer->page, framebuffer->config.events, device->backend_domid,
                                 framebuffer->config.polled, on_event, framebuffer);

    if (rc)
        return rc;
    page = framebuffer->page.memory;
    page->width = (int32_t)mode->width;
    page->height = (int32_t)mode->height;
    page->line_length = mode->stride;
    page->mem_length = framebuffer->config.memory_bytes;
    page->depth = (uint8_t)mode->depth;
    return fill_directories(framebuffer, page);
}

static int write_nodes(struct xg_bus_device *device, xg_store_tx_t tx)
{
    int rc = xg_event_page_write(&framebuffer_of(device)->page, device, tx);

    return rc ? rc : xg_bus_write_number(device, tx, "feature-update", 1);
}

static int read_wishes(struct xg_framebuffer *framebuffer)
{
    uint64_t updates, resizes;
    int rc = xg_bus_read_number(&framebuffer->device, "request-update", 1, 0, &updates);

    if (!rc)
        rc = xg_bus_read_number(&framebuffer->device, "feature-resize", 1, 0, &resizes);
    if (rc)
        return rc == -XG_EINVAL ? -XG_EBADMSG : rc;
    framebuffer->wants_updates = updates;
    framebuffer->resizes = resizes;
    return 0;
}

static void set_connected(struct xg_framebuffer *framebuffer, bool connected)
{
    unsigned long saved = xg_lock_get(&framebuffer->lock);

    framebuffer->connected = connected;
    xg_lock_put(&framebuffer->lock, saved);
    stir(framebuffer);
}

static void all_has_changed(struct xg_framebuffer *framebuffer)
{
    xg_framebuffer_update(framebuffer, 0, 0, framebuffer->config.mode.width, framebuffer->config.mode.height);
}

static int connect(struct xg_bus_device *device)
{
    struct xg_framebuffer *framebuffer = framebuffer_of(device);
    struct xg_framebuffer_mode mode = framebuffer->config.mode;
    int rc = read_wishes(framebuffer);

    if (rc)
        return rc;
    framebuffer->refresh_ms = UINT32_MAX;
    set_connected(framebuffer, true);
    if (mode.offset && framebuffer->resizes)
        (void)!xg_framebuffer_resize(framebuffer, &mode);
    all_has_changed(framebuffer);
    return 0;
}

/* A backend that asks for updates late has not been told of what changed before. */
static void changed(struct xg_bus_device *device)
{
    struct xg_framebuffer *framebuffer = framebuffer_of(device);
    bool wanted = framebuffer->wants_updates;

    if (read_wishes(framebuffer) == -XG_EBADMSG)
        xg_bus_fail(device, -XG_EBADMSG);
    else if (framebuffer->wants_updates && !wanted)
        all_has_changed(framebuffer);
    stir(framebuffer);
}

static void lost(struct xg_bus_device *device)
{
    framebuffer_of(device)->connected = false;
    xg_event_page_lost(&framebuffer_of(device)->page);
}

static void stop(struct xg_bus_device *device)
{
    set_connected(framebuffer_of(device), false);
}

static int release(struct xg_bus_device *device)
{
    struct xg_framebuffer *framebuffer = framebuffer_of(device);
    unsigned int i;

    xg_event_page_close(&framebuffer->page, framebuffer->config.events);
    if (!xg_event_page_let_go(&framebuffer->page, device))
        return -XG_EBUSY;
    for (i = 0; i < XG_FRAMEBUFFER_DIRECTORIES; i++) {
        if (framebuffer->directories[i])
            xg_os_page_free(framebuffer->directories[i]);
        framebuffer->directories[i] = NULL;
    }
    xg_event_page_free(&framebuffer->page);
    return 0;
}

int xg_framebuffer_attach(struct xg_bus *bus, struct xg_framebuffer *framebuffer, uint32_t id,
                          const struct xg_framebuffer_config *config)
{
    if (!config_valid(config))
        return -XG_EINVAL;
    xg_bytes_zero(framebuffer, sizeof(*framebuffer));
    framebuffer->config = *config;
    framebuffer->page.in_offset = XENFB_IN_RING_OFFS;
    framebuffer->page.in_nr = XENFB_IN_RING_LEN;
    framebuffer->page.out_offset = XENFB_OUT_RING_OFFS;
    framebuffer->page.out_nr = XENFB_OUT_RING_LEN;
    framebuffer->frontend.prepare = prepare;
    framebuffer->frontend.write = write_nodes;
    framebuffer->frontend.connect = connect;
    framebuffer->frontend.changed = changed;
    framebuffer->frontend.stop = stop;
    framebuffer->frontend.release = release;
    framebuffer->frontend.lost = lost;
    return xg_bus_attach(bus, &framebuffer->device, "vfb", id, &framebuffer->frontend);
}

int xg_framebuffer_detach(struct xg_framebuffer *framebuffer, uint64_t deadline_ns)
{
    return xg_bus_detach(framebuffer->device.bus, &framebuffer->device, deadline_ns);
}

/* ---- Events; under the lock ---- */

static bool tell(struct xg_framebuffer *framebuffer)
{
    struct xg_framebuffer_area *area = &framebuffer->changed;
    union xenfb_out_event event;

    if (area->left == area->right)
        return false;
    xg_bytes_zero(&event, sizeof(event));
    event.update.type = XENFB_TYPE_UPDATE;
    event.update.x = (int32_t)area->left;
    event.update.y = (int32_t)area->top;
    event.update.width = (int32_t)(area->right - area->left);
    event.update.height = (int32_t)(area->bottom - area->top);
    if (!xg_event_page_put(&framebuffer->page, &event))
        return false;
    xg_bytes_zero(area, sizeof(*area));
    framebuffer->nr_updates++;
    return true;
}

static void take_events(struct xg_framebuffer *framebuffer)
{
    union xenfb_in_event event;
    unsigned int i;

    /* As many as the ring holds: a backend that writes without end has its next events taken next time. */
    for (i = 0; i < XENFB_IN_RING_LEN && xg_event_page_take(&framebuffer->page, &event); i++)
        if (event.type == XENFB_TYPE_REFRESH_PERIOD)
            framebuffer->refresh_ms = event.refresh_period.period;
}

/* Unlocks, then does what is done without the lock. */
static void unlock(struct xg_framebuffer *framebuffer, unsigned long saved, bool told)
{
    bool broken = framebuffer->connected && framebuffer->page.broken;
    xg_evtchn_t port = framebuffer->page.port;

    if (broken)
        framebuffer->connected = false;
    xg_lock_put(&framebuffer->lock, saved);
    if (told && port)
        (void)!xg_event_send(port);
    if (broken)
        xg_bus_fail(&framebuffer->device, -XG_EBADMSG);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void join(struct xg_framebuffer_area *area, const struct xg_framebuffer_area *more)
{
    if (area->left == area->right) {
        *area = *more;
        return;
    }
    area->left = smaller(area->left, more->left);
    area->top = smaller(area->top, more->top);
    area->right = larger(area->right, more->right);
    area->bottom = larger(area->bottom, more->bottom);
}

void xg_framebuffer_update(struct xg_framebuffer *framebuffer, uint32_t x, uint32_t y, uint32_t width,
                           uint32_t height)
{
    const struct xg_framebuffer_mode *mode = &framebuffer->config.mode;
    unsigned long saved = xg_lock_get(&framebuffer->lock);
    bool told = false;

    if (framebuffer->connected && framebuffer->wants_updates && x < mode->width && y < mode->height &&
        width && height) {
        struct xg_framebuffer_area area = {.left = x,
                                           .top = y,
                                           .right = x + smaller(width, mode->width - x),
                                           .bottom = y + smaller(height, mode->height - y)};

        join(&framebuffer->changed, &area);
        told = tell(framebuffer);
    }
    unlock(framebuffer, saved, told);
}

static bool put_resize(struct xg_framebuffer *framebuffer, const struct xg_framebuffer_mode *mode)
{
    union xenfb_out_event event;

    xg_bytes_zero(&event, sizeof(event));
    event.resize.type = XENFB_TYPE_RESIZE;
    event.resize.width = (int32_t)mode->width;
    event.resize.height = (int32_t)mode->height;
    event.resize.stride = (int32_t)mode->stride;
    event.resize.depth = (int32_t)mode->depth;
    event.resize.offset = (int32_t)mode->offset;
    return xg_event_page_put(&framebuffer->page, &event);
}

int xg_framebuffer_resize(struct xg_framebuffer *framebuffer, const struct xg_framebuffer_mode *mode)
{
    unsigned long saved = xg_lock_get(&framebuffer->lock);
    int rc = 0;

    if (!framebuffer->connected)
        rc = -XG_EAGAIN;
    else if (!framebuffer->resizes)
        rc = -XG_EOPNOTSUPP;
    else if (!mode_valid(mode, framebuffer->config.memory_bytes))
        rc = -XG_EINVAL;
    else if (!put_resize(framebuffer, mode))
        rc = -XG_EBUSY;
    if (!rc) {
        framebuffer->config.mode = *mode;
        /* Areas of the picture before. */
        xg_bytes_zero(&framebuffer->changed, sizeof(framebuffer->changed));
    }
    unlock(framebuffer, saved, !rc);
    if (!rc)
        all_has_changed(framebuffer);
    return rc;
}

bool xg_framebuffer_poll(struct xg_framebuffer *framebuffer)
{
    unsigned long saved = xg_lock_get(&framebuffer->lock);
    bool told = false, left;

    if (framebuffer->connected) {
        take_events(framebuffer);
        told = tell(framebuffer);
    }
    left = framebuffer->connected && framebuffer->changed.left != framebuffer->changed.right;
    unlock(framebuffer, saved, told);
    return left;
}
