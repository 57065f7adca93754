/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving the CPU away and ending the domain. Tier 0. Source: <xen/sched.h>. */
#ifndef XENGUEST_SCHED_H
#define XENGUEST_SCHED_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

enum xg_shutdown_reason {
    XG_SHUTDOWN_POWEROFF = 0,
    XG_SHUTDOWN_REBOOT = 1,
    XG_SHUTDOWN_SUSPEND = 2,
    XG_SHUTDOWN_CRASH = 3,
    XG_SHUTDOWN_WATCHDOG = 4,
};

/* Lets another vCPU run; returns when this one is chosen again. */
void xg_sched_yield(void);

/*
 * Unmasks event delivery and sleeps until an event is pending for this vCPU, in one step: check for work with
 * events masked, then call this, and no wakeup is lost. Returns with delivery unmasked.
 */
void xg_sched_block(void);

/*
 * Sleeps until one of `nr` ports is pending, masked or not, or until the system time `deadline_ns` (0: for
 * ever). Call it with event delivery masked. 0, or Xen's errno: -XG_EINVAL more than 128 ports or a port that
 * is not open.
 */
int __must_check xg_sched_poll(const xg_evtchn_t *ports, unsigned int nr, uint64_t deadline_ns);

/* Ends the domain; `reason` is not XG_SHUTDOWN_SUSPEND. Does not return. */
void xg_sched_shutdown(enum xg_shutdown_reason reason) XG_NORETURN;

XG_END_DECLS

#endif
