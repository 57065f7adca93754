/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's output side for everyone: the serial port, the ring that keeps what was printed last, the
 * lock that keeps lines whole. Guests' writing is console_guest.c's, input console_input.c's.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/spinlock.h>
#include <xen/string.h>

#define MESSAGE_MAX 1024
#define RING_SIZE   16384 /* a power of two */

static spinlock_t lock;
static unsigned int lock_owner; /* CPU + 1; 0: nobody */
static bool forced;             /* panic: the lock does not count any more */
static bool in_line;            /* the cursor is not in the first column */
static char ring[RING_SIZE];
static uint64_t ring_produced, ring_cleared;

/* Taken again by its own CPU (an NMI, an exception while printing) it lets pass: garbled beats silent. */
unsigned long console_lock(bool *taken)
{
    unsigned long flags = arch_irq_save();

    *taken = !forced && READ_ONCE(lock_owner) != arch_this_cpu() + 1;
    if (*taken) {
        spin_lock(&lock);
        WRITE_ONCE(lock_owner, arch_this_cpu() + 1);
    }
    return flags;
}

void console_unlock(unsigned long flags, bool taken)
{
    if (taken) {
        WRITE_ONCE(lock_owner, 0);
        spin_unlock(&lock);
    }
    arch_irq_restore(flags);
}

void console_force_unlock(void)
{
    WRITE_ONCE(forced, true);
}

/* To the port and the ring. Under the lock. */
static void console_put(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ring[ring_produced++ % RING_SIZE] = s[i];
    console_put_unkept(s, n);
}

void console_put_unkept(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n')
            arch_console_putc('\r');
        arch_console_putc(s[i]);
    }
    if (n)
        in_line = s[n - 1] != '\n';
}

void console_fresh_line(void)
{
    bool taken;
    unsigned long flags = console_lock(&taken);

    if (in_line)
        console_put("\n", 1);
    console_unlock(flags, taken);
}

/* Each line's beginning gets the prefix; a message may also continue a line that a former one began. */
static void put_prefixed(const char *prefix, const char *s)
{
    while (*s) {
        const char *newline = strchr(s, '\n');
        size_t n = newline ? (size_t)(newline - s) + 1 : strlen(s);

        if (!in_line)
            console_put(prefix, strlen(prefix));
        console_put(s, n);
        s += n;
    }
}

void console_vprintf(const char *prefix, const char *fmt, va_list ap)
{
    static char buffer[MESSAGE_MAX]; /* under the lock */
    bool taken;
    unsigned long flags = console_lock(&taken);

    xp_vsnprintf(buffer, sizeof(buffer), fmt, ap);
    put_prefixed(prefix, buffer);
    console_unlock(flags, taken);
}

size_t console_ring_read(uint64_t *index, char *dst, size_t size)
{
    bool taken;
    unsigned long flags = console_lock(&taken);
    size_t n = 0;

    if (ring_produced - *index > RING_SIZE)
        *index = ring_produced - RING_SIZE;
    *index = max(*index, ring_cleared);
    while (n < size && *index < ring_produced)
        dst[n++] = ring[(*index)++ % RING_SIZE];
    console_unlock(flags, taken);
    return n;
}

void console_ring_clear(void)
{
    bool taken;
    unsigned long flags = console_lock(&taken);

    ring_cleared = ring_produced;
    console_unlock(flags, taken);
}
