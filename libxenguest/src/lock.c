/* SPDX-License-Identifier: BSD-2-Clause */
/* A sleeping lock in one word: free, held, or held and somebody waits. */
#include <xenguest/lock.h>
#include "private.h"

enum { FREE, HELD, WANTED };

void xg_lock_wait(struct xg_lock *lock)
{
    uint32_t free = FREE;

    if (__atomic_compare_exchange_n(&lock->word, &free, HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    /* Who has waited cannot know whether others still do, so from here on it takes the lock as WANTED. */
    while (__atomic_exchange_n(&lock->word, WANTED, __ATOMIC_ACQUIRE) != FREE)
        (void)!xg_os_wait(&lock->word, WANTED, XG_NO_DEADLINE);
}

void xg_lock_release(struct xg_lock *lock)
{
    if (__atomic_exchange_n(&lock->word, FREE, __ATOMIC_RELEASE) == WANTED)
        xg_os_wake(&lock->word);
}
