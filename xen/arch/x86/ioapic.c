/* SPDX-License-Identifier: BSD-2-Clause */
/* The IO-APICs, and the two PICs that they replace. (Intel 82093AA datasheet; 8259A datasheet.) */
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/spinlock.h>
#include <asm/acpi.h>
#include <asm/ioapic.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <asm/vector.h>

#define PIC1       0x20
#define PIC2       0xa0
#define PIC_VECTOR 0x20

#define IOAPIC_VERSION      0x01
#define ENTRY_CPU_SHIFT     24 /* in the high half */
#define GSIS_WITHOUT_IOAPIC 16

struct ioapic {
    volatile uint32_t *registers; /* [0] selects, [4] is the window */
    uint64_t address;
    uint32_t gsi_base, nr_inputs;
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned int nr_ioapics;
static spinlock_t ioapic_lock; /* select and window belong together */

/*
 * Vectors out of the way of exceptions even though all is masked: a PIC can raise a spurious interrupt all
 * the same.
 */
void __init pic_mask_all(void)
{
    outb(PIC1, 0x11);
    outb(PIC2, 0x11);
    outb(PIC1 + 1, PIC_VECTOR);
    outb(PIC2 + 1, PIC_VECTOR + 8);
    outb(PIC1 + 1, 4);
    outb(PIC2 + 1, 2);
    outb(PIC1 + 1, 1);
    outb(PIC2 + 1, 1);
    outb(PIC1 + 1, 0xff);
    outb(PIC2 + 1, 0xff);
}

static uint32_t ioapic_read(const struct ioapic *io, uint32_t reg)
{
    io->registers[0] = reg;
    return io->registers[4];
}

static void ioapic_write(const struct ioapic *io, uint32_t reg, uint32_t value)
{
    io->registers[0] = reg;
    io->registers[4] = value;
}

static const struct ioapic *ioapic_of(uint32_t gsi)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        if (gsi - ioapics[i].gsi_base < ioapics[i].nr_inputs)
            return &ioapics[i];
    return NULL;
}

void __init ioapic_init(void)
{
    for (unsigned int i = 0; i < acpi.nr_ioapics; i++) {
        struct ioapic *io = &ioapics[nr_ioapics++];

        io->registers = ioremap(acpi.ioapic[i].address, 0x20);
        io->address = acpi.ioapic[i].address;
        io->gsi_base = acpi.ioapic[i].gsi_base;
        io->nr_inputs = (ioapic_read(io, IOAPIC_VERSION) >> 16 & 0xff) + 1;
        for (uint32_t input = 0; input < io->nr_inputs; input++)
            ioapic_write(io, IOAPIC_ENTRY(input), RTE_MASKED);
        log_debug("IO-APIC %u: interrupts %u to %u\n", i, io->gsi_base, io->gsi_base + io->nr_inputs - 1);
    }
}

unsigned int ioapic_nr_gsis(void)
{
    unsigned int nr = GSIS_WITHOUT_IOAPIC;

    for (unsigned int i = 0; i < nr_ioapics; i++)
        nr = max(nr, ioapics[i].gsi_base + ioapics[i].nr_inputs);
    return nr;
}

bool ioapic_has(unsigned int gsi)
{
    return ioapic_of(gsi) != NULL;
}

void ioapic_write_entry(unsigned int gsi, uint32_t low, uint32_t apic_id)
{
    const struct ioapic *io = ioapic_of(gsi);
    unsigned long flags = spin_lock_irqsave(&ioapic_lock);

    ioapic_write(io, IOAPIC_ENTRY(gsi - io->gsi_base) + 1, apic_id << ENTRY_CPU_SHIFT);
    ioapic_write(io, IOAPIC_ENTRY(gsi - io->gsi_base), low);
    spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_set_masked(unsigned int gsi, bool masked)
{
    const struct ioapic *io = ioapic_of(gsi);
    unsigned long flags = spin_lock_irqsave(&ioapic_lock);
    uint32_t low = ioapic_read(io, IOAPIC_ENTRY(gsi - io->gsi_base));

    ioapic_write(io, IOAPIC_ENTRY(gsi - io->gsi_base), masked ? low | RTE_MASKED : low & ~RTE_MASKED);
    spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_set_cpu(unsigned int gsi, uint32_t apic_id)
{
    const struct ioapic *io = ioapic_of(gsi);
    unsigned long flags = spin_lock_irqsave(&ioapic_lock);

    ioapic_write(io, IOAPIC_ENTRY(gsi - io->gsi_base) + 1, apic_id << ENTRY_CPU_SHIFT);
    spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_mask_all(void)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        for (uint32_t input = 0; input < ioapics[i].nr_inputs; input++)
            ioapic_write(&ioapics[i], IOAPIC_ENTRY(input), RTE_MASKED);
}

int ioapic_find(uint64_t address)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        if (ioapics[i].address == address)
            return (int)ioapics[i].gsi_base;
    return -XEN_EINVAL;
}

unsigned int ioapic_nr_inputs(unsigned int first_gsi)
{
    return ioapic_of(first_gsi)->nr_inputs;
}

uint32_t ioapic_read_register(unsigned int first_gsi, uint32_t reg)
{
    unsigned long flags = spin_lock_irqsave(&ioapic_lock);
    uint32_t value = ioapic_read(ioapic_of(first_gsi), reg);

    spin_unlock_irqrestore(&ioapic_lock, flags);
    return value;
}
