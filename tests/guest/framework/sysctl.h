/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of HYPERVISOR_sysctl: version and command filled in. What the commands take is the test's, but for
 * one that several use.
 */
#ifndef GUEST_SYSCTL_H
#define GUEST_SYSCTL_H

#include <stdint.h>

struct xen_sysctl;

/* The answer of the hypercall; what it told is in *op. */
long hypercall_sysctl(struct xen_sysctl *op, uint32_t cmd);

/*
 * XEN_SYSCTL_cpupool_op. which: what the command is about besides the pool: a CPU, a domain, a scheduler. The
 * CPUs below 8 come to *map, the rest to *op.
 */
long sysctl_cpupool(struct xen_sysctl *op, uint32_t command, uint32_t id, uint32_t which, uint8_t *map);

#endif
