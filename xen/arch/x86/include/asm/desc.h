/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables of each physical CPU: the reserved part of the GDT (one page, which is page 14 of every
 * GDT), the TSS with its interrupt stacks, and the IDT that all CPUs share.
 */
#ifndef ASM_DESC_H
#define ASM_DESC_H

#include <xen/types.h>
#include <asm/layout.h>

/* First page of the GDT that is ours: FIRST_RESERVED_GDT_PAGE of the ABI. */
#define GDT_RESERVED_PAGE 14
#define GDT_RESERVED_BASE (GDT_RESERVED_PAGE * 4096)
#define GDT_LIMIT         (GDT_RESERVED_BASE + 4096 - 1)
#define GDT_ENTRIES_OURS  (4096 / 8)

/* Interrupt stacks: page 2n - 1 of the CPU's stack block (asm/layout.h). */
#define IST_DF     1
#define IST_NMI    2
#define IST_MC     3
#define IST_DB     4
#define IST_STACKS 4

/* The CPU's page of descriptors; entry i is selector GDT_RESERVED_BASE + 8 * i. */
mfn_t cpu_gdt_mfn(unsigned int cpu);
/* This CPU's GDT when it runs no guest: nothing below our page may be used. */
void gdt_load_idle(void);
/* GDTR: base is where GDT_RESERVED_PAGE + 1 pages are mapped, the last one being this CPU's. */
void gdt_load(unsigned long base);
/* Sets the LDT descriptor of this CPU and loads it; no entries: the null LDT. */
void ldt_load(unsigned long base, unsigned int nr_entries);

/*
 * Memory of a CPU other than the first: GDT page and stack block. 0 or -XEN_ENOMEM. And on the CPU itself:
 * GDT, TSS, IDT.
 */
int desc_alloc_cpu(unsigned int cpu, void *stack) __must_check;
void desc_init_cpu(void);
void idt_init(void);

#endif
