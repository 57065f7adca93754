/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts by message: the MSI and MSI-X capabilities of PCI devices (PCI Local Bus
 * Specification 3.0, 6.8). The hypervisor alone writes address, data and masks; whether a device uses
 * messages at all is Domain 0's to say, in the capability's control word.
 */
#ifndef ASM_MSI_H
#define ASM_MSI_H

#include <xen/types.h>

struct irq;
struct msi; /* one message of a device */
struct pci_device;

struct msi_request {
    uint16_t segment;
    uint8_t bus, devfn;
    bool is_msix;
    uint16_t entry;      /* MSI-X */
    uint64_t table_base; /* MSI-X: not zero, else not looked at; the BAR says where the table is */
};

/*
 * Gives the irq's message to the device: masked, if the device can mask. What had this message before keeps
 * its number and gets nothing any more. pci_lock held. -XEN_ENODEV (no such device or capability),
 * -XEN_EINVAL (no such entry), -XEN_EIO (its table is no device memory), -XEN_ENOMEM, -XEN_ENOSPC.
 */
int msi_attach(const struct msi_request *request, struct irq *irq) __must_check;
/* Takes it back; nothing when the device has lost it already. pci_lock held; the irq is bound to nobody. */
void msi_detach(struct irq *irq);
/* All of a device's: it is going away. pci_lock held. */
void msi_detach_all(struct pci_device *dev);
/* Writes all of a device's messages again: it was reset. pci_lock held. */
void msi_restore(struct pci_device *dev);

/* irq->lock held; m may be NULL. */
void msi_set_masked(struct msi *m, bool masked);
void msi_set_cpu(struct msi *m, unsigned int cpu);

/*
 * Domain 0 writes bytes (1, 2 or 4) at a register of a device's configuration: may it, and with which value?
 * pci_lock held.
 */
bool msi_filter_write(struct pci_device *dev, unsigned int reg, unsigned int bytes, uint32_t *value);

/* PHYSDEVOP_prepare_msix and release_msix. -XEN_ENODEV, -XEN_EBUSY. pci_lock held. */
int msix_hold(struct pci_device *dev, bool hold) __must_check;

#endif
