/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a device has its MSI-X table, and the hypervisor's mapping of it. What is written there is msi.c's.
 */
#include <xen/errno.h>
#include <asm/flushtlb.h>
#include <asm/layout.h>
#include <asm/mm_boot.h>
#include <asm/msi.h>
#include <asm/pv_mm.h>
#include <asm/smp.h>
#include "msix_table.h"

#define REG_COMMAND     0x04
#define REG_BAR         0x10
#define NR_BARS         6
#define COMMAND_MEMORY  (1u << 1)
#define BAR_IS_IO       1u
#define BAR_TYPE        (3u << 1)
#define BAR_TYPE_64     (2u << 1)
#define BAR_ADDRESS     (~15u)
#define LOCATION_BAR    7u
#define MSIX_LAST_ENTRY 0x7ffu
#define MAX_TABLE_PAGES 9 /* 2,048 entries that begin anywhere in a page */

unsigned int msix_nr_entries(const struct pci_device *dev)
{
    return (pci_read(dev, dev->msix_at + MSIX_CONTROL, 2) & MSIX_LAST_ENTRY) + 1;
}

/* Where the word at reg (which BAR, and how far into it) leads; 0: nowhere. */
static uint64_t location(const struct pci_device *dev, unsigned int reg)
{
    uint32_t where = pci_read(dev, reg, 4), bar = where & LOCATION_BAR, low;
    uint64_t base;

    if (bar >= NR_BARS)
        return 0;
    low = pci_read(dev, REG_BAR + 4 * bar, 4);
    if (low & BAR_IS_IO)
        return 0;
    base = low & BAR_ADDRESS;
    if ((low & BAR_TYPE) == BAR_TYPE_64 && bar + 1 < NR_BARS)
        base |= (uint64_t)pci_read(dev, REG_BAR + 4 * (bar + 1), 4) << 32;
    return base ? base + (where & ~LOCATION_BAR) : 0;
}

/* Domain 0 places BARs: not over RAM, nor over what is the hypervisor's own. */
static bool is_device_memory(uint64_t first, unsigned int nr)
{
    for (unsigned int i = 0; i < nr; i++)
        if (!mmio_is_device(first + i))
            return false;
    return true;
}

static unsigned int pages_of(uint64_t address, uint64_t bytes)
{
    return (unsigned int)(PFN_DOWN(address + bytes - 1) - PFN_DOWN(address) + 1);
}

/* Room in the address space is taken once and kept: a table may move, and come back. */
static int map_table(struct pci_device *dev, uint64_t address, unsigned int nr)
{
    if (!dev->table_va)
        dev->table_va = io_reserve(MAX_TABLE_PAGES);
    if (!dev->table_va || map_hypervisor_pages(dev->table_va, paddr_to_mfn(address), nr, PTE_HV_UC))
        return -XEN_ENOMEM;
    /* Other CPUs may have the table's former place. */
    for (unsigned int i = 0; i < nr && dev->table_frame != PFN_DOWN(address); i++)
        flush_tlb_one_mask(cpu_online_map, dev->table_va + i * PAGE_SIZE);
    dev->table_frame = PFN_DOWN(address);
    dev->table_offset = address & ~PAGE_MASK;
    dev->nr_table_pages = nr;
    return 0;
}

int msix_table_open(struct pci_device *dev)
{
    unsigned int nr = msix_nr_entries(dev), nr_pages, nr_pba;
    uint64_t table = location(dev, dev->msix_at + MSIX_TABLE), pba = location(dev, dev->msix_at + MSIX_PBA);
    int rc;

    if (!(pci_read(dev, REG_COMMAND, 2) & COMMAND_MEMORY))
        return -XEN_ENXIO;
    if (!table || !pba)
        return -XEN_EIO;
    nr_pages = pages_of(table, nr * MSIX_SLOT_WORDS * sizeof(uint32_t));
    nr_pba = pages_of(pba, ROUND_UP(nr, 64) / 8);
    if (!is_device_memory(PFN_DOWN(table), nr_pages) || !is_device_memory(PFN_DOWN(pba), nr_pba))
        return -XEN_EIO;
    rc = map_table(dev, table, nr_pages);
    if (rc)
        return rc;
    if (!mmio_guard(PFN_DOWN(table), nr_pages))
        return -XEN_ENOSPC;
    if (!mmio_guard(PFN_DOWN(pba), nr_pba)) {
        mmio_unguard(PFN_DOWN(table), nr_pages);
        return -XEN_ENOSPC;
    }
    dev->nr_entries = (uint16_t)nr;
    dev->pba_frame = PFN_DOWN(pba);
    dev->nr_pba_pages = nr_pba;
    for (unsigned int i = 0; i < nr; i++)
        msix_table_slot(dev, i)[MSIX_SLOT_CONTROL] = 1;
    return 0;
}

void msix_table_close(struct pci_device *dev)
{
    mmio_unguard(dev->table_frame, dev->nr_table_pages);
    mmio_unguard(dev->pba_frame, dev->nr_pba_pages);
}

volatile uint32_t *msix_table_slot(const struct pci_device *dev, unsigned int entry)
{
    return (volatile uint32_t *)(dev->table_va + dev->table_offset) + entry * MSIX_SLOT_WORDS;
}

int msix_hold(struct pci_device *dev, bool hold)
{
    int rc = 0;

    if (!dev->msix_at)
        return -XEN_ENODEV;
    if (dev->nr_used || dev->is_held == hold)
        return -XEN_EBUSY;
    if (hold)
        rc = msix_table_open(dev);
    else
        msix_table_close(dev);
    if (!rc)
        dev->is_held = hold;
    return rc;
}
