/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps around the hypercall that the domain sleeps in. Between the moment when the shared-info page is
 * unmapped and the one when it is back nothing may touch the event mask: only hypercalls.
 */
#include <xenguest/mmu.h>
#include <xenguest/shared.h>
#include <xenguest/suspend.h>
#include "private.h"

int xg_suspend_begin(struct xg_suspend *suspend)
{
    suspend->cancelled = true;
    return xg_store_suspend(suspend->store);
}

/* The toolstack wants the rings of console and store as pfns, since their mfns will be others. */
static void name_rings_by_pfn(const struct xg_suspend *suspend, struct start_info *info)
{
    info->store_mfn = xg_p2m_pfn(suspend->p2m, xg_mfn(info->store_mfn)).n;
    info->console.domU.mfn = xg_p2m_pfn(suspend->p2m, xg_mfn(info->console.domU.mfn)).n;
}

static void name_rings_by_mfn(const struct xg_suspend *suspend, struct start_info *info)
{
    info->store_mfn = xg_p2m_mfn(suspend->p2m, xg_pfn(info->store_mfn)).n;
    info->console.domU.mfn = xg_p2m_mfn(suspend->p2m, xg_pfn(info->console.domU.mfn)).n;
}

static void shared_unmap(const struct xg_suspend *suspend)
{
    if (hypercall_update_va_mapping(XG_ADDRESS(suspend->shared_page), 0, XG_FLUSH_PAGE_ALL))
        xg_os_panic("xg_suspend", "the shared-info page cannot be unmapped");
}

/* Into the frame that start-info names now. */
static void shared_map(const struct xg_suspend *suspend, const struct start_info *info)
{
    xg_pte_t entry = xg_pte(xg_maddr_to_mfn(xg_maddr(info->shared_info)), XG_PTE_DATA);

    if (hypercall_update_va_mapping(XG_ADDRESS(suspend->shared_page), entry, XG_FLUSH_PAGE_ALL))
        xg_os_panic("xg_suspend", "the shared-info page cannot be mapped");
}

/* 1: cancelled; 0: restored. The third argument is where the toolstack looks for the start-info page. */
static long sleep_in_xen(xg_mfn_t start_info)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_suspend};

    return xg_hypercall(SCHEDOP_shutdown, XG_ADDRESS(&shutdown), start_info.n, 0, 0, XG_HYPERCALL_sched_op);
}

static void restored(struct xg_suspend *suspend)
{
    struct shared_info *shared = suspend->shared_page;

    xg_p2m_resume(suspend->p2m);
    if (suspend->frames_changed)
        suspend->frames_changed(suspend->arg);
    if (xg_boot_read(suspend->boot, suspend->start_info))
        xg_os_panic("xg_suspend", "the toolstack has left no start-info page");
    xg_events_resume(suspend->events);
    if (suspend->clock)
        xg_clock_resume(suspend->clock, xg_shared_vcpu_info(shared, 0));
    if (xg_p2m_publish(suspend->p2m, suspend->tree, shared))
        xg_os_panic("xg_suspend", "there was a tree of the p2m list and now there is none");
    if (suspend->bus)
        xg_bus_lost(suspend->bus);
    if (suspend->console)
        xg_console_resume(suspend->console, suspend->boot);
    /* Its answers to what xg_suspend_finish asks are waited for. */
    suspend->store->port = suspend->boot->store_port;
    if (xg_store_bind(suspend->store, suspend->events))
        xg_os_panic("xg_suspend", "the store's event channel cannot be bound");
}

int xg_suspend(struct xg_suspend *suspend)
{
    struct start_info *info = suspend->start_info;
    xg_mfn_t frame = xg_os_address_to_mfn(info);
    long rc;

    if (suspend->grants)
        xg_grants_unmap(suspend->grants);
    name_rings_by_pfn(suspend, info);
    shared_unmap(suspend);
    rc = sleep_in_xen(frame);
    suspend->cancelled = rc != 0;
    shared_map(suspend, info);
    if (suspend->cancelled)
        name_rings_by_mfn(suspend, info);
    else
        restored(suspend);
    if (suspend->grants && xg_grants_map(suspend->grants, !suspend->cancelled))
        xg_os_panic("xg_suspend", "the grant table cannot be mapped");
    suspend->nr_suspends++;
    return rc < 0 ? (int)rc : 0;
}

int xg_suspend_finish(struct xg_suspend *suspend)
{
    int rc;

    if (suspend->cancelled) {
        xg_store_continue(suspend->store);
        return 0;
    }
    rc = xg_store_resume(suspend->store, suspend->boot);
    if (suspend->bus)
        xg_bus_let_go(suspend->bus);
    if (suspend->grants)
        xg_grants_open(suspend->grants);
    if (!rc && suspend->bus)
        rc = xg_bus_resume(suspend->bus);
    if (!rc && suspend->control)
        rc = xg_control_resume(suspend->control);
    return rc;
}
