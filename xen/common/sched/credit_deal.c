/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every 30 ms the credit of all CPUs is dealt out to the domains that want to run, by their weights, and from
 * each to its vCPUs; what one has no room to save goes to the others.
 */
#include "credit.h"

#define DEAL_ROUNDS 4

/* c->lock held. */
static void activate(struct credit *c, struct sched_vcpu *u)
{
    if (list_empty(&u->d->active_domains))
        list_add_tail(&u->d->active_domains, &c->active);
    list_add_tail(&u->active, &u->d->active_vcpus);
    u->d->nr_active++;
}

/* c->lock held. */
static void deactivate(struct sched_vcpu *u)
{
    if (list_empty(&u->active))
        return;
    list_del(&u->active);
    if (--u->d->nr_active == 0)
        list_del(&u->d->active_domains);
}

void credit_forget(struct credit *c, struct sched_vcpu *u)
{
    unsigned long flags = spin_lock_irqsave(&c->lock);

    deactivate(u);
    spin_unlock_irqrestore(&c->lock, flags);
}

void credit_activate(struct credit *c, struct sched_vcpu *u)
{
    spin_lock(&c->lock);
    if (list_empty(&u->active))
        activate(c, u);
    spin_unlock(&c->lock);
}

static uint64_t part_of(const struct sched_vcpu *u)
{
    return (uint64_t)u->d->weight * 1024 / u->d->nr_active;
}

static s_time_t room_of(const struct sched_vcpu *u)
{
    return max(DEAL_PERIOD - READ_ONCE(u->credit_ns), (s_time_t)0);
}

static void give(struct sched_vcpu *u, s_time_t ns)
{
    __atomic_fetch_add(&u->credit_ns, ns, __ATOMIC_RELAXED);
}

/*
 * One round: whose share of what is left is more than he may save gets what he may; the shares of the others
 * grow by what he does not get. False: there was none.
 */
static bool fill_up(struct credit *c, s_time_t *total, uint64_t *parts)
{
    s_time_t rest = *total;
    uint64_t rest_parts = *parts;
    struct sched_domain *d;
    struct sched_vcpu *u;

    list_for_each_entry(d, &c->active, active_domains)
    {
        list_for_each_entry(u, &d->active_vcpus, active)
        {
            s_time_t room = room_of(u);

            if (u->is_full || (uint64_t)*total * part_of(u) / *parts < (uint64_t)room)
                continue;
            give(u, room);
            u->is_full = true;
            rest -= room;
            rest_parts -= part_of(u);
        }
    }
    if (rest_parts == *parts)
        return false;
    *total = max(rest, (s_time_t)0);
    *parts = rest_parts;
    return true;
}

static uint64_t begin_deal(struct credit *c)
{
    struct sched_domain *d;
    struct sched_vcpu *u;
    uint64_t parts = 0;

    list_for_each_entry(d, &c->active, active_domains)
    {
        list_for_each_entry(u, &d->active_vcpus, active)
        {
            u->is_full = false;
            parts += part_of(u);
        }
    }
    return parts;
}

/*
 * What everybody gets after those that are full. One that has not wanted to run and is full is not dealt to
 * any more.
 */
static void deal_to(struct sched_domain *d, s_time_t total, uint64_t parts)
{
    unsigned int nr_active = d->nr_active;
    struct sched_vcpu *u, *next;

    list_for_each_entry_safe(u, next, &d->active_vcpus, active)
    {
        s_time_t credit;

        if (!u->is_full)
            give(u, (s_time_t)((uint64_t)total * ((uint64_t)d->weight * 1024 / nr_active) / parts));
        credit = READ_ONCE(u->credit_ns);
        if (credit < -DEAL_PERIOD)
            give(u, -DEAL_PERIOD - credit);
        if (u->is_full && !READ_ONCE(u->wants))
            deactivate(u);
        WRITE_ONCE(u->wants, READ_ONCE(u->runnable));
    }
}

void credit_deal(struct credit *c, unsigned int nr_cpus, s_time_t now)
{
    struct sched_domain *d, *next;

    if (!spin_trylock(&c->lock))
        return;
    if (now >= c->deal_at_ns) {
        /* Time in which nobody asked was nobody's: all ran alone. */
        s_time_t periods = min((now - c->deal_at_ns) / DEAL_PERIOD + 1, (s_time_t)2);
        s_time_t total = periods * DEAL_PERIOD * nr_cpus;
        uint64_t parts = begin_deal(c);

        for (unsigned int round = 0; parts && round < DEAL_ROUNDS && fill_up(c, &total, &parts); round++)
            ;
        list_for_each_entry_safe(d, next, &c->active, active_domains) deal_to(d, total, parts ? parts : 1);
        WRITE_ONCE(c->deal_at_ns, now + DEAL_PERIOD);
        WRITE_ONCE(c->deal, c->deal + 1);
    }
    spin_unlock(&c->lock);
}
