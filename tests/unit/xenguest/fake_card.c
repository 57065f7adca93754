/* SPDX-License-Identifier: BSD-2-Clause */
/* The backend: the protocol of <xen/io/netif.h> from the other side. */
#include "fake_card.h"
#include "fake_grant.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>

#define xen_mb()  __sync_synchronize()
#define xen_rmb() __sync_synchronize()
#define xen_wmb() __sync_synchronize()
#include <xen/io/netif.h>

struct fake_card fake_card;

static netif_tx_back_ring_t tx[XG_NET_QUEUES];
static netif_rx_back_ring_t rx[XG_NET_QUEUES];
static xen_netif_ctrl_back_ring_t ctrl;
static xg_evtchn_t ctrl_port;
static struct fake_frame frames[2][FAKE_CARD_FRAMES];

void fake_card_let_go(void)
{
    fake_grants_unmap_all();
    fake_card.mapped = false;
}

/* ---- Connecting ---- */

static unsigned int number(const char *folder, const char *name, bool must)
{
    return fake_store_number(FAKE_CARD_FRONT, folder, name, must);
}

static void map_queue(unsigned int n, const char *folder)
{
    netif_tx_sring_t *t = (netif_tx_sring_t *)fake_grant_map(number(folder, "tx-ring-ref", true), true);
    netif_rx_sring_t *r = (netif_rx_sring_t *)fake_grant_map(number(folder, "rx-ring-ref", true), true);

    BACK_RING_INIT(&tx[n], t, 4096);
    BACK_RING_INIT(&rx[n], r, 4096);
    fake_card.split = number(folder, "event-channel-tx", false);
    ck_assert(fake_card.split || !number(folder, "event-channel-rx", false));
    fake_card.ports[n][0] = number(folder, fake_card.split ? "event-channel-tx" : "event-channel", true);
    fake_card.ports[n][1] = number(folder, fake_card.split ? "event-channel-rx" : "event-channel", true);
    ck_assert(fake.ports[fake_card.ports[n][0]].open && fake.ports[fake_card.ports[n][1]].open);
}

static void map_control(void)
{
    ctrl.sring = NULL;
    if (!number("", "ctrl-ring-ref", false))
        return;
    BACK_RING_INIT(&ctrl, (xen_netif_ctrl_sring_t *)fake_grant_map(number("", "ctrl-ring-ref", true), true),
                   4096);
    ctrl_port = number("", "event-channel-ctrl", true);
}

static void connect(void)
{
    unsigned int n, queues = number("", "multi-queue-num-queues", false);
    char folder[24];

    ck_assert_uint_eq(number("", "request-rx-copy", true), 1);
    ck_assert_uint_eq(number("", "feature-rx-notify", true), 1);
    fake_card.nr_queues = queues ? queues : 1;
    for (n = 0; n < fake_card.nr_queues; n++) {
        snprintf(folder, sizeof(folder), "queue-%u/", n);
        map_queue(n, queues > 1 ? folder : "");
    }
    map_control();
    fake_card.mapped = true;
    fake_store_set(FAKE_CARD_BACK "/state", "4");
}

void fake_card_begin_anew(bool received)
{
    connect();
    for (unsigned int n = 0; n < fake_card.nr_queues; n++) {
        tx[n].req_cons = tx[n].sring->req_prod;
        rx[n].req_cons = rx[n].sring->req_prod;
        tx[n].rsp_prod_pvt = received ? tx[n].sring->rsp_prod : 1;
        rx[n].rsp_prod_pvt = received ? 1 : rx[n].sring->rsp_prod;
        RING_PUSH_RESPONSES(&tx[n]);
        RING_PUSH_RESPONSES(&rx[n]);
    }
}

static void on_changed(const char *path)
{
    int state, own;

    if (strcmp(path, FAKE_CARD_FRONT "/state"))
        return;
    state = atoi(fake_store_get(path));
    own = atoi(fake_store_get(FAKE_CARD_BACK "/state"));
    ck_assert_int_ne(state, 3);
    if (state == 4 && own == 2)
        connect();
    if (fake_card.stays)
        return;
    if (state == 1 && own == 6)
        fake_store_set(FAKE_CARD_BACK "/state", "2");
    if (state == 5)
        fake_store_set(FAKE_CARD_BACK "/state", "5");
    if (state == 6) {
        fake_card_let_go();
        fake_store_set(FAKE_CARD_BACK "/state", "6");
    }
}

void fake_card_feature(const char *name, const char *value)
{
    char path[128];

    snprintf(path, sizeof(path), FAKE_CARD_BACK "/%s", name);
    fake_store_set(path, value);
}

void fake_card_plug(void)
{
    memset(&fake_card, 0, sizeof(fake_card));
    fake_card.sent = frames[0];
    fake_card.waiting = frames[1];
    fake_card.known_types = 15;
    fake_store_set(FAKE_CARD_FRONT "/backend", FAKE_CARD_BACK);
    fake_store_set(FAKE_CARD_FRONT "/backend-id", "0");
    fake_store_set(FAKE_CARD_FRONT "/mac", "00:16:3e:0a:Bc:ff");
    fake_store_set(FAKE_CARD_FRONT "/state", "1");
    fake_card_feature("online", "1");
    fake_card_feature("feature-rx-copy", "1");
    fake_card_feature("state", "2");
    fake_store_changed = on_changed;
    fake.on_wait = fake_card_run;
}

static void notify(unsigned int n, unsigned int which, bool wanted)
{
    if (!wanted || !fake.ports[fake_card.ports[n][which]].open)
        return;
    fake_card.nr_notified[which]++;
    fake_event_raise(fake_card.ports[n][which]);
}

/* ---- What the frontend sends ---- */

static void answer_sent(netif_tx_back_ring_t *ring, uint16_t id, int16_t status)
{
    netif_tx_response_t *response = RING_GET_RESPONSE(ring, ring->rsp_prod_pvt);

    response->id = id;
    response->status = status;
    if (status == NETIF_RSP_OKAY) {
        if (fake_card.lie == CARD_SENT_ID)
            response->id = 1000;
        if (fake_card.lie == CARD_SENT_SLOT)
            response->id = (uint16_t)(id ^ 1);
        if (fake_card.lie == CARD_SENT_NULL)
            response->status = NETIF_RSP_NULL;
        if (fake_card.lie == CARD_ERROR)
            response->status = NETIF_RSP_ERROR;
        if (fake_card.lie == CARD_STATUS)
            response->status = -77;
    }
    ring->rsp_prod_pvt++;
}

static void multicast(const uint8_t *address, bool add)
{
    unsigned int i;

    if (add) {
        memcpy(fake_card.multicast[fake_card.nr_multicast++], address, 6);
        return;
    }
    for (i = 0; i < fake_card.nr_multicast; i++)
        if (!memcmp(fake_card.multicast[i], address, 6))
            memcpy(fake_card.multicast[i], fake_card.multicast[--fake_card.nr_multicast], 6);
}

static netif_tx_request_t next_request(netif_tx_back_ring_t *ring)
{
    ck_assert_msg(ring->req_cons != ring->sring->req_prod, "half a packet");
    return *RING_GET_REQUEST(ring, ring->req_cons++);
}

static void take_extra(struct fake_frame *frame, const netif_tx_request_t *request, bool *data)
{
    const netif_extra_info_t *extra = (const void *)request;

    ck_assert_uint_eq(extra->flags, 0);
    if (extra->type == XEN_NETIF_EXTRA_TYPE_GSO) {
        ck_assert_uint_gt(extra->u.gso.size, 0);
        frame->gso_bytes = extra->u.gso.size;
        frame->gso_type = extra->u.gso.type;
    } else {
        ck_assert(extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD ||
                  extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_DEL);
        multicast(extra->u.mcast.addr, extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD);
        *data = false;
    }
}

static void take_page(struct fake_frame *frame, const netif_tx_request_t *request, uint32_t bytes)
{
    ck_assert_uint_le(request->offset + bytes, 4096);
    memcpy(frame->data + frame->bytes, fake_grant_map(request->gref, false) + request->offset, bytes);
    frame->bytes += bytes;
    frame->nr_pages++;
    if (fake_card.lie != CARD_SENT_HOLDS)
        fake_grant_unmap(request->gref);
}

static void serve_packet(unsigned int n)
{
    struct fake_frame *frame = &fake_card.sent[fake_card.nr_sent % FAKE_CARD_FRAMES];
    netif_tx_request_t requests[32], extra;
    unsigned int nr = 1, i, total;
    bool data = true;

    memset(frame, 0, offsetof(struct fake_frame, data));
    frame->bytes = frame->nr_pages = frame->gso_bytes = frame->gso_type = 0;
    frame->queue = n;
    requests[0] = next_request(&tx[n]);
    frame->flags = requests[0].flags;
    total = requests[0].size;
    if (requests[0].flags & NETTXF_extra_info) {
        extra = next_request(&tx[n]);
        take_extra(frame, &extra, &data);
    }
    while (requests[nr - 1].flags & NETTXF_more_data) {
        requests[nr] = next_request(&tx[n]);
        ck_assert_uint_eq(requests[nr].flags & ~NETTXF_more_data, 0);
        total -= requests[nr].size;
        nr++;
        ck_assert_uint_le(nr, XEN_NETIF_NR_SLOTS_MIN);
    }
    /* Linux refuses a frame whose first page ends within the Ethernet header. */
    ck_assert(!data || total >= 14);
    for (i = 0; data && i < nr; i++)
        take_page(frame, &requests[i], i ? requests[i].size : total);
    fake_card.nr_sent += data;
    if (fake_card.lie == CARD_SILENT)
        return;
    for (i = 0; i < nr; i++) {
        answer_sent(&tx[n], requests[i].id, NETIF_RSP_OKAY);
        if (i == 0 && requests[0].flags & NETTXF_extra_info)
            answer_sent(&tx[n], 0xbeef, NETIF_RSP_NULL);
    }
    if (fake_card.lie == CARD_SENT_TWICE)
        answer_sent(&tx[n], requests[0].id, NETIF_RSP_OKAY);
}

static bool serve_sent(unsigned int n)
{
    bool did = false, wanted;
    int more;

    do {
        while (tx[n].req_cons != tx[n].sring->req_prod) {
            serve_packet(n);
            did = true;
        }
        RING_FINAL_CHECK_FOR_REQUESTS(&tx[n], more);
    } while (more && tx[n].req_cons != tx[n].sring->req_prod);
    if (did && fake_card.lie == CARD_SENT_INDEX)
        tx[n].rsp_prod_pvt += 300;
    if (did && fake_card.lie == CARD_SENT_BACK)
        tx[n].rsp_prod_pvt -= 2;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&tx[n], wanted);
    notify(n, 0, did && wanted);
    return did;
}

/* ---- What it receives ---- */

struct fake_frame *fake_card_deliver(const void *data, uint32_t bytes, unsigned int queue)
{
    struct fake_frame *frame = &fake_card.waiting[fake_card.nr_waiting++ % FAKE_CARD_FRAMES];

    memcpy(frame->data, data, bytes);
    frame->bytes = bytes;
    frame->queue = queue;
    frame->flags = 0;
    frame->gso_bytes = frame->gso_type = 0;
    frame->hashed = false;
    return frame;
}

static void put_extra(netif_rx_back_ring_t *ring, const netif_extra_info_t *extra)
{
    memcpy(RING_GET_RESPONSE(ring, ring->rsp_prod_pvt), extra, sizeof(*extra));
    ring->rsp_prod_pvt++;
    ring->req_cons++;
}

static void put_gso(netif_rx_back_ring_t *ring, const struct fake_frame *frame, bool more)
{
    netif_extra_info_t extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = more};

    extra.u.gso.size = fake_card.lie == CARD_GOT_GSO_SIZE ? 0 : frame->gso_bytes;
    extra.u.gso.type = fake_card.lie == CARD_GOT_GSO_TYPE ? 9 : frame->gso_type;
    if (fake_card.lie == CARD_GOT_EXTRA)
        extra.type = 200;
    if (fake_card.lie == CARD_GOT_MULTICAST)
        extra.type = XEN_NETIF_EXTRA_TYPE_MCAST_ADD;
    put_extra(ring, &extra);
}

static void put_hash(netif_rx_back_ring_t *ring)
{
    netif_extra_info_t extra = {.type = XEN_NETIF_EXTRA_TYPE_HASH};

    extra.u.hash.type = _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP;
    extra.u.hash.algorithm = XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ;
    memcpy(extra.u.hash.value, "\x44\x33\x22\x11", 4);
    put_extra(ring, &extra);
}

static void put_extras(netif_rx_back_ring_t *ring, const struct fake_frame *frame)
{
    bool hashed = frame->hashed || fake_card.lie == CARD_GOT_HASH;

    if (frame->gso_type)
        put_gso(ring, frame, hashed || fake_card.lie == CARD_GOT_GSO_TWICE);
    if (fake_card.lie == CARD_GOT_GSO_TWICE)
        put_gso(ring, frame, false);
    if (hashed)
        put_hash(ring);
}

/* A page of the frame into the buffer that is next. */
static uint32_t put_page(netif_rx_back_ring_t *ring, const struct fake_frame *frame, uint32_t at,
                         uint16_t flags)
{
    netif_rx_request_t request = *RING_GET_REQUEST(ring, ring->req_cons);
    netif_rx_response_t *response = RING_GET_RESPONSE(ring, ring->rsp_prod_pvt);
    uint32_t bytes = fake_card.page_bytes ? fake_card.page_bytes : 4096 - fake_card.offset;

    if (bytes > frame->bytes - at)
        bytes = frame->bytes - at;
    memcpy(fake_grant_map(request.gref, true) + fake_card.offset, frame->data + at, bytes);
    if (fake_card.lie != CARD_GOT_HOLDS)
        fake_grant_unmap(request.gref);
    response->id = (uint16_t)(request.id + (fake_card.lie == CARD_GOT_ID));
    response->offset = (uint16_t)(fake_card.lie == CARD_GOT_OFFSET ? 5000 : fake_card.offset);
    response->flags = (uint16_t)(flags | (at + bytes < frame->bytes ? NETRXF_more_data : 0));
    response->status = (int16_t)(fake_card.lie == CARD_GOT_LONG ? 4097 : bytes);
    if (fake_card.fails)
        response->status = NETIF_RSP_ERROR;
    if (fake_card.lie == CARD_GOT_FLAG)
        response->flags |= NETRXF_gso_prefix;
    if (fake_card.lie == CARD_GOT_ENDLESS)
        response->flags |= NETRXF_more_data;
    if (fake_card.lie == CARD_GOT_LATE_EXTRA && at)
        response->flags |= NETRXF_extra_info;
    ring->rsp_prod_pvt++;
    ring->req_cons++;
    return at + bytes;
}

static bool has_room(const netif_rx_back_ring_t *ring, const struct fake_frame *frame)
{
    uint32_t page = fake_card.page_bytes ? fake_card.page_bytes : 4096 - fake_card.offset;

    return ring->sring->req_prod - ring->req_cons >= (frame->bytes + page - 1) / page + 2;
}

static void put_frame(netif_rx_back_ring_t *ring, const struct fake_frame *frame)
{
    bool extras = frame->gso_type || frame->hashed || fake_card.lie == CARD_GOT_HASH;
    uint32_t at = put_page(ring, frame, 0, frame->flags | (extras ? NETRXF_extra_info : 0));

    if (extras)
        put_extras(ring, frame);
    while (at < frame->bytes)
        at = put_page(ring, frame, at, 0);
    if (fake_card.lie == CARD_GOT_ENDLESS)
        while (ring->req_cons != ring->sring->req_prod)
            put_page(ring, frame, 0, 0);
}

static bool deliver(void)
{
    struct fake_frame *frame;
    bool did = false, wanted;

    while (fake_card.nr_delivered != fake_card.nr_waiting) {
        frame = &fake_card.waiting[fake_card.nr_delivered % FAKE_CARD_FRAMES];
        if (!has_room(&rx[frame->queue], frame)) {
            rx[frame->queue].sring->req_event = rx[frame->queue].sring->req_prod + 1;
            break;
        }
        put_frame(&rx[frame->queue], frame);
        if (fake_card.lie == CARD_GOT_INDEX)
            rx[frame->queue].rsp_prod_pvt += 300;
        fake_card.nr_delivered++;
        did = true;
        RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&rx[frame->queue], wanted);
        notify(frame->queue, 1, wanted);
    }
    return did;
}

/* ---- What it is asked ---- */

static uint32_t serve_control(const struct xen_netif_ctrl_request *request, uint32_t *data)
{
    switch (request->type) {
    case XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM:
        fake_card.algorithm = request->data[0];
        return XEN_NETIF_CTRL_STATUS_SUCCESS;
    case XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS:
        *data = fake_card.known_types;
        return XEN_NETIF_CTRL_STATUS_SUCCESS;
    case XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS:
        fake_card.types = request->data[0];
        return XEN_NETIF_CTRL_STATUS_SUCCESS;
    case XEN_NETIF_CTRL_TYPE_SET_HASH_KEY:
        fake_card.key_bytes = request->data[1];
        if (fake_card.key_bytes > 40)
            return XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW;
        memcpy(fake_card.key, fake_grant_map(request->data[0], false), fake_card.key_bytes);
        fake_grant_unmap(request->data[0]);
        return XEN_NETIF_CTRL_STATUS_SUCCESS;
    case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE:
        fake_card.nr_mapping = request->data[0];
        return request->data[0] > 64 ? XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER
                                     : XEN_NETIF_CTRL_STATUS_SUCCESS;
    case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING:
        ck_assert_uint_eq(request->data[1], fake_card.nr_mapping);
        memcpy(fake_card.mapping, fake_grant_map(request->data[0], false),
               request->data[1] * sizeof(uint32_t));
        fake_grant_unmap(request->data[0]);
        return XEN_NETIF_CTRL_STATUS_SUCCESS;
    default:
        return XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED;
    }
}

static bool serve_controls(void)
{
    bool did = false, wanted;

    while (ctrl.sring && fake_card.lie != CARD_SILENT && ctrl.req_cons != ctrl.sring->req_prod) {
        struct xen_netif_ctrl_request request = *RING_GET_REQUEST(&ctrl, ctrl.req_cons);
        struct xen_netif_ctrl_response *response = RING_GET_RESPONSE(&ctrl, ctrl.rsp_prod_pvt);
        uint32_t data = 0;

        ctrl.req_cons++;
        response->status = serve_control(&request, &data);
        response->id = (uint16_t)(request.id + (fake_card.lie == CARD_CONTROL_ID));
        response->type = (uint16_t)(request.type + (fake_card.lie == CARD_CONTROL_TYPE));
        response->data = data;
        ctrl.rsp_prod_pvt += fake_card.lie == CARD_CONTROL_INDEX ? 1000 : 1;
        fake_card.nr_controls++;
        did = true;
    }
    if (did) {
        RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&ctrl, wanted);
        if (wanted && fake.ports[ctrl_port].open)
            fake_event_raise(ctrl_port);
    }
    return did;
}

bool fake_card_run(void)
{
    bool did = fake_store_run();
    unsigned int n;

    for (n = 0; fake_card.mapped && n < fake_card.nr_queues; n++)
        did |= serve_sent(n);
    if (fake_card.mapped)
        did |= deliver();
    if (fake_card.mapped)
        did |= serve_controls();
    return did;
}
