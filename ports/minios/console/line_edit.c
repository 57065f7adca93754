/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor: editing operations, history, completion and the decoding of keys. It assumes a terminal
 * that understands backspace, CR and two ANSI sequences (erase to end of line, cursor back), and lines that
 * fit its width.
 */
#include <minios/line_edit.h>

#include <stdio.h>
#include <string.h>

#define CONTROL(letter) ((letter)&0x1f)
#define KEY_DELETE      0x7f
#define ESCAPE          0x1b

static void echo_text(struct line_edit *edit, const char *text)
{
    edit->echo(text, strlen(text));
}

/* Moves the terminal's cursor back from the end of the line to where ours is. */
static void echo_cursor_from_end(struct line_edit *edit)
{
    char sequence[16];

    if (edit->cursor < edit->length) {
        snprintf(sequence, sizeof(sequence), "\033[%uD", (unsigned int)(edit->length - edit->cursor));
        echo_text(edit, sequence);
    }
}

static void redraw(struct line_edit *edit)
{
    echo_text(edit, "\r");
    echo_text(edit, edit->prompt);
    edit->echo(edit->text, edit->length);
    echo_text(edit, "\033[K");
    echo_cursor_from_end(edit);
}

static void erase(struct line_edit *edit, size_t from, size_t to)
{
    if (from >= to)
        return;
    memmove(edit->text + from, edit->text + to, edit->length - to + 1);
    edit->length -= to - from;
    edit->cursor = from;
    redraw(edit);
}

static void insert(struct line_edit *edit, const char *bytes, size_t nr_bytes)
{
    if (nr_bytes >= LINE_BYTES - edit->length) {
        echo_text(edit, "\a");
        return;
    }
    memmove(edit->text + edit->cursor + nr_bytes, edit->text + edit->cursor, edit->length - edit->cursor + 1);
    memcpy(edit->text + edit->cursor, bytes, nr_bytes);
    edit->length += nr_bytes;
    edit->cursor += nr_bytes;
    /* Typing at the end, the usual case, echoes just what was typed: transcripts stay readable. */
    if (edit->cursor == edit->length)
        edit->echo(bytes, nr_bytes);
    else
        redraw(edit);
}

static void replace(struct line_edit *edit, const char *text)
{
    edit->length = strnlen(text, LINE_BYTES - 1);
    memcpy(edit->text, text, edit->length);
    edit->text[edit->length] = '\0';
    edit->cursor = edit->length;
    redraw(edit);
}

static void move_to(struct line_edit *edit, size_t position)
{
    if (position <= edit->length && position != edit->cursor) {
        edit->cursor = position;
        redraw(edit);
    }
}

static void erase_word(struct line_edit *edit)
{
    size_t from = edit->cursor;

    while (from > 0 && edit->text[from - 1] == ' ')
        from--;
    while (from > 0 && edit->text[from - 1] != ' ')
        from--;
    erase(edit, from, edit->cursor);
}

static char *history_entry(struct line_edit *edit, unsigned int lines_back)
{
    return edit->history[(edit->nr_history - lines_back) % LINE_HISTORY];
}

static void history_remember(struct line_edit *edit)
{
    if (edit->length == 0 || (edit->nr_history > 0 && strcmp(history_entry(edit, 1), edit->text) == 0))
        return;
    memcpy(edit->history[edit->nr_history % LINE_HISTORY], edit->text, edit->length + 1);
    edit->nr_history++;
}

static void history_browse(struct line_edit *edit, unsigned int lines_back)
{
    unsigned int kept = edit->nr_history < LINE_HISTORY ? edit->nr_history : LINE_HISTORY;

    if (lines_back > kept)
        return;
    if (edit->browsing == 0)
        memcpy(edit->typed, edit->text, edit->length + 1);
    edit->browsing = lines_back;
    replace(edit, lines_back == 0 ? edit->typed : history_entry(edit, lines_back));
}

static void list_candidates(struct line_edit *edit)
{
    const char *word;

    echo_text(edit, "\n");
    for (unsigned int i = 0; (word = edit->candidate(edit->text, edit->cursor, i)) != NULL; i++) {
        if (i > 0)
            echo_text(edit, " ");
        echo_text(edit, word);
    }
    echo_text(edit, "\n");
    redraw(edit);
}

/* Completes the first word as far as all candidates agree; lists them when they agree on nothing more. */
static void complete(struct line_edit *edit)
{
    size_t prefix_bytes = edit->cursor, common;
    const char *first, *other;

    if (!edit->candidate || memchr(edit->text, ' ', prefix_bytes))
        return;
    first = edit->candidate(edit->text, prefix_bytes, 0);
    if (!first)
        return;
    common = strlen(first);
    if (!edit->candidate(edit->text, prefix_bytes, 1)) {
        insert(edit, first + prefix_bytes, common - prefix_bytes);
        insert(edit, " ", 1);
        return;
    }
    for (unsigned int i = 1; (other = edit->candidate(edit->text, prefix_bytes, i)) != NULL; i++)
        while (strncmp(first, other, common) != 0)
            common--;
    if (common > prefix_bytes)
        insert(edit, first + prefix_bytes, common - prefix_bytes);
    else
        list_candidates(edit);
}

/* The keys that terminals send as ESC [ letter, ESC O letter and ESC [ number ~. */
static void feed_sequence_end(struct line_edit *edit, unsigned char c)
{
    if (c == '~') {
        static const char by_number[] = {[1] = 'H', [3] = 'X', [4] = 'F', [7] = 'H', [8] = 'F'};

        c = edit->key_parameter < sizeof(by_number) ? (unsigned char)by_number[edit->key_parameter] : 0;
    }
    if (c == 'A')
        history_browse(edit, edit->browsing + 1);
    else if (c == 'B' && edit->browsing > 0)
        history_browse(edit, edit->browsing - 1);
    else if (c == 'C')
        move_to(edit, edit->cursor + 1);
    else if (c == 'D')
        move_to(edit, edit->cursor - 1);
    else if (c == 'H')
        move_to(edit, 0);
    else if (c == 'F')
        move_to(edit, edit->length);
    else if (c == 'X' && edit->cursor < edit->length)
        erase(edit, edit->cursor, edit->cursor + 1);
}

static void feed_escape(struct line_edit *edit, unsigned char c)
{
    if (edit->key_state == KEY_ESCAPE) {
        edit->key_state = c == '[' || c == 'O' ? KEY_SEQUENCE : KEY_PLAIN;
        edit->key_parameter = 0;
    } else if (c >= '0' && c <= '9') {
        edit->key_parameter = edit->key_parameter % 100 * 10 + (c - '0');
    } else if (c != ';') {
        edit->key_state = KEY_PLAIN;
        feed_sequence_end(edit, c);
    }
}

static void feed_control(struct line_edit *edit, unsigned char c)
{
    switch (c) {
    case '\b':
    case KEY_DELETE:
        if (edit->cursor == edit->length && edit->length > 0) {
            edit->text[--edit->length] = '\0';
            edit->cursor--;
            echo_text(edit, "\b \b");
        } else if (edit->cursor > 0) {
            erase(edit, edit->cursor - 1, edit->cursor);
        }
        break;
    case CONTROL('D'):
        if (edit->cursor < edit->length)
            erase(edit, edit->cursor, edit->cursor + 1);
        break;
    case CONTROL('U'):
        erase(edit, 0, edit->cursor);
        break;
    case CONTROL('K'):
        erase(edit, edit->cursor, edit->length);
        break;
    case CONTROL('W'):
        erase_word(edit);
        break;
    case CONTROL('A'):
        move_to(edit, 0);
        break;
    case CONTROL('E'):
        move_to(edit, edit->length);
        break;
    case CONTROL('B'):
        move_to(edit, edit->cursor - 1);
        break;
    case CONTROL('F'):
        move_to(edit, edit->cursor + 1);
        break;
    case CONTROL('P'):
        history_browse(edit, edit->browsing + 1);
        break;
    case CONTROL('N'):
        if (edit->browsing > 0)
            history_browse(edit, edit->browsing - 1);
        break;
    case CONTROL('L'):
        redraw(edit);
        break;
    case '\t':
        complete(edit);
        break;
    case ESCAPE:
        edit->key_state = KEY_ESCAPE;
        break;
    }
}

void line_edit_start(struct line_edit *edit)
{
    edit->length = edit->cursor = 0;
    edit->text[0] = '\0';
    edit->browsing = 0;
    edit->key_state = KEY_PLAIN;
    echo_text(edit, edit->prompt);
}

enum line_state line_edit_feed(struct line_edit *edit, unsigned char c)
{
    bool second_of_pair = c == '\n' && edit->last_was_return;

    edit->last_was_return = c == '\r';
    if (second_of_pair)
        return LINE_MORE;
    if (edit->key_state != KEY_PLAIN) {
        feed_escape(edit, c);
    } else if (c == '\r' || c == '\n') {
        echo_text(edit, "\n");
        history_remember(edit);
        return LINE_DONE;
    } else if (c == CONTROL('C')) {
        echo_text(edit, "^C\n");
        return LINE_CANCELLED;
    } else if (c < ' ' || c == KEY_DELETE) {
        feed_control(edit, c);
    } else {
        insert(edit, (const char *)&c, 1);
    }
    return LINE_MORE;
}

const char *line_edit_text(const struct line_edit *edit)
{
    return edit->text;
}
