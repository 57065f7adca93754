/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pages of the domain's memory: a bitmap, one bit a page, and a promise to the heap. A page is named by
 * its address in the linear map (address_space.h). Every function may be called anywhere.
 */
#ifndef MINIOS_PAGE_ALLOC_H
#define MINIOS_PAGE_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul

/*
 * Starts with no free page among `nr` pages. `bitmap` is memory for nr bits, whole 64-bit words, and stays in
 * use.
 */
void page_alloc_init(uint64_t *bitmap, uint64_t nr);
/* Hands over `nr` pages from number `first` on, which are mapped by now. */
void page_alloc_add(uint64_t first, uint64_t nr);

/* One page, contents undefined; NULL when all that are free are promised or kept for page tables. */
void *page_alloc(void);
/* The same out of what is kept back for page tables, too: enough of them for all of memory a second time. */
void *page_alloc_table(void);
void page_free(void *page);

/*
 * Promises `nr` pages to the caller, whatever others allocate meanwhile. False: not that many are left to
 * page_alloc.
 */
bool page_promise(uint64_t nr);
/* Gives back part of the promise. */
void page_promise_return(uint64_t nr);
/* A page out of the promise: there is one, as long as the promise lasts. */
void *page_alloc_promised(void);

struct page_counts {
    uint64_t total, free, promised, kept_for_tables;
};

void page_count(struct page_counts *counts);

#endif
