/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between bus.c, which follows the rules, bus_device.c, which finds devices and their nodes, and
 * bus_suspend.c.
 */
#ifndef XENGUEST_BUS_PRIVATE_H
#define XENGUEST_BUS_PRIVATE_H

#include <xenguest/xenbus.h>

XG_BEGIN_DECLS

/* Of a restored domain: another backend, another folder of it. Errors as xg_bus_attach. */
int xg_bus_take_up_again(struct xg_bus_device *device);
/* Asks the rules and acts, as often as acting changes something. */
int xg_bus_device_run(struct xg_bus_device *device);
/* stop, and release what there is. */
int xg_bus_release(struct xg_bus_device *device);
/* The orderly end; errors as xg_bus_detach. */
int xg_bus_close(struct xg_bus_device *device, uint64_t deadline_ns);

XG_END_DECLS

#endif
