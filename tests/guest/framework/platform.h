/* SPDX-License-Identifier: BSD-2-Clause */
/* A call of HYPERVISOR_platform_op: version and command filled in. What the commands take is the test's. */
#ifndef GUEST_PLATFORM_H
#define GUEST_PLATFORM_H

#include <stdint.h>

struct xen_platform_op;

/* The answer of the hypercall; what it told is in *op. */
long hypercall_platform_op(struct xen_platform_op *op, uint32_t cmd);

#endif
