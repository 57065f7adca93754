/* SPDX-License-Identifier: BSD-2-Clause */
/* Bits in arrays of unsigned long; the atomic ones are full barriers, the __ ones are not atomic. */
#ifndef XEN_BITOPS_H
#define XEN_BITOPS_H

#include <xen/types.h>

#define BITS_PER_LONG    64
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BITMAP_DECLARE(name, n) unsigned long name[BITS_TO_LONGS(n)]

static inline bool test_bit(unsigned int nr, const volatile unsigned long *map)
{
    return (map[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG)) & 1;
}
static inline void set_bit(unsigned int nr, volatile unsigned long *map)
{
    __atomic_fetch_or(&map[nr / BITS_PER_LONG], 1ul << (nr % BITS_PER_LONG), __ATOMIC_SEQ_CST);
}
static inline void clear_bit(unsigned int nr, volatile unsigned long *map)
{
    __atomic_fetch_and(&map[nr / BITS_PER_LONG], ~(1ul << (nr % BITS_PER_LONG)), __ATOMIC_SEQ_CST);
}
static inline bool test_and_set_bit(unsigned int nr, volatile unsigned long *map)
{
    unsigned long bit = 1ul << (nr % BITS_PER_LONG);

    return __atomic_fetch_or(&map[nr / BITS_PER_LONG], bit, __ATOMIC_SEQ_CST) & bit;
}
static inline bool test_and_clear_bit(unsigned int nr, volatile unsigned long *map)
{
    unsigned long bit = 1ul << (nr % BITS_PER_LONG);

    return __atomic_fetch_and(&map[nr / BITS_PER_LONG], ~bit, __ATOMIC_SEQ_CST) & bit;
}
static inline void __set_bit(unsigned int nr, unsigned long *map)
{
    map[nr / BITS_PER_LONG] |= 1ul << (nr % BITS_PER_LONG);
}
static inline void __clear_bit(unsigned int nr, unsigned long *map)
{
    map[nr / BITS_PER_LONG] &= ~(1ul << (nr % BITS_PER_LONG));
}
/* Index of the lowest bit set; x must not be 0. */
static inline unsigned int find_first_set(unsigned long x)
{
    return (unsigned int)__builtin_ctzl(x);
}
/* Index of the first bit set (or clear) at or after start, or nr_bits when there is none. */
unsigned int find_next_bit(const unsigned long *map, unsigned int nr_bits, unsigned int start);
unsigned int find_next_zero_bit(const unsigned long *map, unsigned int nr_bits, unsigned int start);

#define for_each_set_bit(i, map, nr_bits) \
    for (i = find_next_bit(map, nr_bits, 0); i < (nr_bits); i = find_next_bit(map, nr_bits, i + 1))

#endif
