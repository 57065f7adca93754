/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock that the TSC is measured by: HPET, else ACPI's PM timer, else the PIT (channel 2). Counts up from
 * platform_timer_init in nanoseconds; narrow counters are widened here, so somebody must read often enough
 * (recalibration does, and finds out by the TSC when it could not).
 */
#include <xen/log.h>
#include <asm/acpi.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <asm/time.h>

#define PM_TIMER_HZ 3579545u
#define PIT_HZ      1193182u

#define HPET_ID         0x000
#define HPET_CONFIG     0x010
#define HPET_COUNTER    0x0f0
#define HPET_ENABLE     1u
#define HPET_MAX_PERIOD 100000000u /* femtoseconds: the specification's limit of 100 ns */
#define FEMTOSECONDS_NS 1000000u

struct platform_timer {
    const char *name;
    uint64_t (*read)(void);
    uint64_t mask;
    uint32_t multiplier;
    int8_t shift;
};

static volatile uint32_t *hpet;
static struct platform_timer timer;
static uint64_t last_count, total_ticks;

static uint64_t read_hpet(void)
{
    return hpet[HPET_COUNTER / 4];
}

static uint64_t read_pm_timer(void)
{
    return inl(acpi.pm_timer);
}

/* Counts down and starts again at 65536. */
static uint64_t read_pit(void)
{
    uint16_t count;

    outb(0x43, 0x80);
    count = inb(0x42);
    count |= (uint16_t)(inb(0x42) << 8);
    return (uint16_t)-count;
}

static bool __init use_hpet(void)
{
    uint32_t period;

    if (!acpi.hpet)
        return false;
    hpet = ioremap(acpi.hpet, 1024);
    period = hpet[HPET_ID / 4 + 1];
    if (!period || period > HPET_MAX_PERIOD)
        return false;
    hpet[HPET_CONFIG / 4] |= HPET_ENABLE;
    timer = (struct platform_timer){.name = "HPET", .read = read_hpet, .mask = UINT32_MAX};
    scale_make((uint64_t)FEMTOSECONDS_NS * 1000, (uint64_t)period * 1000, &timer.multiplier, &timer.shift);
    return true;
}

static bool __init use_pm_timer(void)
{
    if (!acpi.pm_timer)
        return false;
    timer = (struct platform_timer){
        .name = "ACPI PM timer", .read = read_pm_timer, .mask = acpi.pm_timer_32bit ? UINT32_MAX : 0xffffff};
    scale_make(PM_TIMER_HZ, 1000000000, &timer.multiplier, &timer.shift);
    return true;
}

static void __init use_pit(void)
{
    outb(0x61, (inb(0x61) & ~2u) | 1u);
    outb(0x43, 0xb4); /* channel 2, rate generator, full range */
    outb(0x42, 0);
    outb(0x42, 0);
    timer = (struct platform_timer){.name = "PIT", .read = read_pit, .mask = 0xffff};
    scale_make(PIT_HZ, 1000000000, &timer.multiplier, &timer.shift);
}

void __init platform_timer_init(void)
{
    if (!use_hpet() && !use_pm_timer())
        use_pit();
    last_count = timer.read();
}

uint64_t platform_timer_wrap_ns(void)
{
    return scale_ticks(timer.mask + 1, timer.multiplier, timer.shift);
}

bool platform_timer_is_short(void)
{
    return platform_timer_wrap_ns() < 2000000000u;
}

const char *platform_timer_name(void)
{
    return timer.name;
}

void platform_timer_add_wraps(uint64_t nr)
{
    total_ticks += nr * (timer.mask + 1);
}

uint64_t platform_timer_read(void)
{
    uint64_t count = timer.read();

    total_ticks += (count - last_count) & timer.mask;
    last_count = count;
    return scale_ticks(total_ticks, timer.multiplier, timer.shift);
}
