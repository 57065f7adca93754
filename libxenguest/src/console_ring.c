/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring of a console, bytes in both directions. Its other end is another domain: our own indices are kept
 * here, the other's are read once and believed only within bounds.
 */
#include "console_private.h"

/* Room in the output ring; marks the ring broken when the reader claims to have read more than was written.
 */
static uint32_t output_room(struct xg_console *console)
{
    uint32_t consumed = __atomic_load_n(&console->ring->out_cons, __ATOMIC_ACQUIRE);
    uint32_t unread = console->out_produced - consumed;

    if (unread > sizeof(console->ring->out)) {
        console->broken = true;
        return 0;
    }
    return (uint32_t)sizeof(console->ring->out) - unread;
}

void xg_console_ring_notify(struct xg_console *console)
{
    (void)!xg_event_send(console->port);
}

size_t xg_console_ring_write(struct xg_console *console, const char *text, size_t length)
{
    struct xencons_interface *ring = console->ring;
    uint32_t room = output_room(console);
    uint32_t nr = length < room ? (uint32_t)length : room, i;

    if (!nr)
        return 0;
    for (i = 0; i < nr; i++)
        ring->out[MASK_XENCONS_IDX(console->out_produced + i, ring->out)] = text[i];
    console->out_produced += nr;
    /* Bytes before the index: pairs with the reader's acquire of out_prod. */
    __atomic_store_n(&ring->out_prod, console->out_produced, __ATOMIC_RELEASE);
    xg_console_ring_notify(console);
    console->stalled = false;
    return nr;
}

/* Bytes waiting in the input ring, with the same suspicion. */
uint32_t xg_console_ring_waiting(struct xg_console *console)
{
    uint32_t produced = __atomic_load_n(&console->ring->in_prod, __ATOMIC_ACQUIRE);
    uint32_t waiting = produced - console->in_consumed;

    if (waiting > sizeof(console->ring->in)) {
        console->broken = true;
        return 0;
    }
    return waiting;
}

size_t xg_console_ring_read(struct xg_console *console, char *buffer, size_t size)
{
    struct xencons_interface *ring = console->ring;
    uint32_t waiting = xg_console_ring_waiting(console);
    uint32_t nr = size < waiting ? (uint32_t)size : waiting, i;

    if (!nr)
        return 0;
    for (i = 0; i < nr; i++)
        buffer[i] = ring->in[MASK_XENCONS_IDX(console->in_consumed + i, ring->in)];
    console->in_consumed += nr;
    /* After the bytes were taken: pairs with the writer's acquire of in_cons, which frees their place. */
    __atomic_store_n(&ring->in_cons, console->in_consumed, __ATOMIC_RELEASE);
    xg_console_ring_notify(console);
    return nr;
}
