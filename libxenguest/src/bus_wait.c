/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for one device, for a kernel that has nothing else to do meanwhile. */
#include <xenguest/xenbus.h>
#include "private.h"

int xg_bus_wait_connected(struct xg_bus_device *device, uint64_t deadline_ns)
{
    struct xg_bus *bus = device->bus;

    for (;;) {
        uint32_t seen = xg_store_activity(bus->store);
        int rc = xg_bus_run(bus, NULL);

        if (rc)
            return rc;
        if (device->error)
            return device->error;
        if (device->front == XG_BUS_CONNECTED)
            return 0;
        if (xg_os_now_ns() >= deadline_ns)
            return -XG_ETIME;
        rc = xg_bus_wait(bus, seen, deadline_ns, NULL);
        if (rc && rc != -XG_ETIME)
            return rc;
    }
}
