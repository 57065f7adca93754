/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pv clock: system time (nanoseconds since the host started) from the TSC and the parameters that Xen
 * publishes for each vCPU, and the wall clock. Tier 1. Source: struct vcpu_time_info and wc_* of <xen/xen.h>.
 */
#ifndef XENGUEST_CLOCK_H
#define XENGUEST_CLOCK_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

/*
 * TSC ticks to nanoseconds: shift left by `shift` (right when negative), multiply by `multiplier`/2^32. The
 * product is formed in 96 bits, so nothing is lost below 584 years.
 */
uint64_t xg_clock_scale(uint64_t ticks, uint32_t multiplier, int8_t shift);
/* The frequency, in Hz, that these parameters mean; 0 when they are void. */
uint64_t xg_clock_tsc_hz(const struct vcpu_info *info);

/* System time as the vCPU with this vcpu_info sees it. Call it on that vCPU with events masked. */
uint64_t xg_clock_vcpu_ns(const struct vcpu_info *info);

/* A clock that does not run backwards, whichever vCPU asks. All zero is a valid start. */
struct xg_clock {
    uint64_t last_ns;
    uint64_t offset_ns; /* from system time, modulo 2^64: 0 until the domain was restored */
};

uint64_t xg_clock_now_ns(struct xg_clock *clock, const struct vcpu_info *info);
/*
 * After a suspension, on any host: the clock goes on from where it stood. Before other vCPUs read it.
 * (suspend.h does it.)
 */
void xg_clock_resume(struct xg_clock *clock, const struct vcpu_info *info);
/* The system time at which the clock shows `ns`: what the timer (timer.h) wants. 0 stays 0. */
uint64_t xg_clock_to_system_ns(const struct xg_clock *clock, uint64_t ns);

/* Time of day, UTC. */
struct xg_wall_time {
    uint64_t seconds; /* since 1970 */
    uint32_t nanoseconds;
};

/* The wall clock at system time `system_ns`. */
void xg_clock_wall(const struct shared_info *shared, uint64_t system_ns, struct xg_wall_time *out);

XG_END_DECLS

#endif
