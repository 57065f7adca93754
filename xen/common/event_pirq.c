/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels bound to physical interrupts. What a domain's interrupt number (PIRQ) stands for, and when
 * the next one may come, is the machine's (arch.h).
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/refusal.h>

/*
 * One binding at a time: whether domains can share an interrupt is looked at before it is bound. Inside
 * event_lock.
 */
static spinlock_t binding_lock;

int evtchn_bind_pirq(struct evtchn_bind_pirq *op)
{
    struct domain *d = current->domain;
    struct evtchn as = {.state = ECS_PIRQ, .u.pirq.irq = op->pirq};
    bool will_share = op->flags & BIND_PIRQ__WILL_SHARE;
    int port, rc;

    spin_lock(&d->event_lock);
    spin_lock(&binding_lock);
    rc = arch_pirq_check(d, op->pirq, will_share);
    port = rc ? rc : evtchn_find_free(d);
    if (port >= 0) {
        /* First the port: the interrupt may come at once. */
        evtchn_bind(d, evtchn_lookup(d, (evtchn_port_t)port), &as);
        arch_pirq_bind(d->vcpu[0], op->pirq, (evtchn_port_t)port, will_share);
        op->port = (evtchn_port_t)port;
    }
    spin_unlock(&binding_lock);
    spin_unlock(&d->event_lock);
    if (!rc && port < 0)
        return refuse(port, "evtchn.no-port", "domain %u has no free port of %u", d->id, d->max_evtchns);
    return rc;
}

void evtchn_unbind_pirq(struct domain *d, const struct evtchn *e)
{
    arch_pirq_unbind(d, e->u.pirq.irq, e->port);
}

void evtchn_move_pirq(struct domain *d, const struct evtchn *e)
{
    arch_pirq_move(d->vcpu[e->notify_vcpu], e->u.pirq.irq, e->port);
}

void evtchn_unmask_pirq(struct domain *d, evtchn_port_t port)
{
    struct evtchn *e = evtchn_lookup(d, port);
    unsigned long flags;

    /* Closed since the caller looked it up, with all others: two levels have fewer ports. */
    if (!e)
        return;
    flags = spin_lock_irqsave(&e->lock);
    if (e->state == ECS_PIRQ)
        evtchn_unmask_pending(d->vcpu[e->notify_vcpu], port);
    spin_unlock_irqrestore(&e->lock, flags);
}

const struct vcpu *evtchn_send_pirq(struct domain *d, evtchn_port_t port)
{
    struct evtchn *e = evtchn_lookup(d, port);
    struct vcpu *v = NULL;

    spin_lock(&e->lock);
    if (e->state == ECS_PIRQ) {
        v = d->vcpu[e->notify_vcpu];
        evtchn_set_pending(v, port);
    }
    spin_unlock(&e->lock);
    return v;
}
