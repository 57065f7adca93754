/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frontend of the worked example (docs/adding-a-device.md): all that a device type of one's own takes,
 * from its nodes to its answers. The bus knows when; this knows what.
 */
#include "shell.h"

#include <stdio.h>
#include <string.h>

#include <minios/clock.h>
#include <minios/devices.h>
#include <minios/events.h>
#include <minios/upper.h>
#include <xenguest/errno.h>
#include <xenguest/os.h>
#include <xenguest/ring.h>

#define PATIENCE_NS 10000000000ull

struct upper {
    struct xg_bus_device device; /* first: the bus hands this out */
    void *page;
    xg_grant_ref_t ref;
    xg_evtchn_t port;
    struct xg_ring_front ring;
    uint64_t longest;
    uint32_t next_id;
    uint32_t activity; /* changes with every event, and when it comes or goes */
    bool connected;
};

static struct upper *upper_of(struct xg_bus_device *device)
{
    return (struct upper *)device;
}

static void signal_waiters(struct upper *upper)
{
    __atomic_fetch_add(&upper->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&upper->activity);
}

static void on_event(xg_evtchn_t port, struct xg_frame *frame, void *upper)
{
    signal_waiters(upper);
}

/* The backend waits in InitWait: read what it offers, make what is to be shared. */
static int prepare(struct xg_bus_device *device)
{
    struct upper *upper = upper_of(device);
    int rc = xg_bus_read_number(device, "longest", UPPER_TEXT_BYTES, UPPER_TEXT_BYTES, &upper->longest);

    if (rc)
        return rc;
    upper->page = xg_os_page_alloc();
    if (!upper->page)
        return -XG_ENOMEM;
    /* The backend sees all of it. */
    memset(upper->page, 0, XG_PAGE_SIZE);
    xg_ring_front_init(&upper->ring, upper->page, XG_PAGE_SIZE, sizeof(union upper_slot));
    rc = xg_grant_access(devices_grants(), device->backend_domid,
                         xg_mfn_to_gfn(xg_os_address_to_mfn(upper->page)), false, &upper->ref);
    return rc ? rc : xg_event_alloc_unbound(&events, device->backend_domid, on_event, upper, &upper->port);
}

/* In one transaction with the state: whoever sees Initialised sees these. */
static int write_nodes(struct xg_bus_device *device, xg_store_tx_t tx)
{
    int rc = xg_bus_write_number(device, tx, "ring-ref", upper_of(device)->ref);

    return rc ? rc : xg_bus_write_number(device, tx, "event-channel", upper_of(device)->port);
}

static int connect(struct xg_bus_device *device)
{
    upper_of(device)->connected = true;
    signal_waiters(upper_of(device));
    return 0;
}

static void stop(struct xg_bus_device *device)
{
    struct upper *upper = upper_of(device);

    upper->connected = false;
    signal_waiters(upper);
}

/* Only when the backend has let go are port and page ours alone. */
static int release(struct xg_bus_device *device)
{
    struct upper *upper = upper_of(device);

    if (upper->port)
        (void)!xg_event_close(&events, upper->port);
    upper->port = 0;
    if (upper->ref && xg_grant_end(devices_grants(), upper->ref) == -XG_EBUSY)
        return -XG_EBUSY;
    upper->ref = 0;
    if (upper->page)
        xg_os_page_free(upper->page);
    upper->page = NULL;
    return 0;
}

/* The domain was restored: the port's number is not ours any more, so it must not be closed. */
static void lost(struct xg_bus_device *device)
{
    upper_of(device)->port = 0;
    upper_of(device)->connected = false;
}

static const struct xg_bus_frontend frontend = {.prepare = prepare,
                                                .write = write_nodes,
                                                .connect = connect,
                                                .stop = stop,
                                                .release = release,
                                                .lost = lost};

/* ---- Its use ---- */

static void put_request(struct upper *upper, const char *text)
{
    struct upper_request *request = xg_ring_request(&upper->ring);

    request->id = ++upper->next_id;
    request->nr_bytes = (uint32_t)strnlen(text, upper->longest);
    memcpy(request->text, text, request->nr_bytes);
    xg_ring_request_done(&upper->ring);
    if (xg_ring_push(&upper->ring))
        (void)!xg_event_send(upper->port);
}

/* Copied out of the ring once, and believed only as far as it can be true. */
static int take_response(struct upper *upper, char *text)
{
    struct upper_response response;

    xg_ring_response_take(&upper->ring, &response, sizeof(response));
    if (response.id != upper->next_id || response.nr_bytes > UPPER_TEXT_BYTES) {
        xg_bus_fail(&upper->device, -XG_EBADMSG);
        return -XG_EBADMSG;
    }
    if (response.nr_bytes < 0)
        return -XG_EIO;
    memcpy(text, response.text, (size_t)response.nr_bytes);
    text[response.nr_bytes] = '\0';
    return 0;
}

static int ask(struct upper *upper, const char *text, char *answer)
{
    uint64_t deadline = clock_now_ns() + PATIENCE_NS;

    put_request(upper, text);
    for (;;) {
        uint32_t seen = __atomic_load_n(&upper->activity, __ATOMIC_SEQ_CST);

        if (!upper->connected || upper->ring.broken)
            return -XG_EAGAIN;
        /* Looks after it has asked to be told: what came in between is seen. */
        if (xg_ring_responses(&upper->ring) || xg_ring_front_sleep(&upper->ring))
            return take_response(upper, answer);
        if (xg_os_wait(&upper->activity, seen, deadline) == -XG_ETIME)
            return -XG_ETIME;
    }
}

static int wait_connected(struct xg_bus *bus, const struct upper *upper)
{
    uint64_t deadline = clock_now_ns() + PATIENCE_NS;
    int rc = 0;

    while (!rc && !upper->connected && !upper->device.error) {
        uint32_t seen = xg_store_activity(bus->store);

        rc = xg_bus_run(bus, NULL);
        if (!rc && !upper->connected)
            rc = xg_bus_wait(bus, seen, deadline, NULL);
    }
    return rc ? rc : upper->device.error;
}

void command_upper(int argc, char **argv)
{
    static struct upper upper;
    struct xg_bus *bus = devices_bus();
    char answer[UPPER_TEXT_BYTES + 1];
    int rc;

    if (!bus || !devices_grants())
        return;
    memset(&upper, 0, sizeof(upper));
    devices_lock();
    rc = xg_bus_attach(bus, &upper.device, "upper", 0, &frontend);
    if (!rc) {
        rc = wait_connected(bus, &upper);
        for (int i = 1; i < argc && !rc; i++) {
            rc = ask(&upper, argv[i], answer);
            if (!rc)
                printf("upper: %s\n", answer);
        }
        printf("upper: error %d, ", -rc);
        rc = xg_bus_detach(bus, &upper.device, clock_now_ns() + PATIENCE_NS);
        printf("detached: error %d, %u grants free\n", -rc, (unsigned int)devices_grants()->nr_free);
    } else {
        printf("upper: no such device: error %d\n", -rc);
    }
    devices_unlock();
}
