/* SPDX-License-Identifier: BSD-2-Clause */
/* The string functions of <xen/string.h>, and the four that the compiler calls by itself. Pure. */
#include <xen/string.h>

#ifndef XEN_HOSTED /* on the host these are the C library's */

void *memcpy(void *dst, const void *src, size_t n)
{
    void *d = dst;
    size_t words = n / 8, rest = n % 8;

    __asm__ __volatile__("rep movsq" : "+D"(d), "+S"(src), "+c"(words)::"memory");
    __asm__ __volatile__("rep movsb" : "+D"(d), "+S"(src), "+c"(rest)::"memory");
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    unsigned char *d = dst;
    const unsigned char *s = src;

    if (d <= s || d >= s + n)
        return memcpy(dst, src, n);
    while (n--)
        d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    void *d = dst;
    uint64_t pattern = (unsigned char)c * 0x0101010101010101ull;
    size_t words = n / 8, rest = n % 8;

    __asm__ __volatile__("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
    __asm__ __volatile__("rep stosb" : "+D"(d), "+c"(rest) : "a"(pattern) : "memory");
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}

void *memchr(const void *s, int c, size_t n)
{
    for (const unsigned char *p = s; n; n--, p++)
        if (*p == (unsigned char)c)
            return (void *)(unsigned long)p;
    return NULL;
}

size_t strlen(const char *s)
{
    return strnlen(s, ~(size_t)0);
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, ~(size_t)0);
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n; n--, a++, b++) {
        if (*a != *b)
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        if (!*a)
            return 0;
    }
    return 0;
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)(unsigned long)s;
        if (!*s)
            return NULL;
    }
}

char *strstr(const char *haystack, const char *needle)
{
    size_t n = strlen(needle);

    for (; *haystack || !n; haystack++) {
        if (!strncmp(haystack, needle, n))
            return (char *)(unsigned long)haystack;
    }
    return NULL;
}

#endif /* !XEN_HOSTED */

size_t xp_strlcpy(char *dst, const char *src, size_t size)
{
    size_t n = strlen(src);

    if (size) {
        size_t take = min(n, size - 1);

        memcpy(dst, src, take);
        dst[take] = 0;
    }
    return n;
}

static unsigned int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    c |= 0x20;
    if (c >= 'a' && c <= 'f')
        return (unsigned int)(c - 'a') + 10;
    return 99;
}

uint64_t xp_strtoull(const char *s, const char **end, unsigned int base)
{
    uint64_t value = 0;
    unsigned int digit;

    if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' && digit_value(s[2]) < 16) {
        s += 2;
        base = 16;
    } else if (base == 0) {
        base = s[0] == '0' ? 8 : 10;
    }
    for (; (digit = digit_value(*s)) < base; s++)
        if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value)) {
            value = UINT64_MAX;
            while (digit_value(*s) < base)
                s++;
            break;
        }
    *end = s;
    return value;
}
