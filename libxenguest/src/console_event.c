/* SPDX-License-Identifier: BSD-2-Clause */
/* The console's event: apart from the console, so that one without events needs no event channels. */
#include <xenguest/console.h>
#include "private.h"

int xg_console_bind(struct xg_console *console, struct xg_events *events, xg_event_fn *function, void *arg)
{
    if (console->ring)
        return xg_event_attach(events, console->port, function, arg);
    return xg_event_bind_virq(events, XG_VIRQ_CONSOLE, 0, function, arg, &console->port);
}
