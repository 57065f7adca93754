/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted output into a buffer. Pure but for %pS, which asks the symbol table. */
#include <xen/string.h>
#include <xen/symbols.h>

struct out {
    char *buf;
    size_t size, length;
};

struct spec {
    bool left, zero, plus, space, alternate, upper;
    int width, precision; /* precision -1: none given */
    unsigned int size;    /* bytes of an integer argument */
};

static void put(struct out *o, char c)
{
    if (o->length + 1 < o->size)
        o->buf[o->length] = c;
    o->length++;
}

static void pad(struct out *o, char c, int n)
{
    while (n-- > 0)
        put(o, c);
}

static void put_string(struct out *o, const struct spec *f, const char *s)
{
    size_t n;

    if (!s)
        s = "(null)";
    n = strnlen(s, f->precision >= 0 ? (size_t)f->precision : ~(size_t)0);
    if (!f->left)
        pad(o, ' ', f->width - (int)n);
    for (size_t i = 0; i < n; i++)
        put(o, s[i]);
    if (f->left)
        pad(o, ' ', f->width - (int)n);
}

static void put_number(struct out *o, const struct spec *f, uint64_t value, unsigned int base, char sign)
{
    const char *digits = f->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[24];
    int n = 0, zeros, prefix = f->alternate && base == 16 && value ? 2 : 0, total;

    while (value) {
        text[n++] = digits[value % base];
        value /= base;
    }
    zeros = f->precision >= 0 ? f->precision - n : n ? 0 : 1;
    zeros = max(zeros, 0);
    if (f->alternate && base == 8 && !zeros)
        zeros = 1;
    total = n + zeros + prefix + (sign ? 1 : 0);
    if (f->zero && !f->left && f->precision < 0 && f->width > total) {
        zeros += f->width - total;
        total = f->width;
    }
    if (!f->left)
        pad(o, ' ', f->width - total);
    if (sign)
        put(o, sign);
    if (prefix) {
        put(o, '0');
        put(o, f->upper ? 'X' : 'x');
    }
    pad(o, '0', zeros);
    while (n)
        put(o, text[--n]);
    if (f->left)
        pad(o, ' ', f->width - total);
}

static void put_symbol(struct out *o, unsigned long address)
{
    unsigned long offset;
    const char *name = symbol_lookup(address, &offset);
    const struct spec plain = {.precision = -1};
    struct spec hex = {.precision = -1, .alternate = true};

    if (name) {
        put_string(o, &plain, name);
        put(o, '+');
        put_number(o, &hex, offset, 16, 0);
    } else {
        put_number(o, &hex, address, 16, 0);
    }
}

static const char *parse_flags(const char *p, struct spec *f)
{
    for (;; p++) {
        switch (*p) {
        case '-':
            f->left = true;
            break;
        case '0':
            f->zero = true;
            break;
        case '+':
            f->plus = true;
            break;
        case ' ':
            f->space = true;
            break;
        case '#':
            f->alternate = true;
            break;
        default:
            return p;
        }
    }
}

static const char *parse_decimal(const char *p, int *value)
{
    *value = 0;
    while (*p >= '0' && *p <= '9')
        *value = *value * 10 + (*p++ - '0');
    return p;
}

static const char *parse_length(const char *p, struct spec *f)
{
    f->size = sizeof(int);
    if (p[0] == 'h') {
        f->size = p[1] == 'h' ? 1 : 2;
        return p + (p[1] == 'h' ? 2 : 1);
    }
    if (*p == 'l' || *p == 'z' || *p == 't' || *p == 'j') {
        f->size = 8;
        return p + (p[0] == 'l' && p[1] == 'l' ? 2 : 1);
    }
    return p;
}

static uint64_t truncate_unsigned(uint64_t v, unsigned int bytes)
{
    return bytes == 8 ? v : v & ((1ull << (8 * bytes)) - 1);
}

static int64_t truncate_signed(int64_t v, unsigned int bytes)
{
    return bytes == 1 ? (int8_t)v : bytes == 2 ? (int16_t)v : v;
}

static void put_signed(struct out *o, const struct spec *f, int64_t v)
{
    char sign;

    v = truncate_signed(v, f->size);
    sign = v < 0 ? '-' : f->plus ? '+' : f->space ? ' ' : 0;
    put_number(o, f, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, sign);
}

/* What stands between % and the conversion letter; returns where the letter is. */
static const char *parse_spec(const char *p, struct spec *f, va_list *args)
{
    p = parse_flags(p, f);
    if (*p == '*') {
        f->width = va_arg(*args, int);
        f->left |= f->width < 0;
        f->width = f->width < 0 ? -f->width : f->width;
        p++;
    } else {
        p = parse_decimal(p, &f->width);
    }
    if (*p == '.') {
        p++;
        if (*p == '*') {
            f->precision = va_arg(*args, int);
            p++;
        } else {
            p = parse_decimal(p, &f->precision);
        }
    }
    return parse_length(p, f);
}

static void put_char(struct out *o, const struct spec *f, char c)
{
    if (!f->left)
        pad(o, ' ', f->width - 1);
    put(o, c);
    if (f->left)
        pad(o, ' ', f->width - 1);
}

/* Converts one argument by the letter at p; returns the last character used. */
static const char *convert(struct out *o, const char *p, struct spec *f, va_list *args)
{
    f->upper = *p == 'X';
    switch (*p) {
    case 'd':
    case 'i':
        put_signed(o, f, f->size == 8 ? va_arg(*args, int64_t) : va_arg(*args, int));
        break;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        put_number(
            o, f,
            truncate_unsigned(f->size == 8 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int), f->size),
            *p == 'u'   ? 10
            : *p == 'o' ? 8
                        : 16,
            0);
        break;
    case 'p':
        if (p[1] == 'S') {
            put_symbol(o, va_arg(*args, unsigned long));
            return p + 1;
        }
        f->alternate = true;
        put_number(o, f, va_arg(*args, unsigned long), 16, 0);
        break;
    case 'c':
        put_char(o, f, (char)va_arg(*args, int));
        break;
    case 's':
        put_string(o, f, va_arg(*args, const char *));
        break;
    case 0:
        return p - 1;
    default:
        put(o, *p);
    }
    return p;
}

int xp_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = {buf, size, 0};
    va_list args;

    va_copy(args, ap);
    for (const char *p = fmt; *p; p++) {
        struct spec f = {.precision = -1};

        if (*p != '%') {
            put(&o, *p);
            continue;
        }
        p = parse_spec(p + 1, &f, &args);
        p = convert(&o, p, &f, &args);
    }
    va_end(args);
    if (size)
        buf[min(o.length, size - 1)] = 0;
    return (int)o.length;
}

int xp_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = xp_vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}
