/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels: the ports of a domain and how they are bound and closed. Sending is event_send.h's, and how
 * a port is made pending in the guest's shared memory event_pending.c's; the entry that reads the guest's
 * arguments is event_op.c's.
 *
 * Locks: event_lock of one domain, or of two in the order of their addresses, for what binds; evtchn.lock,
 * interrupts off, for each change of a port's state and for sending. Sending takes the sender's port's lock
 * alone: to close the receiver's port both are needed, so that what the sender has read of it stays true.
 */
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include "event_send.h"

#define BUCKET_SIZE EVTCHN_BUCKET_SIZE
#define NR_BUCKETS  (EVTCHN_2L_NR_CHANNELS / BUCKET_SIZE)

struct evtchn *evtchn_lookup(const struct domain *d, evtchn_port_t port)
{
    return evtchn_find(d, port);
}

bool evtchn_port_is_valid(const struct domain *d, evtchn_port_t port)
{
    return evtchn_lookup(d, port) != NULL;
}

/* event_lock held. */
static int bucket_add(struct domain *d)
{
    unsigned int first = d->nr_evtchns;
    struct evtchn *bucket = d->evtchn_buckets[first / BUCKET_SIZE]; /* there from before a reset? */

    if (!bucket)
        bucket = xzalloc_array(struct evtchn, BUCKET_SIZE);
    if (!bucket)
        return -XEN_ENOMEM;
    for (unsigned int i = 0; i < BUCKET_SIZE; i++)
        bucket[i].port = first + i;
    d->evtchn_buckets[first / BUCKET_SIZE] = bucket;
    /* Pairs with evtchn_lookup. */
    __atomic_store_n(&d->nr_evtchns, first + BUCKET_SIZE, __ATOMIC_RELEASE);
    return 0;
}

void evtchn_set_limit(struct domain *d, evtchn_port_t last)
{
    d->evtchn_limit = min((unsigned int)last, EVTCHN_FIFO_NR_CHANNELS - 1u) + 1;
    d->max_evtchns = min((unsigned int)EVTCHN_2L_NR_CHANNELS, d->evtchn_limit);
}

int evtchn_init_domain(struct domain *d)
{
    evtchn_set_limit(d, EVTCHN_FIFO_NR_CHANNELS - 1);
    d->evtchn_buckets = xzalloc_array(struct evtchn *, NR_BUCKETS);
    if (!d->evtchn_buckets || bucket_add(d))
        return -XEN_ENOMEM;
    d->evtchn_buckets[0][0].state = ECS_RESERVED;
    return 0;
}

void evtchn_free_domain(struct domain *d)
{
    unsigned int nr = (d->event_fifo ? EVTCHN_FIFO_NR_CHANNELS : EVTCHN_2L_NR_CHANNELS) / BUCKET_SIZE;

    for (unsigned int i = 0; d->evtchn_buckets && i < nr; i++)
        xfree(d->evtchn_buckets[i]);
    xfree(d->evtchn_buckets);
    evtchn_fifo_free(d);
    d->evtchn_buckets = NULL;
    d->nr_evtchns = 0;
}

/* The lowest free port, or -XEN_E*. event_lock held; the port stays free until evtchn_bind. */
int evtchn_find_free(struct domain *d)
{
    evtchn_port_t port;
    bool passed_over = false;
    int rc;

    if (d->is_dying)
        return -XEN_EINVAL;
    for (port = d->evtchn_free_from; port < d->nr_evtchns; port++) {
        if (evtchn_lookup(d, port)->state != ECS_FREE)
            continue;
        if (!evtchn_port_is_busy(d, port))
            break;
        passed_over = true;
    }
    if (!passed_over)
        d->evtchn_free_from = port;
    if (port < d->nr_evtchns)
        return port < d->max_evtchns ? (int)port : -XEN_ENOSPC;
    if (port >= d->max_evtchns)
        return -XEN_ENOSPC;
    rc = bucket_add(d);
    return rc ? rc : (int)port;
}

/* Gives a port its new state, for others to see at once. event_lock held. */
void evtchn_bind(struct domain *d, struct evtchn *e, const struct evtchn *as)
{
    unsigned long flags = spin_lock_irqsave(&e->lock);

    if (e->state == ECS_FREE) {
        e->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
        d->nr_bound_evtchns++;
    }
    e->u = as->u;
    e->notify_vcpu = as->notify_vcpu;
    e->state = as->state;
    spin_unlock_irqrestore(&e->lock, flags);
}

/* event_lock held. */
static void port_free(struct domain *d, struct evtchn *e)
{
    d->evtchn_free_from = min(d->evtchn_free_from, e->port);
    /* What came for the old use must not be taken for the new one. */
    evtchn_clear_pending(d, e->port);
    e->state = ECS_FREE;
    e->notify_vcpu = 0;
    d->nr_bound_evtchns--;
}

/* Both ends' locks, the lower address first. A loopback of a port to itself does not exist. */
static unsigned long lock_ends(struct evtchn *a, struct evtchn *b)
{
    unsigned long flags = arch_irq_save();

    spin_lock(a < b ? &a->lock : &b->lock);
    spin_lock(a < b ? &b->lock : &a->lock);
    return flags;
}

static void unlock_ends(struct evtchn *a, struct evtchn *b, unsigned long flags)
{
    spin_unlock(&a->lock);
    spin_unlock(&b->lock);
    arch_irq_restore(flags);
}

void domains_lock_events(struct domain *a, struct domain *b)
{
    spin_lock(a < b ? &a->event_lock : &b->event_lock);
    if (a != b)
        spin_lock(a < b ? &b->event_lock : &a->event_lock);
}

void domains_unlock_events(struct domain *a, struct domain *b)
{
    spin_unlock(&a->event_lock);
    if (a != b)
        spin_unlock(&b->event_lock);
}

/* Both event_locks held. The other end goes back to waiting for this domain. */
static void close_interdomain(struct domain *d, struct evtchn *e, struct domain *remote)
{
    struct evtchn *other = evtchn_lookup(remote, e->u.interdomain.remote_port);
    unsigned long flags = lock_ends(e, other);

    other->state = ECS_UNBOUND;
    other->u.unbound.remote_domid = d->id;
    port_free(d, e);
    unlock_ends(e, other, flags);
}

/* event_lock held. */
static void close_local(struct domain *d, struct evtchn *e)
{
    unsigned long flags;
    struct vcpu *v;

    if (e->state == ECS_PIRQ)
        evtchn_unbind_pirq(d, e);
    if (e->state == ECS_VIRQ) {
        for_each_vcpu(d, v)
        {
            flags = spin_lock_irqsave(&v->virq_lock);
            if (v->virq_to_port[e->u.virq] == e->port)
                v->virq_to_port[e->u.virq] = 0;
            spin_unlock_irqrestore(&v->virq_lock, flags);
        }
    }
    flags = spin_lock_irqsave(&e->lock);
    port_free(d, e);
    spin_unlock_irqrestore(&e->lock, flags);
}

/*
 * The peer of e with a reference, both event_locks held; or NULL with d's alone, when e is no interdomain
 * channel. To take the locks in order d's may have to be given up meanwhile: then e is looked at again.
 */
static struct domain *lock_peer(struct domain *d, struct evtchn *e)
{
    struct domain *remote;

    spin_lock(&d->event_lock);
    while (e->state == ECS_INTERDOMAIN) {
        remote = e->u.interdomain.remote_domain;
        if (remote == d || (remote > d && (spin_lock(&remote->event_lock), true)) ||
            spin_trylock(&remote->event_lock))
            return remote;
        domain_get(remote);
        spin_unlock(&d->event_lock);
        domains_lock_events(d, remote);
        if (e->state == ECS_INTERDOMAIN && e->u.interdomain.remote_domain == remote) {
            /* Not the last: a domain with a channel is not dead. */
            domain_put(remote);
            return remote;
        }
        domains_unlock_events(d, remote);
        domain_put(remote);
        spin_lock(&d->event_lock);
    }
    return NULL;
}

int evtchn_close(struct domain *d, evtchn_port_t port)
{
    struct evtchn *e = evtchn_lookup(d, port);
    struct domain *remote;
    int rc = 0;

    if (!e)
        return -XEN_EINVAL;
    remote = lock_peer(d, e);
    if (remote)
        close_interdomain(d, e, remote);
    else if (e->state == ECS_FREE || e->state == ECS_RESERVED)
        rc = -XEN_EINVAL;
    else
        close_local(d, e);
    if (remote && remote != d)
        spin_unlock(&remote->event_lock);
    spin_unlock(&d->event_lock);
    return rc;
}

/* All ports were closed once, or nobody closes them. */
static int close_end(struct domain *d)
{
    int rc = 0;

    if (!READ_ONCE(d->next_close))
        return 0;
    spin_lock(&d->event_lock);
    if (!d->nr_bound_evtchns)
        evtchn_fifo_leave(d);
    else
        rc = d->is_dying ? -XEN_ERESTART : -XEN_EAGAIN;
    WRITE_ONCE(d->next_close, rc == -XEN_ERESTART);
    spin_unlock(&d->event_lock);
    return rc;
}

bool evtchn_close_begin(struct domain *d)
{
    evtchn_port_t none = 0;

    return __atomic_compare_exchange_n(&d->next_close, &none, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

int evtchn_close_all(struct domain *d)
{
    evtchn_port_t port;

    while ((port = READ_ONCE(d->next_close)) != 0 && port < READ_ONCE(d->nr_evtchns)) {
        WRITE_ONCE(d->next_close, port + 1);
        /* Closing what is not open is refused, which is what we want. */
        (void)!evtchn_close(d, port);
        if (hypercall_preempt_check())
            return -XEN_ERESTART;
    }
    return close_end(d);
}

bool virq_is_global(uint32_t virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

static void send_virq(struct vcpu *v, uint32_t virq)
{
    unsigned long flags = spin_lock_irqsave(&v->virq_lock);
    evtchn_port_t port = v->virq_to_port[virq];

    if (port) {
        struct evtchn *e = evtchn_lookup(v->domain, port);

        spin_lock(&e->lock);
        if (e->state == ECS_VIRQ)
            evtchn_set_pending(v->domain->vcpu[e->notify_vcpu], port);
        spin_unlock(&e->lock);
    }
    spin_unlock_irqrestore(&v->virq_lock, flags);
}

void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq)
{
    send_virq(v, virq);
}

void send_guest_global_virq(struct domain *d, uint32_t virq)
{
    /* Global ones are bound at vCPU 0, wherever they notify. */
    if (d->vcpu[0])
        send_virq(d->vcpu[0], virq);
}

/*
 * What one port is at one moment: its domain may close it, and the peer go away, while the line is printed.
 */
struct port_facts {
    struct evtchn e;
    domid_t peer;
};

static struct port_facts facts_of(struct evtchn *e)
{
    unsigned long flags = spin_lock_irqsave(&e->lock);
    struct port_facts facts = {.e = *e};

    if (e->state == ECS_INTERDOMAIN)
        facts.peer = e->u.interdomain.remote_domain->id;
    spin_unlock_irqrestore(&e->lock, flags);
    return facts;
}

static void port_dump(struct domain *d, struct evtchn *e)
{
    static const char *const names[] = {"free", "reserved", "unbound", "interdomain", "pirq", "virq", "ipi"};
    struct port_facts facts = facts_of(e);

    if (facts.e.state == ECS_FREE)
        return;
    printk("  %4u: %s vcpu%u pending=%d masked=%d", e->port, names[facts.e.state], facts.e.notify_vcpu,
           evtchn_port_is_pending(d, e->port), evtchn_port_is_masked(d, e->port));
    if (facts.e.state == ECS_UNBOUND)
        printk(" for d%u", facts.e.u.unbound.remote_domid);
    else if (facts.e.state == ECS_INTERDOMAIN)
        printk(" with d%u:%u", facts.peer, facts.e.u.interdomain.remote_port);
    else if (facts.e.state == ECS_VIRQ)
        printk(" virq %u", facts.e.u.virq);
    else if (facts.e.state == ECS_PIRQ)
        printk(" pirq %u", facts.e.u.pirq.irq);
    if (evtchn_uses_fifo(d))
        evtchn_fifo_dump(d, e);
    printk("\n");
}

/* Each holds a reference. */
static struct domain *virq_handlers[NR_VIRQS];
static spinlock_t handlers_lock;

void send_global_virq(uint32_t virq)
{
    unsigned long flags = spin_lock_irqsave(&handlers_lock);
    struct domain *d = virq_handlers[virq] ? virq_handlers[virq] : hardware_domain;

    if (d)
        send_guest_global_virq(d, virq);
    spin_unlock_irqrestore(&handlers_lock, flags);
}

/* handlers_lock is not held when the reference goes: it may be the last, which is told of by a VIRQ. */
static void replace_handler(uint32_t virq, struct domain *d)
{
    unsigned long flags = spin_lock_irqsave(&handlers_lock);
    struct domain *old = virq_handlers[virq];

    virq_handlers[virq] = d;
    spin_unlock_irqrestore(&handlers_lock, flags);
    if (old)
        domain_put(old);
}

void virq_set_handler(uint32_t virq, struct domain *d)
{
    domain_get(d);
    replace_handler(virq, d);
}

void virq_drop_handler(struct domain *d)
{
    for (uint32_t virq = 0; virq < NR_VIRQS; virq++)
        if (READ_ONCE(virq_handlers[virq]) == d)
            replace_handler(virq, NULL);
}

void evtchn_send_as(struct domain *d, evtchn_port_t port)
{
    struct evtchn *e = evtchn_lookup(d, port);
    struct domain *to = d;
    unsigned long flags;

    if (!e)
        return;
    flags = spin_lock_irqsave(&e->lock);
    if (e->state == ECS_INTERDOMAIN) {
        to = e->u.interdomain.remote_domain;
        port = e->u.interdomain.remote_port;
    }
    if ((e->state == ECS_INTERDOMAIN || e->state == ECS_IPI) && evtchn_mark_pending(to, port))
        evtchn_notify(to->vcpu[READ_ONCE(evtchn_lookup(to, port)->notify_vcpu)], port);
    spin_unlock_irqrestore(&e->lock, flags);
}

void event_channels_dump(struct domain *d)
{
    struct evtchn *e;

    printk("Event channels of domain %u:\n", d->id);
    for (evtchn_port_t port = 1; (e = evtchn_lookup(d, port)); port++)
        port_dump(d, e);
}
