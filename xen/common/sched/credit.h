/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The credit scheduler's state, and the dealing out of credit (credit_deal.c): who takes part, and what he
 * gets. Queues and the choice of who runs are credit.c's.
 */
#ifndef SCHED_CREDIT_H
#define SCHED_CREDIT_H

#include <xen/list.h>
#include <xen/sched_policy.h>
#include "ordered.h"
#include "pot.h"

#define DEAL_PERIOD MILLISECONDS(30) /* also the most that a vCPU saves, and owes */

struct sched_domain {
    struct list_head active_domains; /* empty: none of its vCPUs has wanted to run lately */
    struct list_head active_vcpus;
    unsigned int nr_active;
    uint16_t weight;
    struct pot pot;
};

struct sched_vcpu {
    struct ordered queue;    /* waiting, by priority; or parked, by when the pot is filled */
    struct list_head active;
    struct vcpu *v;
    struct sched_domain *d;
    s_time_t credit_ns;      /* atomic */
    s_time_t since_ns;       /* running: what came before is charged */
    s_time_t boosted_ns;     /* how much of its boost is left */
    s_time_t portion_ns;     /* of the pot, not used yet */
    bool yielded, parked, runnable;
    bool is_full; /* while it is dealt: has all that it may save */
    bool wants;   /* has been runnable since the last deal */
};

struct credit {
    spinlock_t lock; /* the lists of who is active; inside a CPU's */
    struct list_head active;
    s_time_t deal_at_ns;
    unsigned int deal; /* how many there were */
    s_time_t slice_ns, ratelimit_ns, migration_delay_ns;
};

/* u is dealt to from the next time on. Locked. */
void credit_activate(struct credit *c, struct sched_vcpu *u);
/* u is dealt to no more. No lock held. */
void credit_forget(struct credit *c, struct sched_vcpu *u);

/* u can run. Locked. */
static always_inline void credit_wants(struct credit *c, struct sched_vcpu *u)
{
    WRITE_ONCE(u->runnable, true);
    WRITE_ONCE(u->wants, true);
    if (unlikely(list_empty(&u->active)))
        credit_activate(c, u);
}

static always_inline bool credit_deal_is_due(const struct credit *c, s_time_t now)
{
    return unlikely(now >= READ_ONCE(c->deal_at_ns));
}
/* Unless another CPU is at it: what so many CPUs can do in a period, to all that are active. Locked. */
void credit_deal(struct credit *c, unsigned int nr_cpus, s_time_t now);

#endif
