/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's time-stamp counter: the processor's, or emulated. Set while the domain does not run; read
 * without a lock. Source: public/domctl.h, XEN_DOMCTL_settscinfo; public/arch-x86/cpuid.h, leaf 4.
 */
#ifndef ASM_TSC_H
#define ASM_TSC_H

#include <xen/domain.h>
#include <public/domctl.h>

void tsc_init_domain(struct domain *d);
/* -XEN_EINVAL: the caller's own domain, or no such mode. */
long domctl_set_tsc(struct domain *d, const struct xen_domctl_tsc_info *op);
long domctl_get_tsc(const struct domain *d, struct xen_domctl_tsc_info *op);
/* What RDTSC gives to v. */
uint64_t tsc_read(struct vcpu *v);
/* The time record of a domain whose counter is emulated: tsc.is_emulated. */
void tsc_time_info(const struct domain *d, struct vcpu_time_info *out);

#endif
