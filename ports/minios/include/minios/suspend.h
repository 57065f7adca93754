/* SPDX-License-Identifier: BSD-2-Clause */
/* Suspending Mini-OS, so that it can be saved: the kernel's part of <xenguest/suspend.h>. */
#ifndef MINIOS_SUSPEND_H
#define MINIOS_SUSPEND_H

#include <xenguest/suspend.h>

/*
 * Sleeps until the domain goes on or was restored. Called by the thread that owns the bus, on vCPU 0; store,
 * bus, grants and control are the caller's, everything else is filled in here. An errno: it goes on as
 * before.
 */
int suspend_system(struct xg_suspend *suspend);

#endif
