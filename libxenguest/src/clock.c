/* SPDX-License-Identifier: BSD-2-Clause */
/* The pv clock: TSC scaling, the version protocol, a clock that never runs backwards, and the time of day. */
#include <xenguest/clock.h>
#include "private.h"

#define NS_PER_SECOND 1000000000u

uint64_t xg_clock_scale(uint64_t ticks, uint32_t multiplier, int8_t shift)
{
    if (shift <= -64 || shift >= 64)
        return 0;
    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
    return (uint64_t)(((unsigned __int128)ticks * multiplier) >> 32);
}

/* A consistent copy: Xen makes the version odd, changes the fields and makes it even again. */
static struct vcpu_time_info time_read(const struct vcpu_info *info)
{
    const struct vcpu_time_info *from = &info->time;
    struct vcpu_time_info time;

    do {
        time.version = __atomic_load_n(&from->version, __ATOMIC_ACQUIRE);
        time.tsc_timestamp = __atomic_load_n(&from->tsc_timestamp, __ATOMIC_RELAXED);
        time.system_time = __atomic_load_n(&from->system_time, __ATOMIC_RELAXED);
        time.tsc_to_system_mul = __atomic_load_n(&from->tsc_to_system_mul, __ATOMIC_RELAXED);
        time.tsc_shift = __atomic_load_n(&from->tsc_shift, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((time.version & 1) || time.version != __atomic_load_n(&from->version, __ATOMIC_RELAXED));
    return time;
}

uint64_t xg_clock_tsc_hz(const struct vcpu_info *info)
{
    struct vcpu_time_info time = time_read(info);
    uint64_t hz;

    if (!time.tsc_to_system_mul || time.tsc_shift <= -32 || time.tsc_shift >= 32)
        return 0;
    hz = ((uint64_t)NS_PER_SECOND << 32) / time.tsc_to_system_mul;
    return time.tsc_shift < 0 ? hz << -time.tsc_shift : hz >> time.tsc_shift;
}

uint64_t xg_clock_vcpu_ns(const struct vcpu_info *info)
{
    struct vcpu_time_info time = time_read(info);
    uint64_t tsc = xg_arch_tsc();
    /* The TSC of this processor may be a little behind the one that took the timestamp. */
    uint64_t ticks = tsc > time.tsc_timestamp ? tsc - time.tsc_timestamp : 0;

    return time.system_time + xg_clock_scale(ticks, time.tsc_to_system_mul, time.tsc_shift);
}

uint64_t xg_clock_now_ns(struct xg_clock *clock, const struct vcpu_info *info)
{
    uint64_t now = xg_clock_vcpu_ns(info) + clock->offset_ns;
    uint64_t last = __atomic_load_n(&clock->last_ns, __ATOMIC_RELAXED);

    while (now > last)
        if (__atomic_compare_exchange_n(&clock->last_ns, &last, now, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return now;
    return last;
}

void xg_clock_resume(struct xg_clock *clock, const struct vcpu_info *info)
{
    clock->offset_ns = clock->last_ns - xg_clock_vcpu_ns(info);
}

uint64_t xg_clock_to_system_ns(const struct xg_clock *clock, uint64_t ns)
{
    uint64_t system_ns = ns - clock->offset_ns;

    if (!ns)
        return 0;
    /* A host younger than the deadline is old: that was before it started. */
    return (int64_t)system_ns > 0 ? system_ns : 1;
}

void xg_clock_wall(const struct shared_info *shared, uint64_t system_ns, struct xg_wall_time *out)
{
    uint32_t version, seconds, seconds_high, nanoseconds;
    uint64_t total;

    do {
        version = __atomic_load_n(&shared->wc_version, __ATOMIC_ACQUIRE);
        seconds = __atomic_load_n(&shared->wc_sec, __ATOMIC_RELAXED);
        seconds_high = __atomic_load_n(&shared->wc_sec_hi, __ATOMIC_RELAXED);
        nanoseconds = __atomic_load_n(&shared->wc_nsec, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((version & 1) || version != __atomic_load_n(&shared->wc_version, __ATOMIC_RELAXED));
    /* The page holds the time of day at which system time was 0. */
    total = nanoseconds + system_ns % NS_PER_SECOND;
    out->seconds =
        ((uint64_t)seconds_high << 32 | seconds) + system_ns / NS_PER_SECOND + total / NS_PER_SECOND;
    out->nanoseconds = (uint32_t)(total % NS_PER_SECOND);
}
