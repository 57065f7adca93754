/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables and frames. The initial region maps pseudo-physical frame n at guest_virt_base + n pages, so an
 * address, its frame number (pfn) and its machine frame (mfn) lead to each other; walks read the tables
 * through that mapping.
 */
#ifndef GUEST_PAGE_H
#define GUEST_PAGE_H

#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096

#define PTE_PRESENT  (1ul << 0)
#define PTE_WRITABLE (1ul << 1)
#define PTE_USER     (1ul << 2)
#define PTE_ACCESSED (1ul << 5)
#define PTE_DIRTY    (1ul << 6)
#define PTE_LARGE    (1ul << 7)
#define PTE_GLOBAL   (1ul << 8)
#define PTE_NX       (1ul << 63)

/* Bits for an ordinary writable page, a read-only one, and an entry that leads to a lower table. */
#define PTE_RW    (PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PTE_RO    (PTE_PRESENT | PTE_USER | PTE_ACCESSED)
#define PTE_TABLE PTE_RW

#define PTE_MFN(entry)      (((entry)&0x000ffffffffff000ul) >> PAGE_SHIFT)
#define PTE_MAKE(mfn, bits) ((uint64_t)(mfn) << PAGE_SHIFT | (bits))

uint64_t pfn_of(const volatile void *address);
uint64_t mfn_of(const volatile void *address);
/* Machine address of a byte of the initial region. */
uint64_t maddr_of(const volatile void *address);
void *address_of_pfn(uint64_t pfn);
/* Of a frame that this guest owns. */
void *address_of_mfn(uint64_t mfn);
/* The frame number of a page that nothing uses, a multiple of 512 and so the first of a superpage; 0: there
 * is none. */
uint64_t mfn_of_2mib(void);

/* The entry of a level (1 to 4) that translates an address, read-only; NULL when a higher level is not
 * present. */
const volatile uint64_t *page_entry(const volatile void *address, unsigned int level);

/* Change the mapping of an address of the initial region: to read-only, to writable, to nothing. Hypercall's
 * result. */
long page_protect(const volatile void *address);
long page_unprotect(const volatile void *address);
long page_unmap(const volatile void *address);

/* Pin the table at an address as a level, or unpin it; the answer of mmuext_op. */
long page_pin(const volatile void *table, unsigned int level);
long page_unpin(const volatile void *table);

/* One MMU_NORMAL_PT_UPDATE of the entry at an address of the initial region; the answer of mmu_update. */
long page_update(const volatile uint64_t *entry, uint64_t value);

/*
 * A virtual address whose first table is the test's own: makes tables down to level 1 at the given address's
 * slots from static pages and installs them. Answers the level-1 table (mapped read-only), or ends the test.
 * Once per test.
 */
const volatile uint64_t *page_make_window(unsigned long address);

#endif
