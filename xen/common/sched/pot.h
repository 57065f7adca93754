/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a cap leaves a domain: so many nanoseconds of CPU time in each period of 10 ms, of which its vCPUs
 * take portions before they run and give back what they have not used. Who has used more than his portion
 * leaves a debt to the next period, so that the cap holds over time.
 */
#ifndef SCHED_POT_H
#define SCHED_POT_H

#include <xen/sched_policy.h>

#define POT_PERIOD  MILLISECONDS(10)
#define POT_PORTION MICROSECONDS(500) /* the least that is given, unless less is left */

struct pot {
    spinlock_t lock;      /* innermost; interrupts off, as one may wake a vCPU that takes a portion */
    uint16_t cap;         /* in hundredths of a CPU; 0: none. Read without the lock. */
    unsigned int sharers; /* vCPUs that a period's time is cut up for */
    s_time_t per_period_ns, left_ns, period_ends_ns;
    s_time_t capped_since_ns; /* the cap, if there is one */
};

/* Zeroed so far: no cap. */
void pot_init(struct pot *p, unsigned int nr_vcpus);
/* Portions are given from now on by this cap. */
void pot_set_cap(struct pot *p, uint16_t cap, s_time_t now);
/*
 * For a vCPU that has *portion_ns left, perhaps less than nothing: true: it has some now, or needs none, as
 * there is no cap; false: none before *next_ns. Interrupts off.
 */
bool pot_take(struct pot *p, s_time_t *portion_ns, s_time_t now, s_time_t *next_ns);
/* It has run since then, and there is a cap: out of its portion, as far as there was one by then. */
static always_inline void pot_charge(const struct pot *p, s_time_t *portion_ns, s_time_t since_ns,
                                      s_time_t now)
{
    since_ns = max(since_ns, READ_ONCE(p->capped_since_ns));
    *portion_ns -= max(now - since_ns, (s_time_t)0);
}
/* What a vCPU has left, or owes; it has nothing then. Interrupts off. */
void pot_give_back_some(struct pot *p, s_time_t *portion_ns);
static always_inline void pot_give_back(struct pot *p, s_time_t *portion_ns)
{
    if (unlikely(*portion_ns))
        pot_give_back_some(p, portion_ns);
}

#endif
