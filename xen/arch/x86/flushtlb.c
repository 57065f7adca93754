/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB flushes, here and on other CPUs, and the flush clock.
 *
 * A flush of others is one request at a time: what to flush stands under flush_lock, the CPUs that still have
 * to do it are the bits of flush_pending. A CPU takes it by the interrupt, or by polling while it spins with
 * interrupts off (arch_spin_wait): nobody waits for a CPU that waits for him.
 */
#include <xen/bitops.h>
#include <xen/percpu.h>
#include <xen/spinlock.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/flushtlb.h>
#include <asm/processor.h>
#include <asm/smp.h>

#define INVPCID_ALL 2ul

/* A flush of everything, or of one page (which is never page 0 of the address space). */
#define FLUSH_ALL 0ul

/*
 * 64 bits, so that it never wraps: a guest that flushes without end could otherwise make a CPU that never
 * does look as if it had.
 */
uint64_t tlb_clock = 1;
static DEFINE_PER_CPU(uint64_t, tlb_flush_time);

static spinlock_t flush_lock;
static unsigned long flush_va;
static cpumask_t flush_pending;

static void flush_all(void)
{
    if (cpu_features.invpcid) {
        struct {
            uint64_t pcid, address;
        } descriptor = {0, 0};

        __asm__ __volatile__("invpcid %0, %1" : : "m"(descriptor), "r"(INVPCID_ALL) : "memory");
    } else {
        unsigned long cr4 = read_cr4();

        /* Changing the bit flushes global entries as well (Intel SDM vol. 3, 4.10.4.1). */
        write_cr4(cr4 ^ X86_CR4_PGE);
        write_cr4(cr4);
    }
}

/*
 * The clock ticks before the flush: what is unmapped after the tick is not covered by it, and its stamp is
 * not older.
 */
void flush_tlb_local(void)
{
    unsigned long flags = arch_irq_save();
    uint64_t now = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);

    flush_all();
    this_cpu(tlb_flush_time) = now;
    arch_irq_restore(flags);
}

void flush_tlb_one_local(unsigned long va)
{
    invlpg(va);
}

void load_cr3(unsigned long cr3)
{
    write_cr3(cr3);
}

/*
 * The latest time not after now with the stamp's 32 bits: of an older stamp this makes a younger one, which
 * only flushes more.
 */
cpumask_t tlb_cpus_not_flushed_since(cpumask_t candidates, uint32_t stamp)
{
    uint64_t now = READ_ONCE(tlb_clock), then = now - (uint32_t)((uint32_t)now - stamp);
    cpumask_t stale = cpumask_none();
    unsigned int cpu;

    for_each_cpu(cpu, candidates) if (READ_ONCE(per_cpu(tlb_flush_time, cpu)) <= then) stale.bits |= 1ul
                                                                                                     << cpu;
    return stale;
}

static void flush_requested(unsigned long va)
{
    if (va == FLUSH_ALL)
        flush_tlb_local();
    else
        flush_tlb_one_local(va);
}

void flush_tlb_poll(void)
{
    unsigned int cpu = arch_this_cpu();
    unsigned long flags;

    if (likely(!cpumask_test((cpumask_t){READ_ONCE(flush_pending.bits)}, cpu)))
        return;
    /*
     * No interrupt between the test of our bit and its clearing: it could serve this request, and the next
     * one come in.
     */
    flags = arch_irq_save();
    if (cpumask_test((cpumask_t){__atomic_load_n(&flush_pending.bits, __ATOMIC_SEQ_CST)}, cpu)) {
        flush_requested(flush_va);
        cpumask_clear_atomic(&flush_pending, cpu);
    }
    arch_irq_restore(flags);
}

static noinline void flush_others(cpumask_t others, unsigned long va)
{
    unsigned int cpu;

    spin_lock(&flush_lock);
    /* Who has gone off line meanwhile flushes when he comes back. */
    others = cpumask_and(others, cpu_online_map);
    flush_va = va;
    __atomic_store_n(&flush_pending.bits, others.bits, __ATOMIC_SEQ_CST);
    for_each_cpu(cpu, others) apic_send(cpu_apic_id[cpu], VECTOR_FLUSH_TLB);
    while (READ_ONCE(flush_pending.bits) && !cpus_stopping())
        arch_cpu_relax();
    spin_unlock(&flush_lock);
}

void flush_tlb_leave(void)
{
    spin_lock(&flush_lock);
    cpumask_clear_atomic(&cpu_online_map, arch_this_cpu());
    spin_unlock(&flush_lock);
}

static always_inline void flush_mask(cpumask_t mask, unsigned long va)
{
    cpumask_t self = cpumask_of(arch_this_cpu());
    cpumask_t others = cpumask_andnot(cpumask_and(mask, cpu_online_map), self);

    if (!cpumask_empty(cpumask_and(mask, self)))
        flush_requested(va);
    if (unlikely(!cpumask_empty(others)))
        flush_others(others, va);
}

void flush_tlb_mask(cpumask_t mask)
{
    flush_mask(mask, FLUSH_ALL);
}

void flush_tlb_one_mask(cpumask_t mask, unsigned long va)
{
    flush_mask(mask, va & PAGE_MASK);
}
