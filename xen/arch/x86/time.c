/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System time, the one-shot timer of each CPU, and the wall clock. Owns each CPU's scale; the arithmetic is time_scale.c's, the reference
 * platform_timer.c's, its repeated application recalibration.c's.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <asm/apic.h>
#include <asm/processor.h>
#include <asm/time.h>

#define PIT_HZ              1193182u
#define PIT_START           0xffffu
#define CALIBRATION_TICKS   (PIT_HZ / 1000)
#define APIC_CALIBRATION_NS 300000
#define TIMER_MAX_NS        SECONDS(4)

struct cpu_time {
    struct time_scale scale;
    /* Changes with the scale: an interrupt of this CPU may replace it under a reader's hands. */
    uint32_t version;
};

static DEFINE_PER_CPU(struct cpu_time, cpu_time);

static uint64_t start_tsc;
static uint64_t apic_start_tsc;
static uint32_t apic_multiplier;
static int8_t apic_shift;
static uint64_t boot_seconds; /* since 1970, at system time 0 */
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

    time_scale_get(&scale);
    out->tsc_timestamp = scale.base_tsc;
    out->system_time = (uint64_t)scale.base_ns;
    out->tsc_to_system_mul = scale.multiplier;
    out->tsc_shift = scale.shift;
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
    if (delta <= 0) {
        apic_timer_set(1);
        return;
    }
    /* An interrupt before its time is harmless: the timer's owner programs it again. */
    ticks = scale_ticks((uint64_t)min(delta, TIMER_MAX_NS), apic_multiplier, apic_shift) + 1;
    apic_timer_set((uint32_t)min(ticks, (uint64_t)UINT32_MAX));
}

void arch_wallclock_at_boot(uint64_t *seconds, uint32_t *nanoseconds)
{
    *seconds = boot_seconds;
    *nanoseconds = 0;
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

/* PIT channel 2 counts down from the first moment of the boot, so that the calibration need not wait for what the boot itself takes. */
void __init time_start(void)
{
    outb(0x61, (inb(0x61) & ~2u) | 1u);
    outb(0x43, 0xb0);
    outb(0x42, PIT_START & 0xff);
    outb(0x42, PIT_START >> 8);
    start_tsc = rdtsc_ordered();
    /* Until the calibration: something that moves, as if the TSC ran at 1 GHz. */
    this_cpu(cpu_time).scale = (struct time_scale){.base_tsc = start_tsc, .multiplier = 1u << 31, .shift = 1};
}

static uint32_t __init pit_elapsed(void)
{
    uint32_t count;

    outb(0x43, 0x80);
    count = inb(0x42);
    count |= (uint32_t)inb(0x42) << 8;
    return PIT_START - count;
}

/* The TSC at the moment of a tick of the PIT, and how many ticks that is since the start. False: the PIT does not count. */
static bool __init pit_edge(uint32_t *ticks, uint64_t *tsc)
{
    uint32_t before = pit_elapsed(), tries = 0;

    do {
        *tsc = rdtsc_ordered();
        *ticks = pit_elapsed();
        if (++tries == 1000000)
            return false;
    } while (*ticks == before || *ticks < CALIBRATION_TICKS);
    return true;
}

static bool __init pit_ran_out(void)
{
    return inb(0x61) & 0x20;
}

/* Sets the first scale: by what passed since time_start, or again where that was too long for the PIT. */
static bool __init calibrate_by_pit(struct time_scale *scale)
{
    uint32_t ticks = 0;
    uint64_t tsc = 0;

    if (pit_ran_out())
        time_start();
    if (!pit_edge(&ticks, &tsc))
        return false;
    scale_make(tsc - start_tsc, ticks * 1000000000ull / PIT_HZ, &scale->multiplier, &scale->shift);
    return true;
}

static void __init calibrate_by_platform_timer(struct time_scale *scale)
{
    uint64_t ns = platform_timer_read(), tsc = rdtsc_ordered(), later;

    do
        later = platform_timer_read();
    while (later - ns < MILLISECONDS(1));
    scale_make(rdtsc_ordered() - tsc, later - ns, &scale->multiplier, &scale->shift);
}

void __init time_start_apic(void)
{
    apic_timer_set(UINT32_MAX);
    apic_start_tsc = rdtsc_ordered();
}

static void __init calibrate_apic(const struct time_scale *scale)
{
    uint64_t ns, tsc;
    uint32_t ticks;

    do {
        tsc = rdtsc_ordered();
        ticks = UINT32_MAX - apic_timer_left();
        ns = scale_ticks(tsc - apic_start_tsc, scale->multiplier, scale->shift);
    } while (ns < APIC_CALIBRATION_NS);
    apic_timer_set(0);
    if (!ticks)
        panic("the local APIC's timer does not count");
    scale_make(ns, ticks, &apic_multiplier, &apic_shift);
}

void __init time_init(void)
{
    struct time_scale scale;

    platform_timer_init();
    if (!calibrate_by_pit(&scale))
        calibrate_by_platform_timer(&scale);
    calibrate_apic(&scale);
    scale.base_tsc = start_tsc;
    scale.base_ns = 0;
    time_scale_set(&scale);
    boot_khz = (1000000ull << 32) / scale.multiplier;
    boot_khz = scale.shift < 0 ? boot_khz << -scale.shift : boot_khz >> scale.shift;
    boot_seconds = rtc_read() - (uint64_t)now_ns() / SECONDS(1);
    log_info("TSC: %lu.%03lu MHz; %s as reference\n", boot_khz / 1000, boot_khz % 1000, platform_timer_name());
}

void time_init_cpu(void)
{
    time_scale_set(&per_cpu(cpu_time, 0).scale);
}
