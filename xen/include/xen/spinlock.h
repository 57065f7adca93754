/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlocks: fair. A lock that an interrupt handler takes is always taken with the _irq forms. The
 * order of all locks stands in docs/locking.md. While spinning with interrupts off the CPU serves TLB-flush
 * requests (arch_spin_wait), so that a flush can never wait for a lock's waiter.
 */
#ifndef XEN_SPINLOCK_H
#define XEN_SPINLOCK_H

#include <xen/types.h>
#include <asm/arch.h>

typedef struct {
    union {
        uint32_t word;
        struct {
            uint16_t head, tail; /* head: being served; tail: next ticket */
        };
    };
} spinlock_t;

static inline void spin_lock_init(spinlock_t *l)
{
    l->word = 0;
}

/*
 * In two halves, for who must not wait in place: a ticket, which must be waited for unless it is served at
 * once.
 */
static always_inline uint16_t spin_take_ticket(spinlock_t *l)
{
    return __atomic_fetch_add(&l->tail, 1, __ATOMIC_ACQUIRE);
}
static always_inline bool spin_is_served(const spinlock_t *l, uint16_t ticket)
{
    return likely(__atomic_load_n(&l->head, __ATOMIC_ACQUIRE) == ticket);
}
static always_inline void spin_wait_for(const spinlock_t *l, uint16_t ticket)
{
    while (!spin_is_served(l, ticket))
        arch_spin_wait();
}
static always_inline void spin_lock(spinlock_t *l)
{
    spin_wait_for(l, spin_take_ticket(l));
}
static always_inline bool spin_trylock(spinlock_t *l)
{
    uint32_t old = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

    return (uint16_t)old == (uint16_t)(old >> 16) &&
           __atomic_compare_exchange_n(&l->word, &old, old + 0x10000u, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}
static always_inline void spin_unlock(spinlock_t *l)
{
    arch_add_one_release(&l->head);
}
static inline bool spin_is_locked(const spinlock_t *l)
{
    return READ_ONCE(l->head) != READ_ONCE(l->tail);
}
static always_inline unsigned long spin_lock_irqsave(spinlock_t *l)
{
    unsigned long flags = arch_irq_save();

    spin_lock(l);
    return flags;
}
static always_inline void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
    spin_unlock(l);
    arch_irq_restore(flags);
}

#endif
