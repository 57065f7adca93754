/* SPDX-License-Identifier: BSD-2-Clause */
/* See domctl.h. */
#define __XEN_TOOLS__ 1
#include "domctl.h"

#include <xen/domctl.h>

#include "hypercall.h"
#include "string.h"

long hypercall_domctl(struct xen_domctl *op, domid_t d, uint32_t cmd)
{
    op->cmd = cmd;
    op->domain = d;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return hypercall(__HYPERVISOR_domctl, HYPERCALL_POINTER(op), 0, 0, 0, 0);
}

long domctl_affinity(domid_t d, unsigned int vcpu, uint32_t cmd, uint8_t *hard, uint8_t *soft)
{
    static struct xen_domctl op;
    struct xen_domctl_vcpuaffinity *affinity = &op.u.vcpuaffinity;

    memset(&op, 0, sizeof(op));
    affinity->vcpu = vcpu;
    affinity->flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
    set_xen_guest_handle_raw(affinity->cpumap_hard.bitmap, hard);
    set_xen_guest_handle_raw(affinity->cpumap_soft.bitmap, soft);
    affinity->cpumap_hard.nr_bits = affinity->cpumap_soft.nr_bits = 8;
    return hypercall_domctl(&op, d, cmd);
}
