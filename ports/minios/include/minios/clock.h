/* SPDX-License-Identifier: BSD-2-Clause */
/* Mini-OS's view of the pv clock: nanoseconds of system time, never backwards, and the time of day. */
#ifndef MINIOS_CLOCK_H
#define MINIOS_CLOCK_H

#include <stdint.h>

struct shared_info;
struct xg_wall_time;

void clock_init(const struct shared_info *shared);

/* System time: since the host started. */
uint64_t clock_now_ns(void);
/* System time when clock_init() ran. */
uint64_t clock_start_ns(void);
/* The time of day, UTC. */
void clock_wall(struct xg_wall_time *time);

#endif
