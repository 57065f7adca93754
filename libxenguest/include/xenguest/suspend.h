/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Suspending the domain, so that it can be saved, and going on in it or in the domain that was made of it.
 * Tier 3. Source: SCHEDOP_shutdown of <xen/sched.h>, struct start_info and struct arch_shared_info of the
 * ABI; what stock toolstacks look for stands in docs/suspend.md.
 *
 * The order, of which the steps with a name of their own here are the library's:
 *
 *   1  thread     take the bus: nobody attaches or detaches; the control thread was asked (control.h)
 *   2  thread     xg_suspend_begin: the store's answers are waited for, nothing new is asked
 *   3  thread     every other vCPU: xg_vcpu_park, on itself; wait for xg_vcpu_parked
 *   4  vCPU 0,    xg_suspend: the domain sleeps in it. Devices need not be idle. Nothing but the domain's own
 *      masked     memory is mapped (what the library has mapped it sees to), and no lock of events is held
 *   5  masked     if it was not cancelled: bind timers, IPIs, virqs; register runstate areas and vcpu_infos
 *                 that were moved; forget every port, mfn and grant reference of before. Either way: set
 *                 the timer
 *   6  masked     xg_vcpu_unpark each, with `anew` unless cancelled
 *   7  thread     unmask; xg_suspend_finish: store, grants, devices. Then give the bus back
 *
 * Disks do again what was in flight, cards lose what was, watches fire, the clock (clock.h) goes on from
 * where it stood, time of day is right. A transaction of the store that was open ends with an errno.
 */
#ifndef XENGUEST_SUSPEND_H
#define XENGUEST_SUSPEND_H

#include <xenguest/boot.h>
#include <xenguest/clock.h>
#include <xenguest/console.h>
#include <xenguest/control.h>
#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/p2m.h>
#include <xenguest/xenbus.h>

XG_BEGIN_DECLS

struct xg_suspend {
    /* The port's; those marked may be NULL. All stay the caller's. */
    void *start_info; /* as xg_main was given it, still mapped, writable */
    struct xg_boot *boot;
    void *shared_page; /* what xg_shared_map was given */
    struct xg_p2m *p2m;
    struct xg_p2m_tree *tree; /* of xg_p2m_publish */
    struct xg_events *events;
    struct xg_clock *clock;     /* may be NULL */
    struct xg_console *console; /* may be NULL: bind it anew in step 5 */
    struct xg_grants *grants;   /* may be NULL */
    struct xg_store *store;
    struct xg_bus *bus;         /* may be NULL */
    struct xg_control *control; /* may be NULL */
    /*
     * In a restored domain, masked, as soon as the p2m list is right: the port puts the frame numbers right
     * that it keeps itself (the root of its page tables), before it is asked to map anything.
     */
    void (*frames_changed)(void *arg);
    void *arg;
    /* Results. */
    bool cancelled; /* the same domain goes on: everything is as it was */
    uint32_t nr_suspends;
};

/* Errors: xg_store_suspend; the domain goes on as before then. */
int __must_check xg_suspend_begin(struct xg_suspend *suspend);
/*
 * On vCPU 0 with events masked, after begin. An errno, with `cancelled` set: Xen refused. What cannot be put
 * right after a restoration – the shared-info page or the grant table cannot be mapped – is xg_os_panic's.
 */
int __must_check xg_suspend(struct xg_suspend *suspend);
/* From the thread that called begin. Errors: the store's; devices that cannot come back are broken for
 * themselves. */
int __must_check xg_suspend_finish(struct xg_suspend *suspend);

XG_END_DECLS

#endif
