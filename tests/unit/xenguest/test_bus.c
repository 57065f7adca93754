/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XenBus. Each line of the table of docs/xenbus.md is run: a frontend is brought to its state in the ordinary
 * way, the backend's node is set, and what the frontend then does and writes is compared. Then the stories
 * that take several lines: plugging, unplugging, restarts, a backend that never follows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/xenbus.h>
#include "fake_store.h"
#include "fake_xen.h"
#include "suites.h"

#define FRONT "device/vbd/51712"
#define BACK  "/local/domain/0/backend/vbd/1/51712"

static struct xg_store store;
static struct xg_bus bus;
static struct xg_bus_device device;
static struct {
    unsigned int prepare, write, connect, changed, stop, release;
} calls;
static int prepare_rc, write_rc, connect_rc, release_rc;
static char states[64]; /* that the frontend has written, as digits */

static int on_prepare(struct xg_bus_device *d)
{
    calls.prepare++;
    return prepare_rc;
}

static int on_write(struct xg_bus_device *d, xg_store_tx_t tx)
{
    calls.write++;
    ck_assert_uint_ne(tx, XG_STORE_NO_TX);
    return write_rc ? write_rc : xg_bus_write_number(d, tx, "ring-ref", 8);
}

static int on_connect(struct xg_bus_device *d)
{
    calls.connect++;
    return connect_rc;
}

static void on_changed(struct xg_bus_device *d)
{
    calls.changed++;
}

static void on_stop(struct xg_bus_device *d)
{
    calls.stop++;
}

static int on_release(struct xg_bus_device *d)
{
    calls.release++;
    return release_rc;
}

static const struct xg_bus_frontend frontend = {.prepare = on_prepare,
                                                .write = on_write,
                                                .connect = on_connect,
                                                .changed = on_changed,
                                                .stop = on_stop,
                                                .release = on_release};

/* The backend's watch on our state: every step that we take is a legal one. */
static void on_changed_node(const char *path)
{
    size_t nr = strlen(states);
    enum xg_bus_state to;

    if (strcmp(path, FRONT "/state"))
        return;
    to = (enum xg_bus_state)atoi(fake_store_get(path));
    ck_assert_msg(xg_bus_front_may(nr ? (enum xg_bus_state)(states[nr - 1] - '0') : XG_BUS_INITIALISING, to),
                  "%s then %d", states, to);
    ck_assert_uint_lt(nr, sizeof(states) - 1);
    states[nr] = (char)('0' + to);
}

static void plug(const char *front_state, const char *back_state)
{
    fake_store_set(FRONT "/backend", BACK);
    fake_store_set(FRONT "/backend-id", "0");
    fake_store_set(FRONT "/state", front_state);
    fake_store_set(BACK "/online", "1");
    if (back_state)
        fake_store_set(BACK "/state", back_state);
}

static void begin(void)
{
    fake_store_reset();
    memset(&calls, 0, sizeof(calls));
    memset(states, 0, sizeof(states));
    prepare_rc = write_rc = connect_rc = release_rc = 0;
    ck_assert_int_eq(xg_store_init(&store, &fake_store.boot), 0);
    ck_assert_int_eq(xg_bus_init(&bus, &store), 0);
    fake_store_changed = on_changed_node;
}

/* Lets everything happen that is going to. */
static void settle(void)
{
    unsigned int i;

    for (i = 0; i < 10; i++) {
        fake_store_run();
        ck_assert_int_eq(xg_bus_run(&bus, NULL), 0);
    }
}

static void back(const char *state)
{
    if (state)
        fake_store_set(BACK "/state", state);
    else
        fake_store_remove(BACK "/state");
    settle();
}

static void attach(void)
{
    ck_assert_int_eq(xg_bus_attach(&bus, &device, "vbd", 51712, &frontend), 0);
    settle();
}

/* To one of the five states, with a well-behaved backend. */
static void bring_to(enum xg_bus_state front)
{
    begin();
    plug("1", "1");
    attach();
    ck_assert_uint_eq(device.front, XG_BUS_INITIALISING);
    if (front == XG_BUS_INITIALISING)
        return;
    back("2");
    ck_assert_uint_eq(device.front, XG_BUS_INITIALISED);
    if (front == XG_BUS_INITIALISED)
        return;
    back("4");
    ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);
    if (front == XG_BUS_CLOSED)
        back("5");
    ck_assert_uint_eq(device.front, front == XG_BUS_CLOSED ? XG_BUS_CLOSED : XG_BUS_CONNECTED);
}

/* ---- The table ---- */

static const struct line {
    unsigned char front, back;
    enum xg_bus_action action;
    const char *written; /* the states that the frontend then writes */
    char calls[4];       /* p prepare, c connect, h changed, s stop, r release */
    bool broken;
} lines[] = {
    {1, 0, XG_BUS_WAIT, "", "", false},       {1, 1, XG_BUS_WAIT, "", "", false},
    {1, 2, XG_BUS_PUBLISH, "3", "p", false},  {1, 3, XG_BUS_PUBLISH, "3", "p", false},
    {1, 4, XG_BUS_CLOSE, "6", "", false},     {1, 5, XG_BUS_CLOSE, "6", "", false},
    {1, 6, XG_BUS_WAIT, "", "", false},       {1, 7, XG_BUS_BREAK, "6", "", true},
    {1, 8, XG_BUS_BREAK, "6", "", true},      {1, 9, XG_BUS_BREAK, "6", "", true},
    {3, 0, XG_BUS_GONE, "1", "sr", false},    {3, 1, XG_BUS_WAIT, "", "", false},
    {3, 2, XG_BUS_WAIT, "", "", false},       {3, 3, XG_BUS_WAIT, "", "", false},
    {3, 4, XG_BUS_CONNECT, "4", "c", false},  {3, 5, XG_BUS_CLOSE, "6", "s", false},
    {3, 6, XG_BUS_RESTART, "1", "sr", false}, {3, 7, XG_BUS_BREAK, "6", "s", true},
    {3, 8, XG_BUS_BREAK, "6", "s", true},     {3, 9, XG_BUS_BREAK, "6", "s", true},
    {4, 0, XG_BUS_GONE, "1", "sr", false},    {4, 1, XG_BUS_CLOSE, "6", "s", false},
    {4, 2, XG_BUS_CLOSE, "6", "s", false},    {4, 3, XG_BUS_BREAK, "6", "s", true},
    {4, 4, XG_BUS_CHANGED, "", "h", false},   {4, 5, XG_BUS_CLOSE, "6", "s", false},
    {4, 6, XG_BUS_RESTART, "1", "sr", false}, {4, 7, XG_BUS_WAIT, "", "", false},
    {4, 8, XG_BUS_CHANGED, "", "h", false},   {4, 9, XG_BUS_BREAK, "6", "s", true},
    {6, 0, XG_BUS_GONE, "1", "r", false},     {6, 1, XG_BUS_RESTART, "", "", false},
    {6, 2, XG_BUS_RESTART, "", "", false},    {6, 3, XG_BUS_WAIT, "", "", false},
    {6, 4, XG_BUS_WAIT, "", "", false},       {6, 5, XG_BUS_WAIT, "", "", false},
    {6, 6, XG_BUS_RELEASE, "1", "r", false},  {6, 7, XG_BUS_WAIT, "", "", false},
    {6, 8, XG_BUS_WAIT, "", "", false},       {6, 9, XG_BUS_WAIT, "", "", false},
};

static unsigned int expected(const struct line *line, char letter)
{
    return strchr(line->calls, letter) ? 1 : 0;
}

START_TEST(line_of_the_table)
{
    const struct line *line = &lines[_i];
    char state[4];
    size_t before;

    ck_assert_int_eq(xg_bus_rule(line->front, line->back), line->action);
    bring_to(line->front);
    memset(&calls, 0, sizeof(calls));
    before = strlen(states);
    sprintf(state, "%u", line->back);
    back(!line->back ? NULL : line->back == 9 ? "x" : state);
    ck_assert_str_eq(states + before, line->written);
    ck_assert_uint_eq(calls.prepare, expected(line, 'p'));
    ck_assert_uint_eq(calls.connect, expected(line, 'c'));
    ck_assert_uint_eq(calls.changed, expected(line, 'h'));
    ck_assert_uint_eq(calls.stop, expected(line, 's'));
    ck_assert_uint_eq(calls.release, expected(line, 'r'));
    ck_assert_int_eq(device.error != 0, line->broken);
    ck_assert_int_eq(fake_store_get("error/" FRONT "/error") != NULL, line->broken);
}
END_TEST

/* Closing, which a frontend enters only by its own wish: one state of the backend at a time. */
START_TEST(line_of_the_table_closing)
{
    static const enum xg_bus_action actions[] = {XG_BUS_GONE,  XG_BUS_CLOSE, XG_BUS_CLOSE, XG_BUS_CLOSE,
                                                 XG_BUS_WAIT,  XG_BUS_CLOSE, XG_BUS_CLOSE, XG_BUS_CLOSE,
                                                 XG_BUS_CLOSE, XG_BUS_BREAK};

    ck_assert_int_eq(xg_bus_rule(XG_BUS_CLOSING, (enum xg_bus_state)_i), actions[_i]);
}
END_TEST

/* What a cell of the table in docs/xenbus.md says. */
static enum xg_bus_action action_called(const char *word)
{
    static const char *const words[] = {
        [XG_BUS_WAIT] = "wait",       [XG_BUS_PUBLISH] = "publish", [XG_BUS_CONNECT] = "connect",
        [XG_BUS_CHANGED] = "changed", [XG_BUS_CLOSE] = "close",     [XG_BUS_RELEASE] = "release",
        [XG_BUS_RESTART] = "restart", [XG_BUS_GONE] = "gone",       [XG_BUS_BREAK] = "*break*"};
    unsigned int i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i] && strcmp(words[i], word) == 0)
            return (enum xg_bus_action)i;
    ck_abort_msg("no action is called %s", word);
}

/* The page that people read has the same table, cell by cell. */
START_TEST(table_of_the_page)
{
    FILE *page = fopen(XENBUS_PAGE, "r");
    unsigned int nr = 0, front, back;
    char line[512], *cell;

    ck_assert_ptr_nonnull(page);
    while (fgets(line, sizeof(line), page)) {
        if (sscanf(line, "| **%u** ", &front) != 1)
            continue;
        strtok(line, "|\n");
        for (back = 0; (cell = strtok(NULL, "|\n")) != NULL; back++, nr++) {
            char word[16];

            ck_assert_int_eq(sscanf(cell, " %15s", word), 1);
            ck_assert_int_eq(xg_bus_rule((enum xg_bus_state)front, (enum xg_bus_state)back),
                             action_called(word));
        }
    }
    fclose(page);
    ck_assert_uint_eq(nr, 5 * XG_BUS_NR_STATES);
}
END_TEST

START_TEST(no_rule_for_other_states)
{
    ck_assert_int_eq(xg_bus_rule((enum xg_bus_state)7, XG_BUS_CONNECTED), XG_BUS_BREAK);
    ck_assert_int_eq(xg_bus_rule(XG_BUS_CONNECTED, (enum xg_bus_state)10), XG_BUS_BREAK);
}
END_TEST

/* Every move of a frontend that there is, legal or not. */
START_TEST(moves_of_a_frontend)
{
    static const char *const legal = "01 11 13 16 31 34 35 36 41 45 46 51 56 61 ";
    unsigned int from, to;

    for (from = 0; from < 12; from++)
        for (to = 0; to < 12; to++) {
            char pair[12];

            sprintf(pair, "%u%u ", from, to);
            ck_assert_msg(xg_bus_front_may((enum xg_bus_state)from, (enum xg_bus_state)to) ==
                              (from < 10 && to < 10 && strstr(legal, pair)),
                          "from %u to %u", from, to);
        }
}
END_TEST

/* ---- Stories ---- */

START_TEST(plug_and_unplug)
{
    uint32_t ids[4];
    unsigned int nr;
    bool plugged;

    begin();
    settle();
    ck_assert_int_eq(xg_bus_list(&bus, "vbd", ids, 4, &nr), 0);
    ck_assert_uint_eq(nr, 0);
    plug("1", "2");
    fake_store_set("device/vbd/words", "");
    fake_store_run();
    ck_assert_int_eq(xg_bus_run(&bus, &plugged), 0);
    ck_assert(plugged);
    ck_assert_int_eq(xg_bus_list(&bus, "vbd", ids, 4, &nr), 0);
    ck_assert_uint_eq(nr, 1);
    ck_assert_uint_eq(ids[0], 51712);
    attach();
    back("4");
    ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);
    /* The toolstack takes it away: offline, closing; then closed, and its nodes are removed. */
    fake_store_set(BACK "/online", "0");
    back("5");
    ck_assert_uint_eq(device.front, XG_BUS_CLOSED);
    ck_assert_uint_eq(calls.release, 0);
    back("6");
    ck_assert_uint_eq(calls.release, 1);
    ck_assert_uint_eq(device.front, XG_BUS_CLOSED);
    fake_store_remove(FRONT);
    fake_store_remove(BACK);
    settle();
    ck_assert(device.unplugged);
    ck_assert_ptr_null(fake_store_get(FRONT "/state"));
    ck_assert_int_eq(xg_bus_detach(&bus, &device, 0), 0);
    ck_assert_ptr_null(bus.devices);
    ck_assert_uint_eq(fake_store.nr_watches, 1);
}
END_TEST

/* All nodes vanish at once, the way a forced unplug does it. Nothing is written where nothing is. */
START_TEST(vanishes_while_connected)
{
    bring_to(XG_BUS_CONNECTED);
    fake_store_remove(FRONT);
    fake_store_remove(BACK);
    settle();
    ck_assert(device.unplugged);
    ck_assert_uint_eq(calls.stop, 1);
    ck_assert_uint_eq(calls.release, 1);
    ck_assert_ptr_null(fake_store_get(FRONT "/state"));
    ck_assert_int_eq(xg_bus_detach(&bus, &device, 0), 0);
}
END_TEST

START_TEST(unplugged_between_look_and_write)
{
    begin();
    plug("1", "1");
    attach();
    fake_store_set(BACK "/state", "2");
    fake_store_remove(FRONT "/state");
    settle();
    ck_assert(device.unplugged);
    ck_assert_ptr_null(fake_store_get(FRONT "/state"));
    ck_assert_ptr_null(fake_store_get(FRONT "/ring-ref"));
}
END_TEST

START_TEST(backend_restarts)
{
    unsigned int i;

    bring_to(XG_BUS_CONNECTED);
    for (i = 0; i < 3 * XG_BUS_ATTEMPTS; i++) {
        back("5");
        back("6");
        ck_assert_uint_eq(device.front, XG_BUS_INITIALISING);
        back("2");
        back("4");
        ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);
    }
    ck_assert_uint_eq(calls.prepare, 1 + i);
    ck_assert_uint_eq(calls.release, i);
    ck_assert_int_eq(device.error, 0);
}
END_TEST

START_TEST(backend_that_never_connects)
{
    unsigned int i;

    bring_to(XG_BUS_INITIALISED);
    for (i = 0; i < 3 * XG_BUS_ATTEMPTS && !device.error; i++) {
        back("6");
        back("2");
    }
    ck_assert_int_eq(device.error, -XG_EIO);
    ck_assert_uint_eq(i, XG_BUS_ATTEMPTS + 1);
    ck_assert_uint_eq(device.front, XG_BUS_CLOSED);
    ck_assert_uint_eq(calls.release, calls.prepare);
}
END_TEST

START_TEST(earlier_kernel_left_it_connected)
{
    begin();
    plug("4", "4");
    states[0] = '4';
    attach();
    ck_assert_str_eq(states, "46");
    ck_assert_uint_eq(calls.prepare, 0);
    back("5");
    back("6");
    back("2");
    back("4");
    ck_assert_str_eq(states, "46134");
    ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);
}
END_TEST

START_TEST(earlier_kernel_left_it_closed)
{
    begin();
    plug("6", "6");
    states[0] = '6';
    attach();
    ck_assert_str_eq(states, "61");
    back("2");
    ck_assert_str_eq(states, "613");
}
END_TEST

START_TEST(frontend_that_fails)
{
    begin();
    plug("1", "1");
    attach();
    prepare_rc = -XG_ENOMEM;
    back("2");
    ck_assert_int_eq(device.error, -XG_ENOMEM);
    ck_assert_str_eq(states, "6");
    ck_assert_uint_eq(calls.stop, 1);
    back("6");
    ck_assert_uint_eq(calls.release, 1);
    ck_assert_str_eq(fake_store_get("error/" FRONT "/error"), "12");

    begin();
    plug("1", "1");
    attach();
    write_rc = -XG_EINVAL;
    back("2");
    ck_assert_int_eq(device.error, -XG_EINVAL);

    bring_to(XG_BUS_INITIALISED);
    connect_rc = -XG_EBADMSG;
    back("4");
    ck_assert_int_eq(device.error, -XG_EBADMSG);
    ck_assert_str_eq(states, "36");
    ck_assert_uint_eq(calls.release, 0);
    back("6");
    ck_assert_uint_eq(calls.release, 1);
    ck_assert_str_eq(states, "36");
}
END_TEST

START_TEST(failure_found_while_in_use)
{
    bring_to(XG_BUS_CONNECTED);
    xg_bus_fail(&device, -XG_EBADMSG);
    xg_bus_fail(&device, -XG_EIO);
    settle();
    ck_assert_int_eq(device.error, -XG_EBADMSG);
    ck_assert_uint_eq(device.front, XG_BUS_CLOSED);
    ck_assert_uint_eq(calls.stop, 1);
    back("6");
    ck_assert_uint_eq(calls.release, 1);
}
END_TEST

/*
 * A backend that says it is closed, or has gone, and still has our memory: asked again at every look, and the
 * bus looks by itself. For so long only; what comes back after that is still taken.
 */
START_TEST(backend_that_does_not_let_go)
{
    const char *closed = _i & 1 ? "6" : NULL;

    bring_to(XG_BUS_CONNECTED);
    release_rc = -XG_EBUSY;
    if (closed)
        back("5");
    back(closed);
    ck_assert_int_eq(device.error, 0);
    ck_assert(device.shared);
    if (_i & 2) {
        ck_assert_int_eq(xg_bus_wait_connected(&device, fake.now_ns + 60000000000), -XG_EBUSY);
        ck_assert_int_eq(device.error, -XG_EBUSY);
        release_rc = 0;
        settle();
        ck_assert(!device.shared);
        return;
    }
    ck_assert_int_eq(xg_bus_wait(&bus, xg_store_activity(&store), fake.now_ns + 60000000000, NULL), 0);
    release_rc = 0;
    ck_assert_int_eq(xg_bus_wait(&bus, xg_store_activity(&store), fake.now_ns + 60000000000, NULL), 0);
    ck_assert(!device.shared);
    ck_assert_uint_eq(device.front, XG_BUS_INITIALISING);
    back("2");
    back("4");
    ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);
    ck_assert_uint_eq(calls.prepare, 2);
}
END_TEST

/*
 * Stock Linux's backends, unbound and bound: at 2, and then, since we say Connected, they take up the old
 * rings by themselves. Whichever of its states we see, nothing is taken back before it says Closed. That it
 * fails (5) or has connected (4) makes no difference.
 */
START_TEST(backend_that_takes_up_the_rings)
{
    static const char *const meanwhile[] = {"2", "4", "5"};

    bring_to(XG_BUS_CONNECTED);
    back("2");
    ck_assert_uint_eq(device.front, XG_BUS_CLOSED);
    back(meanwhile[_i]);
    ck_assert_uint_eq(calls.stop, 1);
    ck_assert_uint_eq(calls.release, 0);
    back("6");
    ck_assert_uint_eq(calls.release, 1);
    back("2");
    back("4");
    ck_assert_str_eq(states, "346134");
    ck_assert_int_eq(device.error, 0);
}
END_TEST

/* The same, when it is at 4 again before we look: the frontend is told, and nothing is made anew. */
START_TEST(backend_that_took_up_the_rings_unseen)
{
    bring_to(XG_BUS_CONNECTED);
    fake_store_set(BACK "/state", "2");
    fake_store_set(BACK "/state", "4");
    settle();
    ck_assert_uint_eq(calls.changed, 1);
    ck_assert_uint_eq(calls.stop, 0);
    ck_assert_str_eq(states, "34");
}
END_TEST

/* A frontend that is at the beginning while the backend closes tells it that it may. */
START_TEST(backend_that_failed_to_begin)
{
    bring_to(XG_BUS_INITIALISING);
    back("5");
    back("6");
    back("2");
    back("4");
    ck_assert_str_eq(states, "6134");
    ck_assert_int_eq(device.error, 0);
}
END_TEST

static const char *follow; /* what the backend does at our Closing and Closed */

static void backend_follows(const char *path)
{
    on_changed_node(path);
    if (!strcmp(path, FRONT "/state") && follow && !strcmp(fake_store_get(path), "5"))
        fake_store_set(BACK "/state", "5");
    if (!strcmp(path, FRONT "/state") && follow && !strcmp(fake_store_get(path), "6"))
        fake_store_set(BACK "/state", "6");
}

START_TEST(detach)
{
    bring_to(XG_BUS_CONNECTED);
    follow = "";
    fake_store_changed = backend_follows;
    ck_assert_int_eq(xg_bus_detach(&bus, &device, 1000), 0);
    ck_assert_str_eq(states, "3456");
    ck_assert_uint_eq(calls.stop, 1);
    ck_assert_uint_eq(calls.release, 1);
    ck_assert_ptr_null(bus.devices);
    /* And it can be taken up once more. */
    attach();
    back("2");
    back("4");
    ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);
}
END_TEST

START_TEST(detach_from_a_backend_that_does_not_follow)
{
    bring_to(XG_BUS_CONNECTED);
    follow = NULL;
    fake_store_changed = backend_follows;
    release_rc = -XG_EBUSY;
    ck_assert_int_eq(xg_bus_detach(&bus, &device, 1000), -XG_ETIME);
    ck_assert_str_eq(states, "3456");
    ck_assert_ptr_null(bus.devices);
    ck_assert(device.shared);
}
END_TEST

START_TEST(nonsense_in_the_nodes)
{
    begin();
    ck_assert_int_eq(xg_bus_attach(&bus, &device, "vbd", 51712, &frontend), -XG_ENOENT);
    plug("1", "1");
    fake_store_set(FRONT "/backend", "relative");
    ck_assert_int_eq(xg_bus_attach(&bus, &device, "vbd", 51712, &frontend), -XG_EBADMSG);
    fake_store_set(FRONT "/backend", BACK);
    fake_store_set(FRONT "/backend-id", "65536");
    ck_assert_int_eq(xg_bus_attach(&bus, &device, "vbd", 51712, &frontend), -XG_EBADMSG);
    fake_store_set(FRONT "/backend-id", "0");
    fake_store_set(FRONT "/state", "99");
    ck_assert_int_eq(xg_bus_attach(&bus, &device, "vbd", 51712, &frontend), -XG_EBADMSG);
    ck_assert_ptr_null(bus.devices);
    ck_assert_uint_eq(fake_store.nr_watches, 1);
}
END_TEST

START_TEST(numbers_of_the_backend)
{
    uint64_t n;

    bring_to(XG_BUS_CONNECTED);
    fake_store_set(BACK "/sectors", "100");
    ck_assert_int_eq(xg_bus_read_number(&device, "sectors", 1000, 7, &n), 0);
    ck_assert_uint_eq(n, 100);
    ck_assert_int_eq(xg_bus_read_number(&device, "nothing", 1000, 7, &n), 0);
    ck_assert_uint_eq(n, 7);
    ck_assert_int_eq(xg_bus_read_number(&device, "sectors", 99, 7, &n), -XG_EINVAL);
}
END_TEST

START_TEST(wait_until_something_happens)
{
    uint32_t seen;
    bool plugged;

    bring_to(XG_BUS_INITIALISED);
    seen = xg_store_activity(&store);
    ck_assert_int_eq(xg_bus_wait(&bus, seen, 500, &plugged), -XG_ETIME);
    fake_store_set(BACK "/state", "4");
    ck_assert_int_eq(xg_bus_wait(&bus, seen, 1000, &plugged), 0);
    ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);
}
END_TEST

/* What a watch has told is not forgotten over a store that does not answer just then. */
START_TEST(store_that_is_late)
{
    bool plugged;

    bring_to(XG_BUS_INITIALISED);
    fake_store_set(BACK "/state", "4");
    fake_store_run();
    fake_store.nr_silent = 1;
    ck_assert_int_eq(xg_bus_run(&bus, NULL), -XG_ETIME);
    ck_assert_uint_eq(device.front, XG_BUS_INITIALISED);
    ck_assert_int_eq(xg_bus_run(&bus, NULL), 0);
    ck_assert_uint_eq(device.front, XG_BUS_CONNECTED);

    fake_store_set("device/vbd/51728/backend", BACK);
    fake_store_run();
    fake_store.nr_silent = 1;
    ck_assert_int_eq(xg_bus_run(&bus, &plugged), -XG_ETIME);
    ck_assert_int_eq(xg_bus_run(&bus, &plugged), 0);
    ck_assert(plugged);
    ck_assert_int_eq(xg_bus_run(&bus, &plugged), 0);
    ck_assert(!plugged);
}
END_TEST

TCase *bus_tests(void)
{
    TCase *tests = tcase_create("bus");

    tcase_add_loop_test(tests, line_of_the_table, 0, sizeof(lines) / sizeof(lines[0]));
    tcase_add_loop_test(tests, line_of_the_table_closing, 0, XG_BUS_NR_STATES);
    tcase_add_test(tests, table_of_the_page);
    tcase_add_test(tests, no_rule_for_other_states);
    tcase_add_test(tests, moves_of_a_frontend);
    tcase_add_test(tests, plug_and_unplug);
    tcase_add_test(tests, vanishes_while_connected);
    tcase_add_test(tests, unplugged_between_look_and_write);
    tcase_add_test(tests, backend_restarts);
    tcase_add_test(tests, backend_that_never_connects);
    tcase_add_test(tests, earlier_kernel_left_it_connected);
    tcase_add_test(tests, earlier_kernel_left_it_closed);
    tcase_add_test(tests, frontend_that_fails);
    tcase_add_test(tests, failure_found_while_in_use);
    tcase_add_loop_test(tests, backend_that_does_not_let_go, 0, 4);
    tcase_add_loop_test(tests, backend_that_takes_up_the_rings, 0, 3);
    tcase_add_test(tests, backend_that_took_up_the_rings_unseen);
    tcase_add_test(tests, backend_that_failed_to_begin);
    tcase_add_test(tests, detach);
    tcase_add_test(tests, detach_from_a_backend_that_does_not_follow);
    tcase_add_test(tests, nonsense_in_the_nodes);
    tcase_add_test(tests, numbers_of_the_backend);
    tcase_add_test(tests, wait_until_something_happens);
    tcase_add_test(tests, store_that_is_late);
    return tests;
}
