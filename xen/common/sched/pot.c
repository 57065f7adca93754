/* SPDX-License-Identifier: BSD-2-Clause */
/* The pots of capped domains: pure arithmetic under a lock of their own. */
#include "pot.h"

void pot_init(struct pot *p, unsigned int nr_vcpus)
{
    p->sharers = min(nr_vcpus, 4u);
}

void pot_set_cap(struct pot *p, uint16_t cap, s_time_t now)
{
    unsigned long flags = spin_lock_irqsave(&p->lock);

    /* Who has a portion when the cap goes gives it back as it is: what he runs then is not charged. */
    if (cap) {
        p->per_period_ns = POT_PERIOD / 100 * cap;
        p->left_ns = min(p->left_ns, p->per_period_ns);
        if (!p->cap)
            WRITE_ONCE(p->capped_since_ns, now);
    }
    /* Last: who sees a cap sees since when. */
    __atomic_store_n(&p->cap, cap, __ATOMIC_RELEASE);
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

static s_time_t take(struct pot *p, s_time_t now, s_time_t *next_ns)
{
    s_time_t portion = 0;

    refill(p, now);
    if (p->left_ns > 0) {
        portion = min(max(p->per_period_ns / p->sharers, POT_PORTION), p->left_ns);
        p->left_ns -= portion;
    }
    *next_ns = p->period_ends_ns;
    return portion;
}

bool pot_take(struct pot *p, s_time_t *portion_ns, s_time_t now, s_time_t *next_ns)
{
    /* Who was parked when the cap went goes on without one. */
    if (*portion_ns > 0 || !READ_ONCE(p->cap))
        return true;
    pot_give_back(p, portion_ns);
    spin_lock(&p->lock);
    *portion_ns = take(p, now, next_ns);
    spin_unlock(&p->lock);
    return *portion_ns > 0;
}

void pot_give_back_some(struct pot *p, s_time_t *portion_ns)
{
    spin_lock(&p->lock);
    p->left_ns = min(p->left_ns + *portion_ns, p->per_period_ns);
    spin_unlock(&p->lock);
    *portion_ns = 0;
}
