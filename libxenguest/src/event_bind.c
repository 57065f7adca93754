/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and ending event channels: event_channel_op, and the handler that goes with each port. */
#include <xenguest/event.h>
#include "private.h"

static void port_close(xg_evtchn_t port)
{
    struct evtchn_close close = {.port = port};

    hypercall_event_channel_op(EVTCHNOP_close, &close);
}

/* The function last: the demultiplexer takes a port that has one as complete. */
static void handler_set(struct xg_events *events, xg_evtchn_t port, unsigned int vcpu, xg_event_fn *function,
                        void *arg)
{
    struct xg_event_handler *handler = &events->handlers[port];

    handler->arg = arg;
    handler->nr_handled = 0;
    __atomic_store_n(&handler->vcpu, vcpu, __ATOMIC_RELAXED);
    __atomic_store_n(&handler->function, function, __ATOMIC_RELEASE);
}

/* Of a port that Xen has just made: it is ours to close again when it cannot be served. */
static int port_open(struct xg_events *events, xg_evtchn_t new_port, unsigned int vcpu, xg_event_fn *function,
                     void *arg, xg_evtchn_t *port)
{
    int rc;

    if (!new_port || new_port >= events->nr_ports) {
        port_close(new_port);
        return -XG_ENOSPC;
    }
    handler_set(events, new_port, vcpu, function, arg);
    *port = new_port;
    rc = xg_event_unmask(events, new_port);
    if (rc) {
        (void)!xg_event_close(events, new_port);
        *port = 0;
    }
    return rc;
}

int xg_event_bind_virq(struct xg_events *events, unsigned int virq, unsigned int vcpu, xg_event_fn *function,
                       void *arg, xg_evtchn_t *port)
{
    struct evtchn_bind_virq bind = {.virq = virq, .vcpu = vcpu};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_virq, &bind);

    return rc ? (int)rc : port_open(events, bind.port, vcpu, function, arg, port);
}

int xg_event_bind_ipi(struct xg_events *events, unsigned int vcpu, xg_event_fn *function, void *arg,
                      xg_evtchn_t *port)
{
    struct evtchn_bind_ipi bind = {.vcpu = vcpu};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_ipi, &bind);

    return rc ? (int)rc : port_open(events, bind.port, vcpu, function, arg, port);
}

int xg_event_bind_interdomain(struct xg_events *events, xg_domid_t domid, xg_evtchn_t remote_port,
                              xg_event_fn *function, void *arg, xg_evtchn_t *port)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = domid, .remote_port = remote_port};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &bind);

    return rc ? (int)rc : port_open(events, bind.local_port, 0, function, arg, port);
}

int xg_event_alloc_unbound(struct xg_events *events, xg_domid_t remote, xg_event_fn *function, void *arg,
                           xg_evtchn_t *port)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = remote};
    long rc = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

    return rc ? (int)rc : port_open(events, alloc.port, 0, function, arg, port);
}

int xg_event_attach(struct xg_events *events, xg_evtchn_t port, xg_event_fn *function, void *arg)
{
    if (!port || port >= events->nr_ports)
        return -XG_ERANGE;
    if (events->handlers[port].function)
        return -XG_EEXIST;
    handler_set(events, port, 0, function, arg);
    return xg_event_unmask(events, port);
}

int xg_event_bind_vcpu(struct xg_events *events, xg_evtchn_t port, unsigned int vcpu)
{
    struct evtchn_bind_vcpu bind = {.port = port, .vcpu = vcpu};
    int rc;

    if (port >= events->nr_ports || vcpu >= events->nr_vcpus || !events->handlers[port].function)
        return -XG_EINVAL;
    rc = (int)hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &bind);
    if (rc)
        return rc;
    __atomic_store_n(&events->handlers[port].vcpu, vcpu, __ATOMIC_SEQ_CST);
    /* An event that was told to the one vCPU while the other was its owner, nobody has taken: tell it again.
     */
    return xg_event_masked(events, port) ? 0 : xg_event_unmask(events, port);
}

int xg_event_close(struct xg_events *events, xg_evtchn_t port)
{
    struct evtchn_close close = {.port = port};

    if (!port || port >= events->nr_ports)
        return -XG_EINVAL;
    /*
     * All that is ours first: once Xen has closed the port, another vCPU may be given its number. Xen clears
     * the pending bit itself.
     */
    xg_event_mask(events, port);
    __atomic_store_n(&events->handlers[port].function, NULL, __ATOMIC_RELEASE);
    return (int)hypercall_event_channel_op(EVTCHNOP_close, &close);
}

int xg_event_send(xg_evtchn_t port)
{
    struct evtchn_send send = {.port = port};

    return (int)hypercall_event_channel_op(EVTCHNOP_send, &send);
}
