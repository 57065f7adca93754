/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pending and masked events in the memory that a guest shares with us: the 2-level layout, and which of the
 * two a domain uses; FIFO is event_fifo.c's. The guest changes the same words at any time, so every change is
 * atomic, and the order of steps is the protocol:
 *
 *   - We set the pending bit; if the port is not masked, the selector bit; upcall_pending. Then we unblock or
 *     kick the vCPU.
 *   - The guest handles: it clears upcall_pending, takes the selector, clears the pending bit, then handles.
 *   - The guest unmasks: it clears the mask bit, then looks at the pending bit and does what we did not do
 *     while the port was masked.
 */
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include "event_send.h"

bool evtchn_port_is_pending(const struct domain *d, evtchn_port_t port)
{
    if (unlikely(evtchn_uses_fifo(d)))
        return evtchn_fifo_is_pending(d, port);
    return port < EVTCHN_2L_NR_CHANNELS && test_bit(port, d->shared_info->evtchn_pending);
}

bool evtchn_port_is_masked(const struct domain *d, evtchn_port_t port)
{
    if (unlikely(evtchn_uses_fifo(d)))
        return evtchn_fifo_is_masked(d, port);
    return port >= EVTCHN_2L_NR_CHANNELS || test_bit(port, d->shared_info->evtchn_mask);
}

bool evtchn_port_is_busy(const struct domain *d, evtchn_port_t port)
{
    return evtchn_uses_fifo(d) && evtchn_fifo_is_linked(d, port);
}

void evtchn_clear_pending(struct domain *d, evtchn_port_t port)
{
    if (evtchn_uses_fifo(d))
        evtchn_fifo_clear_pending(d, evtchn_find(d, port));
    else
        clear_bit(port, d->shared_info->evtchn_pending);
}

void vcpu_mark_events_pending(struct vcpu *v)
{
    if (__atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST) == 0)
        vcpu_kick(v);
}

/* Selector and upcall for a port that is pending and not masked. */
static void raise_upcall(struct vcpu *v, evtchn_port_t port)
{
    if (!test_and_set_bit(port / BITS_PER_LONG, &v->info->evtchn_pending_sel))
        vcpu_mark_events_pending(v);
}

/* The number first, then the bit, and back the other way round: who reads 0 finds no bit. */
void vcpu_poll_begin(struct vcpu *v)
{
    __atomic_fetch_add(&v->domain->nr_polling, 1, __ATOMIC_SEQ_CST);
    set_bit(v->id, v->domain->poll_mask);
}

bool vcpu_poll_end(struct vcpu *v)
{
    if (!test_and_clear_bit(v->id, v->domain->poll_mask))
        return false;
    __atomic_fetch_sub(&v->domain->nr_polling, 1, __ATOMIC_SEQ_CST);
    return true;
}

/* vCPUs of d in SCHEDOP_poll that wait for this port, masked or not. */
static noinline void wake_pollers(struct domain *d, evtchn_port_t port)
{
    unsigned int id;

    for_each_set_bit(id, d->poll_mask, d->max_vcpus)
    {
        struct vcpu *v = d->vcpu[id];

        if ((v->poll_port <= 0 || v->poll_port == (int)port) && vcpu_poll_end(v)) {
            v->poll_port = 0;
            timer_stop(&v->poll_timer);
            vcpu_unblock(v);
        }
    }
}

void evtchn_notify(struct vcpu *v, evtchn_port_t port)
{
    struct domain *d;

    /* A domain that is being made may be sent to: the bit waits for who unmasks the port. */
    if (unlikely(!v))
        return;
    d = v->domain;
    if (unlikely(evtchn_uses_fifo(d))) {
        if (!evtchn_fifo_set_pending(v, port))
            return;
    } else if (!test_bit(port, d->shared_info->evtchn_mask)) {
        /* Masked meanwhile: whoever unmasks looks at the pending bit. */
        raise_upcall(v, port);
    }
    if (unlikely(READ_ONCE(d->nr_polling)))
        wake_pollers(d, port);
}

void evtchn_set_pending(struct vcpu *v, evtchn_port_t port)
{
    if (evtchn_mark_pending(v->domain, port))
        evtchn_notify(v, port);
}

void evtchn_unmask_pending(struct vcpu *v, evtchn_port_t port)
{
    struct domain *d = v->domain;

    if (evtchn_uses_fifo(d))
        evtchn_fifo_unmask(v, port);
    else if (test_and_clear_bit(port, d->shared_info->evtchn_mask) &&
             test_bit(port, d->shared_info->evtchn_pending))
        raise_upcall(v, port);
}
