/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared-info page, and the byte that masks event delivery. */
#include <xenguest/mmu.h>
#include <xenguest/shared.h>
#include "private.h"

int xg_shared_map(const struct xg_boot *boot, void *page, struct shared_info **shared)
{
    xg_pte_t entry = xg_pte(xg_maddr_to_mfn(boot->shared_info), XG_PTE_DATA);
    long rc = hypercall_update_va_mapping(XG_ADDRESS(page), entry, XG_FLUSH_PAGE_ALL);

    if (!rc)
        *shared = page;
    return (int)rc;
}

struct vcpu_info *xg_shared_vcpu_info(struct shared_info *shared, unsigned int vcpu)
{
    return vcpu < XG_SHARED_VCPUS ? &shared->vcpu_info[vcpu] : NULL;
}

unsigned long xg_upcall_save(struct vcpu_info *info)
{
    unsigned long saved = __atomic_load_n(&info->evtchn_upcall_mask, __ATOMIC_RELAXED);

    __atomic_store_n(&info->evtchn_upcall_mask, 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return saved;
}

void xg_upcall_restore(struct vcpu_info *info, unsigned long saved)
{
    /*
     * Xen reads the mask on this very processor, so the fences are for the compiler only. An event that
     * arrives between the store and the load interrupts us, is delivered, and leaves nothing pending.
     */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&info->evtchn_upcall_mask, saved != XG_UPCALL_ENABLED, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (saved == XG_UPCALL_ENABLED && __atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_RELAXED))
        hypercall_xen_version(XENVER_version, NULL);
}

bool xg_upcall_masked(const struct vcpu_info *info)
{
    return __atomic_load_n(&info->evtchn_upcall_mask, __ATOMIC_RELAXED);
}
