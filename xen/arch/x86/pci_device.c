/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCI devices that Domain 0 has told the hypervisor of, which finds none by itself. */
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/xmalloc.h>
#include <asm/msi.h>
#include <asm/pci.h>

#define REG_STATUS       0x06
#define REG_CAPABILITIES 0x34
#define STATUS_HAS_LIST  (1u << 4)
#define CAPABILITY_MSI   0x05
#define CAPABILITY_MSIX  0x11
#define MAX_CAPABILITIES 48 /* as many as there is room for: a list may be a ring */

spinlock_t pci_lock;
static struct pci_device *devices;

static struct pci_device *find_record(uint16_t segment, uint8_t bus, uint8_t devfn)
{
    struct pci_device *dev = devices;

    while (dev && (dev->devfn != devfn || dev->bus != bus || dev->segment != segment))
        dev = dev->next;
    return dev;
}

struct pci_device *pci_find(uint16_t segment, uint8_t bus, uint8_t devfn)
{
    struct pci_device *dev = find_record(segment, bus, devfn);

    return dev && dev->is_present ? dev : NULL;
}

static void find_capabilities(struct pci_device *dev)
{
    unsigned int at = pci_read(dev, REG_CAPABILITIES, 1) & 0xfc;

    dev->msi_at = dev->msix_at = 0;
    if (pci_read(dev, 0, 4) == ~0u || !(pci_read(dev, REG_STATUS, 2) & STATUS_HAS_LIST))
        return;
    for (unsigned int i = 0; at >= 0x40 && i < MAX_CAPABILITIES; i++) {
        uint32_t header = pci_read(dev, at, 2);

        if ((header & 0xff) == CAPABILITY_MSI)
            dev->msi_at = (uint8_t)at;
        else if ((header & 0xff) == CAPABILITY_MSIX)
            dev->msix_at = (uint8_t)at;
        at = header >> 8 & 0xfc;
    }
}

int pci_add(uint16_t segment, uint8_t bus, uint8_t devfn)
{
    struct pci_device *dev = find_record(segment, bus, devfn);

    if (dev && dev->is_present)
        return 0;
    if (!dev) {
        dev = xzalloc(struct pci_device);
        if (!dev)
            return -XEN_ENOMEM;
        dev->segment = segment;
        dev->bus = bus;
        dev->devfn = devfn;
        dev->next = devices;
        devices = dev;
    }
    find_capabilities(dev);
    dev->is_present = true;
    log_debug("PCI add device %04x:%02x:%02x.%u\n", segment, bus, devfn >> 3, devfn & 7);
    return 0;
}

int pci_remove(uint16_t segment, uint8_t bus, uint8_t devfn)
{
    struct pci_device *dev = pci_find(segment, bus, devfn);

    if (!dev)
        return -XEN_ENODEV;
    msi_detach_all(dev);
    dev->is_present = false;
    log_debug("PCI remove device %04x:%02x:%02x.%u\n", segment, bus, devfn >> 3, devfn & 7);
    return 0;
}
