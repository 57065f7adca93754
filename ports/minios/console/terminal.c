/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines from the console. What was typed ahead waits here for the next reader. */
#include <minios/terminal.h>

#include <stdio.h>
#include <string.h>

#include <minios/console.h>
#include <minios/line_edit.h>
#include <minios/thread.h>

static struct mutex terminal = MUTEX_INITIALIZER(terminal);

static unsigned char next_byte(void)
{
    static char ahead[64];
    static size_t nr_ahead, next;

    if (next == nr_ahead) {
        nr_ahead = console_read(ahead, sizeof(ahead));
        next = 0;
    }
    return (unsigned char)ahead[next++];
}

const char *terminal_read_line(struct line_edit *edit)
{
    enum line_state state;

    /* What the C library holds back of a line must stand before the prompt. */
    fflush(stdout);
    mutex_lock(&terminal);
    edit->echo = console_write;
    line_edit_start(edit);
    do {
        state = line_edit_feed(edit, next_byte());
    } while (state == LINE_MORE);
    mutex_unlock(&terminal);
    return state == LINE_DONE ? line_edit_text(edit) : NULL;
}

size_t terminal_read(char *buffer, size_t size)
{
    static struct line_edit edit = {.prompt = ""};
    static char line[LINE_BYTES + 1];
    static size_t nr_left, next;
    const char *text;

    if (nr_left == 0) {
        text = terminal_read_line(&edit);
        if (!text)
            return 0;
        nr_left = (size_t)snprintf(line, sizeof(line), "%s\n", text);
        next = 0;
    }
    if (size > nr_left)
        size = nr_left;
    memcpy(buffer, line + next, size);
    next += size;
    nr_left -= size;
    return size;
}
