/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of HYPERVISOR_domctl: version, command and domain filled in. What the commands take is the test's,
 * but for one that several use.
 */
#ifndef GUEST_DOMCTL_H
#define GUEST_DOMCTL_H

#include <stdint.h>

#include <xen/xen.h>

struct xen_domctl;

/* The answer of the hypercall; what it told is in *op. */
long hypercall_domctl(struct xen_domctl *op, domid_t d, uint32_t cmd);

/*
 * XEN_DOMCTL_setvcpuaffinity or _getvcpuaffinity, hard and soft at once, of the CPUs below 8; what came back
 * is in the maps.
 */
long domctl_affinity(domid_t d, unsigned int vcpu, uint32_t cmd, uint8_t *hard, uint8_t *soft);

#endif
