/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what the toolstack asks a DomU for: to end, to be saved, keys of SysRq, another size of memory. */
#include "shell.h"

#include <stdio.h>

#include <minios/balloon.h>
#include <minios/boot.h>
#include <minios/clock.h>
#include <minios/devices.h>
#include <minios/panic.h>
#include <minios/suspend.h>
#include <minios/thread.h>
#include <xenguest/balloon.h>
#include <xenguest/control.h>
#include <xenguest/errno.h>
#include <xenguest/os.h>
#include <xenguest/sched.h>

#define KIB_PER_PAGE 4

static struct xg_control control;

static void end(const char *how, enum xg_shutdown_reason reason)
{
    printf("control: %s\n", how);
    files_unmount_all();
    fflush(stdout);
    xg_sched_shutdown(reason);
}

static void press(char key)
{
    printf("control: key %c\n", key);
    switch (key) {
    case 't':
        command_threads(0, NULL);
        break;
    case 'm':
        command_mem(0, NULL);
        break;
    case 'c':
        panic("asked for by key");
    case 'b':
        end("reboot", XG_SHUTDOWN_REBOOT);
        break;
    case 'o':
        end("power off", XG_SHUTDOWN_POWEROFF);
        break;
    default:
        printf("keys: t threads, m memory, c crash, b reboot, o power off\n");
    }
}

/*
 * Targets leave out what the toolstack does not count as memory: that is what the domain begins with beyond
 * the most that it is to have. (Its first target may be another one by now.)
 */
static uint64_t uncounted_of(uint64_t now, uint64_t target)
{
    uint64_t most_kib;

    if (xg_store_read_number(devices_store(), XG_STORE_NO_TX, "memory/static-max", UINT64_MAX / 1024,
                             &most_kib))
        most_kib = target * KIB_PER_PAGE;
    return now > most_kib / KIB_PER_PAGE ? now - most_kib / KIB_PER_PAGE : 0;
}

static void resize(uint64_t target_kib)
{
    static uint64_t uncounted;
    static bool known;
    uint64_t target = target_kib / KIB_PER_PAGE;
    long now = xg_balloon_current();

    if (!known && now > 0) {
        uncounted = uncounted_of((uint64_t)now, target);
        known = true;
        if ((uint64_t)now == target + uncounted)
            return;
    }
    printf("control: %llu KiB asked for, ", (unsigned long long)target_kib);
    printf("%llu pages\n", (unsigned long long)(balloon_set(target + uncounted) - uncounted));
}

/* Whoever has the bus has it until the domain sleeps: devices do not come or go meanwhile. */
static void suspend(void)
{
    static struct xg_suspend object;
    uint64_t before;
    int rc;

    printf("control: suspend\n");
    fflush(stdout);
    object.store = devices_store();
    object.control = &control;
    devices_lock();
    object.bus = devices_bus_if_any();
    object.grants = devices_grants_if_any();
    before = clock_now_ns();
    rc = suspend_system(&object);
    devices_unlock();
    printf("control: %s, error %d, %llu ms\n", object.cancelled ? "not suspended" : "resumed", -rc,
           (unsigned long long)((clock_now_ns() - before) / 1000000));
}

static void act(const struct xg_control_request *request)
{
    switch (request->wish) {
    case XG_CONTROL_POWEROFF:
    case XG_CONTROL_HALT:
        end("power off", XG_SHUTDOWN_POWEROFF);
        break;
    case XG_CONTROL_REBOOT:
        end("reboot", XG_SHUTDOWN_REBOOT);
        break;
    case XG_CONTROL_CRASH:
        panic("asked for by the toolstack");
    case XG_CONTROL_SUSPEND:
        suspend();
        break;
    case XG_CONTROL_SYSRQ:
        press((char)request->value);
        break;
    case XG_CONTROL_TARGET:
        resize(request->value);
        break;
    default:
        break;
    }
    fflush(stdout);
}

/* The store may be late: on a busy host, or at a start of everything at once. */
static bool is_transient(int rc)
{
    return rc == -XG_ETIME || rc == -XG_EAGAIN;
}

static int begin(void)
{
    int rc;

    do
        rc = xg_control_init(&control, devices_store());
    while (is_transient(rc));
    return rc;
}

static void control_thread(void *unused)
{
    struct xg_store *store = devices_store();
    int rc = begin();

    if (rc) {
        printf("no control by the toolstack: error %d\n", -rc);
        return;
    }
    for (;;) {
        uint32_t seen = xg_store_activity(store);
        struct xg_control_request request;

        rc = xg_control_take(&control, &request);
        if (rc) {
            printf("control: error %d\n", -rc);
            if (!is_transient(rc))
                return;
        }
        act(&request);
        if (request.wish == XG_CONTROL_NOTHING)
            (void)!xg_store_wait(store, seen, XG_NO_DEADLINE);
    }
}

void control_start(void)
{
    if (boot.initial_domain || !devices_store())
        return;
    if (!thread_create("control", 0, control_thread, NULL))
        printf("no control by the toolstack: no memory for its thread\n");
}
