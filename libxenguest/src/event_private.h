/* SPDX-License-Identifier: BSD-2-Clause */
/* What event.c has for event_fifo.c. */
#ifndef XENGUEST_EVENT_PRIVATE_H
#define XENGUEST_EVENT_PRIVATE_H

#include <xenguest/event_fifo.h>

#define XG_WORD_PENDING (1u << 31)
#define XG_WORD_MASKED  (1u << 30)
#define XG_WORD_LINKED  (1u << 29)
#define XG_WORD_BUSY    (1u << 28) /* Xen is about to link from it: it is not to be unmasked */
#define XG_WORD_LINK    (XG_EVENT_FIFO_PORTS - 1)

/*
 * A port that was found pending: clears it and runs its handler, if that is this vCPU's to do; masks and
 * counts it if it has none. Returns 1 if the handler ran.
 */
unsigned int xg_event_run_port(struct xg_events *events, xg_evtchn_t port, unsigned int vcpu,
                               struct xg_frame *frame);

#endif
