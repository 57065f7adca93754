/* SPDX-License-Identifier: BSD-2-Clause */
/* The demand-mapped heap. */
#include <minios/heap.h>

#include <minios/address_space.h>
#include <minios/page_alloc.h>
#include <minios/panic.h>
#include <minios/spinlock.h>

#define HEAP_LIMIT (64ull << 30)

static struct {
    struct spinlock lock;
    struct heap_counts counts;
} heap;

static uint64_t pages_for(uint64_t bytes)
{
    return (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

/*
 * Takes the pages [from, to) of the heap away: those touched go back to the allocator, the others' promise
 * does.
 */
static void shrink_locked(uint64_t from, uint64_t to)
{
    uint64_t nr_mapped = 0;

    for (uint64_t page = from; page < to; page++)
        nr_mapped += xg_mfn_valid(address_space_lookup((char *)HEAP_BASE + page * PAGE_SIZE));
    address_space_unmap_free((char *)HEAP_BASE + from * PAGE_SIZE, to - from);
    heap.counts.mapped_pages -= nr_mapped;
    page_promise_return(to - from - nr_mapped);
}

void *heap_move_end(intptr_t increment)
{
    unsigned long saved = spin_lock(&heap.lock);
    uint64_t before = heap.counts.bytes, after = before + (uint64_t)increment;
    uint64_t pages_before = pages_for(before), pages_after = pages_for(after);
    bool moved = after <= HEAP_LIMIT;

    if (moved && pages_after > pages_before)
        moved = page_promise(pages_after - pages_before);
    else if (moved)
        shrink_locked(pages_after, pages_before);
    if (moved)
        heap.counts.bytes = after;
    spin_unlock(&heap.lock, saved);
    return moved ? (char *)HEAP_BASE + before : NULL;
}

static void map_page_locked(char *address)
{
    uint64_t *page = page_alloc_promised();
    xg_mfn_t mfn = address_space_lookup(page);
    int rc;

    for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*page); i++)
        page[i] = 0;
    rc = address_space_map(address, &mfn, 1, XG_PTE_DATA, XG_DOMID_SELF);
    if (rc)
        panic("the heap's page at %p cannot be mapped: errno %d", (void *)address, -rc);
    heap.counts.mapped_pages++;
}

bool heap_fault(uint64_t address)
{
    char *page = (char *)(address & ~(PAGE_SIZE - 1));
    unsigned long saved;
    bool ours;

    if (address - HEAP_BASE >= HEAP_LIMIT)
        return false;
    saved = spin_lock(&heap.lock);
    ours = address - HEAP_BASE < pages_for(heap.counts.bytes) * PAGE_SIZE;

    /* Another vCPU may have touched the page first: then there is nothing left to do. */
    if (ours && !xg_mfn_valid(address_space_lookup(page)))
        map_page_locked(page);
    if (ours)
        heap.counts.faults++;
    spin_unlock(&heap.lock, saved);
    return ours;
}

void heap_count(struct heap_counts *counts)
{
    unsigned long saved = spin_lock(&heap.lock);

    *counts = heap.counts;
    spin_unlock(&heap.lock, saved);
}
