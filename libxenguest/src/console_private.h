/* SPDX-License-Identifier: BSD-2-Clause */
/* The console's ring (console_ring.c), as the first console (console.c) and further ones (channel.c) use it.
 */
#ifndef XENGUEST_CONSOLE_PRIVATE_H
#define XENGUEST_CONSOLE_PRIVATE_H

#include <xenguest/console.h>
#include "private.h"

XG_BEGIN_DECLS

/* All need a ring that is not broken, and mark it so when its indices are impossible. */

/* Takes as many bytes as there is room for and notifies. Returns how many that was. */
size_t xg_console_ring_write(struct xg_console *console, const char *text, size_t length);
/* Gives as many bytes as wait, at most `size`, and notifies. */
size_t xg_console_ring_read(struct xg_console *console, char *buffer, size_t size);
/* How many bytes wait. */
uint32_t xg_console_ring_waiting(struct xg_console *console);
void xg_console_ring_notify(struct xg_console *console);

XG_END_DECLS

#endif
