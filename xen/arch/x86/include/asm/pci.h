/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI configuration space, by ports 0xcf8 and 0xcfc, and the devices that Domain 0 has told of. (PCI Local
 * Bus Specification 3.0, 3.2.2.3.)
 *
 * pci_lock guards the devices and their messages. It is outside domain.event_lock.
 */
#ifndef ASM_PCI_H
#define ASM_PCI_H

#include <xen/spinlock.h>
#include <xen/types.h>

struct domain;
struct msi;

struct pci_device {
    struct pci_device *next;
    uint16_t segment;
    uint8_t bus, devfn;
    bool is_present;         /* records stay for good: Domain 0 takes devices away and adds them again */
    uint8_t msi_at, msix_at; /* the capabilities; 0: none */
    /* MSI-X: nr_used messages, or held by PHYSDEVOP_prepare_msix; its table's pages are mapped then. */
    uint16_t nr_entries, nr_used;
    bool is_held, guest_masks_all;
    unsigned long table_va; /* 0: no room taken yet */
    uint64_t table_frame;
    unsigned int table_offset, nr_table_pages;
    uint64_t pba_frame;
    unsigned int nr_pba_pages;
    struct msi *messages;
};

extern spinlock_t pci_lock;

/* After acpi_init. */
void pci_init(void);

/*
 * --- pci.c: registers. reg + bytes within one aligned 32-bit word. Segment 0 alone: others read as ones. Any
 * context. ---
 */
uint32_t pci_read(const struct pci_device *dev, unsigned int reg, unsigned int bytes);
void pci_write(const struct pci_device *dev, unsigned int reg, unsigned int bytes, uint32_t value);
/* As Domain 0 asks, cf8 as it last wrote it: data at cfc + offset. */
uint32_t pci_port_read(uint32_t cf8, unsigned int offset, unsigned int bytes);
void pci_port_write(uint32_t cf8, unsigned int offset, unsigned int bytes, uint32_t value);
/* Through a mapped configuration page. False: the bytes were not for Domain 0 to write. */
void pci_mapped_write(uint64_t address, unsigned int bytes, uint32_t value);

/* --- pci_device.c; pci_lock held --- */
/* NULL: not told of. */
struct pci_device *pci_find(uint16_t segment, uint8_t bus, uint8_t devfn);
/* 0, also when it is there already; -XEN_ENOMEM. */
int pci_add(uint16_t segment, uint8_t bus, uint8_t devfn) __must_check;
/* -XEN_ENODEV */
int pci_remove(uint16_t segment, uint8_t bus, uint8_t devfn) __must_check;

/* PHYSDEVOP_pci_mmcfg_reserved: -XEN_EINVAL (flags), -XEN_EIO (another address), -XEN_ENODEV. */
int pci_mmcfg_reserved(uint64_t address, uint16_t segment, uint8_t start_bus, uint8_t end_bus,
                       uint32_t flags) __must_check;
/* Is it a page of mapped configuration? */
bool pci_is_mapped_config(uint64_t frame);

#endif
