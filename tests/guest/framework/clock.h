/* SPDX-License-Identifier: BSD-2-Clause */
/* The paravirtual clock, and how long to wait by it. */
#ifndef GUEST_CLOCK_H
#define GUEST_CLOCK_H

#include <stdint.h>

/*
 * How long a test waits for what is sure to come, in ns: longer than any load of the host keeps it back, and
 * a little shorter than the runner waits for a test that has no limit of its own.
 */
#define PATIENCE_NS 100000000000ul

/* System time in ns by vCPU 0's time record, read consistently. */
uint64_t time_ns(void);

/* Waits, running, until a number of nanoseconds went by. */
void time_spin_ns(uint64_t duration_ns);

#endif
