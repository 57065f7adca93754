/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing CPUs up, and the messages between them that are the machine's own affair. */
#ifndef ASM_SMP_H
#define ASM_SMP_H

#include <xen/smp.h>

/* APIC id of each CPU that is or may come up. */
extern uint32_t cpu_apic_id[MAX_CPUS];

/* Starts all CPUs of the MADT up to maxcpus=; they end in idle_loop. */
void smp_boot(void);

/* Before a CPU is taken off line. */
void cpu_park_init(void);

/* In a function that smp_call runs: on how many CPUs it does. */
unsigned int smp_call_nr_cpus(void);
/*
 * This CPU, which runs idle, out of cpu_online_map: no call and no flush is under way when it goes, and none
 * asks for it from then on; and into it again, with time, MTRRs and TLB as the others have them. Interrupts
 * on, no lock held.
 */
void smp_leave(void);
void smp_join(void);

/* Handlers of the IPIs: irq.c calls them, interrupts off. */
void smp_call_interrupt(void);
/* Does this CPU's part of a flush if one waits for it: the interrupt, and arch_spin_wait. */
void flush_tlb_poll(void);

/* Whether this CPU is one that the NMI that has come is to stop; and stopping. */
bool smp_stop_requested(void);
noreturn void smp_stop_here(void);
bool cpus_stopping(void);

/* start.S */
extern char trampoline_start[], trampoline_end[], trampoline_gdt[], trampoline_gdtr[], trampoline_long[],
    trampoline_far[], trampoline_l4[], trampoline_stack[], trampoline_entry[];

#endif
