/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domctl_context.c's and domctl_device.c's commands, for domctl.c. Results as the ABI has them; what the
 * guest is to get back is in op.
 */
#ifndef PV_DOMCTL_H
#define PV_DOMCTL_H

#include <xen/ctl.h>

long domctl_get_context(struct domain *d, struct xen_domctl_vcpucontext *op);
long domctl_get_ext_context(struct domain *d, struct xen_domctl_ext_vcpucontext *op);
long domctl_set_ext_context(struct domain *d, const struct xen_domctl_ext_vcpucontext *op);
long domctl_get_xstate(struct domain *d, struct xen_domctl_vcpuextstate *op);
long domctl_set_xstate(struct domain *d, const struct xen_domctl_vcpuextstate *op);
long domctl_get_msrs(struct domain *d, struct xen_domctl_vcpu_msrs *op);
long domctl_set_msrs(struct domain *d, const struct xen_domctl_vcpu_msrs *op);

/* All that no other file has: -XEN_ENOSYS for what is no command. */
long domctl_device(struct domain *d, struct xen_domctl *op);

#endif
