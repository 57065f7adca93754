/* SPDX-License-Identifier: BSD-2-Clause */
/* The lock of private.h, that guards the few lists which several vCPUs change: once, and not in each file
 * that takes it. */
#include "private.h"

unsigned long xg_lock_get(uint32_t *lock)
{
    unsigned long saved = xg_os_events_save();

    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
        xg_arch_pause();
    return saved;
}
