/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels, two-level: counts what arrives, and small wrappers of event_channel_op that answer its
 * result. */
#ifndef GUEST_EVENT_H
#define GUEST_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event_channel.h>

struct trap_frame;

#define EVENT_PORTS 64

/* Upcalls taken, the mask byte seen in the last one, and deliveries by port, all vCPUs together. */
extern volatile unsigned int event_upcalls;
extern volatile uint64_t event_upcall_tsc; /* when the last one began */
extern volatile uint8_t event_upcall_mask_seen;
extern volatile unsigned int event_count[EVENT_PORTS];
/* The vCPU that took the last delivery of a port. */
extern volatile unsigned int event_vcpu[EVENT_PORTS];

/* All ports masked, the upcall mask left set: nothing is delivered before a test says so. */
void event_initialise(void);
void event_upcall(struct trap_frame *frame);
/* Called, if set, at the end of each upcall, events masked. */
extern void (*volatile event_in_upcall)(const struct trap_frame *frame);

/* The mask byte of the vCPU that calls; enabling takes what is pending at once. */
void event_enable(void);
void event_disable(void);

/* Blocks until a port was delivered that many times in all; leaves upcalls enabled. */
void event_wait(evtchn_port_t port, unsigned int count);

/* The bits of a port in the shared-info page. */
bool event_pending(evtchn_port_t port);
void event_clear(evtchn_port_t port);
void event_mask(evtchn_port_t port);
/* Only the bit: a port that is pending already gives no further edge. */
void event_unmask_locally(evtchn_port_t port);

/* The calls. Those that make a port store it. */
long event_alloc_unbound(domid_t remote, evtchn_port_t *port);
long event_bind_interdomain(domid_t remote, evtchn_port_t remote_port, evtchn_port_t *port);
long event_bind_virq(unsigned int virq, unsigned int vcpu, evtchn_port_t *port);
long event_bind_ipi(unsigned int vcpu, evtchn_port_t *port);
long event_close(evtchn_port_t port);
long event_send(evtchn_port_t port);
long event_unmask(evtchn_port_t port);
long event_status(evtchn_port_t port, struct evtchn_status *status);

#endif
