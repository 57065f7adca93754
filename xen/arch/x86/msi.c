/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's messages: who gets which, address, data and masks; what Domain 0 may write of the capabilities.
 * The mapping of an MSI-X table is msix_table.c's.
 */
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/xmalloc.h>
#include <asm/irq.h>
#include <asm/msi.h>
#include <asm/pci.h>
#include <asm/smp.h>
#include <asm/vector.h>
#include "msix_table.h"

/* MSI: offsets in the capability; those behind the address depend on its width. */
#define MSI_CONTROL   2u
#define MSI_ADDRESS   4
#define MSI_DATA      8
#define MSI_DATA_64   12
#define MSI_ENABLE    1u
#define MSI_NR_IN_USE (7u << 4)
#define MSI_64        (1u << 7)
#define MSI_MASKABLE  (1u << 8)

#define MSIX_BYTES 12u

struct msi {
    struct msi *next; /* of the device */
    struct pci_device *dev;
    struct irq *irq;
    bool is_msix;
    uint16_t entry;           /* MSI-X */
    volatile uint32_t *slot;  /* MSI-X: its entry in the table */
    uint8_t data_at, mask_at; /* MSI; no mask: 0 */
    bool is_masked, guest_masks;
};

/* --- Registers --- */
static void write_mask(const struct msi *m)
{
    if (m->slot)
        m->slot[MSIX_SLOT_CONTROL] = m->is_masked;
    else if (m->mask_at)
        pci_write(m->dev, m->mask_at, 4, m->is_masked || m->guest_masks);
}

static void write_address(const struct msi *m)
{
    uint32_t address = msi_address(cpu_apic_id[m->irq->cpu]);

    if (m->slot)
        m->slot[MSIX_SLOT_ADDRESS] = address;
    else
        pci_write(m->dev, m->dev->msi_at + MSI_ADDRESS, 4, address);
}

static void write_message(const struct msi *m)
{
    write_address(m);
    if (m->slot) {
        m->slot[MSIX_SLOT_ADDRESS_HIGH] = 0;
        m->slot[MSIX_SLOT_DATA] = msi_data(m->irq->vector);
        return;
    }
    if (m->data_at == m->dev->msi_at + MSI_DATA_64)
        pci_write(m->dev, m->data_at - 4u, 4, 0);
    pci_write(m->dev, m->data_at, 2, msi_data(m->irq->vector));
}

void msi_set_masked(struct msi *m, bool masked)
{
    if (!m)
        return;
    m->is_masked = masked;
    write_mask(m);
}

/*
 * An entry of a table may change only while it is masked (PCI Local Bus 3.0, 6.8.3); the device sends
 * afterwards what it has to send meanwhile.
 */
void msi_set_cpu(struct msi *m, unsigned int cpu)
{
    bool was_masked;

    if (!m)
        return;
    was_masked = m->is_masked;
    msi_set_masked(m, true);
    write_address(m);
    msi_set_masked(m, was_masked);
}

/* --- Attaching; pci_lock held --- */
static void free_message(struct msi *m)
{
    struct pci_device *dev = m->dev;
    struct msi **at = &dev->messages;
    unsigned long flags = spin_lock_irqsave(&m->irq->lock);

    msi_set_masked(m, true);
    m->irq->msi = NULL;
    spin_unlock_irqrestore(&m->irq->lock, flags);
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    if (m->is_msix && !--dev->nr_used && !dev->is_held)
        msix_table_close(dev);
    xfree(m);
}

/* A device has messages of one kind at a time, and one owner of each. */
static void free_others(struct pci_device *dev, const struct msi_request *r)
{
    struct msi *next;

    for (struct msi *m = dev->messages; m; m = next) {
        next = m->next;
        if (!r->is_msix || !m->is_msix || m->entry == r->entry)
            free_message(m);
    }
}

static void attach(struct pci_device *dev, struct msi *m)
{
    unsigned long flags = spin_lock_irqsave(&m->irq->lock);

    m->next = dev->messages;
    dev->messages = m;
    m->is_masked = true;
    write_mask(m);
    write_message(m);
    m->irq->msi = m;
    spin_unlock_irqrestore(&m->irq->lock, flags);
}

static void prepare_msi(struct pci_device *dev, struct msi *m)
{
    unsigned int at = dev->msi_at;
    uint32_t control = pci_read(dev, at + MSI_CONTROL, 2);

    m->data_at = (uint8_t)(at + (control & MSI_64 ? MSI_DATA_64 : MSI_DATA));
    m->mask_at = control & MSI_MASKABLE ? (uint8_t)(m->data_at + 4) : 0;
    /* Domain 0 switches it on when it is ready for it. */
    pci_write(dev, at + MSI_CONTROL, 2, control & ~(MSI_ENABLE | MSI_NR_IN_USE));
}

static int prepare_msix(struct pci_device *dev, struct msi *m)
{
    int rc = 0;

    if (!dev->nr_used && !dev->is_held)
        rc = msix_table_open(dev);
    if (rc)
        return rc;
    /* As many as are mapped: a device that has been pulled out answers otherwise. */
    if (m->entry >= dev->nr_entries) {
        if (!dev->nr_used && !dev->is_held)
            msix_table_close(dev);
        return -XEN_EINVAL;
    }
    dev->nr_used++;
    m->slot = msix_table_slot(dev, m->entry);
    return 0;
}

int msi_attach(const struct msi_request *r, struct irq *irq)
{
    struct pci_device *dev = pci_find(r->segment, r->bus, r->devfn);
    struct msi *m;
    int rc = 0;

    if (!dev || !(r->is_msix ? dev->msix_at : dev->msi_at))
        return -XEN_ENODEV;
    if (r->is_msix && r->entry >= msix_nr_entries(dev))
        return -XEN_EINVAL;
    m = xzalloc(struct msi);
    if (!m)
        return -XEN_ENOMEM;
    m->dev = dev;
    m->irq = irq;
    m->is_msix = r->is_msix;
    m->entry = r->entry;
    free_others(dev, r);
    if (r->is_msix)
        rc = prepare_msix(dev, m);
    else
        prepare_msi(dev, m);
    if (rc)
        xfree(m);
    else
        attach(dev, m);
    return rc;
}

void msi_detach(struct irq *irq)
{
    struct msi *m = irq->msi;

    if (!m)
        return;
    if (!m->is_msix)
        pci_write(m->dev, m->dev->msi_at + MSI_CONTROL, 2,
                  pci_read(m->dev, m->dev->msi_at + MSI_CONTROL, 2) & ~MSI_ENABLE);
    free_message(m);
}

void msi_detach_all(struct pci_device *dev)
{
    while (dev->messages)
        free_message(dev->messages);
    if (dev->is_held)
        (void)!msix_hold(dev, false);
}

void msi_restore(struct pci_device *dev)
{
    for (struct msi *m = dev->messages; m; m = m->next) {
        unsigned long flags = spin_lock_irqsave(&m->irq->lock);

        write_message(m);
        write_mask(m);
        spin_unlock_irqrestore(&m->irq->lock, flags);
    }
}

/* --- What Domain 0 writes --- */
static bool filter_msix(struct pci_device *dev, unsigned int reg, unsigned int bytes, uint32_t *value)
{
    if (reg != dev->msix_at + MSIX_CONTROL || bytes != 2)
        return false;
    dev->guest_masks_all = *value & MSIX_MASK_ALL;
    return true;
}

static bool filter_msi(struct msi *m, unsigned int reg, unsigned int bytes, uint32_t *value)
{
    unsigned long flags;

    if (reg == m->dev->msi_at + MSI_CONTROL)
        return bytes == 2;
    if (!m->mask_at || reg != m->mask_at || bytes != 4)
        return false;
    flags = spin_lock_irqsave(&m->irq->lock);
    m->guest_masks = *value & 1;
    if (m->is_masked)
        *value |= 1;
    spin_unlock_irqrestore(&m->irq->lock, flags);
    return true;
}

bool msi_filter_write(struct pci_device *dev, unsigned int reg, unsigned int bytes, uint32_t *value)
{
    struct msi *m = dev->messages;

    if (dev->msix_at && reg + bytes > dev->msix_at && reg < dev->msix_at + MSIX_BYTES)
        return filter_msix(dev, reg, bytes, value);
    if (m && !m->is_msix && reg + bytes > dev->msi_at && reg < m->data_at + 4u + (m->mask_at ? 8u : 0))
        return filter_msi(m, reg, bytes, value);
    return true;
}
