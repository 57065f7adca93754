/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console, one API for every domain. Tier 2. In a DomU it is the ring that the toolstack set up, in
 * Domain 0 console_io; when there is no ring, or the other end breaks its rules, console_io too, so that
 * output never depends on another domain's good conduct.
 */
#ifndef XENGUEST_CONSOLE_H
#define XENGUEST_CONSOLE_H

#include <xenguest/boot.h>
#include <xenguest/event.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

struct xencons_interface;

struct xg_console {
    struct xencons_interface *ring; /* NULL: console_io */
    xg_evtchn_t port;               /* of the ring; without one 0, and what xg_console_bind has bound */
    bool broken;                    /* the ring's indices were impossible: it is not used any more */
    bool stalled;          /* nobody empties it: output is dropped at once until there is room again */
    uint32_t out_produced; /* our own index of each direction: the ones in the ring can be overwritten */
    uint32_t in_consumed;
    uint32_t nr_ahead; /* input that was taken from Xen and not yet read */
    uint32_t next_ahead;
    uint64_t nr_dropped; /* bytes of output that the ring had no room for in time */
    char ahead[64];
};

/* With the ring when `boot` names one that xg_os_mfn_to_address or xg_os_frames_map can reach. */
void xg_console_init(struct xg_console *console, const struct xg_boot *boot);
/*
 * Has `function` called when there may be input (and, with a ring, room for output). Tier 1's events must
 * work. -XG_EEXIST and others as for xg_event_attach and xg_event_bind_virq.
 */
int __must_check xg_console_bind(struct xg_console *console, struct xg_events *events, xg_event_fn *function,
                                 void *arg);

/* After a suspension: the ring that `boot` names now; bind it again. Output that nobody has read is still
 * there. */
void xg_console_resume(struct xg_console *console, const struct xg_boot *boot);

/*
 * Never waits: takes as much as there is room for and returns how much that was. console_io takes everything.
 * Callers of write, and callers of read, are each serialised by the port.
 */
size_t xg_console_write(struct xg_console *console, const char *text, size_t length);
/*
 * Writes all of it, yielding the CPU to a slow reader a bounded number of times; then drops the rest,
 * counted, and goes on dropping without delay until somebody reads. Bytes reach the ring as they are: no
 * carriage return is added.
 */
void xg_console_write_all(struct xg_console *console, const char *text, size_t length);
/* xg_console_write_all as a function for xg_format; `console` is the arg. */
void xg_console_write_fn(const char *text, size_t length, void *console);
/* Never waits: returns up to `size` bytes of input, 0 when there is none. */
size_t xg_console_read(struct xg_console *console, char *buffer, size_t size);
/* Whether xg_console_read would return something. */
bool xg_console_ready(struct xg_console *console);

XG_END_DECLS

#endif
