/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the devices of a DomU need, made when it is first asked for: the store's client, the grant table, the
 * bus. The bus belongs to the thread of the shell.
 */
#ifndef MINIOS_DEVICES_H
#define MINIOS_DEVICES_H

#include <xenguest/grant.h>
#include <xenguest/xenbus.h>

/* NULL, having said why: no store (Domain 0 has none of its own yet), or it does not answer. */
struct xg_store *devices_store(void);
struct xg_bus *devices_bus(void);
struct xg_grants *devices_grants(void);

#endif
