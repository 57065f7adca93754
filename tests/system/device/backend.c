/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend of the worked example (docs/adding-a-device.md): a program of Domain 0 without libraries, over
 * /dev/xen/xenbus (the store), /dev/xen/gntdev (the other domain's pages) and /dev/xen/evtchn. Serves
 * device "upper" 0 of the domain whose number is the argument, until it is unplugged.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define xen_mb()  __sync_synchronize()
#define xen_rmb() __sync_synchronize()
#define xen_wmb() __sync_synchronize()
/* The hypervisor's, then the kernel's, which want their types: two sets of headers that share a folder. */
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/io/ring.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>

#include <linux/types.h>
#include <xen/evtchn.h>
#include <xen/gntdev.h>

#include <minios/upper.h>

DEFINE_RING_TYPES(upper, struct upper_request, struct upper_response);

static int store, gntdev, evtchn;
static int domid;
static char front[64], back[64];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- The store: one request, one answer ---- */

/* The value, terminated; NULL: an error, which is in errno. Valid until the next call. */
static const char *ask(uint32_t type, const char *path, const char *value)
{
    static char body[XENSTORE_PAYLOAD_MAX + 1];
    struct xsd_sockmsg header = {
        .type = type, .req_id = 1, .len = (uint32_t)(strlen(path) + 1 + strlen(value))};
    char message[sizeof(header) + 1024];

    memcpy(message, &header, sizeof(header));
    memcpy(message + sizeof(header), path, strlen(path) + 1);
    memcpy(message + sizeof(header) + strlen(path) + 1, value, strlen(value));
    if (write(store, message, sizeof(header) + header.len) != (ssize_t)(sizeof(header) + header.len) ||
        read(store, &header, sizeof(header)) != sizeof(header) || header.len > XENSTORE_PAYLOAD_MAX)
        die("xenbus");
    for (uint32_t done = 0; done < header.len;) {
        ssize_t nr = read(store, body + done, header.len - done);

        if (nr <= 0)
            die("xenbus");
        done += (uint32_t)nr;
    }
    body[header.len] = '\0';
    errno = header.type == XS_ERROR ? ENOENT : 0;
    return header.type == XS_ERROR ? NULL : body;
}

static int read_number(const char *folder, const char *name)
{
    char path[128];
    const char *value;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    value = ask(XS_READ, path, "");
    return value ? atoi(value) : -1;
}

static void write_number(const char *name, int number)
{
    char path[128], value[16];

    snprintf(path, sizeof(path), "%s/%s", back, name);
    snprintf(value, sizeof(value), "%d", number);
    if (!ask(XS_WRITE, path, value))
        die(path);
}

/* ---- The ring ---- */

static upper_back_ring_t ring;
static evtchn_port_t port;
static uint64_t map_index;

static void map_ring(void)
{
    struct ioctl_gntdev_map_grant_ref map = {.count = 1};
    struct ioctl_evtchn_bind_interdomain bind = {.remote_domain = (unsigned int)domid,
                                                 .remote_port =
                                                     (unsigned int)read_number(front, "event-channel")};
    struct upper_sring *shared;
    int bound;

    map.refs[0].domid = (uint32_t)domid;
    map.refs[0].ref = (uint32_t)read_number(front, "ring-ref");
    if (ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, &map))
        die("the grant reference");
    map_index = map.index;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, gntdev, (off_t)map.index);
    if (shared == MAP_FAILED)
        die("the ring");
    BACK_RING_INIT(&ring, shared, 4096);
    bound = ioctl(evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
    if (bound < 0)
        die("the event channel");
    port = (evtchn_port_t)bound;
}

/* Before Closed is written: whoever sees that takes the page back. */
static void unmap_ring(void)
{
    struct ioctl_gntdev_unmap_grant_ref unmap = {.index = map_index, .count = 1};
    struct ioctl_evtchn_unbind unbind = {.port = port};

    munmap(ring.sring, 4096);
    ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap);
    ioctl(evtchn, IOCTL_EVTCHN_UNBIND, &unbind);
}

static void answer(const struct upper_request *request)
{
    struct upper_response *response = RING_GET_RESPONSE(&ring, ring.rsp_prod_pvt);
    uint32_t nr = request->nr_bytes;

    response->id = request->id;
    response->nr_bytes = nr <= UPPER_TEXT_BYTES ? (int32_t)nr : -EINVAL;
    for (uint32_t i = 0; nr <= UPPER_TEXT_BYTES && i < nr; i++)
        response->text[i] = (char)toupper((unsigned char)request->text[i]);
    ring.rsp_prod_pvt++;
}

static unsigned int serve(void)
{
    unsigned int nr = 0;
    int more, notify;

    do {
        while (RING_HAS_UNCONSUMED_REQUESTS(&ring)) {
            struct upper_request request;

            /* The guest may write to the slot at any time: it is looked at in a copy. */
            RING_COPY_REQUEST(&ring, ring.req_cons, &request);
            ring.req_cons++;
            answer(&request);
            nr++;
        }
        RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&ring, notify);
        if (notify) {
            struct ioctl_evtchn_notify event = {.port = port};

            ioctl(evtchn, IOCTL_EVTCHN_NOTIFY, &event);
        }
        RING_FINAL_CHECK_FOR_REQUESTS(&ring, more);
    } while (more);
    return nr;
}

/* ---- The rules of XenBus, from the backend's side ---- */

/* Until it says one of two states, or is gone. A frontend that closes before it was connected is told that it
 * may. */
static int wait_for_front(int a, int b)
{
    int state;

    while ((state = read_number(front, "state")) != a && state != b && state >= 0) {
        if (state == XenbusStateClosed && read_number(back, "state") == XenbusStateInitWait)
            write_number("state", XenbusStateClosed);
        if (state == XenbusStateInitialising && read_number(back, "state") == XenbusStateClosed)
            write_number("state", XenbusStateInitWait);
        usleep(50000);
    }
    return state;
}

static unsigned int serve_while_connected(void)
{
    unsigned int nr = 0;
    int state;

    do {
        struct pollfd event = {.fd = evtchn, .events = POLLIN};
        evtchn_port_t fired;

        if (poll(&event, 1, 100) > 0 && read(evtchn, &fired, sizeof(fired)) == sizeof(fired)) {
            nr += serve();
            /* Unmasks it. */
            if (write(evtchn, &fired, sizeof(fired)) != sizeof(fired))
                die("evtchn");
        }
        state = read_number(front, "state");
    } while (state == XenbusStateInitialised || state == XenbusStateConnected);
    return nr;
}

int main(int argc, char **argv)
{
    int state;

    domid = argc < 2 ? 0 : atoi(argv[1]);
    snprintf(front, sizeof(front), "/local/domain/%d/device/upper/0", domid);
    snprintf(back, sizeof(back), "/local/domain/0/backend/upper/%d/0", domid);
    store = open("/dev/xen/xenbus", O_RDWR);
    gntdev = open("/dev/xen/gntdev", O_RDWR);
    evtchn = open("/dev/xen/evtchn", O_RDWR);
    if (store < 0 || gntdev < 0 || evtchn < 0)
        die("/dev/xen");
    do {
        write_number("longest", UPPER_TEXT_BYTES);
        write_number("state", XenbusStateInitWait);
        state = wait_for_front(XenbusStateInitialised, XenbusStateConnected);
        if (state < 0)
            break;
        map_ring();
        write_number("state", XenbusStateConnected);
        printf("backend: served %u requests\n", serve_while_connected());
        fflush(stdout);
        unmap_ring();
        write_number("state", XenbusStateClosed);
        /* It may want to be connected again. */
        state = wait_for_front(XenbusStateInitialising, -1);
    } while (state == XenbusStateInitialising && read_number(back, "online") == 1);
    printf("backend: the end\n");
    return 0;
}
