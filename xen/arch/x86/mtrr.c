/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and changes the variable MTRRs. While one changes no CPU may have cached anything under its old type:
 * all of them stop, flush, change, and go on together. (Intel SDM vol. 3, 12.11.8.)
 */
#include <xen/arch.h>
#include <xen/smp.h>
#include <asm/cpu.h>
#include <asm/flushtlb.h>
#include <asm/mtrr.h>
#include <asm/processor.h>
#include <asm/smp.h>

#define MSR_MTRR_CAP     0xfe
#define MSR_MTRR_BASE(i) (0x200 + 2 * (i))
#define MSR_MTRR_MASK(i) (0x201 + 2 * (i))
#define MSR_MTRR_DEFAULT 0x2ff

#define CPUID_1D_MTRR (1u << 12)
#define CAP_COUNT     0xffu
#define CAP_WC        (1u << 10)
#define MASK_VALID    (1ull << 11)
#define DEFAULT_ON    (1ull << 11)
#define TYPE_BITS     0xffull
#define CR0_NW        (1ul << 29)
#define CR0_CD        (1ul << 30)

struct change {
    unsigned int reg;
    uint64_t base, mask;
    unsigned int arrived, finished;
};

/*
 * What was written since the boot, for CPUs that were off line: changed by every CPU alike, in the midst of
 * the meeting.
 */
static struct {
    bool is_written;
    uint64_t base, mask;
} written[CAP_COUNT + 1];

static uint64_t frame_mask(void)
{
    return ((1ull << cpu_features.physical_address_bits) - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

unsigned int mtrr_count(void)
{
    return cpuid(1, 0).d & CPUID_1D_MTRR ? (unsigned int)(rdmsr(MSR_MTRR_CAP) & CAP_COUNT) : 0;
}

bool mtrr_has_write_combining(void)
{
    return rdmsr(MSR_MTRR_CAP) & CAP_WC;
}

struct mtrr mtrr_read(unsigned int reg)
{
    uint64_t base = rdmsr(MSR_MTRR_BASE(reg)), mask = rdmsr(MSR_MTRR_MASK(reg)), bits = mask & frame_mask();

    if (!(mask & MASK_VALID) || !bits)
        return (struct mtrr){0, 0, 0};
    return (struct mtrr){
        (base & frame_mask()) >> PAGE_SHIFT,
        (bits & -bits) >> PAGE_SHIFT,
        (uint8_t)(base & TYPE_BITS),
    };
}

static void flush_caches(void)
{
    __asm__ __volatile__("wbinvd" ::: "memory");
}

/* Until all CPUs have come here. Who waits for a TLB flush of ours is served meanwhile. */
static void meet(unsigned int *counter)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < smp_call_nr_cpus())
        arch_spin_wait();
}

static void write_registers(unsigned int reg, uint64_t base, uint64_t mask)
{
    unsigned long cr0 = read_cr0();
    uint64_t defaults;

    write_cr0((cr0 | CR0_CD) & ~CR0_NW);
    flush_caches();
    flush_tlb_local();
    defaults = rdmsr(MSR_MTRR_DEFAULT);
    wrmsr(MSR_MTRR_DEFAULT, defaults & ~DEFAULT_ON);
    wrmsr(MSR_MTRR_MASK(reg), 0);
    wrmsr(MSR_MTRR_BASE(reg), base);
    wrmsr(MSR_MTRR_MASK(reg), mask);
    wrmsr(MSR_MTRR_DEFAULT, defaults);
    flush_caches();
    flush_tlb_local();
    write_cr0(cr0);
}

static void change_here(void *data)
{
    struct change *c = data;

    meet(&c->arrived);
    write_registers(c->reg, c->base, c->mask);
    written[c->reg].base = c->base;
    written[c->reg].mask = c->mask;
    written[c->reg].is_written = true;
    meet(&c->finished);
}

void mtrr_catch_up(void)
{
    for (unsigned int reg = 0; reg < ARRAY_SIZE(written); reg++) {
        unsigned long flags;

        if (!written[reg].is_written)
            continue;
        flags = arch_irq_save();
        write_registers(reg, written[reg].base, written[reg].mask);
        arch_irq_restore(flags);
    }
}

void mtrr_write(unsigned int reg, const struct mtrr *m)
{
    struct change c = {.reg = reg};

    if (m->nr_pages) {
        c.base = m->first << PAGE_SHIFT | m->type;
        c.mask = (frame_mask() & ~((m->nr_pages << PAGE_SHIFT) - 1)) | MASK_VALID;
    }
    smp_call(cpu_online_map, change_here, &c, true);
}
