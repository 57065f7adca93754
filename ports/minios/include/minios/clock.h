/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mini-OS's clock: nanoseconds, never backwards, and the time of day. It starts as system time, and goes on
 * from where it stood when the domain was suspended and restored somewhere.
 */
#ifndef MINIOS_CLOCK_H
#define MINIOS_CLOCK_H

#include <stdint.h>

struct shared_info;
struct xg_clock;
struct xg_wall_time;

void clock_init(const struct shared_info *shared);

uint64_t clock_now_ns(void);
/* The system time at which the clock shows `ns`; 0 for 0. */
uint64_t clock_to_system_ns(uint64_t ns);
struct xg_clock *clock_object(void);
/* What it showed when clock_init() ran. */
uint64_t clock_start_ns(void);
/* The time of day, UTC. */
void clock_wall(struct xg_wall_time *time);

#endif
