/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's share where time is virtual: the greater its weight, the slower virtual time passes while its
 * vCPUs run.
 */
#ifndef SCHED_SHARE_H
#define SCHED_SHARE_H

#include <xen/types.h>

#define WEIGHT_DEFAULT   256
#define SHARE_RATE_SHIFT 16

struct share {
    uint16_t weight;
    uint32_t rate; /* virtual time for a nanosecond of running, times 2^SHARE_RATE_SHIFT */
};

/* weight: not 0. Any context; who runs meanwhile is charged by the old or the new one. */
static inline void share_set(struct share *s, uint16_t weight)
{
    WRITE_ONCE(s->weight, weight);
    WRITE_ONCE(s->rate, (WEIGHT_DEFAULT << SHARE_RATE_SHIFT) / weight);
}

/* Virtual time for so much running. */
static always_inline int64_t share_virtual_ns(const struct share *s, s_time_t ran_ns)
{
    return (ran_ns * READ_ONCE(s->rate)) >> SHARE_RATE_SHIFT;
}

#endif
