/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared-info page and, in it or elsewhere, each vCPU's vcpu_info with the byte that masks event
 * delivery. Tier 0. Source: struct shared_info and struct vcpu_info of <xen/xen.h>.
 */
#ifndef XENGUEST_SHARED_H
#define XENGUEST_SHARED_H

#include <xenguest/boot.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

/* How many vCPUs have their vcpu_info in the page itself; further ones register one (vcpu.h). */
#define XG_SHARED_VCPUS 32

/*
 * Maps the shared-info page over `page`, a page of the kernel's image that is given up for it (mapped by a 4
 * KiB entry, 4 KiB aligned, nothing else in it). *shared is then the same address. Errors: Xen's for
 * update_va_mapping.
 */
int __must_check xg_shared_map(const struct xg_boot *boot, void *page, struct shared_info **shared);

/* vcpu_info of a vCPU below XG_SHARED_VCPUS; NULL for another. */
struct vcpu_info *xg_shared_vcpu_info(struct shared_info *shared, unsigned int vcpu);

/*
 * The event mask of the vCPU that runs this, given its vcpu_info. save masks and returns the state before;
 * restore puts it back and, when that unmasks, has pending events delivered before it returns (the byte alone
 * would not: Xen looks at it only when it is entered).
 */
unsigned long xg_upcall_save(struct vcpu_info *info);
void xg_upcall_restore(struct vcpu_info *info, unsigned long saved);
bool xg_upcall_masked(const struct vcpu_info *info);

/* The values to hand to xg_upcall_restore to set the mask outright. */
#define XG_UPCALL_ENABLED 0ul
#define XG_UPCALL_MASKED  1ul

XG_END_DECLS

#endif
