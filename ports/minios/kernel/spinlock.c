/* SPDX-License-Identifier: BSD-2-Clause */
/* Spin locks: test and set, with a yield to the hypervisor when the holder takes long. */
#include <minios/spinlock.h>

#include <xenguest/os.h>
#include <xenguest/sched.h>

#define SPINS_BEFORE_YIELD 1000

void spin_lock_masked(struct spinlock *lock)
{
    unsigned int spins = 0;

    /* Acquire: pairs with the release in spin_unlock_masked. */
    while (__atomic_exchange_n(&lock->held, true, __ATOMIC_ACQUIRE)) {
        while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
            __asm__ volatile("pause");
            if (++spins % SPINS_BEFORE_YIELD == 0)
                xg_sched_yield();
        }
    }
}

void spin_unlock_masked(struct spinlock *lock)
{
    __atomic_store_n(&lock->held, false, __ATOMIC_RELEASE);
}

unsigned long spin_lock(struct spinlock *lock)
{
    unsigned long saved = xg_os_events_save();

    spin_lock_masked(lock);
    return saved;
}

void spin_unlock(struct spinlock *lock, unsigned long saved)
{
    spin_unlock_masked(lock);
    xg_os_events_restore(saved);
}
