/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending on a port, and making one pending, in one piece for the hypercall that does little else. What is
 * not frequent is functions of event_pending.c; the protocol of the bits stands there, that of the locks in
 * event_channel.c.
 */
#ifndef COMMON_EVENT_SEND_H
#define COMMON_EVENT_SEND_H

#include <xen/domain.h>
#include <xen/event_channel.h>

/* Ports are made in such numbers at a time, as in stock Xen: it shows in which port numbers are refused. */
#define EVTCHN_BUCKET_SIZE 64

/* What evtchn_lookup does. */
static always_inline struct evtchn *evtchn_find(const struct domain *d, evtchn_port_t port)
{
    if (unlikely(port >= __atomic_load_n(&d->nr_evtchns, __ATOMIC_ACQUIRE)))
        return NULL;
    return &d->evtchn_buckets[port / EVTCHN_BUCKET_SIZE][port % EVTCHN_BUCKET_SIZE];
}

static always_inline bool evtchn_uses_fifo(const struct domain *d)
{
    return __atomic_load_n(&d->uses_fifo, __ATOMIC_ACQUIRE);
}

/* The first half of evtchn_set_pending. True: somebody is to be told, by evtchn_notify, which with FIFO does
 * it all. */
static always_inline bool evtchn_mark_pending(struct domain *d, evtchn_port_t port)
{
    shared_info_t *s = d->shared_info;

    if (unlikely(evtchn_uses_fifo(d)))
        return true;
    if (test_and_set_bit(port, s->evtchn_pending))
        return false;
    return !test_bit(port, s->evtchn_mask) || unlikely(READ_ONCE(d->nr_polling));
}
/*
 * The second half, in event_pending.c: selector and upcall of v unless the port is masked, and those who
 * poll. v: NULL when the port is another domain's that has no vCPU yet.
 */
void evtchn_notify(struct vcpu *v, evtchn_port_t port);

#endif
