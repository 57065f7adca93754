/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB flushing and the flush clock. The clock ticks at each complete flush of a CPU's TLB; a frame remembers
 * in tlb_stamp the clock when it was last possibly mapped in its former use, so that a CPU that has flushed
 * since need not flush again.
 */
#ifndef ASM_FLUSHTLB_H
#define ASM_FLUSHTLB_H

#include <xen/cpumask.h>

void flush_tlb_local(void); /* everything, global entries too */
void flush_tlb_one_local(unsigned long va);
/*
 * On these CPUs, and waits until done. Interrupts may be on or off (see arch_spin_wait). This CPU may be in
 * the mask.
 */
void flush_tlb_mask(cpumask_t mask);
void flush_tlb_one_mask(cpumask_t mask, unsigned long va);
/* This CPU leaves cpu_online_map, between two flushes. */
void flush_tlb_leave(void);
/* A CR3 load that flushes what is not global: counts as no complete flush. */
void load_cr3(unsigned long cr3);
/* The clock itself has 64 bits and never wraps; a stamp has its low 32. */
extern uint64_t tlb_clock;
static inline uint32_t tlb_clock_now(void)
{
    return (uint32_t)READ_ONCE(tlb_clock);
}
/* Those of the candidates that have not flushed completely since the stamp. */
cpumask_t tlb_cpus_not_flushed_since(cpumask_t candidates, uint32_t stamp);

#endif
