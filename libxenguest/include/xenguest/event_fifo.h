/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels in queues instead of two levels of bits: up to XG_EVENT_FIFO_PORTS of them, taken in the
 * order in which they came, in 16 priorities. Tier 1. Source: <xen/event_channel.h>, the FIFO ABI.
 *
 * A port that wants them calls xg_events_fifo once and goes on with event.h as before. What is different
 * then: an event that was queued for a vCPU is handled there, though xg_event_bind_vcpu moved its port
 * meanwhile; and a vCPU of which Xen has not been told yet gets none.
 */
#ifndef XENGUEST_EVENT_FIFO_H
#define XENGUEST_EVENT_FIFO_H

#include <xenguest/event.h>

XG_BEGIN_DECLS

#define XG_EVENT_FIFO_PORTS (1u << 17)
#define XG_EVENT_WORDS      1024 /* in a page */

#define XG_EVENT_PRIORITIES       16
#define XG_EVENT_PRIORITY_FIRST   0
#define XG_EVENT_PRIORITY_DEFAULT 7
#define XG_EVENT_PRIORITY_LAST    15

/* Of one vCPU. Aligned so that it lies in one page, as Xen wants its part. */
struct xg_event_queues {
    uint32_t ready, reserved, head[XG_EVENT_PRIORITIES]; /* Xen's: struct evtchn_fifo_control_block */
    uint32_t next[XG_EVENT_PRIORITIES];                  /* where we are in each; 0: at its head */
} __attribute__((aligned(256)));

struct xg_event_fifo {
    /*
     * The port's, who fills them in; the memory stays Xen's to write for good, and is the kernel's own, that
     * xg_os_address_to_mfn knows.
     */
    uint32_t *words;                /* page-aligned; one for each port */
    unsigned int nr_words;          /* a multiple of XG_EVENT_WORDS, at most XG_EVENT_FIFO_PORTS */
    struct xg_event_queues *queues; /* one for each vCPU of xg_events_init */
    /* The library's. */
    int (*begin)(struct xg_events *events, struct xg_event_fifo *fifo);
    unsigned int (*take)(struct xg_events *events, unsigned int vcpu, struct xg_frame *frame);
};

/*
 * Goes over to queues. Ports that are bound stay so, masked or not, and pending. Events masked, no other vCPU
 * runs yet; later ones need no further call. xg_events_resume goes over again by itself in a restored domain,
 * and to two levels if Xen has no queues there. -XG_ENOSYS: Xen has none. -XG_EINVAL: Xen does not take the
 * memory. Either way two levels go on. Xen refuses the rest of the memory after it has taken the first piece:
 * xg_os_panic, as there is no way back.
 */
int __must_check xg_events_fifo(struct xg_events *events, struct xg_event_fifo *fifo);

/*
 * The queue of a bound port from its next event on. -XG_ENOSYS: with two levels there are no priorities.
 * -XG_EINVAL, -XG_EACCES: no such port, not bound; no such priority. Needs no xg_events.
 */
int __must_check xg_event_set_priority(xg_evtchn_t port, unsigned int priority);

XG_END_DECLS

#endif
