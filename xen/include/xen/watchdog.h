/* SPDX-License-Identifier: BSD-2-Clause */
/* Watchdogs of domains: SCHEDOP_watchdog. Lock: domain.watchdog_lock, outside the timers'. */
#ifndef XEN_WATCHDOG_H
#define XEN_WATCHDOG_H

#include <xen/types.h>

struct domain;
struct sched_watchdog;

void watchdogs_init(struct domain *d);
/* Stops them for good: before d is freed. */
void watchdogs_kill(struct domain *d);
/*
 * Id 0: a new one, in so many seconds; answers its id. Else that one anew, or with timeout 0 not any more.
 * -XEN_EINVAL (no such watchdog, or not in use), -XEN_ENOSPC.
 */
long watchdog_set(struct domain *d, const struct sched_watchdog *w);

#endif
