/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical CPUs working together. Implemented by arch. */
#ifndef XEN_SMP_H
#define XEN_SMP_H

#include <xen/cpumask.h>

/*
 * Runs fn on each CPU of the mask (this one too when it is in it), and waits when asked. Interrupts on, no
 * spinlock held that fn's CPUs take.
 */
void smp_call(cpumask_t mask, void (*fn)(void *data), void *data, bool wait);
/* Makes the CPUs leave guest or idle and look at their softirqs and events. Any context. */
void smp_send_event_check(cpumask_t mask);

#endif
