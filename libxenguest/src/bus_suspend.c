/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices of a domain that was restored: their connections are void, and there are other backends. */
#include <xenguest/xenbus.h>
#include "bus_private.h"
#include "private.h"

void xg_bus_lost(struct xg_bus *bus)
{
    struct xg_bus_device *device;

    for (device = bus->devices; device; device = device->next) {
        if (!device->started)
            continue;
        if (device->frontend->lost)
            device->frontend->lost(device);
        else if (!device->error)
            device->error = -XG_EOPNOTSUPP;
    }
}

void xg_bus_let_go(struct xg_bus *bus)
{
    struct xg_bus_device *device;

    for (device = bus->devices; device; device = device->next) {
        /* It cannot forget: stopping it would close ports that are others' by now. */
        if (!device->frontend->lost)
            continue;
        (void)!xg_bus_release(device);
    }
}

int xg_bus_resume(struct xg_bus *bus)
{
    struct xg_bus_device *device;

    for (device = bus->devices; device; device = device->next) {
        int rc;

        if (device->unplugged || device->error)
            continue;
        device->nr_attempts = 0;
        rc = xg_bus_take_up_again(device);
        if (rc == -XG_ENOENT) {
            device->unplugged = true;
            (void)!xg_bus_release(device);
        } else if (rc == -XG_EIO || rc == -XG_ETIME) {
            return rc;
        } else if (rc) {
            xg_bus_fail(device, rc);
        }
    }
    return 0;
}
