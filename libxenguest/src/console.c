/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console after boot: the ring of a DomU, with console_io for all others and whenever the ring is not to
 * be trusted. The ring itself is console_ring.c.
 */
#include <xenguest/console.h>
#include <xenguest/early.h>
#include <xenguest/sched.h>
#include "console_private.h"

/* How often a writer yields for a full ring before it drops: a fraction of a second when nobody else runs. */
#define PATIENCE 100000

void xg_console_init(struct xg_console *console, const struct xg_boot *boot)
{
    xg_bytes_zero(console, sizeof(*console));
    if (boot->initial_domain || !xg_mfn_valid(boot->console_mfn) || !boot->console_port)
        return;
    console->ring = xg_os_mfn_to_address(boot->console_mfn);
    if (!console->ring)
        console->ring = xg_os_frames_map(&boot->console_mfn, 1, XG_DOMID_SELF);
    if (!console->ring)
        return;
    console->port = boot->console_port;
    console->out_produced = __atomic_load_n(&console->ring->out_prod, __ATOMIC_RELAXED);
    console->in_consumed = __atomic_load_n(&console->ring->in_cons, __ATOMIC_RELAXED);
}

void xg_console_resume(struct xg_console *console, const struct xg_boot *boot)
{
    uint64_t nr_dropped = console->nr_dropped;

    xg_console_init(console, boot);
    console->nr_dropped = nr_dropped;
}

static struct xencons_interface *ring_of(const struct xg_console *console)
{
    return console->broken ? NULL : console->ring;
}

size_t xg_console_write(struct xg_console *console, const char *text, size_t length)
{
    if (ring_of(console)) {
        size_t nr = xg_console_ring_write(console, text, length);

        if (!console->broken)
            return nr;
    }
    (void)!xg_early_write(text, length);
    return length;
}

void xg_console_write_all(struct xg_console *console, const char *text, size_t length)
{
    unsigned int tries = console->stalled ? 1 : PATIENCE;

    while (length && tries) {
        size_t nr = xg_console_write(console, text, length);

        text += nr;
        length -= nr;
        if (nr) {
            tries = PATIENCE;
        } else if (--tries) {
            xg_console_ring_notify(console);
            xg_sched_yield();
        }
    }
    if (length) {
        console->stalled = true;
        console->nr_dropped += length;
    }
}

void xg_console_write_fn(const char *text, size_t length, void *console)
{
    xg_console_write_all(console, text, length);
}

/* Xen cannot be asked whether there is input, only for it: what it gives is kept for the next read. */
static bool ahead_fill(struct xg_console *console)
{
    long nr;

    if (console->next_ahead < console->nr_ahead)
        return true;
    nr = hypercall_console_io(CONSOLEIO_read, sizeof(console->ahead), console->ahead);
    console->next_ahead = 0;
    console->nr_ahead = nr > 0 && nr <= (long)sizeof(console->ahead) ? (uint32_t)nr : 0;
    return console->nr_ahead;
}

size_t xg_console_read(struct xg_console *console, char *buffer, size_t size)
{
    size_t nr = 0;

    if (ring_of(console))
        return xg_console_ring_read(console, buffer, size);
    while (nr < size && ahead_fill(console))
        buffer[nr++] = console->ahead[console->next_ahead++];
    return nr;
}

bool xg_console_ready(struct xg_console *console)
{
    return ring_of(console) ? xg_console_ring_waiting(console) : ahead_fill(console);
}
