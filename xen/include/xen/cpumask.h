/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of physical CPUs. A plain value of one word: MAX_CPUS is 64. */
#ifndef XEN_CPUMASK_H
#define XEN_CPUMASK_H

#include <xen/bitops.h>

#define MAX_CPUS 64

typedef struct {
    unsigned long bits;
} cpumask_t;

extern cpumask_t cpu_online_map;

static inline cpumask_t cpumask_none(void)
{
    return (cpumask_t){0};
}
static inline cpumask_t cpumask_all(void)
{
    return (cpumask_t){~0ul};
}
static inline cpumask_t cpumask_of(unsigned int cpu)
{
    return (cpumask_t){1ul << cpu};
}
static inline bool cpumask_test(cpumask_t m, unsigned int cpu)
{
    return (m.bits >> cpu) & 1;
}
static inline cpumask_t cpumask_and(cpumask_t a, cpumask_t b)
{
    return (cpumask_t){a.bits & b.bits};
}
static inline cpumask_t cpumask_or(cpumask_t a, cpumask_t b)
{
    return (cpumask_t){a.bits | b.bits};
}
static inline cpumask_t cpumask_andnot(cpumask_t a, cpumask_t b)
{
    return (cpumask_t){a.bits & ~b.bits};
}
static inline bool cpumask_empty(cpumask_t m)
{
    return !m.bits;
}
static inline unsigned int cpumask_first(cpumask_t m)
{
    return find_first_set(m.bits);
}
/* Not of an empty one. */
static inline unsigned int cpumask_last(cpumask_t m)
{
    return 63u - (unsigned int)__builtin_clzll(m.bits);
}
static inline unsigned int cpumask_count(cpumask_t m)
{
    unsigned int n = 0;

    /* No builtin: without the POPCNT instruction it is a call into the compiler's library. */
    for (; m.bits; m.bits &= m.bits - 1)
        n++;
    return n;
}
/* Atomic changes of a shared mask; full barriers. */
static inline void cpumask_set_atomic(cpumask_t *m, unsigned int cpu)
{
    set_bit(cpu, &m->bits);
}
static inline void cpumask_clear_atomic(cpumask_t *m, unsigned int cpu)
{
    clear_bit(cpu, &m->bits);
}

#define for_each_cpu(cpu, mask)                                                    \
    for (unsigned long for_each_cpu_bits_ = (mask).bits;                           \
         for_each_cpu_bits_ && ((cpu) = find_first_set(for_each_cpu_bits_), true); \
         for_each_cpu_bits_ &= for_each_cpu_bits_ - 1)

#endif
