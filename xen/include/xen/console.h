/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: hypervisor messages, guests' console_io, the ring that keeps the last output, and input with
 * its switch. Lock: console lock, innermost of all; taken with interrupts off; broken by panic.
 */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <stdarg.h>
#include <xen/types.h>

struct domain;

/* --- Output: console.c --- */
/* Break locks and print synchronously from now on: panic. */
void console_force_unlock(void);
/* Formats (at most 1023 characters) and prints; each line that begins gets the prefix. Any context. */
void console_vprintf(const char *prefix, const char *fmt, va_list ap) __printf(2, 0);
/* Ends a line that somebody has begun: what follows must not hang on to it. */
void console_fresh_line(void);
/* The lock, for whoever prints several pieces; *taken false: this CPU has it already, or panic has broken it.
 */
unsigned long console_lock(bool *taken);
void console_unlock(unsigned long flags, bool taken);
/*
 * n characters as they are, to the port but not to the ring: what Domain 0 writes, as on stock Xen. Under the
 * lock.
 */
void console_put_unkept(const char *s, size_t n);
/*
 * What the ring still has from *index on (0: the oldest); moves *index behind it. Returns the number of
 * bytes.
 */
size_t console_ring_read(uint64_t *index, char *dst, size_t size);
/* What the ring has now is not read any more. */
void console_ring_clear(void);

/* --- Guests: console_guest.c --- */
/*
 * HYPERVISOR_console_io. Domain 0: raw. Others: printable characters, line by line, "(dN) " before each,
 * rate-limited.
 */
long do_console_io(unsigned int cmd, unsigned int count, uint64_t buffer_va);
/* 0 or -XEN_ENOMEM. */
int console_domain_create(struct domain *d) __must_check;
/* Flushes what a domain has not ended with a newline, and frees its line buffer. */
void console_domain_destroy(struct domain *d);

/* --- Input: console_input.c --- */
/* The option conswitch while we run: 0 or -XEN_EINVAL; as it is. */
int console_switch_set(const char *text) __must_check;
void console_switch_text(char *out, size_t size);
/* Says where input goes, as soon as Domain 0 is there to take it. */
void console_end_boot(void);
/*
 * A character arrived (interrupt or poll): Ctrl-A three times switches, keys go to Domain 0 (VIRQ_CONSOLE) or
 * to the debug keys.
 */
void console_input(char c);
/*
 * Characters for Domain 0 that have arrived: at most size; returns how many. They stay until they are taken.
 */
unsigned int console_input_peek(char *dst, unsigned int size, unsigned int *position);
/* The n characters seen at position are delivered. False: another vCPU was quicker, and they are its own. */
bool console_input_take(unsigned int position, unsigned int n) __must_check;

#endif
