/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the devices of a DomU need, made when it is first asked for: the store's client, the grant table, the
 * bus. The bus belongs to whoever holds its lock.
 */
#ifndef MINIOS_DEVICES_H
#define MINIOS_DEVICES_H

#include <xenguest/grant.h>
#include <xenguest/xenbus.h>

/* NULL, having said why: no store (Domain 0 has none of its own yet), or it does not answer. */
struct xg_store *devices_store(void);
struct xg_bus *devices_bus(void);
struct xg_grants *devices_grants(void);

/* The same as far as they have been asked for; NULL otherwise. */
struct xg_bus *devices_bus_if_any(void);
struct xg_grants *devices_grants_if_any(void);

/*
 * A thread follows the bus from the first call on; the function is called in it, with the bus locked, at
 * once and whenever something has happened: `plugged` when devices may have come or gone. At most four.
 */
typedef void devices_look_fn(struct xg_bus *bus, bool plugged);
bool devices_follow(devices_look_fn *look);
/* The same for whoever wants devices to move by the rules, and nothing else. */
bool devices_follow_rules(void);

/* The bus's lock; may be held while waiting. Returns how often it was taken: who was last, and is again? */
uint32_t devices_lock(void);
void devices_unlock(void);

#endif
