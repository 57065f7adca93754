/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for the network: from the processor where it has them, else stirred from the clock, which is
 * hard to guess from outside and no secret from other domains of the same machine.
 */
#include <arch/random.h>

#include <cpuid.h>
#include <stdbool.h>

#include <minios/clock.h>

#define TRIES 10

static bool processor_has_them(void)
{
    unsigned int a, b, c = 0, d;

    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_RDRND);
}

static bool from_processor(uint64_t *value)
{
    unsigned char valid;
    unsigned int i;

    for (i = 0; i < TRIES; i++) {
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(valid) : : "cc");
        if (valid)
            return true;
    }
    return false;
}

static uint64_t stir(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ value >> 27) * 0x94d049bb133111ebull;
    return value ^ value >> 31;
}

uint32_t network_random(void)
{
    static uint64_t state;
    static int has_them = -1;
    uint64_t value = 0;

    if (has_them < 0)
        has_them = processor_has_them();
    if (!has_them || !from_processor(&value))
        value = __builtin_ia32_rdtsc() ^ clock_now_ns() << 20;
    return (uint32_t)stir(__atomic_add_fetch(&state, value | 1, __ATOMIC_RELAXED));
}
