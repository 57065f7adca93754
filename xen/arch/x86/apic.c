/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC: by memory, or by MSRs when the firmware left it in x2APIC mode (which cannot be left
 * without a reset). (Intel SDM vol. 3, 11.4, 11.5, 11.6, 11.12.)
 */
#include <xen/log.h>
#include <asm/apic.h>
#include <asm/arch.h>
#include <asm/page.h>
#include <asm/processor.h>

#define APIC_ID           0x020
#define APIC_TPR          0x080
#define APIC_EOI          0x0b0
#define APIC_LDR          0x0d0
#define APIC_DFR          0x0e0
#define APIC_SPIV         0x0f0
#define APIC_ESR          0x280
#define APIC_ICR          0x300
#define APIC_ICR_HIGH     0x310
#define APIC_LVT_TIMER    0x320
#define APIC_LVT_THERMAL  0x330
#define APIC_LVT_PERF     0x340
#define APIC_LVT_LINT0    0x350
#define APIC_LVT_LINT1    0x360
#define APIC_LVT_ERROR    0x370
#define APIC_TIMER_START  0x380
#define APIC_TIMER_NOW    0x390
#define APIC_TIMER_DIVIDE 0x3e0

#define SPIV_ENABLE    (1u << 8)
#define LVT_MASKED     (1u << 16)
#define LVT_NMI        (4u << 8)
#define DIVIDE_BY_1    0xbu
#define ICR_NMI        (4u << 8)
#define ICR_INIT       (5u << 8)
#define ICR_STARTUP    (6u << 8)
#define ICR_BUSY       (1u << 12)
#define ICR_ASSERT     (1u << 14)
#define ICR_ALL_OTHERS (3u << 18)

#define APIC_BASE_ENABLE   (1ull << 11)
#define APIC_BASE_X2       (1ull << 10)
#define MSR_X2APIC(offset) (0x800 + ((offset) >> 4))

static volatile uint32_t *registers;
static bool x2apic;

static uint32_t apic_read(unsigned int offset)
{
    return x2apic ? (uint32_t)rdmsr(MSR_X2APIC(offset)) : registers[offset / 4];
}

static void apic_write(unsigned int offset, uint32_t value)
{
    if (likely(!x2apic))
        registers[offset / 4] = value;
    else
        wrmsr(MSR_X2APIC(offset), value);
}

uint32_t apic_id(void)
{
    uint32_t id = apic_read(APIC_ID);

    return x2apic ? id : id >> 24;
}

void apic_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

/* With interrupts off, so that the two halves of the ICR stay together. */
static void send_command(uint32_t destination, uint32_t command)
{
    unsigned long flags;

    if (x2apic) {
        /* Everything written before is seen by whom we interrupt; a write of x2APIC registers orders nothing.
         */
        __asm__ __volatile__("mfence; lfence" ::: "memory");
        wrmsr(MSR_X2APIC(APIC_ICR), (uint64_t)destination << 32 | command);
        return;
    }
    flags = arch_irq_save();
    while (registers[APIC_ICR / 4] & ICR_BUSY)
        arch_cpu_relax();
    registers[APIC_ICR_HIGH / 4] = destination << 24;
    registers[APIC_ICR / 4] = command;
    arch_irq_restore(flags);
}

void apic_send(uint32_t destination, uint8_t vector)
{
    send_command(destination, ICR_ASSERT | vector);
}

void apic_send_nmi_others(void)
{
    send_command(0, ICR_ASSERT | ICR_ALL_OTHERS | ICR_NMI);
}

void apic_send_init(uint32_t destination)
{
    send_command(destination, ICR_ASSERT | ICR_INIT);
}

void apic_send_startup(uint32_t destination, uint8_t page)
{
    send_command(destination, ICR_ASSERT | ICR_STARTUP | page);
}

void apic_timer_set(uint32_t ticks)
{
    apic_write(APIC_TIMER_START, ticks);
}

uint32_t apic_timer_left(void)
{
    return apic_read(APIC_TIMER_NOW);
}

void apic_error_print(void)
{
    uint32_t error;

    apic_write(APIC_ESR, 0);
    error = apic_read(APIC_ESR);
    log_warning("CPU%u: local APIC reports error %#x\n", arch_this_cpu(), error);
}

void __init apic_init(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    x2apic = base & APIC_BASE_X2;
    if (!x2apic)
        registers = ioremap(base & PTE_ADDR, PAGE_SIZE);
    log_debug("Local APIC: %s, id %u\n", x2apic ? "x2APIC" : "xAPIC", apic_id());
}

void apic_init_cpu(void)
{
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE | (x2apic ? APIC_BASE_X2 : 0));
    if (!x2apic) {
        apic_write(APIC_DFR, ~0u);
        apic_write(APIC_LDR, 0);
    }
    apic_write(APIC_TPR, 0);
    apic_write(APIC_SPIV, SPIV_ENABLE | VECTOR_SPURIOUS);
    apic_write(APIC_LVT_LINT0, LVT_MASKED);
    /* The firmware's NMI button arrives at the boot CPU. */
    apic_write(APIC_LVT_LINT1, arch_this_cpu() ? LVT_MASKED : LVT_NMI);
    apic_write(APIC_LVT_PERF, LVT_MASKED);
    apic_write(APIC_LVT_THERMAL, LVT_MASKED);
    apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
    apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
    apic_write(APIC_TIMER_START, 0);
    apic_eoi();
}
