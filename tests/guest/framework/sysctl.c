/* SPDX-License-Identifier: BSD-2-Clause */
/* See sysctl.h. */
#define __XEN_TOOLS__ 1
#include "sysctl.h"

#include <xen/sysctl.h>

#include "hypercall.h"
#include "string.h"

long hypercall_sysctl(struct xen_sysctl *op, uint32_t cmd)
{
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hypercall(__HYPERVISOR_sysctl, HYPERCALL_POINTER(op), 0, 0, 0, 0);
}

long sysctl_cpupool(struct xen_sysctl *op, uint32_t command, uint32_t id, uint32_t which, uint8_t *map)
{
    struct xen_sysctl_cpupool_op *pool = &op->u.cpupool_op;

    memset(op, 0, sizeof(*op));
    pool->op = command;
    pool->cpupool_id = id;
    pool->cpu = pool->domid = pool->sched_id = which;
    set_xen_guest_handle_raw(pool->cpumap.bitmap, map);
    pool->cpumap.nr_bits = 8;
    return hypercall_sysctl(op, XEN_SYSCTL_cpupool_op);
}
