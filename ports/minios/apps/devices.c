/* SPDX-License-Identifier: BSD-2-Clause */
/* The one store, grant table and bus of Mini-OS, each made when it is first wanted. */
#include <minios/devices.h>
#include "shell.h"

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
        printf("%s: %s (error %d)\n", what, shell_error(rc), -rc);
    return !rc;
}

struct xg_store *devices_store(void)
{
    if (!have_store && boot.initial_domain) {
        printf("this is Domain 0: it has no store, and no devices of other domains\n");
    } else if (!have_store) {
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

struct xg_bus *devices_bus_if_any(void)
{
    return have_bus ? &bus : NULL;
}

struct xg_grants *devices_grants_if_any(void)
{
    return have_grants ? &grants : NULL;
}

/* ---- The thread that follows the bus ---- */

#define FOLLOWERS    4
#define HELD_LOOK_NS 10000000ull

static devices_look_fn *followers[FOLLOWERS];
static unsigned int nr_followers;

/* The rules of the bus are all that some want of the thread. */
static void look_away(struct xg_bus *unused, bool plugged)
{
}

static void bus_thread(void *unused)
{
    unsigned int nr_before = 0;
    uint32_t turn = 0;

    for (;;) {
        uint32_t seen = xg_store_activity(&store), last = turn;
        uint64_t until_ns;
        bool plugged;
        int rc;

        turn = devices_lock();
        rc = xg_bus_run(&bus, &plugged);
        /* Others who had the bus were told of what was plugged meanwhile. */
        plugged |= turn != last + 1 || nr_followers != nr_before;
        nr_before = nr_followers;
        for (unsigned int i = 0; !rc && i < nr_followers; i++)
            followers[i](&bus, plugged);
        until_ns = bus.held ? xg_os_now_ns() + HELD_LOOK_NS : XG_NO_DEADLINE;
        devices_unlock();
        if (rc)
            printf("the bus: error %d\n", -rc);
        (void)!xg_store_wait(&store, seen, until_ns);
    }
}

bool devices_follow_rules(void)
{
    static bool followed;

    if (!followed)
        followed = devices_follow(look_away);
    return followed;
}

bool devices_follow(devices_look_fn *look)
{
    bool followed;

    if (!devices_bus())
        return false;
    devices_lock();
    followed = nr_followers < FOLLOWERS;
    if (followed)
        followers[nr_followers++] = look;
    if (nr_followers == 1)
        followed = thread_create("bus", CPU_ANY, bus_thread, NULL);
    devices_unlock();
    /* Ends its wait, so that it calls the new one. */
    __atomic_fetch_add(&store.activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&store.activity);
    return followed;
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
