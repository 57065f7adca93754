/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines typed at the console, through the line editor: for the shell, and as the C library's standard input.
 */
#ifndef MINIOS_TERMINAL_H
#define MINIOS_TERMINAL_H

#include <stddef.h>

struct line_edit;

/*
 * Reads one line; NULL when it was cancelled. Valid until the next call with this editor. Its echo is the
 * console.
 */
const char *terminal_read_line(struct line_edit *edit);

/*
 * Standard input: up to `size` bytes of a line with its newline, and the rest of it at the next call. 0: ^D,
 * ^C.
 */
size_t terminal_read(char *buffer, size_t size);

#endif
