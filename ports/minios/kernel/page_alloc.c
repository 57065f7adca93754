/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator. Next fit over a bitmap: a set bit is a free page, so that one that is freed twice
 * shows.
 */
#include <minios/page_alloc.h>

#include <minios/address_space.h>
#include <minios/panic.h>
#include <minios/spinlock.h>

#define WORD_BITS         64
#define ENTRIES_PER_TABLE 512

static struct {
    struct spinlock lock;
    uint64_t *bitmap;
    uint64_t nr_words;
    uint64_t next_word; /* where the next search starts */
    struct page_counts counts;
} pages;

void page_alloc_init(uint64_t *bitmap, uint64_t nr)
{
    pages.bitmap = bitmap;
    pages.nr_words = (nr + WORD_BITS - 1) / WORD_BITS;
    pages.counts.total = nr;
    pages.counts.kept_for_tables = nr / ENTRIES_PER_TABLE + 8;
    for (uint64_t i = 0; i < pages.nr_words; i++)
        bitmap[i] = 0;
}

static void release_locked(uint64_t page)
{
    uint64_t bit = 1ull << page % WORD_BITS, *word = &pages.bitmap[page / WORD_BITS];

    if (page >= pages.counts.total || (*word & bit))
        panic("page %#llx freed, which is not allocated", (unsigned long long)page);
    *word |= bit;
    pages.counts.free++;
}

void page_alloc_add(uint64_t first, uint64_t nr)
{
    unsigned long saved = spin_lock(&pages.lock);

    for (uint64_t i = 0; i < nr; i++)
        release_locked(first + i);
    spin_unlock(&pages.lock, saved);
}

/* There is a free page, its caller has made sure. */
static void *take_locked(void)
{
    uint64_t word;

    while (pages.bitmap[pages.next_word] == 0)
        pages.next_word = (pages.next_word + 1) % pages.nr_words;
    word = pages.bitmap[pages.next_word];
    pages.bitmap[pages.next_word] = word & (word - 1);
    pages.counts.free--;
    return linear_address(pages.next_word * WORD_BITS + (uint64_t)__builtin_ctzll(word));
}

static void *alloc_leaving(uint64_t left)
{
    unsigned long saved = spin_lock(&pages.lock);
    void *page = pages.counts.free > pages.counts.promised + left ? take_locked() : NULL;

    spin_unlock(&pages.lock, saved);
    return page;
}

void *page_alloc(void)
{
    return alloc_leaving(pages.counts.kept_for_tables);
}

void *page_alloc_table(void)
{
    return alloc_leaving(0);
}

void page_free(void *page)
{
    unsigned long saved = spin_lock(&pages.lock);

    release_locked(linear_page(page));
    spin_unlock(&pages.lock, saved);
}

bool page_promise(uint64_t nr)
{
    unsigned long saved = spin_lock(&pages.lock);
    uint64_t taken = pages.counts.promised + pages.counts.kept_for_tables;
    bool granted = pages.counts.free > taken && nr <= pages.counts.free - taken;

    if (granted)
        pages.counts.promised += nr;
    spin_unlock(&pages.lock, saved);
    return granted;
}

void page_promise_return(uint64_t nr)
{
    unsigned long saved = spin_lock(&pages.lock);

    pages.counts.promised -= nr;
    spin_unlock(&pages.lock, saved);
}

void *page_alloc_promised(void)
{
    unsigned long saved = spin_lock(&pages.lock);
    void *page;

    if (pages.counts.promised == 0)
        panic("a page asked for that was never promised");
    pages.counts.promised--;
    page = take_locked();
    spin_unlock(&pages.lock, saved);
    return page;
}

void page_count(struct page_counts *counts)
{
    unsigned long saved = spin_lock(&pages.lock);

    *counts = pages.counts;
    spin_unlock(&pages.lock, saved);
}
