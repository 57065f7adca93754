/* SPDX-License-Identifier: BSD-2-Clause */
/* The event channels of Mini-OS: the one struct xg_events, and what each bound port is for. */
#ifndef MINIOS_EVENTS_H
#define MINIOS_EVENTS_H

#include <stdint.h>
#include <xenguest/event.h>

#define EVENT_PORTS 1024 /* a page of words, should they come in queues */

extern struct xg_events events;

void events_init(struct shared_info *shared, struct xg_traps *traps);
/* With `event_queues` on the command line, queues instead of two levels, if Xen has them. No port is bound
 * yet. */
void events_choose_layout(void);

/*
 * Gives a bound port a name for the `events` command and has its events counted. `name` must stay; NULL when
 * the port is closed.
 */
void event_name(xg_evtchn_t port, const char *name, unsigned int vcpu);
/* No port is bound any more. */
void events_forget(void);
/* For handlers: counts an event of the port. */
void event_count(xg_evtchn_t port);

struct event_description {
    const char *name; /* NULL: the port is not bound */
    unsigned int vcpu;
    uint64_t nr_events;
};

/* About a port below EVENT_PORTS. */
struct event_description event_describe(xg_evtchn_t port);

#endif
