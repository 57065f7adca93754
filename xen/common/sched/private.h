/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the scheduler's core share: its locks, and the states of vCPUs. Policies see none of it.
 */
#ifndef SCHED_PRIVATE_H
#define SCHED_PRIVATE_H

#include <xen/percpu.h>
#include <xen/sched.h>

DECLARE_PER_CPU(struct sched_cpu, sched_cpu);

/* The CPU's lock, which it may change while one waits for it. Interrupts are off. */
static always_inline void sched_cpu_lock(struct sched_cpu *sc)
{
    for (;;) {
        spinlock_t *lock = READ_ONCE(sc->lock);

        spin_lock(lock);
        if (likely(lock == READ_ONCE(sc->lock)))
            return;
        spin_unlock(lock);
    }
}

/* The CPU under whose lock v is now, locked. */
static always_inline struct sched_cpu *sched_vcpu_lock(const struct vcpu *v, unsigned long *flags)
{
    *flags = arch_irq_save();
    for (;;) {
        struct sched_cpu *sc = sched_cpu_of(READ_ONCE(v->cpu));

        sched_cpu_lock(sc);
        if (likely(sc->cpu == v->cpu))
            return sc;
        spin_unlock(sc->lock);
    }
}
static always_inline void sched_unlock(struct sched_cpu *sc, unsigned long flags)
{
    spin_unlock_irqrestore(sc->lock, flags);
}

static always_inline const struct scheduler *policy_of(const struct sched_cpu *sc)
{
    return sc->instance->policy;
}

/* What a policy keeps of one kind, zeroed; NULL if that is nothing. False: there is no memory. */
bool sched_memory(size_t bytes, void **memory) __must_check;
/* After sc's instance and lock: what its policy keeps there. 0 or -XEN_ENOMEM. */
int sched_cpu_prepare(struct sched_cpu *sc) __must_check;
/* The CPU's lock held. */
void runstate_change(struct vcpu *v, int state, s_time_t now);
/* The interrupt that asks for a new decision. */
void sched_softirq(void);

#endif
