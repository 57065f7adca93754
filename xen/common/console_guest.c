/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_console_io. Domain 0 writes as it likes: its output may be a conversation with a person. Every
 * other domain gets whole lines of printable characters, tagged, and only a part of what the serial line can
 * carry; all of them together leave the rest to the hypervisor and Domain 0: none can hide or drown another.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/rate_limit.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#define LINE_MAX     256
#define RAW_PIECE    16 /* what a UART's FIFO holds */
#define MESSAGE_ROOM 96 /* as much as "bytes of console output dropped" takes at the most */
/* At once, and as a part of the line's rate from then on. */
#define DOMAIN_BURST   16384
#define DOMAIN_DIVISOR 4
#define ALL_BURST      32768
#define ALL_DIVISOR    2

struct console_buffer {
    spinlock_t lock;
    unsigned int length;
    uint64_t dropped; /* bytes since the last line that passed */
    struct rate_limit limit;
    char line[LINE_MAX];
};

static spinlock_t all_lock;
static struct rate_limit all_limit; /* of all guests together */

static struct rate_limit part_of_the_line(uint64_t burst, unsigned int divisor)
{
    unsigned int rate = max(arch_console_rate() / divisor, 1u);

    return (struct rate_limit)RATE_LIMIT_INIT(burst, SECONDS(1) / rate);
}

int console_domain_create(struct domain *d)
{
    d->console_buffer = xzalloc(struct console_buffer);
    if (!d->console_buffer)
        return -XEN_ENOMEM;
    d->console_buffer->limit = part_of_the_line(DOMAIN_BURST, DOMAIN_DIVISOR);
    spin_lock(&all_lock);
    if (!all_limit.capacity)
        all_limit = part_of_the_line(ALL_BURST, ALL_DIVISOR);
    spin_unlock(&all_lock);
    d->console_allowed = true;
    return 0;
}

#define TAG_MAX 16

static void print_tagged(const char *tag, const char *fmt, ...) __printf(2, 3);
static void print_tagged(const char *tag, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    console_vprintf(tag, fmt, ap);
    va_end(ap);
}

/* From the domain's own share and from that of all, or from neither. */
static bool may_send(struct console_buffer *b, uint64_t bytes)
{
    s_time_t now = now_ns();
    uint64_t missed;
    bool may;

    if (!rate_limit_take(&b->limit, now, bytes, &missed))
        return false;
    spin_lock(&all_lock);
    may = rate_limit_take(&all_limit, now, bytes, &missed);
    spin_unlock(&all_lock);
    if (!may)
        rate_limit_give_back(&b->limit, bytes);
    return may;
}

/* What goes over the line counts: the tag, CR and LF, and the message about what was dropped. */
static void line_flush(struct domain *d, struct console_buffer *b)
{
    char tag[TAG_MAX];
    size_t bytes = (size_t)xp_snprintf(tag, sizeof(tag), "(d%u) ", d->id) + b->length + 2;

    if (may_send(b, bytes + (b->dropped ? MESSAGE_ROOM : 0))) {
        if (b->dropped)
            printk("d%u: %lu bytes of console output dropped: it writes too fast\n", d->id,
                   (unsigned long)b->dropped);
        b->dropped = 0;
        print_tagged(tag, "%.*s\n", (int)b->length, b->line);
    } else {
        b->dropped += b->length + 1;
    }
    b->length = 0;
}

/* One character of a domain's line; b's lock held. */
static void line_add(struct domain *d, struct console_buffer *b, char c)
{
    if (c == '\n') {
        line_flush(d, b);
        return;
    }
    if (c != '\t' && (c < 0x20 || c > 0x7e))
        return;
    if (b->length == LINE_MAX)
        line_flush(d, b);
    b->line[b->length++] = c;
}

static void console_domain_write(struct domain *d, const char *s, size_t n)
{
    struct console_buffer *b = d->console_buffer;

    spin_lock(&b->lock);
    for (size_t i = 0; i < n; i++)
        line_add(d, b, s[i]);
    spin_unlock(&b->lock);
}

void console_domain_destroy(struct domain *d)
{
    if (!d->console_buffer)
        return;
    if (d->console_buffer->length)
        line_flush(d, d->console_buffer);
    xfree(d->console_buffer);
    d->console_buffer = NULL;
}

/* Interrupts are off while the port takes a piece: no longer than a UART needs for what it holds. */
static void write_raw(const char *s, size_t n)
{
    while (n) {
        size_t piece = min(n, (size_t)RAW_PIECE);
        bool taken;
        unsigned long flags = console_lock(&taken);

        console_put_unkept(s, piece);
        console_unlock(flags, taken);
        s += piece;
        n -= piece;
    }
}

static long console_write(struct domain *d, unsigned int count, uint64_t va)
{
    char chunk[128];

    while (count) {
        unsigned int n = min(count, (unsigned int)sizeof(chunk));

        if (copy_from_guest(chunk, va, n))
            return refuse(-XEN_EFAULT, "console.buffer", "no readable text of %u bytes at %#lx", count,
                          (unsigned long)va);
        if (d->is_hardware)
            write_raw(chunk, n);
        else
            console_domain_write(d, chunk, n);
        count -= n;
        va += n;
        if (count && hypercall_preempt_check())
            return hypercall_continue(__HYPERVISOR_console_io, 3, (uint64_t)CONSOLEIO_write, (uint64_t)count,
                                      va);
    }
    return 0;
}

/* What cannot be delivered stays for the next read; what was delivered before it is the answer. */
static long console_read(unsigned int count, uint64_t va)
{
    char chunk[128];
    long done = 0;

    while (count) {
        unsigned int position, n;

        n = console_input_peek(chunk, min(count, (unsigned int)sizeof(chunk)), &position);
        if (!n)
            break;
        if (copy_to_guest(va, chunk, n)) {
            long rc =
                refuse(-XEN_EFAULT, "console.buffer", "cannot write %u bytes at %#lx", n, (unsigned long)va);

            return done ? done : rc;
        }
        if (!console_input_take(position, n))
            continue;
        count -= n;
        va += n;
        done += n;
    }
    return done;
}

long do_console_io(unsigned int cmd, unsigned int count, uint64_t buffer_va)
{
    struct domain *d = current->domain;

    switch (cmd) {
    case CONSOLEIO_write:
        return console_write(d, count, buffer_va);
    case CONSOLEIO_read:
        if (!d->is_hardware)
            return refuse(-XEN_EPERM, "console.read", "only Domain 0 has the console's input");
        if (count > INT32_MAX)
            return refuse(-XEN_E2BIG, "console.count", "%u bytes are more than the result can say", count);
        return console_read(count, buffer_va);
    default:
        if (!d->is_hardware)
            return refuse(-XEN_EPERM, "console.privilege", "only Domain 0 may do more than write");
        return refuse(-XEN_ENOSYS, "console.command", "there is no command %u", cmd);
    }
}
