/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domctl: devices of other domains than Domain 0: I/O ports, frames of registers and interrupts that a
 * toolstack gives them (xl's ioports=, iomem= and irqs=); and the commands for what a PV domain has not,
 * whose errnos are stock Xen's.
 */
#include <asm/cpu.h>
#include <asm/io_ports.h>
#include <asm/pirq.h>
#include <asm/pv_mm.h>
#include <xen/refusal.h>
#include "domctl.h"

#define NR_PORTS 0x10000u

/* --- Permissions: nobody gives away what he has not --- */
static int refuse_not_owner(const char *what, uint64_t first, uint64_t nr)
{
    return refuse(-XEN_EPERM, "device.not-owned", "domain %u may not use %s %#lx to %#lx itself",
                  current->domain->id, what, (unsigned long)first, (unsigned long)(first + nr - 1));
}

static long permit_ports(struct domain *d, const struct xen_domctl_ioport_permission *op)
{
    if (op->first_port >= NR_PORTS || !op->nr_ports || op->nr_ports > NR_PORTS - op->first_port)
        return refuse(-XEN_EINVAL, "device.ports", "%u ports from %#x on: there are %#x", op->nr_ports,
                      op->first_port, NR_PORTS);
    if (!io_ports_permitted(current->domain, op->first_port, op->nr_ports))
        return refuse_not_owner("ports", op->first_port, op->nr_ports);
    return io_ports_permit(d, op->first_port, op->nr_ports, op->allow_access);
}

static int check_frames(uint64_t first, uint64_t nr)
{
    return first + nr - 1 < first ? refuse(-XEN_EINVAL, "device.frames", "%#lx frames from %#lx on: no range",
                                           (unsigned long)nr, (unsigned long)first)
                                  : 0;
}

static long permit_frames(struct domain *d, const struct xen_domctl_iomem_permission *op)
{
    int rc = check_frames(op->first_mfn, op->nr_mfns);

    if (rc)
        return rc;
    if (!mmio_permitted(current->domain, op->first_mfn, op->first_mfn + op->nr_mfns - 1))
        return refuse_not_owner("frames", op->first_mfn, op->nr_mfns);
    return mmio_permit(d, op->first_mfn, op->first_mfn + op->nr_mfns - 1, op->allow_access);
}

/* For a PV domain there is nothing to be mapped: it does that itself. */
static long map_frames(const struct xen_domctl_memory_mapping *op)
{
    uint64_t last = op->first_mfn + op->nr_mfns - 1;

    if (!(last >> (cpu_features.physical_address_bits - PAGE_SHIFT)))
        return check_frames(op->first_mfn, op->nr_mfns);
    return refuse(-XEN_EINVAL, "device.frames-beyond", "the processor has no frame %#lx",
                  (unsigned long)last);
}

/* The number is the caller's, not d's. */
static long permit_interrupt(struct domain *d, const struct xen_domctl_irq_permission *op)
{
    const struct irq *irq;

    if (op->pirq >= current->domain->arch.nr_pirqs)
        return refuse(-XEN_EINVAL, "device.interrupt", "there is no PIRQ %u: domain %u has %u", op->pirq,
                      current->domain->id, current->domain->arch.nr_pirqs);
    irq = pirq_usable(current->domain, op->pirq);
    if (!irq)
        return refuse_not_owner("PIRQ", op->pirq, 1);
    pirq_permit(d, irq, op->allow_access);
    return 0;
}

/* --- What a PV domain has not --- */
static const struct {
    uint32_t cmd;
    int error;
} absent[] = {
    {XEN_DOMCTL_gethvmcontext, -XEN_EINVAL},          {XEN_DOMCTL_sethvmcontext, -XEN_EINVAL},
    {XEN_DOMCTL_gethvmcontext_partial, -XEN_EINVAL},
    {XEN_DOMCTL_assign_device, -XEN_EOPNOTSUPP},      {XEN_DOMCTL_test_assign_device, -XEN_EOPNOTSUPP},
    {XEN_DOMCTL_deassign_device, -XEN_EOPNOTSUPP},    {XEN_DOMCTL_get_device_group, -XEN_EOPNOTSUPP},
    {XEN_DOMCTL_bind_pt_irq, -XEN_EINVAL},            {XEN_DOMCTL_unbind_pt_irq, -XEN_EINVAL},
    {XEN_DOMCTL_ioport_mapping, -XEN_EOPNOTSUPP},     {XEN_DOMCTL_debug_op, -XEN_EINVAL},
    {XEN_DOMCTL_set_broken_page_p2m, -XEN_EINVAL},    {XEN_DOMCTL_psr_cmt_op, -XEN_ENODEV},
    {XEN_DOMCTL_psr_alloc, -XEN_ENODEV},              {XEN_DOMCTL_vmtrace_op, -XEN_EINVAL},
    {XEN_DOMCTL_get_paging_mempool_size, -XEN_EOPNOTSUPP},
    {XEN_DOMCTL_set_paging_mempool_size, -XEN_EOPNOTSUPP}};

/* A device model would be told of domains that are its own: only HVM domains have one. */
static long set_target(const struct domain *d, domid_t id)
{
    struct domain *target = domain_get_by_id(id);

    if (!target)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", id);
    domain_put(target);
    return target == d
               ? refuse(-XEN_EINVAL, "domctl.target-self", "domain %u cannot be its own device model", id)
               : refuse(-XEN_EOPNOTSUPP, "domctl.target", "domain %u needs no device model", id);
}

long domctl_device(struct domain *d, struct xen_domctl *op)
{
    switch (op->cmd) {
    case XEN_DOMCTL_ioport_permission:
        return permit_ports(d, &op->u.ioport_permission);
    case XEN_DOMCTL_iomem_permission:
        return permit_frames(d, &op->u.iomem_permission);
    case XEN_DOMCTL_irq_permission:
        return permit_interrupt(d, &op->u.irq_permission);
    case XEN_DOMCTL_memory_mapping:
        return map_frames(&op->u.memory_mapping);
    case XEN_DOMCTL_set_target:
        return set_target(d, op->u.set_target.target);
    case XEN_DOMCTL_psr_alloc:
        if (op->u.psr_alloc.cmd > XEN_DOMCTL_PSR_GET_MBA_THRTL)
            return refuse(-XEN_EOPNOTSUPP, "domctl.resources", "there is no command %u of shared resources",
                          op->u.psr_alloc.cmd);
        break;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
        if (absent[i].cmd == op->cmd)
            return refuse(absent[i].error, "domctl.absent", "command %u is for what a PV domain has not",
                          op->cmd);
    return refuse(-XEN_ENOSYS, "domctl.command", "there is no domctl %u", op->cmd);
}
