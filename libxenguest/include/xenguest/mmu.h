/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables as Xen has a PV guest change them: entries, batches of updates, pins and base pointers, TLB
 * flushes, and a walk. Tier 1. Source: struct mmu_update and struct mmuext_op of <xen/xen.h>.
 */
#ifndef XENGUEST_MMU_H
#define XENGUEST_MMU_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

typedef uint64_t xg_pte_t;

#define XG_PTE_PRESENT  (1ull << 0)
#define XG_PTE_WRITE    (1ull << 1)
#define XG_PTE_USER     (1ull << 2)
#define XG_PTE_WT       (1ull << 3)
#define XG_PTE_UC       (1ull << 4)
#define XG_PTE_ACCESSED (1ull << 5)
#define XG_PTE_DIRTY    (1ull << 6)
#define XG_PTE_LARGE    (1ull << 7)
#define XG_PTE_GLOBAL   (1ull << 8)
#define XG_PTE_NX       (1ull << 63)
/* What Xen keeps for itself in a 64-bit guest's entry: do not use it, do not be surprised to read it. */
#define XG_PTE_XEN     (1ull << 52)
#define XG_PTE_ADDRESS 0x000ffffffffff000ull

/* Kernel data, kernel text, and the entry of a table above level 1. Xen itself adds the user bit where it
 * needs it. */
#define XG_PTE_DATA     (XG_PTE_PRESENT | XG_PTE_WRITE | XG_PTE_ACCESSED | XG_PTE_DIRTY | XG_PTE_NX)
#define XG_PTE_READONLY (XG_PTE_PRESENT | XG_PTE_ACCESSED | XG_PTE_NX)
#define XG_PTE_TEXT     (XG_PTE_PRESENT | XG_PTE_ACCESSED)
#define XG_PTE_TABLE    (XG_PTE_PRESENT | XG_PTE_WRITE | XG_PTE_USER | XG_PTE_ACCESSED | XG_PTE_DIRTY)

static inline xg_pte_t xg_pte(xg_mfn_t mfn, uint64_t flags)
{
    return (mfn.n << XG_PAGE_SHIFT) | flags;
}

static inline xg_mfn_t xg_pte_mfn(xg_pte_t entry)
{
    return xg_mfn((entry & XG_PTE_ADDRESS) >> XG_PAGE_SHIFT);
}

/* The index into the table of `level` (1 … 4) for an address. */
static inline unsigned int xg_pte_index(uint64_t address, unsigned int level)
{
    return (unsigned int)(address >> (XG_PAGE_SHIFT + 9 * (level - 1))) & 511;
}

/* ---- Batches ---- */

#define XG_MMU_BATCH_ENTRIES 64

/*
 * A queue of updates, applied in order by one hypercall for many. The caller owns it and serialises its use.
 * When an update is refused, those before it are in effect and those after it are not; all are dropped from
 * the queue, and `refused` says which.
 */
struct xg_mmu_batch {
    unsigned int nr;
    uint32_t domid;
    uint64_t nr_applied;     /* since init: updates in effect */
    unsigned int nr_dropped; /* by the last failing flush: the refused one and those behind it */
    struct {
        uint64_t ptr; /* machine address of the entry, command in the low two bits */
        uint64_t value;
    } refused;                                 /* by the last failing flush */
    uint64_t storage[XG_MMU_BATCH_ENTRIES][2]; /* struct mmu_update */
};

/* `domid` owns the frames that entries name: XG_DOMID_SELF; XG_DOMID_IO for device memory; another domain. */
void xg_mmu_batch_init(struct xg_mmu_batch *batch, xg_domid_t domid);
/*
 * Queue one update; a full queue is flushed first. The errno of that flush: 0 or xg_mmu_batch_flush's, and
 * then the new update was not queued. `_keep_bits`: leaves the accessed and dirty bits that the processor
 * set.
 */
int __must_check xg_mmu_batch_set(struct xg_mmu_batch *batch, xg_maddr_t entry, xg_pte_t value);
int __must_check xg_mmu_batch_set_keep_bits(struct xg_mmu_batch *batch, xg_maddr_t entry, xg_pte_t value);
/* The M2P entry: which pfn the guest calls the frame. */
int __must_check xg_mmu_batch_set_m2p(struct xg_mmu_batch *batch, xg_mfn_t mfn, xg_pfn_t pfn);
/* Applies what is queued. Errors: Xen's for mmu_update; -XG_EIO if Xen claims to have done more than was
 * asked. */
int __must_check xg_mmu_batch_flush(struct xg_mmu_batch *batch);

/* ---- Single operations ---- */

enum xg_flush {
    XG_FLUSH_NONE = 0,
    XG_FLUSH_PAGE_LOCAL = 2,   /* the one address, this vCPU */
    XG_FLUSH_PAGE_ALL = 2 | 4, /* the one address, every vCPU */
    XG_FLUSH_TLB_LOCAL = 1,
    XG_FLUSH_TLB_ALL = 1 | 4,
};

/* Writes the level-1 entry for `address` in the current page tables. -XG_EINVAL: there is no level-1 table
 * for it. */
int __must_check xg_mmu_update_va(const void *address, xg_pte_t entry, enum xg_flush flush);

/* `level` 1 … 4. Pinning validates the whole tree below and keeps it validated. */
int __must_check xg_mmu_pin(xg_mfn_t table, unsigned int level);
int __must_check xg_mmu_unpin(xg_mfn_t table);
/* The top-level table of the kernel, and that of its user mode (mfn 0: none). Both flush this vCPU's TLB. */
int __must_check xg_mmu_set_base(xg_mfn_t table);
int __must_check xg_mmu_set_user_base(xg_mfn_t table);
int __must_check xg_mmu_flush_tlb(bool all_vcpus);
int __must_check xg_mmu_flush_page(const void *address, bool all_vcpus);
/* `nr_entries` descriptors at `address`, page-aligned; 0 takes it away. */
int __must_check xg_mmu_set_ldt(const void *address, unsigned int nr_entries);

/* ---- Walking ---- */

struct xg_walk {
    unsigned int level; /* of the last entry read: 1 when the whole way was there */
    xg_pte_t entry;     /* that entry */
    xg_maddr_t where;   /* and its machine address: what an update is to name */
};

/*
 * From the level-4 table `root` towards `address`. 0: reached a level-1 entry, present or not. -XG_ENOENT:
 * `entry` of `level` above 1 is not present. -XG_EFAULT: the port cannot read the table that `entry` names.
 */
int __must_check xg_mmu_walk(xg_mfn_t root, uint64_t address, struct xg_walk *walk);

XG_END_DECLS

#endif
