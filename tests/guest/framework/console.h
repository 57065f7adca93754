/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output through CONSOLEIO_write, a whole line a call so that the hypervisor's own lines do not cut it; in a
 * DomU through its console ring.
 */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <stdarg.h>
#include <stddef.h>

void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Formats into a buffer of size bytes, always terminated; answers the number of characters stored. Knows %c
 * %s %d %u %x %p
 * %%, the length l, a width and zero padding.
 */
int format_line(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int format_line_v(char *buffer, size_t size, const char *format, va_list arguments);

#endif
