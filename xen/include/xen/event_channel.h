/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels: ports of a domain, each free, reserved, unbound, or bound to another domain's port, a
 * virtual interrupt, a physical one, or another vCPU. A domain begins with the 2-level layout and may go over
 * to FIFO.
 *
 * Locks: domain.event_lock for binding and closing (two domains: lower address first); evtchn.lock for the
 * port's state while sending.
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
    evtchn_port_t port;
    uint16_t notify_vcpu; /* whose upcall is raised */
    uint8_t state;        /* enum evtchn_state */
    uint8_t priority;     /* FIFO: EVTCHN_FIFO_PRIORITY_* */
    /* FIFO, under the port's lock there (event_fifo.h): */
    uint16_t last_vcpu : 10;    /* the queue where it was last: whose, */
    uint16_t last_priority : 4; /* and of what priority */
    uint16_t was_queued : 1;    /* it has been in one */
    uint16_t is_owed : 1;       /* pending, but there is no word for it yet */
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
/*
 * The number by which a reset that gave way goes on. The ABI's header has it behind __XEN__, which changes
 * other headers too.
 */
#ifndef EVTCHNOP_reset_cont
#define EVTCHNOP_reset_cont 14
#endif

/*
 * Closing every port, in steps: begin says false when somebody is at it already; then close_all, again while
 * it answers -XEN_ERESTART. It closes at least one port a call, and at the end goes back to two levels;
 * -XEN_EAGAIN: ports were bound meanwhile. For a dying domain domain_kill begins, whoever was at it.
 */
bool evtchn_close_begin(struct domain *d);
int evtchn_close_all(struct domain *d) __must_check;
/*
 * All of this for a call of the guest's: begun, or gone on with. -XEN_EBUSY (somebody is at it, or nobody),
 * -XEN_EAGAIN, -XEN_ERESTART.
 */
int evtchn_reset(struct domain *d, bool goes_on) __must_check;
/* The domain's ports are 0 to last at most. Before it runs. */
void evtchn_set_limit(struct domain *d, evtchn_port_t last);
/* Frees what no port needs any more: the domain is gone. */
void evtchn_free_domain(struct domain *d);
long do_event_channel_op(int cmd, uint64_t arg_va);
/*
 * The form of before interface version 0x00030202: the command stands in front of its argument (struct
 * evtchn_op).
 */
long do_event_channel_op_compat(uint64_t arg_va);

/*
 * Raises a virtual interrupt of a vCPU, or a domain-wide one at vCPU 0; nothing when it is not bound. Any
 * context.
 */
void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq);
void send_guest_global_virq(struct domain *d, uint32_t virq);
/* A VIRQ of the whole machine, to the domain that a toolstack has named for it, or Domain 0. Any context. */
void send_global_virq(uint32_t virq);
/* From now on d, which is not dying, is told of it. Under the domctl lock. */
void virq_set_handler(uint32_t virq, struct domain *d);
/* d is told of none any more: it dies. Under the domctl lock. */
void virq_drop_handler(struct domain *d);
/* Is this a VIRQ that every vCPU has of its own? */
bool virq_is_global(uint32_t virq);

/* As if d had sent on one of its ports; nothing if that leads nowhere. Any context. */
void evtchn_send_as(struct domain *d, evtchn_port_t port);

/* --- event_channel.c, for event_op.c: event_lock of d held unless said otherwise --- */
/* NULL: no such port. Needs no lock. */
struct evtchn *evtchn_lookup(const struct domain *d, evtchn_port_t port);
/* The lowest free port, or -XEN_EINVAL (d is dying), -XEN_ENOSPC, -XEN_ENOMEM. */
int evtchn_find_free(struct domain *d);
/* Gives a port state, notify_vcpu and u of *as. */
void evtchn_bind(struct domain *d, struct evtchn *e, const struct evtchn *as);
/* 0, or -XEN_EINVAL: not open. No lock held. The other end of a channel becomes unbound again. */
int evtchn_close(struct domain *d, evtchn_port_t port) __must_check;
void domains_lock_events(struct domain *a, struct domain *b);
void domains_unlock_events(struct domain *a, struct domain *b);

/* --- event_pirq.c: ports bound to physical interrupts --- */
int evtchn_bind_pirq(struct evtchn_bind_pirq *op) __must_check;
/*
 * A port in the state ECS_PIRQ closes, or notifies another vCPU from now on: event_lock held, the port's lock
 * not.
 */
void evtchn_unbind_pirq(struct domain *d, const struct evtchn *e);
void evtchn_move_pirq(struct domain *d, const struct evtchn *e);
/* As EVTCHNOP_unmask, of a port that may have been closed meanwhile; no lock held. */
void evtchn_unmask_pirq(struct domain *d, evtchn_port_t port);
/* The interrupt came. Interrupts off. Answers whom the port notifies; NULL: it is no such port any more. */
const struct vcpu *evtchn_send_pirq(struct domain *d, evtchn_port_t port);

/* --- event_fifo_setup.c: the FIFO layout (event_channel.h of the ABI) --- */
/* As the calls of these names, for the current domain: decode and commit. */
int evtchn_fifo_init_control(struct evtchn_init_control *op) __must_check;
int evtchn_fifo_expand_array(const struct evtchn_expand_array *op) __must_check;
int evtchn_set_priority(const struct evtchn_set_priority *op) __must_check;
/* Back to two levels, if need be; gives back the guest's frames. No port is bound, event_lock is held. */
void evtchn_fifo_leave(struct domain *d);
/* Nobody knows the domain any more. */
void evtchn_fifo_free(struct domain *d);
/* Each reference that the layout holds, of PGT_WRITABLE. No guest runs. */
void evtchn_fifo_for_each_frame(const struct domain *d, void (*fn)(mfn_t m));
/* --- event_fifo.c, for event_pending.c and the above: no lock of event_fifo.h held; any context --- */
/* True: who polls is to be told. */
bool evtchn_fifo_set_pending(struct vcpu *v, evtchn_port_t port);
void evtchn_fifo_unmask(struct vcpu *v, evtchn_port_t port);
bool evtchn_fifo_is_pending(const struct domain *d, evtchn_port_t port);
bool evtchn_fifo_is_masked(const struct domain *d, evtchn_port_t port);
bool evtchn_fifo_is_linked(const struct domain *d, evtchn_port_t port);
void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *e);
void evtchn_fifo_dump(const struct domain *d, const struct evtchn *e);

/* --- event_pending.c --- */
/* Sets a port pending: sets the bit, and unless masked the selector, upcall_pending and kicks the vCPU. */
void evtchn_set_pending(struct vcpu *v, evtchn_port_t port);
/* SCHEDOP_poll: is one of the ports pending? */
bool evtchn_port_is_pending(const struct domain *d, evtchn_port_t port);
void vcpu_poll_begin(struct vcpu *v);
/*
 * True: it was polling, and this call has ended it. Any number of callers at a time, one of which is told so.
 */
bool vcpu_poll_end(struct vcpu *v);
/* A closed port that waits in a queue yet may not be used anew. */
bool evtchn_port_is_busy(const struct domain *d, evtchn_port_t port);
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
