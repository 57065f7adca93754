/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine's part of domctl and sysctl: none. */
#include <xen/ctl.h>
#include <xen/refusal.h>

void arch_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *out)
{
}

long arch_domctl(struct domain *d, struct xen_domctl *op, bool *copyback)
{
    return refuse(-XEN_ENOSYS, "domctl.command", "there is no domctl %u", op->cmd);
}

long arch_sysctl(struct xen_sysctl *op, bool *copyback)
{
    return refuse(-XEN_ENOSYS, "sysctl.command", "there is no sysctl %u", op->cmd);
}
