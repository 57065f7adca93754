/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor of the shell: turns the characters of a terminal into finished lines, with cursor keys,
 * history and completion. It owns the text, the cursor and the history; it does no input or output itself, so
 * that it can be tested anywhere: keys are fed one by one, echo goes through a callback.
 *
 * Keys: printable characters insert; backspace and ^H, delete and ^D; left, right, ^B, ^F; home, end, ^A, ^E;
 * up, down, ^P, ^N; ^U and ^K erase to the start and the end; ^W erases a word; ^C drops the line; ^L
 * redraws; tab completes.
 */
#ifndef MINIOS_LINE_EDIT_H
#define MINIOS_LINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_BYTES   256 /* longest line, with the NUL */
#define LINE_HISTORY 16  /* lines remembered */

enum line_state {
    LINE_MORE,      /* feed on */
    LINE_DONE,      /* the line is finished: line_edit_text() has it */
    LINE_CANCELLED, /* ^C: nothing to run */
};

struct line_edit {
    const char *prompt;
    void (*echo)(const char *bytes, size_t nr_bytes);
    /* The index'th word that starts with the prefix, or NULL past the last. May be NULL: no completion. */
    const char *(*candidate)(const char *prefix, size_t prefix_bytes, unsigned int index);

    char text[LINE_BYTES];
    size_t length;
    size_t cursor;

    char history[LINE_HISTORY][LINE_BYTES];
    unsigned int nr_history; /* lines ever remembered */
    unsigned int browsing;   /* lines back from the newest; 0: the line being typed */
    char typed[LINE_BYTES];  /* that line, while the history is browsed */

    enum { KEY_PLAIN, KEY_ESCAPE, KEY_SEQUENCE } key_state;
    unsigned int key_parameter;
    bool last_was_return; /* the newline of a CR LF pair ends no second line */
};

/*
 * Empties the line and prints the prompt. prompt, echo and candidate are set before the first call; the rest
 * zero.
 */
void line_edit_start(struct line_edit *edit);

/*
 * Takes one character from the terminal. After LINE_DONE and LINE_CANCELLED call line_edit_start() for the
 * next line.
 */
enum line_state line_edit_feed(struct line_edit *edit, unsigned char c);

/* The finished line, without its end; valid until the next line_edit_start(). */
const char *line_edit_text(const struct line_edit *edit);

#endif
