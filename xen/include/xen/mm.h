/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames: who owns each, how many references it has, what type it is used as; and the page allocator.
 *
 * The safety of PV memory rests on this. Every frame of RAM has one struct page_info:
 *   count_info   references that keep the frame allocated to its owner. An owned frame has PGC_ALLOCATED,
 *                which itself is one reference. When the count falls to zero the frame goes back to the
 *                allocator (page_free_owned).
 *   type_info    what the frame is used as (exactly one PGT_* type while the type count is not zero),
 *                validated or not, pinned or not. Each type reference is also a general reference.
 * A frame can be writable or a page table or a descriptor page, never two of them at once: that is the whole
 * of the rule. Both words change only through the functions below and in arch/x86/pv/page_type.c, by
 * compare-and-exchange.
 */
#ifndef XEN_MM_H
#define XEN_MM_H

#include <xen/list.h>
#include <xen/types.h>
#include <asm/arch.h>

struct domain;

struct page_info {
    uint64_t count_info;
    uint64_t type_info;
    struct domain *owner; /* NULL: free, or the hypervisor's own */
    union {
        struct {
            /* frame numbers; links of the owner's page list or the allocator's free list; 0: none */
            uint32_t next, prev;
        };
    };
    union {
        uint32_t order;     /* while free: of the block of which this is the head */
        /* while allocated: flush clock when the frame was last possibly in a TLB with its former use */
        uint32_t tlb_stamp;
    };
    union {
        uint32_t extra; /* the arch's */
        struct {        /* x86: of a page table */
            uint16_t nr_validated; /* entries [0, nr_validated) hold references; PAGE_CHILD_PARTIAL */
            /* > 0: linear entries of others that point here; < 0: linear entries of ours */
            int16_t linear;
        };
    };
};

#define PGC_ALLOCATED  (1ull << 63) /* owned; counts one reference, dropped by giving the frame up */
#define PGC_HYPERVISOR (1ull << 62) /* the hypervisor's own memory (heap, shared pages such as shared_info) */
/* not counted in tot_pages (e.g. pages that the hypervisor shares with the owner) */
#define PGC_EXTRA      (1ull << 60)
#define PGC_FREE       (1ull << 59) /* head of a free block of the allocator */
#define PGC_GRANTED    (1ull << 58) /* other domains than the owner and Domain 0 may have it in their TLBs */
/* to be kept when it is freed; set of frames that have a reference or are the hypervisor's */
#define PGC_OFFLINING (1ull << 57)
#define PGC_OFFLINED  (1ull << 56) /* kept: nobody has it, and it is not free */
#define PGC_COUNT_MASK ((1ull << 48) - 1)

#define PGT_SHIFT     60
#define PGT_TYPE_MASK (15ull << PGT_SHIFT)
#define PGT_NONE      (0ull << PGT_SHIFT)
#define PGT_L1        (1ull << PGT_SHIFT)
#define PGT_L2        (2ull << PGT_SHIFT)
#define PGT_L3        (3ull << PGT_SHIFT)
#define PGT_L4        (4ull << PGT_SHIFT)
#define PGT_SEGDESC   (5ull << PGT_SHIFT) /* GDT or LDT frame */
/* hypervisor page that guests may map (read-only counts as no type) */
#define PGT_SHARED    (6ull << PGT_SHIFT)
#define PGT_WRITABLE  (7ull << PGT_SHIFT)
#define PGT_PINNED    (1ull << 59) /* the guest pinned it: one type reference */
#define PGT_VALIDATED_SHIFT 58
#define PGT_VALIDATED (1ull << PGT_VALIDATED_SHIFT) /* entries checked for this type */
/* validation or teardown stopped half-way: has one reference and one type reference of its own */
#define PGT_PARTIAL   (1ull << 57)
/* was mapped uncached: to be flushed from the cache before it is trusted as a table */
#define PGT_NONCOHERENT (1ull << 55)
/* bits 32-46 count how often a type reference was taken, so that no exchange mistakes old for unchanged */
#define PGT_GENERATION (1ull << 32)
#define PGT_GENERATION_OVERFLOW (1ull << 47)
#define PGT_COUNT_MASK ((1ull << 32) - 1)

/* Frame table, direct map. mfn_valid: RAM that has a page_info. */
extern struct page_info *frame_table;
extern uint64_t max_page; /* one past the highest frame of RAM */
bool mfn_valid(mfn_t m);

static always_inline struct page_info *mfn_to_page(mfn_t m)
{
    return &frame_table[m.n];
}
static always_inline mfn_t page_to_mfn(const struct page_info *pg)
{
    return mfn((uint64_t)(pg - frame_table));
}
static always_inline void *mfn_to_virt(mfn_t m)
{
    return arch_direct_map(mfn_to_paddr(m));
}
static always_inline void *page_to_virt(const struct page_info *pg)
{
    return mfn_to_virt(page_to_mfn(pg));
}
static always_inline mfn_t virt_to_mfn(const void *p)
{
    return paddr_to_mfn(arch_virt_to_paddr(p));
}
static always_inline struct page_info *virt_to_page(const void *p)
{
    return mfn_to_page(virt_to_mfn(p));
}

/* Hands a range of RAM to the allocator (boot). Frames must be mapped and have page_info. */
void page_alloc_add_region(mfn_t start, uint64_t nr);
/*
 * 2^order frames, naturally aligned, below 2^address_bits bytes (0: anywhere); NULL when there are none.
 * Not zeroed. Owner NULL, count_info 0. Any context but NMI. Lock: heap lock, innermost.
 */
struct page_info *page_alloc(unsigned int order, unsigned int address_bits) __must_check;
/* The 2^order frames must have no references. */
void page_free(struct page_info *pg, unsigned int order);
/*
 * nr frames in a row, of any number and the highest that there are; NULL when there are none. Looks at all
 * frames: for boot.
 */
struct page_info *page_alloc_run(uint64_t nr) __must_check;
/* The frames must have no references. */
void page_free_run(struct page_info *pg, uint64_t nr);
uint64_t page_alloc_free_pages(void);
/*
 * Frames that nobody is to get (XEN_SYSCTL_page_offline_op): not free, and not counted as free. Of RAM; any
 * context but NMI. PAGE_ON_LINE from page_take_offline: neither free nor owned nor marked as the
 * hypervisor's, and it stays what it is.
 */
enum page_line { PAGE_ON_LINE, PAGE_GOES_OFFLINE, PAGE_OFF_LINE };
/* At once if it is free, else when it is freed: what it is now. */
enum page_line page_take_offline(struct page_info *pg);
/* Free again, or to be free when it is given back: what it was. */
enum page_line page_take_online(struct page_info *pg);
enum page_line page_line(const struct page_info *pg);
/*
 * page_alloc for a domain: what others have claimed is not there for it, what it has claimed itself is, and
 * goes down by it.
 */
struct page_info *page_alloc_for(struct domain *d, unsigned int order,
                                 unsigned int address_bits) __must_check;
/*
 * XENMEM_claim_pages: keeps free pages back until d has nr in all; 0 ends the claim. Which frames they are is
 * not said. 0, -XEN_EINVAL (a claim stands already, d has nr pages, or may not have so many), -XEN_ENOMEM.
 * Locks: page_alloc_lock, then heap_lock.
 */
int page_claim(struct domain *d, uint64_t nr) __must_check;

/*
 * Pages of the hypervisor's own, mapped by the direct map, zeroed; marked PGC_HYPERVISOR. NULL when there are
 * none.
 */
void *hypervisor_pages_alloc(unsigned int order) __must_check;
void hypervisor_pages_free(void *p, unsigned int order);

/*
 * 2^order frames for d: owner set, PGC_ALLOCATED with one reference each, counted in d->tot_pages, scrubbed
 * (unless the caller says that d is Domain 0 under construction). NULL: no memory, d dying, or d would exceed
 * max_pages. Lock: d->page_alloc_lock.
 */
struct page_info *domain_pages_alloc(struct domain *d, unsigned int order, unsigned int address_bits,
                                     bool scrub) __must_check;
/*
 * The last reference of a frame that d owned is gone: takes it off d's list, clears its M2P entry, flushes
 * stale TLBs and frees it. Of a shared hypervisor page only the bookkeeping ends: its owner in the hypervisor
 * frees the memory. May drop the last reference of d.
 */
void page_free_owned(struct page_info *pg);
/* nr frames without owner or reference become d's. False: d is dying, or would have more than max_pages. */
bool domain_pages_assign(struct domain *d, struct page_info *pg, uint64_t nr) __must_check;
/*
 * The next frame of d's list that somebody still references, with a reference; the one on the frame before is
 * given back. From NULL: the first one. NULL: the end. Lock: takes d->page_alloc_lock.
 */
struct page_info *domain_next_page(struct domain *d, struct page_info *pg);
/* Takes a frame off its owner's list. Lock: d->page_alloc_lock held. */
void domain_page_list_remove(struct domain *d, struct page_info *pg);
/* nr frames fewer count as d's. May drop the last reference of d. */
void domain_pages_uncount(struct domain *d, uint64_t nr);
/* Debug key: how many of d's frames are of which type. */
void domain_memory_dump(struct domain *d);
/*
 * Gives a hypervisor page to d, so that d may map it (read-only unless writable): shared_info, grant frames.
 * It begins with two references: PGC_ALLOCATED's, and that of its type, which it keeps until it is unshared
 * or released.
 */
void share_hypervisor_page(void *page, struct domain *d, bool writable);
/* Gives those two up: d is dying. The memory stays until d is freed. */
void release_hypervisor_page(void *page);
/* Takes it back: -XEN_EBUSY while references remain. */
int unshare_hypervisor_page(void *page, struct domain *d) __must_check;

/* Reference counting. page_get fails when d does not own the frame or it is being freed. */
bool page_get(struct page_info *pg, const struct domain *d) __must_check;
void page_put(struct page_info *pg);
/*
 * Takes a type reference on a frame on which the caller holds a reference; the first one of a table's type
 * validates its entries. 0, -XEN_EBUSY (in use as another type), or what an entry is refused with
 * (-XEN_EINVAL …; the refusal is recorded). With page_put_type the last reference of a table tears it down:
 * gives back the references of its entries.
 */
int page_get_type(struct page_info *pg, struct domain *d, uint64_t type) __must_check;
void page_put_type(struct page_info *pg);
/* page_get (-XEN_EINVAL when it fails) and page_get_type, page_put_type and page_put in one. */
int page_get_and_type(struct page_info *pg, struct domain *d, uint64_t type) __must_check;
void page_put_and_type(struct page_info *pg);
/*
 * The same, giving way when something else is to be done. -XEN_ERESTART: nothing was taken, ask again (get);
 * or the reference is gone but the teardown is to be finished with page_finish_partial (put). After a failure
 * the rest of the teardown may have been left to arch_page_defer.
 */
int page_get_and_type_preemptible(struct page_info *pg, struct domain *d, uint64_t type) __must_check;
int page_put_and_type_preemptible(struct page_info *pg) __must_check;
/* Tears down a frame that is PGT_PARTIAL; on others does nothing. 0 or -XEN_ERESTART: call again. */
int page_finish_partial(struct page_info *pg) __must_check;

/*
 * Takes frames away from their owner when nothing else references them (decrease_reservation, exchange): the
 * owner's one reference is gone, the frame is off its list. -XEN_EBUSY when mapped or pinned or typed.
 */
int page_steal(struct domain *d, struct page_info *pg) __must_check;
/*
 * The same for exchange: the frame still counts as d's until domain_pages_replace has put another in its
 * place, and the caller flushes (arch_page_flush_stale) before it gives the frame any other use.
 */
int page_steal_counted(struct domain *d, struct page_info *pg) __must_check;
/*
 * nr frames with no owner become d's in place of as many that were stolen so. False: d is dying, they are the
 * caller's to free.
 */
bool domain_pages_replace(struct domain *d, struct page_info *pg, uint64_t nr) __must_check;
/*
 * Gives up the owner's allocation reference (PGC_ALLOCATED); the frame is freed with its last reference.
 * False: was given up before.
 */
bool page_release_allocation(struct page_info *pg);

/* Debug key: how many frames of d are of each type. */
void page_types_dump(struct domain *d);

#endif
