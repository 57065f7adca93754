/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing CPUs up, and the messages between them that are the machine's own affair. */
#ifndef ASM_SMP_H
#define ASM_SMP_H

#include <xen/smp.h>

/* APIC id of each CPU that is or may come up. */
extern uint32_t cpu_apic_id[MAX_CPUS];

/* Starts all CPUs of the MADT up to maxcpus=; they end in idle_loop. */
void smp_boot(void);

/* Handlers of the IPIs: irq.c calls them, interrupts off. */
void smp_call_interrupt(void);
/* Does this CPU's part of a flush if one waits for it: the interrupt, and arch_spin_wait. */
void flush_tlb_poll(void);
noreturn void stop_interrupt(void);
bool cpus_stopping(void);
/* An NMI told this CPU to stop. */
bool smp_stop_requested(void);

/* start.S */
extern char trampoline_start[], trampoline_end[], trampoline_gdt[], trampoline_gdtr[], trampoline_long[],
    trampoline_far[], trampoline_l4[], trampoline_stack[], trampoline_entry[];

#endif
