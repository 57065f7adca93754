/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pending and masked events in the memory that a guest shares with us: the 2-level layout. The guest changes
 * the same words at any time, so every change is atomic, and the order of steps is the protocol:
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

bool evtchn_port_is_pending(const struct domain *d, evtchn_port_t port)
{
    return test_bit(port, d->shared_info->evtchn_pending);
}

bool evtchn_port_is_masked(const struct domain *d, evtchn_port_t port)
{
    return test_bit(port, d->shared_info->evtchn_mask);
}

void evtchn_clear_pending(struct domain *d, evtchn_port_t port)
{
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

/* vCPUs of d in SCHEDOP_poll that wait for this port, masked or not. */
static noinline void wake_pollers(struct domain *d, evtchn_port_t port)
{
    unsigned int id;

    for_each_set_bit(id, d->poll_mask, d->max_vcpus)
    {
        struct vcpu *v = d->vcpu[id];

        if ((v->poll_port <= 0 || v->poll_port == (int)port) && test_and_clear_bit(id, d->poll_mask)) {
            v->poll_port = 0;
            timer_stop(&v->poll_timer);
            vcpu_unblock(v);
        }
    }
}

static always_inline bool anyone_polls(const struct domain *d)
{
    if (likely(d->max_vcpus <= BITS_PER_LONG))
        return READ_ONCE(d->poll_mask[0]);
    for (unsigned int i = 0; i < BITS_TO_LONGS(d->max_vcpus); i++)
        if (READ_ONCE(d->poll_mask[i]))
            return true;
    return false;
}

void evtchn_set_pending(struct vcpu *v, evtchn_port_t port)
{
    struct domain *d = v->domain;
    shared_info_t *s = d->shared_info;

    if (test_and_set_bit(port, s->evtchn_pending))
        return;
    if (!test_bit(port, s->evtchn_mask))
        raise_upcall(v, port);
    if (unlikely(anyone_polls(d)))
        wake_pollers(d, port);
}

void evtchn_unmask_pending(struct vcpu *v, evtchn_port_t port)
{
    struct domain *d = v->domain;

    if (test_and_clear_bit(port, d->shared_info->evtchn_mask) &&
        test_bit(port, d->shared_info->evtchn_pending))
        raise_upcall(v, port);
}
