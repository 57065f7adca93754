/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of a device's MSI-X messages in its own memory. For msi.c; pci_lock held. */
#ifndef MSIX_TABLE_H
#define MSIX_TABLE_H

#include <asm/pci.h>

/* The capability. */
#define MSIX_CONTROL  2u
#define MSIX_TABLE    4u
#define MSIX_PBA      8u
#define MSIX_MASK_ALL (1u << 14)

/* An entry of the table, in words. */
#define MSIX_SLOT_WORDS        4
#define MSIX_SLOT_ADDRESS      0
#define MSIX_SLOT_ADDRESS_HIGH 1
#define MSIX_SLOT_DATA         2
#define MSIX_SLOT_CONTROL      3 /* bit 0: masked */

unsigned int msix_nr_entries(const struct pci_device *dev);
/*
 * Maps the table, masks all of it and keeps guests from writing to its pages. -XEN_ENXIO (the device does not
 * answer to memory accesses), -XEN_EIO (its table lies in no device memory), -XEN_ENOMEM, -XEN_ENOSPC.
 */
int msix_table_open(struct pci_device *dev) __must_check;
void msix_table_close(struct pci_device *dev);
volatile uint32_t *msix_table_slot(const struct pci_device *dev, unsigned int entry);

#endif
