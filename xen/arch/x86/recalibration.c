/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps system time right in the long run. Every so often the boot CPU compares it with the platform timer, computes how fast the TSC really runs, and
 * gives all CPUs a scale that reaches the platform timer's time by the next comparison: never a step, at most 1/2000 faster or slower.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/smp.h>
#include <xen/timer.h>
#include <asm/processor.h>
#include <asm/time.h>

#define FIRST_PERIOD  MILLISECONDS(20)
#define LAST_PERIOD   SECONDS(1)
#define BASELINE_MAX  SECONDS(64)
#define SLEW_MAX_PPB  500000
#define SAMPLE_TRIES  3

struct sample {
    uint64_t reference_ns, tsc;
};

static struct timer recalibration_timer;
static struct sample anchor;
static s_time_t reference_to_system; /* added to the platform timer's time */
static s_time_t period = FIRST_PERIOD;

/* Of several readings, the one that was interrupted least. */
static struct sample take_sample(void)
{
    struct sample best = {0, 0};
    uint64_t best_width = UINT64_MAX;

    for (unsigned int i = 0; i < SAMPLE_TRIES; i++) {
        uint64_t before = rdtsc_ordered(), ns = platform_timer_read(), width = rdtsc_ordered() - before;

        if (width < best_width) {
            best_width = width;
            best = (struct sample){ns, before + width / 2};
        }
    }
    return best;
}

static void apply(void *data)
{
    time_scale_set(data);
    if (!current->is_idle)
        vcpu_update_time(current);
}

static int64_t clamp(int64_t value, int64_t limit)
{
    return value > limit ? limit : value < -limit ? -limit : value;
}

static void recalibrate(void *data)
{
    struct sample now = take_sample();
    uint64_t reference_ns = now.reference_ns - anchor.reference_ns, ticks = now.tsc - anchor.tsc;
    s_time_t behind = (s_time_t)now.reference_ns + reference_to_system - time_at_tsc(now.tsc);
    int64_t slew_ppb;
    struct time_scale scale;

    period = min(period * 2, LAST_PERIOD);
    slew_ppb = clamp(clamp(behind, SECONDS(1)) * 1000000 / (period / 1000), SLEW_MAX_PPB);
    reference_ns += (uint64_t)((int64_t)(reference_ns / 1000) * slew_ppb / 1000000);
    scale_make(ticks, reference_ns, &scale.multiplier, &scale.shift);
    scale.base_tsc = rdtsc_ordered();
    scale.base_ns = time_at_tsc(scale.base_tsc);
    smp_call(cpu_online_map, apply, &scale, true);

    if (now.reference_ns - anchor.reference_ns > BASELINE_MAX)
        anchor = now;
    timer_set(&recalibration_timer, now_ns() + period);
}

void time_recalibration_start(void)
{
    anchor = take_sample();
    reference_to_system = time_at_tsc(anchor.tsc) - (s_time_t)anchor.reference_ns;
    timer_init(&recalibration_timer, recalibrate, NULL, 0);
    timer_set(&recalibration_timer, now_ns() + period);
}
