/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages, panic and assertions.
 *
 * A message goes to the console and the console ring when its level passes `loglvl=` (hypervisor) or
 * `guest_loglvl=` (what guests cause; rate-limited). Each line is printed whole, prefixed "(XEN) ".
 * Callable from any context, also with interrupts off and from NMI.
 */
#ifndef XEN_LOG_H
#define XEN_LOG_H

#include <stdarg.h>
#include <xen/types.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Unconditional: what a person must see. The newline is the caller's. */
void printk(const char *fmt, ...) __printf(1, 2);
void vprintk(const char *fmt, va_list ap) __printf(1, 0);
/* The hypervisor's own message of a level. */
void log_at(enum log_level level, const char *fmt, ...) __printf(2, 3);
/* Something that a guest caused. */
void guest_log_at(enum log_level level, const char *fmt, ...) __printf(2, 3);

/* The options loglvl and guest_loglvl while we run: 0 or -XEN_EINVAL; as "LEVEL/LEVEL". */
int log_levels_set(bool of_guests, const char *text) __must_check;
void log_levels_text(bool of_guests, char *out, size_t size);

#define log_error(...)   log_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_at(LOG_DEBUG, __VA_ARGS__)

/*
 * The machine or its configuration makes going on impossible: prints
 * "(XEN) Xenport: panic: SENTENCE" with a stack trace, then reboots after a pause (or halts with `noreboot`).
 */
noreturn void panic(const char *fmt, ...) __printf(1, 2);
/* As panic, for a mistake of the person who configured the boot: the sentence alone, no stack trace. */
noreturn void panic_user(const char *fmt, ...) __printf(1, 2);
noreturn void bug(const char *file, int line, const char *what);

/* Our own invariant is broken. */
#define BUG()       bug(__FILE__, __LINE__, "BUG")
#define BUG_ON(c)                        \
    do {                                 \
        if (unlikely(c))                 \
            bug(__FILE__, __LINE__, #c); \
    } while (0)
#define ASSERT(c) BUG_ON(!(c))

#endif
