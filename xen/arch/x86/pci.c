/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access to PCI configuration space: the address port and the data port belong together, the hypervisor's own
 * accesses and those of Domain 0 alike. Which registers Domain 0 may write is msi.c's.
 */
#include <xen/errno.h>
#include <xen/log.h>
#include <asm/acpi.h>
#include <asm/flushtlb.h>
#include <asm/layout.h>
#include <asm/mm_boot.h>
#include <asm/msi.h>
#include <asm/page.h>
#include <asm/pci.h>
#include <asm/processor.h>
#include <public/physdev.h>

#define PORT_ADDRESS 0xcf8
#define PORT_DATA    0xcfc

#define ADDRESS_ENABLE   (1u << 31)
#define ADDRESS_REGISTER 0xfcu
#define ADDRESS_DEVICE   0xffffu /* bus, device and function, after a shift by 8 */

#define FIRST_FILTERED 64 /* what is below has nothing of interrupts */
#define CONFIG_BYTES   256
#define PAGE_OF_BUS(n) ((uint64_t)(n) << 8)

/* The address port and what is behind it; the window for mapped registers. Innermost. */
static spinlock_t config_lock;
static void *window;

static uint32_t ones(unsigned int bytes)
{
    return bytes == 4 ? ~0u : (1u << (8 * bytes)) - 1;
}

/* address: for the address port. offset: the first byte's within the word. */
static uint32_t raw_read(uint32_t address, unsigned int offset, unsigned int bytes)
{
    unsigned long flags = spin_lock_irqsave(&config_lock);
    uint16_t port = (uint16_t)(PORT_DATA + offset);
    uint32_t value;

    outl(PORT_ADDRESS, address);
    value = bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
    spin_unlock_irqrestore(&config_lock, flags);
    return value;
}

static void raw_write(uint32_t address, unsigned int offset, unsigned int bytes, uint32_t value)
{
    unsigned long flags = spin_lock_irqsave(&config_lock);
    uint16_t port = (uint16_t)(PORT_DATA + offset);

    outl(PORT_ADDRESS, address);
    if (bytes == 1)
        outb(port, (uint8_t)value);
    else if (bytes == 2)
        outw(port, (uint16_t)value);
    else
        outl(port, value);
    spin_unlock_irqrestore(&config_lock, flags);
}

static uint32_t address_of(unsigned int bus, unsigned int devfn, unsigned int reg)
{
    return ADDRESS_ENABLE | bus << 16 | devfn << 8 | (reg & ADDRESS_REGISTER);
}

uint32_t pci_read(const struct pci_device *dev, unsigned int reg, unsigned int bytes)
{
    return dev->segment ? ones(bytes) : raw_read(address_of(dev->bus, dev->devfn, reg), reg & 3, bytes);
}

void pci_write(const struct pci_device *dev, unsigned int reg, unsigned int bytes, uint32_t value)
{
    if (!dev->segment)
        raw_write(address_of(dev->bus, dev->devfn, reg), reg & 3, bytes, value);
}

/* Domain 0's write to a register of a device on segment 0. pci_lock held until it is done. */
static void write_for_guest(unsigned int bus, unsigned int devfn, unsigned int reg, unsigned int bytes,
                            uint32_t value)
{
    struct pci_device *dev;

    if (reg < FIRST_FILTERED) {
        raw_write(address_of(bus, devfn, reg), reg & 3, bytes, value);
        return;
    }
    spin_lock(&pci_lock);
    dev = pci_find(0, (uint8_t)bus, (uint8_t)devfn);
    if (!dev || msi_filter_write(dev, reg, bytes, &value))
        raw_write(address_of(bus, devfn, reg), reg & 3, bytes, value);
    spin_unlock(&pci_lock);
}

uint32_t pci_port_read(uint32_t cf8, unsigned int offset, unsigned int bytes)
{
    return cf8 & ADDRESS_ENABLE ? raw_read(address_of(0, cf8 >> 8 & ADDRESS_DEVICE, cf8), offset, bytes)
                                : ones(bytes);
}

void pci_port_write(uint32_t cf8, unsigned int offset, unsigned int bytes, uint32_t value)
{
    if (cf8 & ADDRESS_ENABLE)
        write_for_guest(cf8 >> 16 & 0xff, cf8 >> 8 & 0xff, (cf8 & ADDRESS_REGISTER) + offset, bytes, value);
}

/* --- Configuration that is mapped (MMCONFIG) --- */
bool pci_is_mapped_config(uint64_t frame)
{
    uint64_t first = PFN_DOWN(acpi.mmcfg.address);

    return acpi.mmcfg.address && frame >= first + PAGE_OF_BUS(acpi.mmcfg.start_bus) &&
           frame < first + PAGE_OF_BUS(acpi.mmcfg.end_bus + 1u);
}

/*
 * Registers beyond those that ports reach: through one page of ours, whose translation this CPU forgets
 * first.
 */
static void write_extended(uint64_t address, unsigned int bytes, uint32_t value)
{
    unsigned long flags = spin_lock_irqsave(&config_lock), va = (unsigned long)window;

    if (!map_hypervisor_pages(va, paddr_to_mfn(address), 1, PTE_HV_UC)) {
        flush_tlb_one_local(va);
        va += address & ~PAGE_MASK;
        if (bytes == 1)
            *(volatile uint8_t *)va = (uint8_t)value;
        else if (bytes == 2)
            *(volatile uint16_t *)va = (uint16_t)value;
        else
            *(volatile uint32_t *)va = value;
    }
    spin_unlock_irqrestore(&config_lock, flags);
}

void pci_mapped_write(uint64_t address, unsigned int bytes, uint32_t value)
{
    uint64_t at = address - acpi.mmcfg.address;
    unsigned int reg = at & ~PAGE_MASK;

    if (reg >= CONFIG_BYTES)
        write_extended(address, bytes, value);
    else if (!acpi.mmcfg.segment)
        write_for_guest(at >> 20 & 0xff, at >> 12 & 0xff, reg, bytes, value);
}

void __init pci_init(void)
{
    if (acpi.mmcfg.address)
        window = ioremap(acpi.mmcfg.address + (PAGE_OF_BUS(acpi.mmcfg.start_bus) << PAGE_SHIFT), PAGE_SIZE);
}

int pci_mmcfg_reserved(uint64_t address, uint16_t segment, uint8_t start_bus, uint8_t end_bus, uint32_t flags)
{
    if (flags & ~(uint32_t)XEN_PCI_MMCFG_RESERVED)
        return -XEN_EINVAL;
    if (!acpi.mmcfg.address || segment != acpi.mmcfg.segment || start_bus != acpi.mmcfg.start_bus ||
        end_bus != acpi.mmcfg.end_bus)
        return -XEN_ENODEV;
    return address == acpi.mmcfg.address ? 0 : -XEN_EIO;
}
