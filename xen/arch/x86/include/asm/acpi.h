/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What we take from ACPI's tables: CPUs, interrupt controllers, timers, power and reset registers. (ACPI
 * Specification 6.4, chapter 5.) Read once at boot; constant afterwards.
 */
#ifndef ASM_ACPI_H
#define ASM_ACPI_H

#include <xen/cpumask.h>
#include <asm/boot_info.h>

#define ACPI_MAX_IOAPICS 8
#define ACPI_ISA_IRQS    16

struct acpi_info {
    bool present;

    /* MADT */
    unsigned int nr_cpus;
    uint32_t apic_id[MAX_CPUS]; /* in the order of the table */
    uint32_t processor_id[MAX_CPUS]; /* what the DSDT calls it */
    unsigned int nr_ioapics;
    struct acpi_ioapic {
        uint32_t address, gsi_base;
    } ioapic[ACPI_MAX_IOAPICS];
    /* Where each ISA interrupt arrives. */
    struct acpi_isa_irq {
        uint32_t gsi;
        bool level, active_low;
    } isa_irq[ACPI_ISA_IRQS];

    /* FADT; 0: absent */
    uint16_t pm1a_control, pm1b_control, pm_timer, smi_command;
    uint8_t acpi_enable;
    bool pm_timer_32bit;
    uint8_t century_register;
    bool has_reset;
    uint8_t reset_space, reset_value; /* 0 memory, 1 I/O, 2 PCI configuration */
    uint64_t reset_address;

    /* DSDT: \_S5 */
    bool has_s5;
    uint8_t s5_type_a, s5_type_b;

    paddr_t hpet; /* 0: none */

    /* MCFG: the first segment's PCI configuration in memory, by bus; address 0: none */
    struct acpi_mmcfg {
        paddr_t address; /* of bus 0, even when the first bus is another */
        uint16_t segment;
        uint8_t start_bus, end_bus;
    } mmcfg;
};
extern struct acpi_info acpi;

void acpi_init(const struct boot_info *info);

/* power.c: by these sleep types; the other CPUs have been stopped. */
noreturn void power_off_with(uint8_t type_a, uint8_t type_b);

#endif
