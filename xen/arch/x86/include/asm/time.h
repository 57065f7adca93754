/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System time: each CPU scales its own TSC; the scale comes from a platform timer, first over the short time
 * of the boot, then again and again in the background. The TSCs of all CPUs are taken to be in step.
 */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <xen/types.h>

/* ns = base_ns + ((tsc - base_tsc) shifted left by shift) * multiplier / 2^32: the ABI's own rule. */
struct time_scale {
    uint64_t base_tsc;
    s_time_t base_ns;
    uint32_t multiplier;
    int8_t shift;
};

/* The earliest point of the boot: now_ns counts somehow, so that a panic can pause. */
void time_early_init(void);
/* As soon as ACPI's tables and the APIC are there: the beginning of what the first calibration measures. */
void time_start(void);
/* Boot CPU: calibrates TSC and APIC timer by what has passed, reads the wall clock. */
void time_init(void);
/* Another CPU on its way up, or back: it takes CPU 0's scale, which does not change meanwhile. */
void time_init_cpu(void);
/* The background calibration begins: after timers_init. */
void time_recalibration_start(void);
/* This CPU's scale, and system time at a moment of the recent past. */
void time_scale_get(struct time_scale *out);
void time_scale_set(const struct time_scale *new_scale);
s_time_t time_at_tsc(uint64_t tsc);
uint64_t tsc_khz(void);
/* Spins. */
void delay_us(unsigned int us);
/*
 * At this system time the wall clock shows so many seconds since 1970. domain_update_wallclock tells the
 * domains.
 */
void wallclock_set(uint64_t seconds, uint64_t nanoseconds, uint64_t system_time);

static always_inline uint64_t scale_ticks(uint64_t ticks, uint32_t multiplier, int8_t shift)
{
    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
    return (uint64_t)(((unsigned __int128)ticks * multiplier) >> 32);
}
/* Pure (time_scale.c). */
/* Multiplier and shift so that `ticks` last `ns`. */
void scale_make(uint64_t ticks, uint64_t ns, uint32_t *multiplier, int8_t *shift);
/*
 * How often a counter has run over that nobody has read meanwhile: it is behind another clock by missing_ns,
 * and each run is wrap_ns. By half a run it may be wrong for other reasons.
 */
uint64_t scale_wraps_missed(int64_t missing_ns, uint64_t wrap_ns);
/* Days since 1970-01-01 of a date of the Gregorian calendar. */
int64_t days_since_1970(unsigned int year, unsigned int month, unsigned int day);

/* platform_timer.c: HPET, else ACPI's PM timer, else the PIT. */
void platform_timer_init(void);
const char *platform_timer_name(void);
/* It runs over in less than two seconds: nothing for long measurements. */
bool platform_timer_is_short(void);
/* After so many ns it has run over. */
uint64_t platform_timer_wrap_ns(void);
/*
 * ns since platform_timer_init; must be read before it runs over, or be told afterwards how often it has.
 * Serialised by the caller.
 */
uint64_t platform_timer_read(void);
void platform_timer_add_wraps(uint64_t nr);

/* A moment by two clocks. */
struct time_sample {
    uint64_t reference, tsc;
    uint64_t width; /* TSC ticks between the reads before and after: how uncertain the moment is */
};
/* The best of several: the host of a virtual machine may take the CPU away between two reads. */
struct time_sample time_sample_take(uint64_t (*reference)(void));

/* rtc.c: seconds since 1970 (UTC) of the CMOS clock. */
uint64_t rtc_read(void);

#endif
