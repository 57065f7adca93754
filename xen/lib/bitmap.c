/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches in bitmaps. Pure. */
#include <xen/bitops.h>

static unsigned int find_next(const unsigned long *map, unsigned int nr_bits, unsigned int start,
                              unsigned long invert)
{
    unsigned int word = start / BITS_PER_LONG;
    unsigned long bits;

    if (start >= nr_bits)
        return nr_bits;
    bits = (map[word] ^ invert) & (~0ul << (start % BITS_PER_LONG));
    while (!bits) {
        if (++word * BITS_PER_LONG >= nr_bits)
            return nr_bits;
        bits = map[word] ^ invert;
    }
    return min(word * BITS_PER_LONG + find_first_set(bits), nr_bits);
}

unsigned int find_next_bit(const unsigned long *map, unsigned int nr_bits, unsigned int start)
{
    return find_next(map, nr_bits, start, 0);
}

unsigned int find_next_zero_bit(const unsigned long *map, unsigned int nr_bits, unsigned int start)
{
    return find_next(map, nr_bits, start, ~0ul);
}
