/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call of HYPERVISOR_domctl: version, command and domain filled in. What the commands take is the test's.
 */
#ifndef GUEST_DOMCTL_H
#define GUEST_DOMCTL_H

#include <stdint.h>

#include <xen/xen.h>

struct xen_domctl;

/* The answer of the hypercall; what it told is in *op. */
long hypercall_domctl(struct xen_domctl *op, domid_t d, uint32_t cmd);

#endif
