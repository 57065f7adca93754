/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IO-APICs' registers (Intel 82093AA datasheet), and the two PICs that they replace. Each call takes
 * ioapic_lock; any context.
 */
#ifndef ASM_IOAPIC_H
#define ASM_IOAPIC_H

#include <xen/types.h>

#define IOAPIC_ENTRY(n) (0x10 + 2 * (n))

void pic_mask_all(void);
void ioapic_init(void); /* finds them; every input masked */
/* One more than the highest GSI; 16 when there is no IO-APIC. */
unsigned int ioapic_nr_gsis(void);
bool ioapic_has(unsigned int gsi);
/* Low half of an entry, and the CPU that it goes to. */
void ioapic_write_entry(unsigned int gsi, uint32_t low, uint32_t apic_id);
void ioapic_set_masked(unsigned int gsi, bool masked);
void ioapic_set_cpu(unsigned int gsi, uint32_t apic_id);
/* Without the lock: the machine stops. */
void ioapic_mask_all(void);

/* --- As Domain 0 sees them: by physical address --- */
/* The first GSI of the IO-APIC there; -XEN_EINVAL: none is. */
int ioapic_find(uint64_t address) __must_check;
unsigned int ioapic_nr_inputs(unsigned int first_gsi);
uint32_t ioapic_read_register(unsigned int first_gsi, uint32_t reg);

#endif
