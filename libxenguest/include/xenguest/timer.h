/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one-shot timer that each vCPU has: it raises VIRQ_TIMER of that vCPU. Tier 0. Deadlines are absolute
 * system time (clock.h), so a late call does not drift; one that has passed raises the event at once.
 */
#ifndef XENGUEST_TIMER_H
#define XENGUEST_TIMER_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

/* Arms, or moves, the timer of the calling vCPU; 0 disarms it. Never -XG_ETIME: the past is now. */
int __must_check xg_timer_set(uint64_t deadline_ns);

/*
 * The same by the newer vcpu_op, which a hypervisor may refuse for another than the calling vCPU
 * (-XG_EINVAL). A timer of its own: the two do not move each other in every hypervisor, so a kernel uses one
 * of them.
 */
int __must_check xg_timer_set_singleshot(unsigned int vcpu, uint64_t deadline_ns);
int __must_check xg_timer_stop_singleshot(unsigned int vcpu);
/* Ends the periodic tick that a hypervisor may start a vCPU with. */
int __must_check xg_timer_stop_periodic(unsigned int vcpu);

XG_END_DECLS

#endif
