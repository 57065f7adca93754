/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a cap leaves a domain: so many nanoseconds of CPU time in each period of 10 ms, of which its vCPUs take portions before they run and
 * give back what they have not used. Who has used more than his portion leaves a debt to the next period, so that the cap holds over time.
 */
#ifndef SCHED_POT_H
#define SCHED_POT_H

#include <xen/sched_policy.h>

#define POT_PERIOD  MILLISECONDS(10)
#define POT_PORTION MICROSECONDS(500) /* the least that is given, unless less is left */

struct pot {
    spinlock_t lock; /* innermost; interrupts off, as one may wake a vCPU that takes a portion */
    s_time_t per_period_ns, left_ns, period_ends_ns;
};

/* Portions are given from now on by this cap, in hundredths of a CPU. */
void pot_set(struct pot *p, unsigned int cap);
/* A portion for one of so many vCPUs; 0: there is none before *next_ns. */
s_time_t pot_take(struct pot *p, unsigned int nr_vcpus, s_time_t now, s_time_t *next_ns);
/* left_ns < 0: more was used. */
void pot_give_back(struct pot *p, s_time_t left_ns);

#endif
