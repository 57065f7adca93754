/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bucket of permits that fills at a steady rate, and a count of what was turned away. Pure; the caller
 * locks.
 */
#ifndef XEN_RATE_LIMIT_H
#define XEN_RATE_LIMIT_H

#include <xen/types.h>

struct rate_limit {
    uint64_t capacity, permits;
    s_time_t interval_ns; /* one permit more each */
    s_time_t filled_ns;   /* time up to which permits are accounted */
    uint64_t missed;      /* amount turned away since the last success */
};

#define RATE_LIMIT_INIT(cap, interval)                                                                       \
    {                                                                                                        \
        .capacity = (cap), .permits = (cap), .interval_ns = (interval)                                       \
    }

/* Takes amount permits at time now: true, and *missed is what was turned away before; or false. */
static inline bool rate_limit_take(struct rate_limit *r, s_time_t now, uint64_t amount, uint64_t *missed)
{
    uint64_t fresh = now > r->filled_ns ? (uint64_t)((now - r->filled_ns) / r->interval_ns) : 0;

    r->filled_ns += (s_time_t)fresh * r->interval_ns;
    r->permits = fresh >= r->capacity - r->permits ? r->capacity : r->permits + fresh;
    if (amount > r->permits) {
        r->missed += amount;
        return false;
    }
    r->permits -= amount;
    *missed = r->missed;
    r->missed = 0;
    return true;
}

/* What was taken is not used after all. */
static inline void rate_limit_give_back(struct rate_limit *r, uint64_t amount)
{
    r->permits = amount >= r->capacity - r->permits ? r->capacity : r->permits + amount;
}

#endif
