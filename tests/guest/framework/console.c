/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatting, and the emergency console or, in a DomU, the ring. */
#include "guest.h"

#include <xen/event_channel.h>
#include <xen/io/console.h>
#include <xen/sched.h>

struct output {
    char *next, *end;
};

static void put(struct output *out, char c)
{
    if (out->next < out->end) {
        *out->next++ = c;
    }
}

static void put_number(struct output *out, unsigned long value, unsigned int base, int width, char pad)
{
    char digits[24];
    int count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (; width > count; width--) {
        put(out, pad);
    }
    while (count) {
        put(out, digits[--count]);
    }
}

static void put_signed(struct output *out, long value, int width, char pad)
{
    if (value < 0) {
        put(out, '-');
        value = -value;
    }
    put_number(out, (unsigned long)value, 10, width, pad);
}

static void put_text(struct output *out, const char *text)
{
    while (*text) {
        put(out, *text++);
    }
}

int format_line_v(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct output out = {buffer, buffer + size - 1};

    for (; *format; format++) {
        bool is_long = false;
        char pad = ' ';
        int width = 0;

        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        if (*++format == '0') {
            pad = '0';
        }
        for (; *format >= '0' && *format <= '9'; format++) {
            width = width * 10 + *format - '0';
        }
        for (; *format == 'l'; format++) {
            is_long = true;
        }
        switch (*format) {
        case 'c':
            put(&out, (char)va_arg(arguments, int));
            break;
        case 's':
            put_text(&out, va_arg(arguments, const char *));
            break;
        case 'd':
            put_signed(&out, is_long ? va_arg(arguments, long) : va_arg(arguments, int), width, pad);
            break;
        case 'p':
            put_number(&out, (unsigned long)va_arg(arguments, void *), 16, 16, '0');
            break;
        case 'u':
        case 'x':
            put_number(&out, is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned int),
                       *format == 'x' ? 16 : 10, width, pad);
            break;
        default:
            put(&out, *format);
            break;
        }
    }
    *out.next = '\0';
    return (int)(out.next - buffer);
}

int format_line(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    int used;

    va_start(arguments, format);
    used = format_line_v(buffer, size, format, arguments);
    va_end(arguments);
    return used;
}

/* A DomU's console is a ring that Domain 0 reads; stock Xen takes nothing else from it. */
static void put_into_ring(const char *line, int used)
{
    struct xencons_interface *ring = address_of_mfn(start_info->console.domU.mfn);
    struct evtchn_send send = {.port = start_info->console.domU.evtchn};
    int i;

    for (i = 0; i < used; i++) {
        while (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) == sizeof(ring->out)) {
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        ring->out[ring->out_prod % sizeof(ring->out)] = line[i];
        __atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
    }
    hypercall_event_channel_op(EVTCHNOP_send, &send);
}

void printk(const char *format, ...)
{
    char line[400];
    va_list arguments;
    int used;

    va_start(arguments, format);
    used = format_line_v(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (start_info && !(start_info->flags & SIF_INITDOMAIN)) {
        put_into_ring(line, used);
    } else {
        hypercall_console_io(CONSOLEIO_write, used, line);
    }
}
