/* SPDX-License-Identifier: BSD-2-Clause */
/* The formatted output of format.h: parses one conversion at a time and hands pieces to the writer. */
#include <xenguest/format.h>
#include "private.h"

struct conversion {
    bool left, zero, negative;
    int width, precision; /* precision -1: none */
    int nr_longs;
    char kind;
};

static void pad(xg_write_fn *write, void *arg, int nr, char with)
{
    char run[16];
    size_t i;

    for (i = 0; i < sizeof(run); i++)
        run[i] = with;
    for (; nr > 0; nr -= (int)sizeof(run))
        write(run, nr < (int)sizeof(run) ? (size_t)nr : sizeof(run), arg);
}

static void put_text(xg_write_fn *write, void *arg, const struct conversion *c, const char *text,
                     size_t length)
{
    int spare = c->width > (int)length ? c->width - (int)length : 0;

    if (!c->left)
        pad(write, arg, spare, ' ');
    if (length)
        write(text, length, arg);
    if (c->left)
        pad(write, arg, spare, ' ');
}

static void put_string(xg_write_fn *write, void *arg, const struct conversion *c, const char *text)
{
    size_t length = 0;

    if (!text)
        text = "(null)";
    while ((c->precision < 0 || length < (size_t)c->precision) && text[length])
        length++;
    put_text(write, arg, c, text, length);
}

/* Writes the digits backwards from `end`; returns where they begin. */
static char *digits(char *end, uint64_t value, unsigned int base, char ten)
{
    do {
        unsigned int digit = (unsigned int)(value % base);

        *--end = (char)(digit < 10 ? '0' + digit : (unsigned int)ten + digit - 10);
        value /= base;
    } while (value);
    return end;
}

static void put_number(xg_write_fn *write, void *arg, const struct conversion *c, uint64_t value)
{
    char buffer[24], *end = buffer + sizeof(buffer), *begin;
    bool hex = c->kind == 'x' || c->kind == 'X' || c->kind == 'p';
    struct conversion rest = *c;

    begin = digits(end, value, hex ? 16 : 10, c->kind == 'X' ? 'A' : 'a');
    if (c->kind == 'p') {
        *--begin = 'x';
        *--begin = '0';
    }
    if (c->zero && !c->left) {
        if (c->negative) {
            write("-", 1, arg);
            rest.width--;
        }
        pad(write, arg, rest.width - (int)(end - begin), '0');
        rest.width = 0;
    } else if (c->negative) {
        *--begin = '-';
    }
    put_text(write, arg, &rest, begin, (size_t)(end - begin));
}

/* The number of a conversion, its sign taken off into c->negative. */
static uint64_t take_number(struct conversion *c, va_list *args)
{
    int64_t value;

    if (c->kind == 'p')
        return (uint64_t)(uintptr_t)va_arg(*args, void *);
    if (c->kind != 'd' && c->kind != 'i')
        return c->nr_longs ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int);
    value = c->nr_longs ? va_arg(*args, int64_t) : va_arg(*args, int);
    c->negative = value < 0;
    return c->negative ? -(uint64_t)value : (uint64_t)value;
}

/* Decimal digits or '*'. Bounded, so that a wild width costs no more than a page of blanks. */
static const char *take_count(const char *at, int *count, va_list *args)
{
    if (*at == '*') {
        *count = va_arg(*args, int);
        at++;
    } else {
        for (*count = 0; *at >= '0' && *at <= '9'; at++)
            *count = *count < 4096 ? *count * 10 + (*at - '0') : 4096;
    }
    if (*count > 4096)
        *count = 4096;
    return at;
}

/* Parses what is behind the '%'; returns where the conversion's letter stands. */
static const char *parse(const char *at, struct conversion *c, va_list *args)
{
    for (;; at++) {
        if (*at == '-')
            c->left = true;
        else if (*at == '0')
            c->zero = true;
        else
            break;
    }
    at = take_count(at, &c->width, args);
    if (c->width < 0) {
        c->left = true;
        c->width = c->width < -4096 ? 4096 : -c->width;
    }
    if (*at == '.')
        at = take_count(at + 1, &c->precision, args);
    for (;; at++) {
        if (*at == 'l' || *at == 'z')
            c->nr_longs++;
        else if (*at != 'h')
            break;
    }
    c->kind = *at;
    return at;
}

/* False: no conversion that is known here, and nothing was taken or written. */
static bool convert(xg_write_fn *write, void *arg, struct conversion *c, va_list *args)
{
    char byte = '%';

    switch (c->kind) {
    case 's':
        put_string(write, arg, c, va_arg(*args, const char *));
        return true;
    case 'c':
        byte = (char)va_arg(*args, int);
        put_text(write, arg, c, &byte, 1);
        return true;
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'p': {
        uint64_t value = take_number(c, args);

        put_number(write, arg, c, value);
        return true;
    }
    case '%':
        write(&byte, 1, arg);
        return true;
    default:
        return false;
    }
}

void xg_vformat(xg_write_fn *write, void *arg, const char *format, va_list args)
{
    va_list list;

    va_copy(list, args);
    while (*format) {
        struct conversion c = {.precision = -1};
        const char *from = format, *letter;

        while (*format && *format != '%')
            format++;
        if (format != from)
            write(from, (size_t)(format - from), arg);
        if (!*format)
            break;
        letter = parse(format + 1, &c, &list);
        if (!convert(write, arg, &c, &list))
            write(format, (size_t)(letter - format) + (*letter ? 1 : 0), arg);
        format = *letter ? letter + 1 : letter;
    }
    va_end(list);
}

void xg_format(xg_write_fn *write, void *arg, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    xg_vformat(write, arg, format, args);
    va_end(args);
}

struct buffer {
    char *to;
    size_t size, length;
};

static void buffer_write(const char *text, size_t length, void *arg)
{
    struct buffer *buffer = arg;

    for (; length; length--, buffer->length++, text++)
        if (buffer->length + 1 < buffer->size)
            buffer->to[buffer->length] = *text;
}

size_t xg_format_buffer(char *to, size_t size, const char *format, ...)
{
    struct buffer buffer = {to, size, 0};
    va_list args;

    va_start(args, format);
    xg_vformat(buffer_write, &buffer, format, args);
    va_end(args);
    if (size)
        to[buffer.length < size ? buffer.length : size - 1] = 0;
    return buffer.length;
}
