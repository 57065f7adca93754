/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connecting a card: what is negotiated, what is shared, and how all of it is taken back.
 */
#include <xenguest/format.h>
#include "net_private.h"
#include <xen/io/netif.h>

_Static_assert(XG_NET_PAGES == XEN_NETIF_NR_SLOTS_MIN, "what every backend takes");
_Static_assert(sizeof(struct xg_net_slot) * XG_NET_RING <= XG_PAGE_SIZE, "slots fit a page");
_Static_assert(XG_NET_HEAD_BYTES *XG_NET_RING <= XG_PAGE_SIZE, "headers fit a page");

static struct xg_net *net_of(struct xg_bus_device *device)
{
    return (struct xg_net *)device;
}

/* ---- What both ends can do ---- */

#define WANTED 1 /* ours is written only when it is wanted and the backend has it; else whatever it has */
#define ABSENT 2 /* a node that says that the feature is *not* there */
#define ALWAYS 4 /* ours is always 1 */

/* Arrays, not pointers: a table of addresses would need a loader's relocations. Without a name there is no
 * node. */
static const struct feature {
    char theirs[30]; /* the backend's node: it can receive this, or offers it */
    char ours[30];   /* the frontend's: the same */
    uint16_t bit;
    uint16_t how;
} features[] = {
    {"feature-sg", "feature-sg", XG_NET_SCATTER, 0},
    {"feature-gso-tcpv4", "feature-gso-tcpv4", XG_NET_TSO4, 0},
    {"feature-gso-tcpv6", "feature-gso-tcpv6", XG_NET_TSO6, 0},
    {"feature-no-csum-offload", "feature-no-csum-offload", XG_NET_CHECKSUM4, ABSENT},
    {"feature-ipv6-csum-offload", "feature-ipv6-csum-offload", XG_NET_CHECKSUM6, 0},
    {"feature-multicast-control", "request-multicast-control", XG_NET_MULTICAST, WANTED},
    {"feature-split-event-channels", "", XG_NET_SPLIT_EVENTS, WANTED},
    {"feature-ctrl-ring", "", XG_NET_CONTROL, WANTED},
    {"feature-rx-copy", "request-rx-copy", XG_NET_COPY, ALWAYS},
    {"", "feature-rx-notify", 0, ALWAYS},
};

static int read_features(struct xg_net *net)
{
    uint64_t number;
    unsigned int i;
    int rc = 0;

    net->features = 0;
    for (i = 0; i < XG_ARRAY_SIZE(features) && !rc; i++) {
        const struct feature *f = &features[i];

        if (!f->theirs[0])
            continue;
        rc = xg_bus_read_number(&net->device, f->theirs, UINT32_MAX, 0, &number);
        if (!rc && !number == !!(f->how & ABSENT))
            net->features |= f->bit;
        if (f->how & WANTED)
            net->features &= net->config.features | ~(uint32_t)f->bit;
    }
    if (!rc && !(net->features & XG_NET_COPY))
        rc = -XG_EOPNOTSUPP;
    return rc;
}

static int write_features(struct xg_net *net, xg_store_tx_t tx)
{
    unsigned int i;
    int rc = 0;

    for (i = 0; i < XG_ARRAY_SIZE(features) && !rc; i++) {
        const struct feature *f = &features[i];
        uint32_t has = f->how & WANTED ? net->features : net->config.features;
        bool value = f->how & ALWAYS || !(has & f->bit) == !!(f->how & ABSENT);

        if (f->ours[0])
            rc = xg_bus_write_number(&net->device, tx, f->ours, value);
    }
    return rc;
}

/* ---- Before: rings ---- */

static int share_ring(struct xg_net *net, void **memory, struct xg_ring_front *ring, size_t slot_bytes,
                      xg_grant_ref_t *ref)
{
    *memory = xg_os_page_alloc();
    if (!*memory)
        return -XG_ENOMEM;
    xg_ring_front_init(ring, *memory, XG_PAGE_SIZE, slot_bytes);
    return xg_grant_access(net->config.grants, net->device.backend_domid,
                           xg_mfn_to_gfn(xg_os_address_to_mfn(*memory)), false, ref);
}

static int open_port(struct xg_net_queue *queue, xg_event_fn *function, xg_evtchn_t *port)
{
    struct xg_net *net = queue->net;
    int rc = xg_event_alloc_unbound(net->config.events, net->device.backend_domid, function, queue, port);

    if (!rc && net->config.mode == XG_NET_POLLED)
        xg_event_mask(net->config.events, *port);
    return rc;
}

static int open_ports(struct xg_net_queue *queue)
{
    int rc;

    if (!(queue->net->features & XG_NET_SPLIT_EVENTS)) {
        rc = open_port(queue, xg_net_on_event, &queue->send_port);
        queue->receive_port = queue->send_port;
        return rc;
    }
    rc = open_port(queue, xg_net_on_send_event, &queue->send_port);
    return rc ? rc : open_port(queue, xg_net_on_receive_event, &queue->receive_port);
}

static int queue_prepare(struct xg_net_queue *queue)
{
    int rc = share_ring(queue->net, &queue->send_memory, &queue->send_ring,
                        sizeof(union netif_tx_sring_entry), &queue->send_ref);

    if (!rc)
        rc = share_ring(queue->net, &queue->receive_memory, &queue->receive_ring,
                        sizeof(union netif_rx_sring_entry), &queue->receive_ref);
    if (rc)
        return rc;
    queue->slots = xg_os_page_alloc();
    queue->posted = xg_os_page_alloc();
    queue->heads = xg_os_page_alloc();
    if (!queue->slots || !queue->posted || !queue->heads)
        return -XG_ENOMEM;
    /* The backend sees the whole page: nothing of the kernel's may be in it. */
    xg_bytes_zero(queue->heads, XG_PAGE_SIZE);
    rc = xg_grant_access(queue->net->config.grants, queue->net->device.backend_domid,
                         xg_mfn_to_gfn(xg_os_address_to_mfn(queue->heads)), true, &queue->heads_ref);
    if (rc)
        return rc;
    xg_net_free_slots(queue);
    xg_bytes_zero(queue->posted, XG_PAGE_SIZE);
    queue->nr_extras = 0;
    queue->first = NULL;
    queue->more_data = false;
    queue->more_extras = false;
    return open_ports(queue);
}

static int prepare(struct xg_bus_device *device)
{
    struct xg_net *net = net_of(device);
    unsigned int wanted = net->config.nr_queues ? net->config.nr_queues : 1, i;
    uint64_t queues;
    int rc = read_features(net);

    if (!rc)
        rc = xg_bus_read_number(device, "multi-queue-max-queues", UINT32_MAX, 1, &queues);
    if (rc)
        return rc;
    if (wanted > XG_NET_QUEUES)
        wanted = XG_NET_QUEUES;
    net->nr_queues = queues && queues < wanted ? (unsigned int)queues : queues ? wanted : 1;
    for (i = 0; i < net->nr_queues && !rc; i++)
        rc = queue_prepare(&net->queues[i]);
    return rc ? rc : xg_net_control_prepare(net);
}

/* ---- Saying so ---- */

static int write_queue(struct xg_net_queue *queue, xg_store_tx_t tx, const char *folder)
{
    struct xg_bus_device *device = &queue->net->device;
    bool split = queue->send_port != queue->receive_port;
    char name[40];
    int rc;

    xg_format_buffer(name, sizeof(name), "%stx-ring-ref", folder);
    rc = xg_bus_write_number(device, tx, name, queue->send_ref);
    xg_format_buffer(name, sizeof(name), "%srx-ring-ref", folder);
    if (!rc)
        rc = xg_bus_write_number(device, tx, name, queue->receive_ref);
    xg_format_buffer(name, sizeof(name), split ? "%sevent-channel-tx" : "%sevent-channel", folder);
    if (!rc)
        rc = xg_bus_write_number(device, tx, name, queue->send_port);
    xg_format_buffer(name, sizeof(name), "%sevent-channel-rx", folder);
    return rc || !split ? rc : xg_bus_write_number(device, tx, name, queue->receive_port);
}

/*
 * All that one frontend or another writes: one event channel or two, rings here or in folders, a control
 * ring.
 */
static const char nodes[] = "tx-ring-ref rx-ring-ref event-channel* ctrl-ring-ref queue-* multi-queue-* "
                            "feature-* request-* xdp-headroom ";

static int write_nodes(struct xg_bus_device *device, xg_store_tx_t tx)
{
    struct xg_net *net = net_of(device);
    char folder[16] = "";
    unsigned int i;
    int rc = xg_bus_forget(device, tx, nodes);

    if (!rc)
        rc = write_features(net, tx);
    if (!rc && net->nr_queues > 1)
        rc = xg_bus_write_number(device, tx, "multi-queue-num-queues", net->nr_queues);
    for (i = 0; i < net->nr_queues && !rc; i++) {
        if (net->nr_queues > 1)
            xg_format_buffer(folder, sizeof(folder), "queue-%u/", i);
        rc = write_queue(&net->queues[i], tx, folder);
    }
    return rc ? rc : xg_net_control_write(net, tx);
}

/* ---- After: what the device is ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Six pairs of digits with colons between them, and nothing else. */
static bool parse_address(const char *text, uint8_t address[XG_NET_ADDRESS])
{
    unsigned int i;

    for (i = 0; i < XG_NET_ADDRESS; i++, text += 3) {
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0 || text[2] != (i == XG_NET_ADDRESS - 1 ? '\0' : ':'))
            return false;
        address[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* The toolstack writes these into the frontend's own folder. */
static int read_own(struct xg_net *net, const char *name, char *value, size_t size)
{
    char path[XG_BUS_PATH_BYTES];

    xg_format_buffer(path, sizeof(path), "%s/%s", net->device.path, name);
    return xg_store_read(net->device.bus->store, XG_STORE_NO_TX, path, value, size, NULL);
}

#define ETHERNET_MTU 1500

static int read_card(struct xg_net *net)
{
    char value[24];
    uint64_t number = ETHERNET_MTU;
    int rc = read_own(net, "mac", value, sizeof(value));

    if (rc)
        return rc;
    if (!parse_address(value, net->address))
        return -XG_EBADMSG;
    rc = read_own(net, "mtu", value, sizeof(value));
    if (!rc)
        rc = xg_store_parse_number(value, XG_NET_FRAME_BYTES, &number);
    if (rc && rc != -XG_ENOENT)
        return rc;
    net->mtu = (uint32_t)number;
    return 0;
}

static int read_carrier(struct xg_net *net)
{
    uint64_t carrier;
    int rc = xg_bus_read_number(&net->device, "carrier", 1, 1, &carrier);

    if (!rc)
        net->carrier = carrier;
    return rc;
}

static void set_running(struct xg_net *net, bool running)
{
    unsigned int i;

    for (i = 0; i < net->nr_queues; i++) {
        struct xg_net_queue *queue = &net->queues[i];
        unsigned long saved = xg_lock_get(&queue->send_lock);

        queue->sending = running;
        xg_lock_put(&queue->send_lock, saved);
        saved = xg_lock_get(&queue->receive_lock);
        queue->receiving = running;
        xg_lock_put(&queue->receive_lock, saved);
    }
    net->connected = running;
    xg_net_signal(net);
}

static int connect(struct xg_bus_device *device)
{
    struct xg_net *net = net_of(device);
    unsigned int i;
    int rc = read_card(net);

    if (!rc)
        rc = read_carrier(net);
    if (rc)
        return rc == -XG_EINVAL ? -XG_EBADMSG : rc;
    set_running(net, true);
    for (i = 0; i < net->nr_queues; i++)
        xg_net_refill(&net->queues[i]);
    return 0;
}

static void changed(struct xg_bus_device *device)
{
    if (read_carrier(net_of(device)) == -XG_EINVAL)
        xg_bus_fail(device, -XG_EBADMSG);
    xg_net_signal(net_of(device));
}

/* ---- The end ---- */

static void close_port(struct xg_net *net, xg_evtchn_t *port)
{
    if (*port)
        (void)!xg_event_close(net->config.events, *port);
    *port = 0;
}

static bool end_in_flight(struct xg_net *net)
{
    int status = net->device.error ? net->device.error : -XG_EAGAIN;
    bool none = true;
    unsigned int i;

    for (i = 0; i < net->nr_queues; i++) {
        none &= xg_net_end_sending(&net->queues[i], status);
        none &= xg_net_end_receiving(&net->queues[i]);
    }
    return none;
}

/* Packets that were on their way end as when a backend goes; networks lose packets. */
static void lost(struct xg_bus_device *device)
{
    struct xg_net *net = net_of(device);
    unsigned int i;

    for (i = 0; i < net->nr_queues; i++) {
        net->queues[i].sending = false;
        net->queues[i].receiving = false;
        net->queues[i].send_port = 0;
        net->queues[i].receive_port = 0;
    }
    net->control.running = false;
    net->control.port = 0;
    net->connected = false;
}

/*
 * What is there already is still taken, unless it is not believed. The rings stay what they are: the backend,
 * or another one that is about to take them up, may still reach what the references on them mean.
 */
static void stop(struct xg_bus_device *device)
{
    struct xg_net *net = net_of(device);

    xg_net_poll(net);
    xg_net_control_stop(net);
    set_running(net, false);
    if (device->error)
        end_in_flight(net);
}

static void close_ports(struct xg_net_queue *queue)
{
    if (queue->receive_port != queue->send_port)
        close_port(queue->net, &queue->receive_port);
    queue->receive_port = 0;
    close_port(queue->net, &queue->send_port);
}

static int release_queue(struct xg_net_queue *queue)
{
    void **pages[] = {&queue->send_memory, &queue->receive_memory, (void **)&queue->slots,
                      (void **)&queue->posted, (void **)&queue->heads};
    unsigned int i;
    int rc = xg_net_end_grant(queue->net, &queue->send_ref);

    if (xg_net_end_grant(queue->net, &queue->receive_ref))
        rc = -XG_EBUSY;
    if (xg_net_end_grant(queue->net, &queue->heads_ref) || rc)
        return -XG_EBUSY;
    for (i = 0; i < XG_ARRAY_SIZE(pages); i++) {
        if (*pages[i])
            xg_os_page_free(*pages[i]);
        *pages[i] = NULL;
    }
    return 0;
}

static int release(struct xg_bus_device *device)
{
    struct xg_net *net = net_of(device);
    unsigned int i;
    int rc;

    for (i = 0; i < net->nr_queues; i++)
        close_ports(&net->queues[i]);
    if (!end_in_flight(net))
        return -XG_EBUSY;
    rc = xg_net_control_release(net);
    for (i = 0; i < net->nr_queues; i++)
        if (release_queue(&net->queues[i]))
            rc = -XG_EBUSY;
    return rc;
}

/* ---- For the owner ---- */

int xg_net_attach(struct xg_bus *bus, struct xg_net *net, uint32_t id, const struct xg_net_config *config)
{
    unsigned int i;

    xg_bytes_zero(net, sizeof(*net));
    net->config = *config;
    if (!net->config.nr_posted || net->config.nr_posted > XG_NET_RING)
        net->config.nr_posted = XG_NET_RING;
    for (i = 0; i < XG_NET_QUEUES; i++)
        net->queues[i].net = net;
    /* At run time: a constant table of addresses would need a loader's relocations. */
    net->frontend.prepare = prepare;
    net->frontend.write = write_nodes;
    net->frontend.connect = connect;
    net->frontend.changed = changed;
    net->frontend.stop = stop;
    net->frontend.release = release;
    net->frontend.lost = lost;
    net->frontend.says_connected = true;
    return xg_bus_attach(bus, &net->device, "vif", id, &net->frontend);
}

int xg_net_wait_connected(struct xg_net *net, uint64_t deadline_ns)
{
    struct xg_bus *bus = net->device.bus;

    for (;;) {
        uint32_t seen = xg_store_activity(bus->store);
        int rc = xg_bus_run(bus, NULL);

        if (rc || net->connected)
            return rc;
        if (net->device.error)
            return net->device.error;
        if (xg_os_now_ns() >= deadline_ns)
            return -XG_ETIME;
        rc = xg_bus_wait(bus, seen, deadline_ns, NULL);
        if (rc && rc != -XG_ETIME)
            return rc;
    }
}

int xg_net_detach(struct xg_net *net, uint64_t deadline_ns)
{
    return xg_bus_detach(net->device.bus, &net->device, deadline_ns);
}
