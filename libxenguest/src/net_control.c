/* SPDX-License-Identifier: BSD-2-Clause */
/* The control ring: one request, one answer, in turn; and the hashes that are set through it. */
#include "net_private.h"
#include <xen/io/netif.h>

#define POLL_NS 100000

static void on_event(xg_evtchn_t port, struct xg_frame *frame, void *net)
{
    xg_net_signal(net);
}

/* ---- As part of the frontend ---- */

static int share_page(struct xg_net *net, void **page, bool readonly, xg_grant_ref_t *ref)
{
    *page = xg_os_page_alloc();
    if (!*page)
        return -XG_ENOMEM;
    /* The backend sees the whole page: nothing of the kernel's may be in it. */
    xg_bytes_zero(*page, XG_PAGE_SIZE);
    return xg_grant_access(net->config.grants, net->device.backend_domid,
                           xg_mfn_to_gfn(xg_os_address_to_mfn(*page)), readonly, ref);
}

int xg_net_control_prepare(struct xg_net *net)
{
    struct xg_net_control *control = &net->control;
    int rc;

    if (!(net->features & XG_NET_CONTROL))
        return 0;
    rc = share_page(net, &control->memory, false, &control->ref);
    if (!rc)
        rc = share_page(net, &control->data, true, &control->data_ref);
    if (rc)
        return rc;
    xg_ring_front_init(&control->ring, control->memory, XG_PAGE_SIZE,
                       sizeof(union xen_netif_ctrl_sring_entry));
    rc = xg_event_alloc_unbound(net->config.events, net->device.backend_domid, on_event, net, &control->port);
    if (!rc && net->config.mode == XG_NET_POLLED)
        xg_event_mask(net->config.events, control->port);
    control->running = !rc;
    return rc;
}

int xg_net_control_write(struct xg_net *net, xg_store_tx_t tx)
{
    int rc;

    if (!(net->features & XG_NET_CONTROL))
        return 0;
    rc = xg_bus_write_number(&net->device, tx, "ctrl-ring-ref", net->control.ref);
    return rc ? rc : xg_bus_write_number(&net->device, tx, "event-channel-ctrl", net->control.port);
}

void xg_net_control_stop(struct xg_net *net)
{
    __atomic_store_n(&net->control.running, false, __ATOMIC_RELEASE);
    net->hashing = false;
}

static int release_page(struct xg_net *net, void **page, xg_grant_ref_t *ref)
{
    if (xg_net_end_grant(net, ref))
        return -XG_EBUSY;
    if (*page)
        xg_os_page_free(*page);
    *page = NULL;
    return 0;
}

int xg_net_control_release(struct xg_net *net)
{
    struct xg_net_control *control = &net->control;
    int rc;

    if (control->port)
        (void)!xg_event_close(net->config.events, control->port);
    control->port = 0;
    /* Who waits for an answer sees that there will be none, and lets go of the ring. */
    xg_os_lock(&control->lock);
    rc = release_page(net, &control->memory, &control->ref);
    if (!rc)
        rc = release_page(net, &control->data, &control->data_ref);
    xg_os_unlock(&control->lock);
    return rc;
}

/* ---- One request ---- */

static int errno_of(uint32_t status)
{
    switch (status) {
    case XEN_NETIF_CTRL_STATUS_SUCCESS:
        return 0;
    case XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED:
        return -XG_EOPNOTSUPP;
    case XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW:
        return -XG_ERANGE;
    default:
        return -XG_EINVAL;
    }
}

static int give_up(struct xg_net *net, int error)
{
    net->control.running = false;
    if (error == -XG_EBADMSG)
        xg_net_lied(net);
    return error;
}

static int wait_for_answer(struct xg_net *net, uint64_t deadline_ns)
{
    struct xg_net_control *control = &net->control;

    for (;;) {
        uint32_t seen = __atomic_load_n(&net->activity, __ATOMIC_SEQ_CST);
        uint64_t until = deadline_ns;

        if (!__atomic_load_n(&control->running, __ATOMIC_ACQUIRE))
            return -XG_EAGAIN;
        if (xg_ring_front_sleep(&control->ring))
            return 0;
        if (control->ring.broken)
            return give_up(net, -XG_EBADMSG);
        if (xg_os_now_ns() >= deadline_ns)
            return give_up(net, -XG_ETIME);
        if (net->config.mode == XG_NET_POLLED && deadline_ns - xg_os_now_ns() > POLL_NS)
            until = xg_os_now_ns() + POLL_NS;
        (void)!xg_os_wait(&net->activity, seen, until);
    }
}

/* Under the lock. *data (may be NULL) is what the answer brings. */
static int ask(struct xg_net *net, struct xen_netif_ctrl_request request, uint64_t deadline_ns,
               uint32_t *data)
{
    struct xg_net_control *control = &net->control;
    struct xen_netif_ctrl_request *slot;
    struct xen_netif_ctrl_response response;
    int rc;

    if (!control->running)
        return -XG_EAGAIN;
    request.id = control->next_id++;
    slot = xg_ring_request(&control->ring);
    *slot = request;
    xg_ring_request_done(&control->ring);
    if (xg_ring_push(&control->ring))
        (void)!xg_event_send(control->port);
    rc = wait_for_answer(net, deadline_ns);
    if (rc)
        return rc;
    xg_ring_response_take(&control->ring, &response, sizeof(response));
    if (response.id != request.id || response.type != request.type)
        return give_up(net, -XG_EBADMSG);
    if (data)
        *data = response.data;
    return errno_of(response.status);
}

static int ask_number(struct xg_net *net, uint16_t type, uint32_t number, uint64_t deadline_ns)
{
    struct xen_netif_ctrl_request request = {.type = type, .data = {number, 0, 0}};

    return ask(net, request, deadline_ns, NULL);
}

/* ---- Hashes ---- */

static void copy_bytes(void *to, const void *from, unsigned int bytes)
{
    const unsigned char *f = from;
    volatile unsigned char *t = to;

    while (bytes--)
        *t++ = *f++;
}

static int check_types(struct xg_net *net, uint32_t types, uint64_t deadline_ns)
{
    struct xen_netif_ctrl_request request = {.type = XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS};
    uint32_t known = 0;
    int rc = ask(net, request, deadline_ns, &known);

    return rc || !(types & ~known) ? rc : -XG_EOPNOTSUPP;
}

static int set_key(struct xg_net *net, const struct xg_net_hash *hash, uint64_t deadline_ns)
{
    struct xen_netif_ctrl_request request = {.type = XEN_NETIF_CTRL_TYPE_SET_HASH_KEY,
                                             .data = {net->control.data_ref, hash->key_bytes, 0}};

    copy_bytes(net->control.data, hash->key, hash->key_bytes);
    return ask(net, request, deadline_ns, NULL);
}

static int set_table(struct xg_net *net, const struct xg_net_hash *hash, uint64_t deadline_ns)
{
    struct xen_netif_ctrl_request request = {.type = XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING,
                                             .data = {net->control.data_ref, hash->nr_queues, 0}};
    int rc = ask_number(net, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, hash->nr_queues, deadline_ns);

    if (rc || !hash->nr_queues)
        return rc;
    copy_bytes(net->control.data, hash->queues, hash->nr_queues * sizeof(*hash->queues));
    return ask(net, request, deadline_ns, NULL);
}

static int set_hash(struct xg_net *net, const struct xg_net_hash *hash, uint64_t deadline_ns)
{
    int rc;

    /* Frames on their way may still bring a hash. */
    if (!hash->types)
        return ask_number(net, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, XEN_NETIF_CTRL_HASH_ALGORITHM_NONE,
                          deadline_ns);
    rc = ask_number(net, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ,
                    deadline_ns);
    if (!rc)
        rc = check_types(net, hash->types, deadline_ns);
    if (!rc)
        rc = set_key(net, hash, deadline_ns);
    if (!rc)
        rc = set_table(net, hash, deadline_ns);
    if (rc)
        return rc;
    /* Before the backend hears of it: frames bring their hash from then on. */
    net->hashing = true;
    return ask_number(net, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, hash->types, deadline_ns);
}

int xg_net_set_hash(struct xg_net *net, const struct xg_net_hash *hash, uint64_t deadline_ns)
{
    int rc;

    if (!net->connected)
        return -XG_EAGAIN;
    if (!(net->features & XG_NET_CONTROL))
        return -XG_EOPNOTSUPP;
    if (hash->key_bytes > XG_PAGE_SIZE || hash->nr_queues > XG_PAGE_SIZE / sizeof(*hash->queues))
        return -XG_ERANGE;
    xg_os_lock(&net->control.lock);
    rc = set_hash(net, hash, deadline_ns);
    xg_os_unlock(&net->control.lock);
    return rc;
}
