/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console over the library's: one lock for writers, sleeping instead of spinning where a thread can, and
 * CR LF for a ring, whose other end is a terminal as it is. (The hypervisor's serial console adds the CR by
 * itself.)
 */
#include <minios/console.h>

#include <minios/clock.h>
#include <minios/events.h>
#include <minios/panic.h>
#include <minios/thread.h>
#include <xenguest/console.h>
#include <xenguest/format.h>

/* A reader may be slow to start, on a busy host. One that took nothing for so long is waited for no more. */
#define ROOM_WAIT_NS 30000000000ull

static struct xg_console console;
static struct wait_queue input = WAIT_QUEUE_INITIALIZER(input), room = WAIT_QUEUE_INITIALIZER(room);
static struct mutex writers = MUTEX_INITIALIZER(writers), readers = MUTEX_INITIALIZER(readers);
static bool started;
static bool stalled; /* nobody reads: under `writers` */

struct piece {
    const char *text;
    size_t nr_bytes;
};

void console_init(const struct xg_boot *boot)
{
    xg_console_init(&console, boot);
}

static void handle_event(xg_evtchn_t port, struct xg_frame *frame, void *unused)
{
    event_count(port);
    wait_queue_wake(&input);
    wait_queue_wake(&room);
}

void console_resume(void)
{
    if (xg_console_bind(&console, &events, handle_event, NULL))
        panic("the console's event channel cannot be bound");
    event_name(console.port, "console", 0);
}

void console_start(void)
{
    console_resume();
    started = true;
}

struct xg_console *console_object(void)
{
    return &console;
}

/* Writes what there is room for; true when nothing is left. Also the condition that waits for room. */
static bool write_some(void *argument)
{
    struct piece *piece = argument;
    size_t done = xg_console_write(&console, piece->text, piece->nr_bytes);

    piece->text += done;
    piece->nr_bytes -= done;
    return piece->nr_bytes == 0;
}

static void write_raw(const char *text, size_t nr_bytes)
{
    struct piece piece = {text, nr_bytes};
    size_t before;

    do {
        before = piece.nr_bytes;
        if (wait_queue_wait(&room, write_some, &piece, clock_now_ns() + (stalled ? 0 : ROOM_WAIT_NS))) {
            stalled = false;
            return;
        }
    } while (piece.nr_bytes < before);
    stalled = true;
    console.nr_dropped += piece.nr_bytes;
}

/* Calls write for each line of the text, with the line's end as the console wants it. */
static void write_lines(const char *text, size_t nr_bytes, void (*write)(const char *, size_t))
{
    const char *end = text + nr_bytes, *start = text;

    if (!console.ring) {
        write(text, nr_bytes);
        return;
    }
    for (; text < end; text++) {
        if (*text == '\n') {
            write(start, (size_t)(text - start));
            write("\r\n", 2);
            start = text + 1;
        }
    }
    write(start, (size_t)(end - start));
}

static void write_now(const char *text, size_t nr_bytes)
{
    xg_console_write_all(&console, text, nr_bytes);
}

void console_write(const char *text, size_t nr_bytes)
{
    if (!started) {
        write_lines(text, nr_bytes, write_now);
        return;
    }
    mutex_lock(&writers);
    write_lines(text, nr_bytes, write_raw);
    mutex_unlock(&writers);
}

static void console_write_fn(const char *text, size_t nr_bytes, void *unused)
{
    console_write(text, nr_bytes);
}

void console_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    xg_vformat(console_write_fn, NULL, format, args);
    va_end(args);
}

void console_write_last(const char *text, size_t nr_bytes, void *unused)
{
    write_lines(text, nr_bytes, write_now);
}

static bool has_input(void *unused)
{
    return xg_console_ready(&console);
}

size_t console_read(char *buffer, size_t size)
{
    size_t nr;

    mutex_lock(&readers);
    wait_queue_wait(&input, has_input, NULL, NO_DEADLINE);
    nr = xg_console_read(&console, buffer, size);
    mutex_unlock(&readers);
    return nr;
}
