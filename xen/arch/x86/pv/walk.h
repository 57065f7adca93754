/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at page tables in place: the guest's, for messages and descriptor tables, and the hypervisor's own
 * part. Changes nothing.
 */
#ifndef PV_WALK_H
#define PV_WALK_H

#include <xen/domain.h>
#include <asm/page.h>

/*
 * Entries on the way to an address, [0] of the L1 table to [3] of the L4; from the first that is not present
 * on down they are 0.
 */
struct page_walk {
    pte_t entry[4];
    unsigned int stopped_at; /* level of the entry that is not present; 0: mapped */
};
/* By v's tables of the mode in which it is; a vCPU without tables: stopped at 4. */
struct page_walk guest_walk(const struct vcpu *v, unsigned long va);
/* Frame that the guest has there, if its users may read it; else INVALID_MFN. */
mfn_t guest_frame_at(const struct vcpu *v, unsigned long va);
/* Frame at an address of the hypervisor's windows (4 KiB pages only); INVALID_MFN when there is none. */
mfn_t hypervisor_frame_at(unsigned long va);

#endif
