/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH64, seed 0, from its specification (xxHash fast digest algorithm, 0.1.1). */
#include <xen/unaligned.h>
#include <xen/xxhash64.h>

#define P1 0x9e3779b185ebca87ull
#define P2 0xc2b2ae3d27d4eb4full
#define P3 0x165667b19e3779f9ull
#define P4 0x85ebca77c2b2ae63ull
#define P5 0x27d4eb2f165667c5ull

static always_inline uint64_t rotate(uint64_t v, unsigned int n)
{
    return v << n | v >> (64 - n);
}

static always_inline uint64_t round_lane(uint64_t lane, uint64_t word)
{
    return rotate(lane + word * P2, 31) * P1;
}

static uint64_t merge_lane(uint64_t sum, uint64_t lane)
{
    return (sum ^ round_lane(0, lane)) * P1 + P4;
}

static uint64_t sum_stripes(const uint8_t *p, const uint8_t *end)
{
    uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1, sum;

    for (; end - p >= 32; p += 32) {
        a = round_lane(a, load_le64(p));
        b = round_lane(b, load_le64(p + 8));
        c = round_lane(c, load_le64(p + 16));
        d = round_lane(d, load_le64(p + 24));
    }
    sum = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    return merge_lane(merge_lane(merge_lane(merge_lane(sum, a), b), c), d);
}

uint64_t xxhash64(const void *data, size_t size)
{
    const uint8_t *p = data, *end = p + size;
    uint64_t sum = (size >= 32 ? sum_stripes(p, end) : P5) + size;

    p += size & ~(size_t)31;
    for (; end - p >= 8; p += 8)
        sum = rotate(sum ^ round_lane(0, load_le64(p)), 27) * P1 + P4;
    for (; end - p >= 4; p += 4)
        sum = rotate(sum ^ load_le32(p) * P1, 23) * P2 + P3;
    for (; p < end; p++)
        sum = rotate(sum ^ *p * P5, 11) * P1;
    sum = (sum ^ sum >> 33) * P2;
    sum = (sum ^ sum >> 29) * P3;
    return sum ^ sum >> 32;
}
