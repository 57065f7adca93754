/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps system time right in the long run. Every so often the boot CPU compares it with the platform timer,
 * computes how fast the TSC really runs, and gives all CPUs a scale that reaches the platform timer's time by
 * the next comparison: never a step, at most 1/2000 faster or slower.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/smp.h>
#include <xen/timer.h>
#include <asm/processor.h>
#include <asm/time.h>

#define FIRST_PERIOD MILLISECONDS(20)
#define LAST_PERIOD  SECONDS(1)
#define BASELINE_MAX SECONDS(64)
#define SLEW_MAX_PPB 500000
#define TOO_WIDE     MICROSECONDS(50)
#define RETRY_PERIOD MILLISECONDS(10)

static struct timer recalibration_timer;
static struct time_sample anchor; /* tsc 0: no sample was narrow enough yet */
static s_time_t reference_to_system; /* added to the platform timer's time */
static s_time_t period = FIRST_PERIOD;

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

static s_time_t width_ns(const struct time_sample *s)
{
    return time_at_tsc(s->tsc + s->width) - time_at_tsc(s->tsc);
}

/*
 * The TSC's rate since the anchor, corrected so that the time by which we are behind is caught up within the
 * period.
 */
static void make_scale(const struct time_sample *now, struct time_scale *scale)
{
    s_time_t behind = (s_time_t)now->reference + reference_to_system - time_at_tsc(now->tsc);
    int64_t slew_ppb = clamp(clamp(behind, SECONDS(1)) * 1000000 / (period / 1000), SLEW_MAX_PPB);
    uint64_t ns = now->reference - anchor.reference;

    ns += (uint64_t)((int64_t)(ns / 1000) * slew_ppb / 1000000);
    scale_make(now->tsc - anchor.tsc, ns, &scale->multiplier, &scale->shift);
    scale->base_tsc = rdtsc_ordered();
    scale->base_ns = time_at_tsc(scale->base_tsc);
}

/*
 * The machine stood still, as virtual ones may, for longer than the platform timer takes to run over: without
 * this the TSC would seem to run too fast by as much.
 */
static bool has_run_over(const struct time_sample *now)
{
    s_time_t missing = time_at_tsc(now->tsc) - reference_to_system - (s_time_t)now->reference;
    uint64_t nr = scale_wraps_missed(missing, platform_timer_wrap_ns());

    if (!nr)
        return false;
    platform_timer_add_wraps(nr);
    log_info("the %s has run over %lu times that nobody saw: the machine stood still\n",
             platform_timer_name(), nr);
    return true;
}

static void begin(const struct time_sample *now)
{
    anchor = *now;
    reference_to_system = time_at_tsc(anchor.tsc) - (s_time_t)anchor.reference;
    timer_set(&recalibration_timer, now_ns() + period);
}

static void recalibrate(void *data)
{
    struct time_sample now = time_sample_take(platform_timer_read);
    struct time_scale scale;

    if (width_ns(&now) > TOO_WIDE || (anchor.tsc && has_run_over(&now))) {
        timer_set(&recalibration_timer, now_ns() + RETRY_PERIOD);
        return;
    }
    if (!anchor.tsc) {
        begin(&now);
        return;
    }
    period = min(period * 2, LAST_PERIOD);
    make_scale(&now, &scale);
    smp_call(cpu_online_map, apply, &scale, true);
    if (now.reference - anchor.reference > BASELINE_MAX)
        anchor = now;
    timer_set(&recalibration_timer, now_ns() + period);
}

void time_recalibration_start(void)
{
    if (platform_timer_is_short())
        return;
    timer_init(&recalibration_timer, recalibrate, NULL, 0);
    recalibrate(NULL);
}
