/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_physdev_op: which command is whose; and what concerns the processor, the I/O privilege of the
 * calling vCPU. Interrupts are physdev_irq.c's, PCI devices physdev_pci.c's.
 */
#include <xen/guest_access.h>
#include <public/physdev.h>
#include <xen/refusal.h>
#include "calls.h"
#include "physdev.h"

#define IOPL_SHIFT      12
#define IO_BITMAP_BYTES 8192

long physdev_refuse_argument(uint64_t arg_va)
{
    return refuse(-XEN_EFAULT, "physdev.argument", "the argument at %#lx cannot be read or written",
                  (unsigned long)arg_va);
}

static long set_iopl(uint64_t arg_va)
{
    struct physdev_set_iopl arg;

    if (copy_from_guest(&arg, arg_va, sizeof(arg)))
        return physdev_refuse_argument(arg_va);
    if (arg.iopl > 3)
        return refuse(-XEN_EINVAL, "physdev.iopl", "IOPL %u: only 0 to 3 exist", arg.iopl);
    current->arch.iopl = arg.iopl << IOPL_SHIFT;
    return 0;
}

static long set_iobitmap(uint64_t arg_va)
{
    struct physdev_set_iobitmap arg;
    struct vcpu *v = current;

    if (copy_from_guest(&arg, arg_va, sizeof(arg)))
        return physdev_refuse_argument(arg_va);
    if (arg.nr_ports > 65536)
        return refuse(-XEN_EINVAL, "physdev.iobitmap", "a bitmap of %u ports: only 65536 exist",
                      arg.nr_ports);
    /* Of the full size, however few ports there are: as stock Xen. */
    if (!guest_address_ok(handle_va(arg.bitmap)) ||
        !guest_address_ok(handle_va(arg.bitmap) + IO_BITMAP_BYTES - 1))
        return refuse(-XEN_EINVAL, "physdev.iobitmap-address",
                      "a bitmap at %#lx is not in the guest's memory", (unsigned long)handle_va(arg.bitmap));
    v->arch.io_bitmap_va = handle_va(arg.bitmap);
    v->arch.io_bitmap_ports = arg.nr_ports;
    return 0;
}

/* What only the owner of the machine may do. */
static long privileged_op(int cmd, uint64_t arg_va)
{
    if (!current->domain->is_hardware)
        return refuse(-XEN_EPERM, "domain.privilege", "physdev_op %d is the hardware domain's", cmd);
    switch (cmd) {
    case PHYSDEVOP_apic_read:
    case PHYSDEVOP_apic_write:
        return physdev_apic_op(cmd, arg_va);
    case PHYSDEVOP_alloc_irq_vector:
        return physdev_alloc_irq_vector(arg_va);
    case PHYSDEVOP_setup_gsi:
        return physdev_setup_gsi(arg_va);
    default:
        return physdev_pci_op(cmd, arg_va);
    }
}

long do_physdev_op(int cmd, uint64_t arg_va)
{
    switch (cmd) {
    case PHYSDEVOP_set_iopl:
        return set_iopl(arg_va);
    case PHYSDEVOP_set_iobitmap:
        return set_iobitmap(arg_va);
    case PHYSDEVOP_eoi:
        return physdev_eoi(arg_va);
    case PHYSDEVOP_IRQ_UNMASK_NOTIFY:
        return physdev_unmask_notify();
    case PHYSDEVOP_irq_status_query:
        return physdev_irq_status_query(arg_va);
    case PHYSDEVOP_pirq_eoi_gmfn_v1:
    case PHYSDEVOP_pirq_eoi_gmfn_v2:
        return physdev_pirq_eoi_gmfn(cmd, arg_va);
    case PHYSDEVOP_map_pirq:
        return physdev_map_pirq(arg_va);
    case PHYSDEVOP_unmap_pirq:
        return physdev_unmap_pirq(arg_va);
    case PHYSDEVOP_get_free_pirq:
        return physdev_get_free_pirq(arg_va);
    case PHYSDEVOP_apic_read:
    case PHYSDEVOP_apic_write:
    case PHYSDEVOP_alloc_irq_vector:
    case PHYSDEVOP_setup_gsi:
    case PHYSDEVOP_manage_pci_add:
    case PHYSDEVOP_manage_pci_remove:
    case PHYSDEVOP_manage_pci_add_ext:
    case PHYSDEVOP_restore_msi:
    case PHYSDEVOP_restore_msi_ext:
    case PHYSDEVOP_pci_mmcfg_reserved:
    case PHYSDEVOP_pci_device_add:
    case PHYSDEVOP_pci_device_remove:
    case PHYSDEVOP_prepare_msix:
    case PHYSDEVOP_release_msix:
    case PHYSDEVOP_dbgp_op:
        return privileged_op(cmd, arg_va);
    }
    return refuse(-XEN_ENOSYS, "physdev.command", "there is no physdev_op %d", cmd);
}

/* The form of interface versions before 0x00030202: the command lies before the argument. */
long do_physdev_op_compat(uint64_t arg_va)
{
    uint32_t cmd;

    if (copy_from_guest(&cmd, arg_va, sizeof(cmd)))
        return physdev_refuse_argument(arg_va);
    switch (cmd) {
    case PHYSDEVOP_IRQ_UNMASK_NOTIFY:
    case PHYSDEVOP_irq_status_query:
    case PHYSDEVOP_set_iopl:
    case PHYSDEVOP_set_iobitmap:
    case PHYSDEVOP_apic_read:
    case PHYSDEVOP_apic_write:
    case PHYSDEVOP_alloc_irq_vector:
        return do_physdev_op((int)cmd, arg_va + offsetof(struct physdev_op, u));
    }
    return refuse(-XEN_ENOSYS, "physdev.command", "there is no physdev_op %u of the old form", cmd);
}
