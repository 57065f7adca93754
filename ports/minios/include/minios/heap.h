/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap under malloc: a region whose end moves and whose pages appear when they are touched. Pages below
 * the end are promised by the page allocator, so that touching one never fails.
 */
#ifndef MINIOS_HEAP_H
#define MINIOS_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Moves the end by `increment` bytes and returns what it was; NULL, nothing changed: no memory, or below the
 * start.
 */
void *heap_move_end(intptr_t increment);

/* For the page-fault handler: true when `address` is in the heap and has a page now. */
bool heap_fault(uint64_t address);

struct heap_counts {
    uint64_t bytes;        /* from the start to the end */
    uint64_t mapped_pages; /* touched so far */
    uint64_t faults;
};

void heap_count(struct heap_counts *counts);

#endif
