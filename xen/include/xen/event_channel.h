/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels, 2-level ABI: ports of a domain, each free, reserved, unbound, or bound to another domain's port, a virtual
 * interrupt, a physical one, or another vCPU.
 *
 * Locks: domain.event_lock for binding and closing (two domains: lower address first); evtchn.lock for the port's state while sending.
 */
#ifndef XEN_EVENT_CHANNEL_H
#define XEN_EVENT_CHANNEL_H

#include <xen/types.h>
#include <public/event_channel.h>
#include <xen/spinlock.h>

struct domain;
struct vcpu;

enum evtchn_state {
    ECS_FREE,
    ECS_RESERVED,
    ECS_UNBOUND,
    ECS_INTERDOMAIN,
    ECS_PIRQ,
    ECS_VIRQ,
    ECS_IPI
};

struct evtchn {
    spinlock_t lock;
    enum evtchn_state state;
    evtchn_port_t port;
    uint16_t notify_vcpu; /* whose upcall is raised */
    union {
        struct {
            domid_t remote_domid;
        } unbound;
        struct {
            evtchn_port_t remote_port;
            struct domain *remote_domain;
        } interdomain;
        struct {
            uint32_t irq;
        } pirq;
        uint16_t virq;
    } u;
};

int evtchn_init_domain(struct domain *d) __must_check;
/* The number by which a reset that gave way goes on. The ABI's header has it behind __XEN__, which changes other headers too. */
#ifndef EVTCHNOP_reset_cont
#define EVTCHNOP_reset_cont 14
#endif

/*
 * Closing every port, in steps: begin says false when somebody is at it already; then close_all, again while it answers
 * -XEN_ERESTART. It closes at least one port a call. For a dying domain domain_kill begins, whoever was at it.
 */
bool evtchn_close_begin(struct domain *d);
int evtchn_close_all(struct domain *d) __must_check;
/* Frees what no port needs any more: the domain is gone. */
void evtchn_free_domain(struct domain *d);
long do_event_channel_op(int cmd, uint64_t arg_va);

/* Raises a virtual interrupt of a vCPU, or a domain-wide one at vCPU 0; nothing when it is not bound. Any context. */
void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq);
void send_guest_global_virq(struct domain *d, uint32_t virq);
/* Is this a VIRQ that every vCPU has of its own? */
bool virq_is_global(uint32_t virq);

/* --- event_channel.c, for event_op.c: event_lock of d held unless said otherwise --- */
/* NULL: no such port. Needs no lock. */
struct evtchn *evtchn_lookup(const struct domain *d, evtchn_port_t port);
/* The lowest free port, or -XEN_EINVAL (d is dying), -XEN_ENOSPC, -XEN_ENOMEM. */
int evtchn_find_free(struct domain *d);
/* Gives a port state, notify_vcpu and u of *as. */
void evtchn_bind(struct evtchn *e, const struct evtchn *as);
/* 0, or -XEN_EINVAL: not open. No lock held. The other end of a channel becomes unbound again. */
int evtchn_close(struct domain *d, evtchn_port_t port) __must_check;
void domains_lock_events(struct domain *a, struct domain *b);
void domains_unlock_events(struct domain *a, struct domain *b);

/* --- event_pirq.c: ports bound to physical interrupts --- */
int evtchn_bind_pirq(struct evtchn_bind_pirq *op) __must_check;
/* A port in the state ECS_PIRQ closes, or notifies another vCPU from now on: event_lock held, the port's lock not. */
void evtchn_unbind_pirq(struct domain *d, const struct evtchn *e);
void evtchn_move_pirq(struct domain *d, const struct evtchn *e);
/* As EVTCHNOP_unmask; no lock held. */
void evtchn_unmask_pirq(struct domain *d, evtchn_port_t port);
/* The interrupt came. Interrupts off; nothing when the port is no such one any more. */
void evtchn_send_pirq(struct domain *d, evtchn_port_t port);

/* --- event_pending.c --- */
/* Sets a port pending: sets the bit, and unless masked the selector, upcall_pending and kicks the vCPU. */
void evtchn_set_pending(struct vcpu *v, evtchn_port_t port);
/* SCHEDOP_poll: is one of the ports pending? */
bool evtchn_port_is_pending(const struct domain *d, evtchn_port_t port);
void vcpu_poll_begin(struct vcpu *v);
/* True: it was polling, and this call has ended it. Any number of callers at a time, one of which is told so. */
bool vcpu_poll_end(struct vcpu *v);
bool evtchn_port_is_masked(const struct domain *d, evtchn_port_t port);
void evtchn_clear_pending(struct domain *d, evtchn_port_t port);
/* Clears the mask bit and does what was not done while it was set. v: whom the port notifies. */
void evtchn_unmask_pending(struct vcpu *v, evtchn_port_t port);
bool evtchn_port_is_valid(const struct domain *d, evtchn_port_t port);
/* Sets upcall_pending and kicks: when a vcpu_info moved. */
void vcpu_mark_events_pending(struct vcpu *v);
/* Debug key. */
void event_channels_dump(struct domain *d);

#endif
