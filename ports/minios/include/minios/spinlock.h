/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks. A holder has events masked, so it is neither interrupted nor preempted and may share data with
 * event handlers; it must not sleep. Locks nest in this order: wait queue, run queue; address space,
 * page allocator. A vCPU that spins long yields: the holder may not be running.
 */
#ifndef MINIOS_SPINLOCK_H
#define MINIOS_SPINLOCK_H

#include <stdbool.h>

struct spinlock {
    bool held;
};

/* Masks events, then takes the lock. Returns the mask before, for spin_unlock(). */
unsigned long spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock, unsigned long saved);

/* The same for a caller that has events masked already. */
void spin_lock_masked(struct spinlock *lock);
void spin_unlock_masked(struct spinlock *lock);

#endif
