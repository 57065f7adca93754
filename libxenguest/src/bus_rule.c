/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules as two tables; why each line is as it is stands in docs/xenbus.md. */
#include <xenguest/xenbus.h>
#include "private.h"

enum {
    WAIT = XG_BUS_WAIT,
    PUBL = XG_BUS_PUBLISH,
    CONN = XG_BUS_CONNECT,
    CHAN = XG_BUS_CHANGED,
    CLOS = XG_BUS_CLOSE,
    RELE = XG_BUS_RELEASE,
    REST = XG_BUS_RESTART,
    GONE = XG_BUS_GONE,
    BREK = XG_BUS_BREAK,
};

/* By the frontend's state, which is one of five, and the backend's. */
/* clang-format off */
static const unsigned char rules[][XG_BUS_NR_STATES] = {
    /*                        none  Init  IniW  Inid  Conn  Clsg  Clsd  Rcfg  Rcfd  other */
    [XG_BUS_INITIALISING] = {WAIT, WAIT, PUBL, PUBL, CLOS, CLOS, WAIT, BREK, BREK, BREK},
    [XG_BUS_INITIALISED]  = {GONE, WAIT, WAIT, WAIT, CONN, CLOS, REST, BREK, BREK, BREK},
    [XG_BUS_CONNECTED]    = {GONE, CLOS, CLOS, BREK, CHAN, CLOS, REST, WAIT, CHAN, BREK},
    [XG_BUS_CLOSING]      = {GONE, CLOS, CLOS, CLOS, WAIT, CLOS, CLOS, CLOS, CLOS, BREK},
    [XG_BUS_CLOSED]       = {GONE, REST, REST, WAIT, WAIT, WAIT, RELE, WAIT, WAIT, WAIT},
};
/* clang-format on */

enum xg_bus_action xg_bus_rule(enum xg_bus_state front, enum xg_bus_state back)
{
    if (front >= XG_ARRAY_SIZE(rules) || back >= XG_BUS_NR_STATES)
        return XG_BUS_BREAK;
    return (enum xg_bus_action)rules[front][back];
}

/* The states that a frontend may go to from each, as bits. */
static const unsigned char moves[] = {
    [XG_BUS_UNKNOWN] = 1 << XG_BUS_INITIALISING,
    [XG_BUS_INITIALISING] = 1 << XG_BUS_INITIALISING | 1 << XG_BUS_INITIALISED | 1 << XG_BUS_CLOSED,
    [XG_BUS_INITIALISED] =
        1 << XG_BUS_INITIALISING | 1 << XG_BUS_CONNECTED | 1 << XG_BUS_CLOSING | 1 << XG_BUS_CLOSED,
    [XG_BUS_CONNECTED] = 1 << XG_BUS_INITIALISING | 1 << XG_BUS_CLOSING | 1 << XG_BUS_CLOSED,
    [XG_BUS_CLOSING] = 1 << XG_BUS_INITIALISING | 1 << XG_BUS_CLOSED,
    [XG_BUS_CLOSED] = 1 << XG_BUS_INITIALISING,
};

bool xg_bus_front_may(enum xg_bus_state from, enum xg_bus_state to)
{
    return from < XG_ARRAY_SIZE(moves) && to < XG_BUS_NR_STATES && (moves[from] >> to & 1);
}
