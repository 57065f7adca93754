/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one address space of Mini-OS, the same on every vCPU:
 *
 *   0x0000000000400000   the linear map: page 0 of the domain's memory (the image) and all others in order
 *   0x0000008000000000   mappings made at run time: thread stacks with their guards, foreign frames
 *   0x0000010000000000   the heap (heap.h)
 *
 * Nothing is mapped below the linear map, so that a null pointer faults.
 */
#ifndef MINIOS_ADDRESS_SPACE_H
#define MINIOS_ADDRESS_SPACE_H

#define LINEAR_BASE  0x400000
#define DYNAMIC_BASE 0x8000000000
#define HEAP_BASE    0x10000000000

#ifndef __ASSEMBLER__

#include <stdint.h>
#include <xenguest/boot.h>
#include <xenguest/mmu.h>
#include <xenguest/p2m.h>

static inline void *linear_address(uint64_t page)
{
    return (void *)(LINEAR_BASE + (page << XG_PAGE_SHIFT));
}

static inline uint64_t linear_page(const void *address)
{
    return ((uint64_t)address - LINEAR_BASE) >> XG_PAGE_SHIFT;
}

/*
 * Maps all of the domain's memory, gives what the builder left free to the page allocator, and takes the
 * rights away that text, constants and data do not need. Panics when that fails: nothing can go on without.
 */
void address_space_init(const struct xg_boot *boot);

/* The frame behind a mapped address, XG_INVALID_MFN when there is none. */
xg_mfn_t address_space_lookup(const void *address);
/* Where a frame of the domain's memory is in the linear map; NULL when it is not ours. */
void *address_space_mfn_address(xg_mfn_t mfn);
xg_mfn_t address_space_root(void);

/*
 * Reserves `nr_pages` of the dynamic area, unmapped; NULL: the area is full. What is released must be
 * unmapped again.
 */
void *address_space_reserve(unsigned int nr_pages);
void address_space_release(void *address, unsigned int nr_pages);

/* Map, unmap and change the rights of pages, on every vCPU; 0 or an errno of <xenguest/map.h>. */
int __must_check address_space_map(void *address, const xg_mfn_t *frames, uint64_t nr, uint64_t pte_flags,
                                   xg_domid_t owner);
int __must_check address_space_unmap(void *address, uint64_t nr);
int __must_check address_space_protect(void *address, uint64_t nr, uint64_t pte_flags);

/* Fresh pages at a place, and their way back to the allocator. -XG_ENOMEM: nothing is left mapped. */
int __must_check address_space_map_new(void *address, uint64_t nr);
void address_space_unmap_free(void *address, uint64_t nr);

/*
 * Gives the frame of a page of the linear map back to Xen, unmapped; and takes a new one for it. Xen's errno,
 * nothing changed then.
 */
int __must_check address_space_give_frame(uint64_t page);
int __must_check address_space_take_frame(uint64_t page);

/* The p2m list, and the tree by which the toolstack finds it; made once, before anybody can save the domain.
 */
struct xg_p2m *address_space_p2m(void);
struct xg_p2m_tree *address_space_p2m_tree(void);
void address_space_publish(struct shared_info *shared);
/* The domain was restored: all frames are others, and the p2m list names them. */
void address_space_frames_changed(void);

/* Page tables made so far, beyond the builder's. */
uint64_t address_space_tables(void);

#endif
#endif
