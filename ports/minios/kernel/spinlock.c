/* SPDX-License-Identifier: BSD-2-Clause */
/* Spin locks: test and set, with a yield to the hypervisor when the holder takes long. */
#include <minios/spinlock.h>

#include <xenguest/os.h>
#include <xenguest/sched.h>

#define SPINS_BEFORE_YIELD 1000

static bool try(struct spinlock *lock)
{
    /* Acquire: pairs with the release in spin_unlock_masked. */
    return !__atomic_exchange_n(&lock->held, true, __ATOMIC_ACQUIRE);
}

/* Apart, so that who need not wait saves no registers. */
static void __attribute__((noinline)) wait_for(struct spinlock *lock)
{
    unsigned int spins = 0;

    do {
        while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
            __asm__ volatile("pause");
            if (++spins % SPINS_BEFORE_YIELD == 0)
                xg_sched_yield();
        }
    } while (!try(lock));
}

void spin_lock_masked(struct spinlock *lock)
{
    if (__builtin_expect(!try(lock), 0))
        wait_for(lock);
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
