/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical interrupts: a number for each input of the IO-APICs (the GSI), and numbers behind them for
 * messages of PCI devices (MSI). docs/interrupts.md tells the life of one.
 *
 * A vector means the same interrupt on every CPU: to move an interrupt changes one register, and none is lost
 * on the way.
 */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <xen/spinlock.h>
#include <xen/timer.h>
#include <xen/types.h>
#include <public/event_channel.h>

struct domain;
struct msi;

typedef void irq_handler_t(void *data);

/*
 * One domain's use of an interrupt: the port that it is bound to. The domain's own; on the interrupt's list
 * while it is bound.
 */
struct irq_user {
    struct irq_user *next;
    struct domain *domain;
    evtchn_port_t port; /* 0: none */
    bool is_bound;      /* on the list */
    bool shares;        /* others may have it too */
    bool owes_eoi;      /* a level-triggered one has arrived, which the domain has not handled yet */
};

struct irq {
    spinlock_t lock; /* interrupts off; outside the evtchn's, the IO-APIC's and the PCI configuration's */
    uint16_t nr;
    uint8_t vector;         /* 0: none yet */
    bool level, active_low; /* a GSI's, once it has a vector */
    bool is_set_up;         /* a GSI: by whom it belongs to; a message's number: taken */
    bool is_throttled;     /* came too often: masked until the timer */
    unsigned int nr_owing; /* users that owe an EOI: masked until the last has handled it */
    unsigned int cpu;  /* where it goes */
    struct msi *msi;   /* NULL: a GSI, or a message whose device is gone */
    /* Either the hypervisor's own, for good ... */
    irq_handler_t *handler;
    void *data;
    /* ... or bound to ports of domains. */
    struct irq_user *users;
    /* How often it came in the present interval. */
    s_time_t interval_start_ns;
    unsigned int nr_in_interval;
    struct timer throttle_timer;
    struct timer patience_timer; /* one of several users keeps it from the others no longer than this */
};

/* After ioapic_init; the heap works. */
void irqs_init(void);
unsigned int irq_nr_gsis(void);
/* NULL: there is no such number. */
struct irq *irq_get(unsigned int nr);

/*
 * A handler of the hypervisor's for an ISA interrupt: for edge it runs after the EOI, for level before. 0,
 * -XEN_ENODEV, -XEN_EBUSY.
 */
int irq_request_isa(unsigned int isa_irq, irq_handler_t *handler, void *data) __must_check;

/*
 * Trigger and polarity of a GSI, and its vector: once only, and not while it is bound. 0, -XEN_EEXIST (keeps
 * what it has), -XEN_ENOSPC (no vector left). The interrupt stays masked until it is bound.
 */
int irq_set_up(struct irq *irq, bool level, bool active_low) __must_check;
/* As above, again and again while nobody uses it. -XEN_EBUSY, -XEN_ENOSPC. */
int irq_set_up_anew(struct irq *irq, bool level, bool active_low) __must_check;

/* A number and a vector for a message; NULL: none left. It belongs to the caller until irq_free_msi. */
struct irq *irq_alloc_msi(void);
void irq_free_msi(struct irq *irq);

/*
 * May one more domain bind it, and share it or not? Not if it is the hypervisor's own, or somebody has it who
 * does not share.
 */
bool irq_may_bind(struct irq *irq, bool will_share);
/*
 * Binds it to a port of user->domain and opens it; the first user's is opened towards this CPU. event_lock of
 * the domain held, and irq_may_bind looked at by the one who binds (no other binds meanwhile). Cannot fail.
 */
void irq_bind(struct irq *irq, struct irq_user *user, unsigned int cpu);
void irq_unbind(struct irq *irq, struct irq_user *user);
/*
 * The guest has handled it. Of several users all must; they have a millisecond, so that none keeps it from
 * the others.
 */
void irq_end(struct irq *irq, struct irq_user *user);
void irq_move(struct irq *irq, unsigned int cpu);
/* Must the guest say that it has handled it before the next can come? */
bool irq_needs_eoi(const struct irq *irq);

/*
 * What arrives at this CPU, not the first, goes to the first; then it may be sent here again. What is under
 * way still arrives.
 */
void irqs_leave_cpu(unsigned int cpu);
void irqs_return_cpu(unsigned int cpu);

/* Nothing arrives any more: the machine stops. Takes no lock. */
void irqs_mask_all(void);

#endif
