/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of page-table updates, and what became of it when one is refused. */
#include <xenguest/mmu.h>
#include "private.h"

void xg_mmu_batch_init(struct xg_mmu_batch *batch, xg_domid_t domid)
{
    batch->nr = 0;
    batch->domid = domid;
    batch->nr_applied = 0;
    batch->nr_dropped = 0;
    batch->refused.ptr = 0;
    batch->refused.value = 0;
}

int xg_mmu_batch_flush(struct xg_mmu_batch *batch)
{
    unsigned int nr = batch->nr, done = 0;
    long rc;

    if (!nr)
        return 0;
    batch->nr = 0;
    rc = hypercall_mmu_update(batch->storage, nr, &done, batch->domid);
    if (done > nr)
        return -XG_EIO;
    batch->nr_applied += done;
    if (!rc && done == nr)
        return 0;
    batch->nr_dropped = nr - done;
    if (done < nr) {
        batch->refused.ptr = batch->storage[done][0];
        batch->refused.value = batch->storage[done][1];
    }
    return rc ? (int)rc : -XG_EIO;
}

static int queue(struct xg_mmu_batch *batch, uint64_t ptr, uint64_t value)
{
    if (batch->nr == XG_MMU_BATCH_ENTRIES) {
        int rc = xg_mmu_batch_flush(batch);

        if (rc)
            return rc;
    }
    batch->storage[batch->nr][0] = ptr;
    batch->storage[batch->nr][1] = value;
    batch->nr++;
    return 0;
}

int xg_mmu_batch_set(struct xg_mmu_batch *batch, xg_maddr_t entry, xg_pte_t value)
{
    return queue(batch, (entry.n & ~7ull) | MMU_NORMAL_PT_UPDATE, value);
}

int xg_mmu_batch_set_keep_bits(struct xg_mmu_batch *batch, xg_maddr_t entry, xg_pte_t value)
{
    return queue(batch, (entry.n & ~7ull) | MMU_PT_UPDATE_PRESERVE_AD, value);
}

int xg_mmu_batch_set_m2p(struct xg_mmu_batch *batch, xg_mfn_t mfn, xg_pfn_t pfn)
{
    return queue(batch, xg_mfn_to_maddr(mfn, 0).n | MMU_MACHPHYS_UPDATE, pfn.n);
}
