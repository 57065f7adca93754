/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System time, the one-shot timer of each CPU, and the wall clock. Owns each CPU's scale; the arithmetic is
 * time_scale.c's, the reference platform_timer.c's, its repeated application recalibration.c's.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <asm/apic.h>
#include <asm/processor.h>
#include <asm/time.h>
#include <asm/tsc.h>

#define CALIBRATION_NS 1000000
#define SAMPLE_TRIES   5
#define TIMER_MAX_NS   SECONDS(4)

struct cpu_time {
    struct time_scale scale;
    /* Changes with the scale: an interrupt of this CPU may replace it under a reader's hands. */
    uint32_t version;
};

static DEFINE_PER_CPU(struct cpu_time, cpu_time);

static uint64_t boot_tsc; /* at system time 0 */
static struct time_sample platform_start, apic_start;
static uint32_t apic_multiplier;
static int8_t apic_shift;
static uint64_t boot_wallclock_ns; /* since 1970, at system time 0 */
static uint64_t boot_khz;

static s_time_t scale_apply(const struct time_scale *s, uint64_t tsc)
{
    int64_t ticks = (int64_t)(tsc - s->base_tsc);

    return s->base_ns + (s_time_t)scale_ticks(ticks > 0 ? (uint64_t)ticks : 0, s->multiplier, s->shift);
}

s_time_t now_ns(void)
{
    const struct cpu_time *t = &this_cpu(cpu_time);
    uint32_t version;
    s_time_t ns;

    do {
        version = READ_ONCE(t->version);
        barrier();
        ns = scale_apply(&t->scale, rdtsc_ordered());
        barrier();
    } while (unlikely(version != READ_ONCE(t->version)));
    return ns;
}

void time_scale_get(struct time_scale *out)
{
    unsigned long flags = arch_irq_save();

    *out = this_cpu(cpu_time).scale;
    arch_irq_restore(flags);
}

/* Time does not step back on this CPU even where the new scale is behind the old one. */
void time_scale_set(const struct time_scale *new_scale)
{
    unsigned long flags = arch_irq_save();
    struct cpu_time *t = &this_cpu(cpu_time);
    uint64_t tsc = rdtsc_ordered();
    s_time_t before = scale_apply(&t->scale, tsc);
    bool back = t->version && scale_apply(new_scale, tsc) < before;

    t->scale = *new_scale;
    if (back) {
        t->scale.base_tsc = tsc;
        t->scale.base_ns = before;
    }
    t->version++;
    arch_irq_restore(flags);
}

s_time_t time_at_tsc(uint64_t tsc)
{
    struct time_scale scale;

    time_scale_get(&scale);
    return scale_apply(&scale, tsc);
}

void arch_vcpu_time_info(struct vcpu *v, struct vcpu_time_info *out)
{
    struct time_scale scale;

    *out = (struct vcpu_time_info){0};
    if (unlikely(v->domain->arch.tsc.is_emulated)) {
        tsc_time_info(v->domain, out);
        return;
    }
    time_scale_get(&scale);
    out->tsc_timestamp = scale.base_tsc;
    out->system_time = (uint64_t)scale.base_ns;
    out->tsc_to_system_mul = scale.multiplier;
    out->tsc_shift = scale.shift;
}

/* Each scale begins somewhere else. */
bool arch_vcpu_time_stands(const struct vcpu *v, const struct vcpu_time_info *record)
{
    const struct time_scale *scale = &this_cpu(cpu_time).scale;

    return likely(!v->domain->arch.tsc.is_emulated) && READ_ONCE(record->tsc_timestamp) == scale->base_tsc &&
           READ_ONCE(record->system_time) == (uint64_t)scale->base_ns;
}

void arch_timer_program(s_time_t deadline_ns)
{
    s_time_t delta;
    uint64_t ticks;

    if (!deadline_ns) {
        apic_timer_set(0);
        return;
    }
    delta = deadline_ns - now_ns();
    /*
     * Without the detour by an interrupt: a guest that sets a time in the past sees the event when its call
     * returns.
     */
    if (delta <= 0) {
        timer_interrupt();
        return;
    }
    /* An interrupt before its time is harmless: the timer's owner programs it again. */
    ticks = scale_ticks((uint64_t)min(delta, TIMER_MAX_NS), apic_multiplier, apic_shift) + 1;
    apic_timer_set((uint32_t)min(ticks, (uint64_t)UINT32_MAX));
}

void arch_wallclock_at_boot(uint64_t *seconds, uint32_t *nanoseconds)
{
    uint64_t ns = READ_ONCE(boot_wallclock_ns);

    *seconds = ns / SECONDS(1);
    *nanoseconds = (uint32_t)(ns % SECONDS(1));
}

void wallclock_set(uint64_t seconds, uint64_t nanoseconds, uint64_t system_time)
{
    /* Modulo 2^64, as the guest gave them: only differences matter. */
    WRITE_ONCE(boot_wallclock_ns, seconds * SECONDS(1) + nanoseconds - system_time);
}

uint64_t arch_cycles(void)
{
    return rdtsc();
}

uint64_t tsc_khz(void)
{
    return boot_khz;
}

void delay_us(unsigned int us)
{
    uint64_t end = rdtsc() + us * boot_khz / 1000;

    while (rdtsc() < end)
        arch_cpu_relax();
}

void __init time_early_init(void)
{
    this_cpu(cpu_time).scale = (struct time_scale){.base_tsc = rdtsc(), .multiplier = 1u << 31, .shift = 1};
}

struct time_sample time_sample_take(uint64_t (*reference)(void))
{
    struct time_sample best = {.width = UINT64_MAX};

    for (unsigned int i = 0; i < SAMPLE_TRIES; i++) {
        uint64_t before = rdtsc_ordered(), value = reference(), width = rdtsc_ordered() - before;

        if (width < best.width)
            best = (struct time_sample){value, before + width / 2, width};
    }
    return best;
}

static uint64_t apic_elapsed(void)
{
    return UINT32_MAX - apic_timer_left();
}

void __init time_start(void)
{
    platform_timer_init();
    boot_tsc = rdtsc();
    apic_timer_set(UINT32_MAX);
    platform_start = time_sample_take(platform_timer_read);
    apic_start = time_sample_take(apic_elapsed);
}

static void __init calibrate_tsc(struct time_scale *scale)
{
    struct time_sample end;

    if (platform_timer_is_short())
        platform_start = time_sample_take(platform_timer_read);
    do
        end = time_sample_take(platform_timer_read);
    while (end.reference - platform_start.reference < CALIBRATION_NS);
    scale_make(end.tsc - platform_start.tsc, end.reference - platform_start.reference, &scale->multiplier,
               &scale->shift);
}

static void __init calibrate_apic(const struct time_scale *scale)
{
    struct time_sample end = time_sample_take(apic_elapsed);

    apic_timer_set(0);
    if (end.reference == apic_start.reference)
        panic("the local APIC's timer does not count");
    scale_make(scale_ticks(end.tsc - apic_start.tsc, scale->multiplier, scale->shift),
               end.reference - apic_start.reference, &apic_multiplier, &apic_shift);
}

void __init time_init(void)
{
    struct time_scale scale = {.base_tsc = boot_tsc};

    calibrate_tsc(&scale);
    calibrate_apic(&scale);
    time_scale_set(&scale);
    boot_khz = (1000000ull << 32) / scale.multiplier;
    boot_khz = scale.shift < 0 ? boot_khz << -scale.shift : boot_khz >> scale.shift;
    /* The CMOS clock counts whole seconds: half of one has passed on average. */
    boot_wallclock_ns = rtc_read() * SECONDS(1) + MILLISECONDS(500) - (uint64_t)now_ns();
    log_info("TSC: %lu.%03lu MHz; %s as reference\n", boot_khz / 1000, boot_khz % 1000,
             platform_timer_name());
}

/* What its own time was before does not count: nobody has looked at it since it left. */
void time_init_cpu(void)
{
    this_cpu(cpu_time).version = 0;
    time_scale_set(&per_cpu(cpu_time, 0).scale);
}
