/* SPDX-License-Identifier: BSD-2-Clause */
/* See clock.h. */
#include "guest.h"

static uint64_t scale(uint64_t ticks, uint32_t multiplier, int shift)
{
    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
    return (uint64_t)((unsigned __int128)ticks * multiplier >> 32);
}

uint64_t time_ns(void)
{
    const volatile struct vcpu_time_info *time = &shared_info.vcpu_info[0].time;
    uint32_t version;
    uint64_t now;

    do {
        version = time->version;
        barrier();
        now = time->system_time +
              scale(read_tsc() - time->tsc_timestamp, time->tsc_to_system_mul, time->tsc_shift);
        barrier();
    } while ((version & 1) || version != time->version);
    return now;
}

void time_spin_ns(uint64_t duration_ns)
{
    uint64_t end = time_ns() + duration_ns;

    while (time_ns() < end) {
        cpu_relax();
    }
}
