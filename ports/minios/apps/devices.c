/* SPDX-License-Identifier: BSD-2-Clause */
/* The one store, grant table and bus of Mini-OS, each made when it is first wanted. */
#include <minios/devices.h>

#include <stdio.h>

#include <minios/boot.h>
#include <minios/events.h>
#include <minios/thread.h>

static struct xg_store store;
static struct xg_grants grants;
static struct xg_bus bus;
static struct mutex lock = MUTEX_INITIALIZER(lock);
static uint32_t nr_locked;
static bool have_store, have_grants, have_bus;

static bool made(const char *what, int rc)
{
    if (rc)
        printf("%s: error %d\n", what, -rc);
    return !rc;
}

struct xg_store *devices_store(void)
{
    if (!have_store) {
        int rc = xg_store_init(&store, &boot);

        if (!rc)
            rc = xg_store_bind(&store, &events);
        have_store = made("no store", rc);
        if (have_store)
            event_name(store.port, "store", 0);
    }
    return have_store ? &store : NULL;
}

struct xg_grants *devices_grants(void)
{
    if (!have_grants)
        have_grants = made("no grant table", xg_grants_init(&grants, 4));
    return have_grants ? &grants : NULL;
}

struct xg_bus *devices_bus(void)
{
    if (!have_bus && devices_store())
        have_bus = made("no bus", xg_bus_init(&bus, &store));
    return have_bus ? &bus : NULL;
}

uint32_t devices_lock(void)
{
    mutex_lock(&lock);
    return ++nr_locked;
}

void devices_unlock(void)
{
    mutex_unlock(&lock);
}
