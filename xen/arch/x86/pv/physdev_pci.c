/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI devices in physdev_op: Domain 0 tells which there are, and what happens to them. */
#include <asm/msi.h>
#include <asm/pci.h>
#include <public/physdev.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include "physdev.h"

static int refuse_device(int rc, uint16_t segment, uint8_t bus, uint8_t devfn)
{
    return refuse(rc, "pci.device", "device %04x:%02x:%02x.%u is not known, or has no such thing", segment,
                  bus, devfn >> 3, devfn & 7);
}

static long add(uint16_t segment, uint8_t bus, uint8_t devfn)
{
    int rc;

    spin_lock(&pci_lock);
    rc = pci_add(segment, bus, devfn);
    spin_unlock(&pci_lock);
    return rc ? refuse(rc, "pci.memory", "no memory for one more PCI device") : 0;
}

static long remove_device(uint16_t segment, uint8_t bus, uint8_t devfn)
{
    int rc;

    spin_lock(&pci_lock);
    rc = pci_remove(segment, bus, devfn);
    spin_unlock(&pci_lock);
    return rc ? refuse_device(rc, segment, bus, devfn) : 0;
}

static long restore(uint16_t segment, uint8_t bus, uint8_t devfn)
{
    struct pci_device *dev;

    spin_lock(&pci_lock);
    dev = pci_find(segment, bus, devfn);
    if (dev)
        msi_restore(dev);
    spin_unlock(&pci_lock);
    return dev ? 0 : refuse_device(-XEN_ENODEV, segment, bus, devfn);
}

static long hold_msix(const struct physdev_pci_device *op, bool hold)
{
    struct pci_device *dev;
    int rc = -XEN_ENODEV;

    spin_lock(&pci_lock);
    dev = pci_find(op->seg, op->bus, op->devfn);
    if (dev)
        rc = msix_hold(dev, hold);
    spin_unlock(&pci_lock);
    if (rc == -XEN_EBUSY)
        return refuse(rc, "pci.msix-held", "MSI-X of device %04x:%02x:%02x.%u is in use, or not held",
                      op->seg, op->bus, op->devfn >> 3, op->devfn & 7);
    return rc ? refuse_device(rc, op->seg, op->bus, op->devfn) : 0;
}

/* --- By the layout of the argument --- */
static long manage_pci(int cmd, uint64_t arg_va)
{
    struct physdev_manage_pci op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    switch (cmd) {
    case PHYSDEVOP_manage_pci_add:
        return add(0, op.bus, op.devfn);
    case PHYSDEVOP_manage_pci_remove:
        return remove_device(0, op.bus, op.devfn);
    default:
        return restore(0, op.bus, op.devfn);
    }
}

static long manage_pci_add_ext(uint64_t arg_va)
{
    struct physdev_manage_pci_ext op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    if (op.is_extfn > 1 || op.is_virtfn > 1)
        return refuse(-XEN_EINVAL, "pci.flags", "is_extfn %u, is_virtfn %u: each is 0 or 1", op.is_extfn,
                      op.is_virtfn);
    return add(0, op.bus, op.devfn);
}

/* The proximity domain behind the argument is for machines with several; its place is looked at all the same.
 */
static long device_add(uint64_t arg_va)
{
    struct physdev_pci_device_add op;
    uint32_t proximity;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    if ((op.flags & XEN_PCI_DEV_PXM) &&
        copy_from_guest(&proximity, arg_va + offsetof(struct physdev_pci_device_add, optarr),
                        sizeof(proximity)))
        return physdev_refuse_argument(arg_va);
    return add(op.seg, op.bus, op.devfn);
}

static long pci_device(int cmd, uint64_t arg_va)
{
    struct physdev_pci_device op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    switch (cmd) {
    case PHYSDEVOP_pci_device_remove:
        return remove_device(op.seg, op.bus, op.devfn);
    case PHYSDEVOP_restore_msi_ext:
        return restore(op.seg, op.bus, op.devfn);
    default:
        return hold_msix(&op, cmd == PHYSDEVOP_prepare_msix);
    }
}

static long mmcfg_reserved(uint64_t arg_va)
{
    struct physdev_pci_mmcfg_reserved op;
    int rc;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    rc = pci_mmcfg_reserved(op.address, op.segment, op.start_bus, op.end_bus, op.flags);
    if (rc)
        return refuse(
            rc, "pci.mmcfg",
            "configuration of segment %u, buses %u to %u at %#lx (flags %#x) is not what the firmware says",
            op.segment, op.start_bus, op.end_bus, (unsigned long)op.address, op.flags);
    return 0;
}

/* A reset of the USB controller whose debug port the hypervisor uses for its console: it uses none. */
static long dbgp_op(uint64_t arg_va)
{
    struct physdev_dbgp_op op;

    return copy_from_guest(&op, arg_va, sizeof(op)) ? physdev_refuse_argument(arg_va) : 0;
}

long physdev_pci_op(int cmd, uint64_t arg_va)
{
    switch (cmd) {
    case PHYSDEVOP_manage_pci_add:
    case PHYSDEVOP_manage_pci_remove:
    case PHYSDEVOP_restore_msi:
        return manage_pci(cmd, arg_va);
    case PHYSDEVOP_manage_pci_add_ext:
        return manage_pci_add_ext(arg_va);
    case PHYSDEVOP_pci_device_add:
        return device_add(arg_va);
    case PHYSDEVOP_pci_mmcfg_reserved:
        return mmcfg_reserved(arg_va);
    case PHYSDEVOP_dbgp_op:
        return dbgp_op(arg_va);
    default:
        return pci_device(cmd, arg_va);
    }
}
