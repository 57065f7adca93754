/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor, against a terminal of one line that understands what the editor may send: what the
 * terminal shows must be the text, and its cursor where the editor's is, after every key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/line_edit.h>

#include "suites.h"

#define PROMPT  "> "
#define COLUMNS 400

static struct {
    char cells[COLUMNS + 1];
    size_t cursor, width;
    bool bell;
} screen;

static void screen_clear(void)
{
    memset(&screen, 0, sizeof(screen));
}

/* Handles the sequence after its escape; the number of bytes taken. */
static size_t screen_sequence(const char *bytes)
{
    char *end;
    unsigned long count = strtoul(bytes + 1, &end, 10);

    ck_assert_int_eq(bytes[0], '[');
    if (*end == 'K') {
        screen.cells[screen.cursor] = '\0';
        screen.width = screen.cursor;
    } else {
        ck_assert_int_eq(*end, 'D');
        ck_assert_uint_le(count, screen.cursor);
        screen.cursor -= count;
    }
    return (size_t)(end - bytes) + 1;
}

static void screen_write(const char *bytes, size_t nr_bytes)
{
    for (size_t i = 0; i < nr_bytes; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c == '\n') {
            screen_clear();
        } else if (c == '\r') {
            screen.cursor = 0;
        } else if (c == '\b') {
            screen.cursor--;
        } else if (c == '\a') {
            screen.bell = true;
        } else if (c == '\033') {
            i += screen_sequence(bytes + i + 1);
        } else {
            ck_assert_uint_lt(screen.cursor, COLUMNS);
            screen.cells[screen.cursor++] = (char)c;
            if (screen.cursor > screen.width)
                screen.width = screen.cursor;
        }
    }
}

static const char *candidate(const char *prefix, size_t prefix_bytes, unsigned int index)
{
    static const char *const words[] = {"crash", "cpus", "events", "evict", "help"};

    for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strncmp(words[i], prefix, prefix_bytes) == 0 && index-- == 0)
            return words[i];
    return NULL;
}

static struct line_edit *edit;

static void setup(void)
{
    screen_clear();
    edit = calloc(1, sizeof(*edit));
    edit->prompt = PROMPT;
    edit->echo = screen_write;
    edit->candidate = candidate;
    line_edit_start(edit);
}

static void teardown(void)
{
    free(edit);
}

/* What the terminal shows, blanks at the end aside, is the prompt and the text; the cursors agree. */
static void check_screen(void)
{
    char expected[COLUMNS];
    size_t length = (size_t)snprintf(expected, sizeof(expected), PROMPT "%s", edit->text);

    ck_assert_mem_eq(screen.cells, expected, length);
    for (size_t i = length; i < screen.width; i++)
        ck_assert_int_eq(screen.cells[i], ' ');
    ck_assert_uint_eq(screen.cursor, strlen(PROMPT) + edit->cursor);
    ck_assert_uint_eq(edit->length, strlen(edit->text));
}

static enum line_state type(const char *keys)
{
    enum line_state state = LINE_MORE;

    for (; *keys; keys++) {
        state = line_edit_feed(edit, (unsigned char)*keys);
        if (state == LINE_MORE && edit->key_state == KEY_PLAIN)
            check_screen();
    }
    return state;
}

/* Ends the line and begins the next. */
static void enter(const char *keys, const char *expected)
{
    type(keys);
    ck_assert_int_eq(line_edit_feed(edit, '\r'), LINE_DONE);
    ck_assert_str_eq(line_edit_text(edit), expected);
    line_edit_start(edit);
}

START_TEST(typing_and_erasing)
{
    enter("hello", "hello");
    enter("", "");
    enter("hexp\177\177lp", "help");
    enter("\177\b\177x", "x");
    enter("one two  \027\027three", "three");
    enter("abc\025def", "def");
}
END_TEST

START_TEST(moving_and_inserting)
{
    enter("ac\033[Db", "abc");
    enter("bc\033[Ha\033[Fd", "abcd");
    enter("bc\001a\005d\002\002X\006\006Y", "abXcdY");
    enter("bc\033[1~a\033[4~d", "abcd");
    enter("bc\033OHa\033OFd", "abcd");
    enter("abc\033[D\033[D\033[D\033[D\033[D\033[C\013", "a");
    enter("abc\033[H\033[3~\004", "c");
    enter("abc\033[D\177", "ac");
    enter("abcdef\033[D\033[D\025", "ef");
    enter("one two\033[D\033[D\027", "one wo");
}
END_TEST

START_TEST(unknown_keys_do_nothing)
{
    enter("a\033[5~\033[99~\033[1;5C\033xb\033[Zc\001\006\x1c", "abc");
    enter("a\033[123456789012345678901234567890~b", "ab");
}
END_TEST

START_TEST(ends_of_lines)
{
    type("a");
    ck_assert_int_eq(line_edit_feed(edit, '\r'), LINE_DONE);
    line_edit_start(edit);
    ck_assert_int_eq(line_edit_feed(edit, '\n'), LINE_MORE);
    type("b");
    ck_assert_int_eq(line_edit_feed(edit, '\n'), LINE_DONE);
    ck_assert_str_eq(line_edit_text(edit), "b");
    line_edit_start(edit);
    ck_assert_int_eq(line_edit_feed(edit, '\n'), LINE_DONE);
    line_edit_start(edit);
    ck_assert_int_eq(type("c\003"), LINE_CANCELLED);
}
END_TEST

START_TEST(history)
{
    enter("first", "first");
    enter("second", "second");
    enter("second", "second");
    enter("", "");
    enter("\033[A", "second");
    enter("\020\020", "first");
    enter("typed\033[A\033[A\033[A\033[A\033[B\033[B\033[B\033[B", "typed");
    enter("\033[A\033[A\033[A\033[A\033[A\033[A", "first");
}
END_TEST

START_TEST(history_forgets_the_oldest)
{
    char line[8];

    for (unsigned int i = 0; i < 3 * LINE_HISTORY; i++) {
        snprintf(line, sizeof(line), "l%u", i);
        enter(line, line);
    }
    for (unsigned int i = 0; i < 2 * LINE_HISTORY; i++)
        type("\033[A");
    enter("", "l32");
}
END_TEST

START_TEST(completion)
{
    enter("h\t", "help ");
    enter("cr\t", "crash ");
    enter("e\te\t", "events ");
    enter("c\t", "c");
    enter("zzz\t", "zzz");
    enter("help h\t", "help h");
}
END_TEST

START_TEST(a_full_line_rings_the_bell)
{
    for (unsigned int i = 0; i < LINE_BYTES + 20; i++)
        type("x");
    ck_assert(screen.bell);
    ck_assert_uint_eq(edit->length, LINE_BYTES - 1);
    type("\033[H\177\004y");
    ck_assert_int_eq(edit->text[0], 'y');
}
END_TEST

/*
 * Keys at random: the terminal and the editor never part, the text never leaves its bounds (the sanitizers
 * watch).
 */
START_TEST(random_keys)
{
    static const char *const keys[] = {"a",      "b",       " ",    "\177",      "\001",   "\005",
                                       "\013",   "\025",    "\027", "\033[A",    "\033[B", "\033[C",
                                       "\033[D", "\033[3~", "\t",   "ccccccccc", "\f"};

    srand(1);
    for (unsigned int i = 0; i < 20000; i++) {
        type(keys[(size_t)rand() % (sizeof(keys) / sizeof(keys[0]))]);
        if (rand() % 40 == 0) {
            line_edit_feed(edit, '\r');
            line_edit_start(edit);
        }
    }
}
END_TEST

Suite *line_edit_suite(void)
{
    Suite *suite = suite_create("line editor");
    TCase *tests = tcase_create("keys");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, typing_and_erasing);
    tcase_add_test(tests, moving_and_inserting);
    tcase_add_test(tests, unknown_keys_do_nothing);
    tcase_add_test(tests, ends_of_lines);
    tcase_add_test(tests, history);
    tcase_add_test(tests, history_forgets_the_oldest);
    tcase_add_test(tests, completion);
    tcase_add_test(tests, a_full_line_rings_the_bell);
    tcase_add_test(tests, random_keys);
    suite_add_tcase(suite, tests);
    return suite;
}
