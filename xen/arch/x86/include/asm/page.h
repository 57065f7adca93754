/* SPDX-License-Identifier: BSD-2-Clause */
/* Page-table entries of 4-level x86-64 paging. Pure: no state, no machine code. (Intel SDM vol. 3, 4.5.) */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <xen/types.h>

typedef struct {
    uint64_t v;
} pte_t;

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_USER     (1ull << 2)
#define PTE_PWT      (1ull << 3)
#define PTE_PCD      (1ull << 4)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_PAT      (1ull << 7) /* L1 */
#define PTE_LARGE    (1ull << 7) /* L2, L3 */
#define PTE_GLOBAL   (1ull << 8)
#define PTE_AVAIL    (7ull << 9)
#define PTE_GUEST_KERNEL (1ull << 52) /* ABI: marks a guest-kernel page, see ABI of 64-bit PV */
#define PTE_NX       (1ull << 63)
#define PTE_ADDR     0x000ffffffffff000ull

/* Mappings of the hypervisor's own. Never PTE_USER. */
#define PTE_HV_DATA (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL | PTE_NX)
#define PTE_HV_CODE (PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL)
#define PTE_HV_RO   (PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL | PTE_NX)
#define PTE_HV_UC   (PTE_HV_DATA | PTE_PCD | PTE_PWT)

#define PT_ENTRIES 512

static always_inline pte_t pte_make(mfn_t m, uint64_t flags)
{
    return (pte_t){(m.n << PAGE_SHIFT) | flags};
}
static always_inline mfn_t pte_mfn(pte_t e)
{
    return mfn((e.v & PTE_ADDR) >> PAGE_SHIFT);
}
static always_inline bool pte_present(pte_t e)
{
    return e.v & PTE_PRESENT;
}
/* Index into the table of a level (1-4) on the way to va. */
static always_inline unsigned int pt_index(unsigned long va, unsigned int level)
{
    return (va >> (PAGE_SHIFT + 9 * (level - 1))) & (PT_ENTRIES - 1);
}

/*
 * The hypervisor's own top-level table: the source of slots 256-271 for all others, loaded when no guest
 * runs.
 */
extern pte_t hypervisor_l4[PT_ENTRIES];
/*
 * Maps (or with flags 0 unmaps) pages in the hypervisor's part; tables come from the allocator. Flushing the
 * TLB after a change of a present entry is the caller's. 0 or -XEN_ENOMEM. Lock: takes the mapping lock.
 */
int map_hypervisor_pages(unsigned long va, mfn_t m, uint64_t nr, uint64_t flags) __must_check;
/* Device registers, uncached, for good. Never NULL: panics. */
void *ioremap(paddr_t start, size_t size);

#endif
