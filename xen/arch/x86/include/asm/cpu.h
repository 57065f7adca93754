/* SPDX-License-Identifier: BSD-2-Clause */
/* Features and control registers of the physical CPUs. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <xen/types.h>

/* What the boot CPU has and we use; the others are taken to be alike. */
struct cpu_features {
    bool fsgsbase, smep, smap, umip, invpcid, gigabyte_pages, xsave, rdtscp;
    uint32_t physical_address_bits;
    uint32_t family; /* as the manuals count it: base and extended together */
    char vendor[13];
    char brand[49];
};
extern struct cpu_features cpu_features;

/* Boot CPU: reads the features; panic_user when one that we cannot do without is missing. */
void cpu_features_init(void);
/* As the manuals count it: base and extended together. */
uint32_t cpu_model(void);
/* Control registers, EFER and PAT of the CPU that calls. */
void cpu_registers_init(void);

#endif
