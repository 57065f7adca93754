/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What guests are told of the processor, as a list of CPUID leaves and MSRs that tools read, edit and set for
 * a domain; and as the words of feature bits of public/arch-x86/cpufeatureset.h. What a domain was given less
 * than PV domains in general is kept in its feature mask, which pv_cpuid applies.
 */
#ifndef PV_CPU_POLICY_H
#define PV_CPU_POLICY_H

#include <xen/ctl.h>
#include "emulate.h"

#define FEATURE_WORDS 19

/*
 * A call without buffers answers how many there are. -XEN_ENOBUFS: too few, as many as fit are written;
 * -XEN_EFAULT. whose: of which domain; NULL: of PV domains in general.
 */
long cpu_policy_get(struct domain *whose, struct xen_domctl_cpu_policy *op);
/* -XEN_EINVAL and the leaf: it says more than the processor, or PV, has. d has no vCPU that has run. */
long cpu_policy_set(struct domain *d, struct xen_domctl_cpu_policy *op);
long sysctl_cpu_policy(struct xen_sysctl_cpu_policy *op);
long sysctl_cpu_featureset(struct xen_sysctl_cpu_featureset *op);
/* Takes out of a leaf what d's mask has not. */
void cpu_policy_apply(const struct domain *d, uint32_t leaf, uint32_t subleaf, struct cpuid_values *r);
void cpu_policy_free(struct domain *d);

#endif
