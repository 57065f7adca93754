/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timers of a vCPU: periodic, single-shot (also set_timer_op) and that of SCHEDOP_poll. Each raises
 * VIRQ_TIMER, the last wakes.
 */
#ifndef XEN_VCPU_TIMER_H
#define XEN_VCPU_TIMER_H

#include <xen/types.h>

struct vcpu;

void vcpu_timers_init(struct vcpu *v);
/* Stops them for good, and waits for their functions. v does not run any more. */
void vcpu_timers_kill(struct vcpu *v);
/*
 * Stops the periodic timer while v is off its CPU, and makes up for what it missed when it comes back. v's
 * CPU.
 */
void vcpu_periodic_timer_stop(struct vcpu *v);
void vcpu_periodic_timer_start(struct vcpu *v);
/* VCPUOP_set_periodic_timer and _stop_ (0). */
void vcpu_set_periodic(struct vcpu *v, s_time_t period_ns);
/* Absolute system time, may have passed; 0 stops. v is current. */
void vcpu_set_singleshot(struct vcpu *v, s_time_t timeout_ns);

#endif
