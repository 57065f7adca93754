/* SPDX-License-Identifier: BSD-2-Clause */
/* The console of the first instruction: console_io and nothing else. */
#include <xenguest/early.h>
#include <xenguest/format.h>
#include "private.h"

/* One call's worth: small enough that Xen does not stay in one call for long. */
#define CHUNK 1024

int xg_early_write(const char *text, size_t length)
{
    while (length) {
        unsigned int nr = length < CHUNK ? (unsigned int)length : CHUNK;
        long rc = hypercall_console_io(CONSOLEIO_write, nr, (void *)(uintptr_t)text);

        if (rc < 0)
            return (int)rc;
        text += nr;
        length -= nr;
    }
    return 0;
}

void xg_early_write_fn(const char *text, size_t length, void *unused)
{
    (void)!xg_early_write(text, length);
}

/* Pieces of one line are gathered: a hypervisor that tags lines with their domain sees whole ones. */
struct line {
    size_t nr;
    char text[120];
};

static void line_flush(struct line *line)
{
    if (line->nr)
        xg_early_write_fn(line->text, line->nr, NULL);
    line->nr = 0;
}

static void line_write(const char *text, size_t length, void *arg)
{
    struct line *line = arg;

    for (; length; length--) {
        line->text[line->nr++] = *text++;
        if (line->nr == sizeof(line->text))
            line_flush(line);
    }
}

void xg_early_printf(const char *format, ...)
{
    struct line line;
    va_list args;

    line.nr = 0;
    va_start(args, format);
    xg_vformat(line_write, &line, format, args);
    va_end(args);
    line_flush(&line);
}
