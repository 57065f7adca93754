/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels: binding, masking, sending, and the demultiplexer that calls each port's handler on the vCPU
 * it is bound to. Tier 1. Source: <xen/event_channel.h>. With two levels of bits, unless the port goes over
 * to queues (event_fifo.h).
 *
 * An event is cleared before its handler runs: what arrives meanwhile runs it again. Handlers run with event
 * delivery masked, on the stack of what was interrupted, and may call everything here. A binding function
 * registers the handler first and unmasks last.
 */
#ifndef XENGUEST_EVENT_H
#define XENGUEST_EVENT_H

#include <xenguest/trap.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

enum xg_virq {
    XG_VIRQ_TIMER = 0,
    XG_VIRQ_DEBUG = 1,
    XG_VIRQ_CONSOLE = 2,
    XG_VIRQ_DOM_EXC = 3,
};

#define XG_EVENT_PORTS 4096 /* of the 2-level ABI, 64-bit */

/* `frame` is the interrupted context, or NULL when the event is handled outside an upcall (xg_events_run). */
typedef void xg_event_fn(xg_evtchn_t port, struct xg_frame *frame, void *arg);

struct xg_event_handler {
    xg_event_fn *function;
    void *arg;
    unsigned int vcpu;
    unsigned int nr_handled;
};

struct xg_event_vcpu {
    struct vcpu_info *info;
    uint64_t nr_upcalls;
};

struct xg_event_fifo;

struct xg_events {
    struct shared_info *shared;
    struct xg_event_handler *handlers;
    struct xg_event_vcpu *vcpus;
    struct xg_event_fifo *fifo; /* NULL: two levels */
    unsigned int nr_handlers;
    unsigned int nr_ports; /* that can be had now: not more than there are handlers */
    unsigned int nr_vcpus;
    uint64_t nr_unexpected; /* pending ports without a handler: masked and counted */
};

/*
 * Takes the two arrays, which stay the caller's: a handler for each port below `nr_ports` (those from
 * XG_EVENT_PORTS on are for event_fifo.h) and a slot for each vCPU below `nr_vcpus`. Masks every port. vCPUs
 * below XG_SHARED_VCPUS find their vcpu_info in the page.
 */
void xg_events_init(struct xg_events *events, struct shared_info *shared, struct xg_event_handler *handlers,
                    unsigned int nr_ports, struct xg_event_vcpu *vcpus, unsigned int nr_vcpus);
/*
 * After the domain was restored: every port is closed. Takes all handlers away, masks, forgets what was
 * pending; what is wanted is bound again. Events masked, other vCPUs not running. (suspend.h does it.)
 */
void xg_events_resume(struct xg_events *events);
/* After the vcpu_info of a vCPU was registered elsewhere (vcpu.h). -XG_EINVAL: `vcpu` is too large. */
int __must_check xg_events_set_vcpu_info(struct xg_events *events, unsigned int vcpu, struct vcpu_info *info);

/*
 * The demultiplexer, of the type that xg_traps_handle wants for XG_TRAP_EVENT; `events` is the arg.
 */
void xg_events_upcall(struct xg_frame *frame, void *events);
/* The same by hand, with event delivery masked: for a kernel that polls. Returns how many handlers ran. */
unsigned int xg_events_run(struct xg_events *events, struct xg_frame *frame);

/*
 * Binding. All: *port is the new port, its handler set and unmasked. -XG_ENOSPC also when Xen gives a port
 * that is not below nr_ports (it is closed again). -XG_EEXIST from bind_virq: bound already on that vCPU.
 * `function` must not be NULL. The handler of a virq or IPI runs on `vcpu`, that of the others on vCPU 0
 * until xg_event_bind_vcpu.
 */
int __must_check xg_event_bind_virq(struct xg_events *events, unsigned int virq, unsigned int vcpu,
                                    xg_event_fn *function, void *arg, xg_evtchn_t *port);
int __must_check xg_event_bind_ipi(struct xg_events *events, unsigned int vcpu, xg_event_fn *function,
                                   void *arg, xg_evtchn_t *port);
int __must_check xg_event_bind_interdomain(struct xg_events *events, xg_domid_t domid,
                                           xg_evtchn_t remote_port, xg_event_fn *function, void *arg,
                                           xg_evtchn_t *port);
int __must_check xg_event_alloc_unbound(struct xg_events *events, xg_domid_t remote, xg_event_fn *function,
                                        void *arg, xg_evtchn_t *port);
/* For a port that exists without our doing: console and store of start-info. -XG_ERANGE, -XG_EEXIST: has a
 * handler. */
int __must_check xg_event_attach(struct xg_events *events, xg_evtchn_t port, xg_event_fn *function,
                                 void *arg);
/*
 * Moves the events of a port to a vCPU. Not for virqs of one vCPU nor IPIs (-XG_EINVAL). The caller sees to
 * it that nobody masks the port meanwhile.
 */
int __must_check xg_event_bind_vcpu(struct xg_events *events, xg_evtchn_t port, unsigned int vcpu);
/* Takes the handler of the port away, masked, and closes it. It may still be running on another vCPU. */
int __must_check xg_event_close(struct xg_events *events, xg_evtchn_t port);

/* A masked port collects its event; unmasking one that has it delivers it. No lost event in any order, on any
 * vCPU. */
void xg_event_mask(struct xg_events *events, xg_evtchn_t port);
int __must_check xg_event_unmask(struct xg_events *events, xg_evtchn_t port);
bool xg_event_masked(const struct xg_events *events, xg_evtchn_t port);
bool xg_event_pending(const struct xg_events *events, xg_evtchn_t port);
/* Takes the pending state away and tells whether there was one: for ports that are polled. */
bool xg_event_clear(struct xg_events *events, xg_evtchn_t port);

/* Notifies the other end (or, for an IPI, the vCPU). Needs no xg_events. */
int __must_check xg_event_send(xg_evtchn_t port);

XG_END_DECLS

#endif
