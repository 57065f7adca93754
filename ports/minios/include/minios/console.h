/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console of Mini-OS: output from anywhere, input for threads. Lines end with a newline only; a ring gets
 * CR LF.
 */
#ifndef MINIOS_CONSOLE_H
#define MINIOS_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

struct xg_boot;
struct xg_console;

/* Usable for output from here on. */
void console_init(const struct xg_boot *boot);
/* Input arrives and output waits without spinning from here on; needs events and threads. */
void console_start(void);

/* Binds the ring of a restored domain; `console_object` has it already. Events masked. */
void console_resume(void);
struct xg_console *console_object(void);

/* From a thread or not; waits for a slow reader about a second, then drops. */
void console_write(const char *text, size_t nr_bytes);
/* What xg_format knows, on the console: for code that the C library is above of. */
void console_printf(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
/* Without locks and events, for panic. */
void console_write_last(const char *text, size_t nr_bytes, void *unused);

/* Waits for input; returns at least one byte and at most `size`. */
size_t console_read(char *buffer, size_t size);

#endif
