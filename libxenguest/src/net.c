/* SPDX-License-Identifier: BSD-2-Clause */
/* What both directions share: polling, the handlers of events, waiting. */
#include "net_private.h"

int xg_net_end_grant(struct xg_net *net, xg_grant_ref_t *ref)
{
    int rc = *ref == XG_NET_NO_REF ? 0 : xg_grant_end(net->config.grants, *ref);

    if (rc == -XG_EBUSY)
        return rc;
    *ref = XG_NET_NO_REF;
    return 0;
}

void xg_net_lied(struct xg_net *net)
{
    xg_bus_fail(&net->device, -XG_EBADMSG);
}

void xg_net_signal(struct xg_net *net)
{
    __atomic_fetch_add(&net->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&net->activity);
}

unsigned int xg_net_poll(struct xg_net *net)
{
    unsigned int nr = 0, i;

    for (i = 0; i < net->nr_queues; i++) {
        nr += xg_net_tell_sent(net, xg_net_poll_sent(&net->queues[i]));
        nr += xg_net_poll_received(&net->queues[i]);
    }
    return nr;
}

unsigned int xg_net_poll_done(struct xg_net *net)
{
    unsigned int nr = 0, i;

    for (i = 0; i < net->nr_queues; i++)
        nr += xg_net_tell_sent(net, xg_net_poll_sent(&net->queues[i]));
    return nr;
}

void xg_net_on_send_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    struct xg_net_queue *queue = arg;

    if (queue->net->config.mode != XG_NET_BY_WAKE)
        xg_net_tell_sent(queue->net, xg_net_poll_sent(queue));
    /* Also where all of them are late: somebody may wait for room. */
    xg_net_signal(queue->net);
}

void xg_net_on_receive_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    struct xg_net_queue *queue = arg;

    if (queue->net->config.mode == XG_NET_BY_WAKE)
        xg_net_signal(queue->net);
    else
        xg_net_poll_received(queue);
}

void xg_net_on_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    xg_net_on_send_event(port, frame, arg);
    xg_net_on_receive_event(port, frame, arg);
}

/* ---- Waiting ---- */

#define POLL_NS 100000
#define ROOM_NS 10000000

/* Where the ports are masked, nobody wakes: the wait is until the next look. */
static void wait_a_while(struct xg_net *net, uint32_t seen, uint64_t most_ns)
{
    if (net->config.mode == XG_NET_POLLED)
        most_ns = POLL_NS;
    (void)!xg_os_wait(&net->activity, seen,
                      most_ns == XG_NO_DEADLINE ? XG_NO_DEADLINE : xg_os_now_ns() + most_ns);
}

/* A kernel that polls has nobody else to look after the bus. */
static int look_around(struct xg_net *net)
{
    int rc = net->config.mode == XG_NET_POLLED ? xg_bus_run(net->device.bus, NULL) : 0;
    unsigned int i;

    xg_net_poll(net);
    for (i = 0; net->device.error && i < net->nr_queues; i++)
        (void)!xg_net_end_sending(&net->queues[i], net->device.error);
    return rc;
}

static int submit_with_patience(struct xg_net *net, struct xg_net_packet *packet)
{
    for (;;) {
        uint32_t seen = __atomic_load_n(&net->activity, __ATOMIC_SEQ_CST);
        int rc = xg_net_submit(net, packet, false);

        if (rc != -XG_EBUSY)
            return rc;
        rc = look_around(net);
        if (rc)
            return rc;
        /* It may be grants that are short, which others give back: nobody says so. */
        wait_a_while(net, seen, ROOM_NS);
    }
}

int xg_net_send(struct xg_net *net, struct xg_net_packet *packet)
{
    int rc = submit_with_patience(net, packet);

    if (rc)
        return rc;
    for (;;) {
        uint32_t seen = __atomic_load_n(&net->activity, __ATOMIC_SEQ_CST);

        if (__atomic_load_n(&packet->finished, __ATOMIC_ACQUIRE))
            return packet->status;
        /* The packet is the library's until it is finished, whatever goes wrong around it. */
        (void)!look_around(net);
        if (!__atomic_load_n(&packet->finished, __ATOMIC_ACQUIRE))
            wait_a_while(net, seen, XG_NO_DEADLINE);
    }
}
