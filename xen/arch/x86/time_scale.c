/* SPDX-License-Identifier: BSD-2-Clause */
/* The arithmetic of time, pure: ticks to nanoseconds by the ABI's multiplier and shift, and dates. */
#include <asm/time.h>

/* The multiplier is wanted as large as 32 bits hold: between 2^31 and 2^32 of ns per shifted tick. */
void scale_make(uint64_t ticks, uint64_t ns, uint32_t *multiplier, int8_t *shift)
{
    int8_t s = 0;

    while (ns > UINT32_MAX || ticks > UINT32_MAX) {
        ns >>= 1;
        ticks >>= 1;
    }
    /* ns / (ticks * 2^s) in [1/2, 1) */
    while (ns >= ticks) {
        ticks <<= 1;
        s++;
    }
    while (ns * 2 < ticks) {
        ns <<= 1;
        s--;
    }
    *multiplier = (uint32_t)((ns << 32) / ticks);
    *shift = s;
}

uint64_t scale_wraps_missed(int64_t missing_ns, uint64_t wrap_ns)
{
    if (missing_ns <= 0 || !wrap_ns)
        return 0;
    return ((uint64_t)missing_ns + wrap_ns / 2) / wrap_ns;
}

/* Years counted from March, so that the leap day is the last of its year. */
int64_t days_since_1970(unsigned int year, unsigned int month, unsigned int day)
{
    unsigned int y = month > 2 ? year : year - 1, m = (month + 9) % 12;

    return (int64_t)365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}
