/* SPDX-License-Identifier: BSD-2-Clause */
/* See platform.h. */
#include "platform.h"

#include <xen/xen.h>
#include <xen/platform.h>

#include "hypercall.h"

long hypercall_platform_op(struct xen_platform_op *op, uint32_t cmd)
{
    op->cmd = cmd;
    op->interface_version = XENPF_INTERFACE_VERSION;
    return hypercall(__HYPERVISOR_platform_op, HYPERCALL_POINTER(op), 0, 0, 0, 0);
}
