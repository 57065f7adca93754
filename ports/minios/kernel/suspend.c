/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a suspension, as <xenguest/suspend.h> has it. */
#include <minios/suspend.h>

#include <minios/address_space.h>
#include <minios/boot.h>
#include <minios/clock.h>
#include <minios/console.h>
#include <minios/events.h>
#include <minios/smp.h>
#include <minios/thread.h>
#include <xenguest/errno.h>
#include <xenguest/os.h>

static void frames_changed(void *unused)
{
    address_space_frames_changed();
}

static void fill_in(struct xg_suspend *suspend)
{
    suspend->start_info = boot_start_info;
    suspend->boot = &boot;
    suspend->shared_page = boot_shared_page;
    suspend->p2m = address_space_p2m();
    suspend->tree = address_space_p2m_tree();
    suspend->events = &events;
    suspend->clock = clock_object();
    suspend->console = console_object();
    suspend->frames_changed = frames_changed;
}

/* The other vCPUs are parked. */
static int sleep(struct xg_suspend *suspend)
{
    unsigned long saved = xg_os_events_save();
    int rc = xg_suspend(suspend);

    if (!suspend->cancelled) {
        events_forget();
        console_resume();
        event_name(suspend->store->port, "store", 0);
    }
    smp_resume(!suspend->cancelled);
    xg_os_events_restore(saved);
    /* Sets the timer of this vCPU. */
    thread_yield();
    return rc;
}

int suspend_system(struct xg_suspend *suspend)
{
    int rc, finished;

    fill_in(suspend);
    rc = xg_suspend_begin(suspend);
    if (rc)
        return rc;
    rc = smp_park() ? sleep(suspend) : -XG_ENOMEM;
    finished = xg_suspend_finish(suspend);
    return rc ? rc : finished;
}
