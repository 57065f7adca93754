/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end: a message, the registers (of a trap) and a stack trace with symbols on the console, then the
 * domain shuts down as
 */
#ifndef MINIOS_PANIC_H
#define MINIOS_PANIC_H

#include <stdint.h>

struct xg_frame;

/*
 * Takes what xg_format knows. The first vCPU that panics prints; another one waits to be ended with the
 * domain.
 */
void panic(const char *format, ...) __attribute__((__noreturn__, __format__(__printf__, 1, 2)));

/* The same about the context `frame`, whose registers and stack are printed. */
void panic_at(const struct xg_frame *frame, const char *format, ...)
    __attribute__((__noreturn__, __format__(__printf__, 2, 3)));

/* The name of the function that contains `address`, and how far into it that is; NULL when it is in none. */
const char *symbol_find(uint64_t address, uint64_t *offset);

#endif
