/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: a function called once, not before its time, in softirq context on the timer's CPU.
 * The owner keeps struct timer and may not free it while it is active. Lock: the CPU's timer lock, innermost.
 */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include <xen/percpu.h>
#include <xen/types.h>

struct timer {
    s_time_t expires_ns;
    void (*function)(void *data);
    void *data;
    unsigned int cpu;
    bool active;  /* in the CPU's heap */
    bool killed;  /* timer_set does nothing any more */
    struct timer *child, *next, *prev; /* pairing heap; prev: left sibling, or parent of the leftmost */
};

void timer_init(struct timer *t, void (*function)(void *), void *data, unsigned int cpu);
/* (Re)arms; an expiry in the past fires as soon as possible. Never fails, allocates nothing. */
void timer_set(struct timer *t, s_time_t expires_ns);
/* After return the timer is not active; the function may still be running on another CPU (see timer_kill). */
void timer_stop(struct timer *t);
/* Stops and waits until the function is not running anywhere. Must precede freeing. */
void timer_kill(struct timer *t);
void timer_migrate(struct timer *t, unsigned int new_cpu);
static inline bool timer_is_active(const struct timer *t)
{
    return READ_ONCE(t->active);
}

/* Set-up of the subsystem on the boot CPU, and of one CPU's heap. */
void timers_init(void);
void timers_init_cpu(unsigned int cpu);
/*
 * The CPU goes off line: its timers go to CPU 0, as does what is armed for it until it is back. It runs none
 * meanwhile.
 */
void timers_leave_cpu(unsigned int cpu);
void timers_return_cpu(unsigned int cpu);
/* The interrupt handler of the CPU's one-shot timer calls this: raises SOFTIRQ_TIMER. */
void timer_interrupt(void);
/*
 * A decision of the scheduler that is due when timers have expired mostly sets a timer itself: until it has
 * been taken the CPU's one-shot timer is not set. Who has taken it calls this, interrupts off.
 */
DECLARE_PER_CPU(bool, timers_wait);
void timers_program(void);
static always_inline void timers_settle(void)
{
    if (unlikely(this_cpu(timers_wait)))
        timers_program();
}
/* Debug key. */
void timers_dump(void);

/* System time: nanoseconds since boot, the same on all CPUs, never backwards. Implemented by arch. */
s_time_t now_ns(void);

#define MILLISECONDS(n) ((s_time_t)(n)*1000000)
#define MICROSECONDS(n) ((s_time_t)(n)*1000)
#define SECONDS(n)      ((s_time_t)(n)*1000000000)

#endif
