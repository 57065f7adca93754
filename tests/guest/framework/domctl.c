/* SPDX-License-Identifier: BSD-2-Clause */
/* See domctl.h. */
#define __XEN_TOOLS__ 1
#include "domctl.h"

#include <xen/domctl.h>

#include "hypercall.h"

long hypercall_domctl(struct xen_domctl *op, domid_t d, uint32_t cmd)
{
    op->cmd = cmd;
    op->domain = d;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return hypercall(__HYPERVISOR_domctl, HYPERCALL_POINTER(op), 0, 0, 0, 0);
}
