/* SPDX-License-Identifier: BSD-2-Clause */
/* The pots of capped domains: pure arithmetic under a lock of their own. */
#include "pot.h"

void pot_set(struct pot *p, unsigned int cap)
{
    unsigned long flags = spin_lock_irqsave(&p->lock);

    p->per_period_ns = POT_PERIOD / 100 * cap;
    p->left_ns = min(p->left_ns, p->per_period_ns);
    spin_unlock_irqrestore(&p->lock, flags);
}

static void refill(struct pot *p, s_time_t now)
{
    s_time_t periods;

    if (now < p->period_ends_ns)
        return;
    periods = (now - p->period_ends_ns) / POT_PERIOD + 1;
    p->period_ends_ns += periods * POT_PERIOD;
    /* What was not used in its period is gone; a debt is paid from as many periods as it takes. */
    if (periods > 1000000)
        p->left_ns = p->per_period_ns;
    else
        p->left_ns = min(p->left_ns + periods * p->per_period_ns, p->per_period_ns);
}

s_time_t pot_take(struct pot *p, unsigned int nr_vcpus, s_time_t now, s_time_t *next_ns)
{
    s_time_t portion = 0;

    spin_lock(&p->lock);
    refill(p, now);
    if (p->left_ns > 0) {
        portion = min(max(p->per_period_ns / nr_vcpus, POT_PORTION), p->left_ns);
        p->left_ns -= portion;
    }
    *next_ns = p->period_ends_ns;
    spin_unlock(&p->lock);
    return portion;
}

void pot_give_back(struct pot *p, s_time_t left_ns)
{
    spin_lock(&p->lock);
    p->left_ns = min(p->left_ns + left_ns, p->per_period_ns);
    spin_unlock(&p->lock);
}
