/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small formatted output for what must be said before a kernel has a printf of its own. Tier 0.
 * Knows %s %c %d %i %u %x %X %p %%, the lengths l, ll, z and hh/h (read as int), the flags - and 0, a width
 * and for %s a precision (both also as *). Anything else is printed as it stands. No allocation, no state.
 */
#ifndef XENGUEST_FORMAT_H
#define XENGUEST_FORMAT_H

#include <stdarg.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

/* Takes `length` bytes of output; called several times for one format. */
typedef void xg_write_fn(const char *text, size_t length, void *arg);

void xg_vformat(xg_write_fn *write, void *arg, const char *format, va_list args) XG_PRINTF(3, 0);
void xg_format(xg_write_fn *write, void *arg, const char *format, ...) XG_PRINTF(3, 4);

/* Into a buffer of `size` bytes, always terminated unless `size` is 0. Returns the length that all of it
 * would have. */
size_t xg_format_buffer(char *buffer, size_t size, const char *format, ...) XG_PRINTF(3, 4);

XG_END_DECLS

#endif
