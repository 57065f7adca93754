/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's string functions, as far as the hypervisor uses them, and formatted output. Pure. */
#ifndef XEN_STRING_H
#define XEN_STRING_H

#include <stdarg.h>
#include <xen/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);

/* Copies at most size - 1 bytes and always terminates. Returns strlen(src). */
size_t xp_strlcpy(char *dst, const char *src, size_t size);
/*
 * Number at s in base (0: by prefix 0x, 0, or decimal); *end is set behind the last digit. No digits: *end ==
 * s. Saturates at UINT64_MAX.
 */
uint64_t xp_strtoull(const char *s, const char **end, unsigned int base);
/*
 * printf's d i u x X o c s p % with flags - 0 + # space, width, precision, * and h hh l ll z t j.
 * %pS takes a code address and prints symbol+offset (see <xen/symbols.h>).
 * Always terminates when size > 0; returns the length that would have been written.
 */
int xp_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int xp_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
