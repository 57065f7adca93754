/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that make up HYPERVISOR_memory_op ask of each other; the call itself is do_memory_op. */
#ifndef XEN_MEMORY_H
#define XEN_MEMORY_H

#include <xen/types.h>
#include <public/memory.h>

struct domain;
struct vcpu;

/* Above the command a continuation keeps how many extents are done. */
#define MEMOP_CMD_BITS 6
#define MEMOP_CMD_MASK ((1ul << MEMOP_CMD_BITS) - 1)

/*
 * The largest extents that the caller may name: 2^18 pages for a privileged domain, 2^9 for others, as stock
 * Xen.
 */
unsigned int memory_order_max(void);
/*
 * The domain whose memory is to be changed or asked about, DOMID_SELF or a number. *out holds a reference.
 * -XEN_ESRCH; -XEN_EPERM: the caller may not.
 */
int memory_subject(domid_t id, struct domain **out) __must_check;

/* memory_exchange.c. -XEN_EFAULT, -XEN_EPERM (order), -XEN_EINVAL, -XEN_ESRCH, -XEN_ENOMEM. */
long memory_exchange(uint64_t va);
/*
 * Ends the chunk in which v's call has given way, if there is one: taken back if it can be, else carried out
 * without telling the frames' numbers. 0 or -XEN_ERESTART. v is current, or its domain is dying.
 */
int memory_exchange_end(struct vcpu *v) __must_check;
/*
 * memory_claim.c: XENMEM_claim_pages; memory_resource.c: XENMEM_acquire_resource; vnuma.c:
 * XENMEM_get_vnumainfo.
 */
long memory_claim(uint64_t va);
long memory_acquire_resource(uint64_t va);
long memory_vnuma(uint64_t va);
/* Forgets a domain's topology. */
void vnuma_free(struct domain *d);

#endif
