/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator: a buddy system over all RAM, sorted by the number of address bits that a block needs,
 * so that a request with a limit looks only where it can be met and others leave low memory alone. Who owns a
 * frame is domain_pages.c's.
 *
 * Only the head of a free block has a meaningful page_info (PGC_FREE, order, links): giving the allocator a
 * region touches one page_info a block.
 */
#include <xen/bitops.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/spinlock.h>
#include <xen/string.h>

#define MAX_ORDER 18 /* 1 GiB */
#define NR_ZONES  41 /* zone z: frame numbers of z bits; x86 has at most 52 - 12 */

static struct {
    uint32_t first[MAX_ORDER + 1]; /* frame number of a block's head; 0: none */
    uint32_t orders;               /* bit o: first[o] != 0 */
} zones[NR_ZONES];
static uint64_t zones_in_use; /* bit z: zones[z].orders != 0 */
static uint64_t nr_free_pages;
static uint64_t nr_claimed_pages; /* of them: kept back for domains */
static spinlock_t heap_lock;

/* A block's frames lie all in one zone: blocks are naturally aligned and frame 0 is never free. */
static unsigned int zone_of(uint64_t n)
{
    return 64 - (unsigned int)__builtin_clzll(n);
}

static struct page_info *page_at(uint32_t n)
{
    return mfn_to_page(mfn(n));
}

static void block_insert(uint32_t n, unsigned int order)
{
    struct page_info *pg = page_at(n);
    unsigned int z = zone_of(n);

    pg->count_info = PGC_FREE;
    pg->owner = NULL;
    pg->order = order;
    pg->prev = 0;
    pg->next = zones[z].first[order];
    if (pg->next)
        page_at(pg->next)->prev = n;
    zones[z].first[order] = n;
    zones[z].orders |= 1u << order;
    zones_in_use |= 1ull << z;
}

static void block_remove(uint32_t n)
{
    struct page_info *pg = page_at(n);
    unsigned int z = zone_of(n), order = pg->order;

    if (pg->next)
        page_at(pg->next)->prev = pg->prev;
    if (pg->prev)
        page_at(pg->prev)->next = pg->next;
    else
        zones[z].first[order] = pg->next;
    if (!zones[z].first[order])
        zones[z].orders &= ~(1u << order);
    if (!zones[z].orders)
        zones_in_use &= ~(1ull << z);
    pg->count_info = 0;
    pg->next = pg->prev = 0;
}

static bool is_free_block(uint64_t n, unsigned int order)
{
    struct page_info *pg;

    if (n == 0 || n >= max_page || !mfn_valid(mfn(n)))
        return false;
    pg = page_at((uint32_t)n);
    return (pg->count_info & PGC_FREE) && pg->order == order;
}

/* Merges with the free buddies upwards. */
static void block_free(uint64_t n, unsigned int order)
{
    nr_free_pages += 1ull << order;
    while (order < MAX_ORDER) {
        uint64_t buddy = n ^ (1ull << order);

        if (!is_free_block(buddy, order))
            break;
        block_remove((uint32_t)buddy);
        n = min(n, buddy);
        order++;
    }
    block_insert((uint32_t)n, order);
}

/* The largest block that begins at n and does not reach beyond end. */
static unsigned int order_at(uint64_t n, uint64_t end)
{
    unsigned int order = min((unsigned int)__builtin_ctzll(n), (unsigned int)MAX_ORDER);

    while (n + (1ull << order) > end)
        order--;
    return order;
}

void page_alloc_add_region(mfn_t start, uint64_t nr)
{
    uint64_t n = max(start.n, (uint64_t)1), end = start.n + nr;

    ASSERT(end <= UINT32_MAX);
    while (n < end) {
        unsigned int order = order_at(n, end);
        unsigned long flags = spin_lock_irqsave(&heap_lock);

        block_free(n, order);
        spin_unlock_irqrestore(&heap_lock, flags);
        n += 1ull << order;
    }
}

/* The lowest sufficient order in the highest zone that the limit allows. 0: none. */
static uint32_t block_find(unsigned int order, unsigned int address_bits)
{
    uint64_t candidates = zones_in_use;

    if (address_bits && address_bits < NR_ZONES - 1 + PAGE_SHIFT) {
        if (address_bits <= PAGE_SHIFT)
            return 0;
        candidates &= (2ull << (address_bits - PAGE_SHIFT)) - 1;
    }
    while (candidates) {
        unsigned int z = 63 - (unsigned int)__builtin_clzll(candidates);
        uint32_t orders = zones[z].orders & ~((1u << order) - 1);

        if (orders)
            return zones[z].first[find_first_set(orders)];
        candidates &= ~(1ull << z);
    }
    return 0;
}

/* Frames that went off line may have been claimed. heap_lock held. */
static uint64_t unclaimed_pages(void)
{
    return nr_free_pages > nr_claimed_pages ? nr_free_pages - nr_claimed_pages : 0;
}

/* heap_lock held. */
static bool claims_allow(const struct domain *d, uint64_t nr)
{
    return nr <= nr_free_pages && (nr <= unclaimed_pages() || (d && d->claimed_pages >= nr));
}

static void claim_shrink(struct domain *d, uint64_t nr)
{
    uint64_t kept = min(nr, d->claimed_pages);

    d->claimed_pages -= kept;
    nr_claimed_pages -= kept;
}

/* heap_lock held, and page_alloc_lock unless the claim ends. */
static int claim_decide(struct domain *d, uint64_t nr)
{
    uint64_t tot = READ_ONCE(d->tot_pages);

    if (!nr) {
        claim_shrink(d, d->claimed_pages);
        return 0;
    }
    if (d->claimed_pages || d->is_dying || nr <= tot || nr > d->max_pages)
        return -XEN_EINVAL;
    if (nr - tot > unclaimed_pages())
        return -XEN_ENOMEM;
    d->claimed_pages = nr - tot;
    nr_claimed_pages += nr - tot;
    return 0;
}

int page_claim(struct domain *d, uint64_t nr)
{
    unsigned long flags;
    int rc;

    spin_lock(&d->page_alloc_lock);
    flags = spin_lock_irqsave(&heap_lock);
    rc = claim_decide(d, nr);
    spin_unlock_irqrestore(&heap_lock, flags);
    spin_unlock(&d->page_alloc_lock);
    return rc;
}

struct page_info *page_alloc(unsigned int order, unsigned int address_bits)
{
    return page_alloc_for(NULL, order, address_bits);
}

struct page_info *page_alloc_for(struct domain *d, unsigned int order, unsigned int address_bits)
{
    unsigned long flags;
    unsigned int have;
    uint32_t n;

    if (order > MAX_ORDER)
        return NULL;
    flags = spin_lock_irqsave(&heap_lock);
    n = claims_allow(d, 1ull << order) ? block_find(order, address_bits) : 0;
    if (n) {
        have = page_at(n)->order;
        block_remove(n);
        /* What is left over: the upper halves. */
        while (have > order) {
            have--;
            block_insert(n + (1u << have), have);
        }
        nr_free_pages -= 1ull << order;
        if (d && unlikely(d->claimed_pages))
            claim_shrink(d, 1ull << order);
    }
    spin_unlock_irqrestore(&heap_lock, flags);
    if (!n)
        return NULL;
    page_at(n)->tlb_stamp = 0;
    return page_at(n);
}

/* Each by itself: those that are to go off line do, unless they were taken back by now. */
static noinline void free_but_offlining(struct page_info *pg, uint64_t nr)
{
    for (uint64_t i = 0; i < nr; i++) {
        unsigned long flags = spin_lock_irqsave(&heap_lock);

        if (pg[i].count_info & PGC_OFFLINING)
            pg[i].count_info = PGC_OFFLINED;
        else
            block_free(page_to_mfn(&pg[i]).n, 0);
        spin_unlock_irqrestore(&heap_lock, flags);
    }
}

void page_free(struct page_info *pg, unsigned int order)
{
    uint64_t flags_left = 0;
    unsigned long flags;

    for (uint64_t i = 0; i < 1ull << order; i++) {
        BUG_ON(pg[i].count_info & (PGC_COUNT_MASK | PGC_FREE | PGC_OFFLINED));
        if (pg[i].count_info)
            flags_left |= __atomic_and_fetch(&pg[i].count_info, PGC_OFFLINING, __ATOMIC_RELAXED);
        pg[i].type_info = 0;
        pg[i].owner = NULL;
    }
    if (unlikely(flags_left)) {
        free_but_offlining(pg, 1ull << order);
        return;
    }
    flags = spin_lock_irqsave(&heap_lock);
    block_free(page_to_mfn(pg).n, order);
    spin_unlock_irqrestore(&heap_lock, flags);
}

/* --- Frames off line --- */
enum page_line page_line(const struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->count_info);

    return x & PGC_OFFLINED ? PAGE_OFF_LINE : x & PGC_OFFLINING ? PAGE_GOES_OFFLINE : PAGE_ON_LINE;
}

/* heap_lock held. Takes a frame out of the free block that it is in; false: it is not free. */
static bool take_free(uint32_t n)
{
    unsigned int order = 0;
    uint32_t head = n;

    while (order <= MAX_ORDER && !is_free_block(head, order)) {
        order++;
        head = n & ~((1u << order) - 1);
    }
    if (order > MAX_ORDER)
        return false;
    block_remove(head);
    while (order--) {
        uint32_t half = 1u << order, other = n & half ? head : head + half;

        block_insert(other, order);
        head += n & half;
    }
    nr_free_pages--;
    return true;
}

/*
 * Who allocates a frame or gives it up must not lose the mark: so only one that is referenced, or whose flag
 * stays, gets it.
 */
static void mark(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->count_info);

    while (x & (PGC_COUNT_MASK | PGC_HYPERVISOR))
        if (__atomic_compare_exchange_n(&pg->count_info, &x, x | PGC_OFFLINING, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return;
}

enum page_line page_take_offline(struct page_info *pg)
{
    unsigned long flags = spin_lock_irqsave(&heap_lock);
    enum page_line line;

    if (page_line(pg) == PAGE_ON_LINE && take_free((uint32_t)page_to_mfn(pg).n))
        pg->count_info = PGC_OFFLINED;
    else if (page_line(pg) == PAGE_ON_LINE)
        mark(pg);
    line = page_line(pg);
    spin_unlock_irqrestore(&heap_lock, flags);
    return line;
}

enum page_line page_take_online(struct page_info *pg)
{
    unsigned long flags = spin_lock_irqsave(&heap_lock);
    enum page_line was = page_line(pg);

    if (was == PAGE_OFF_LINE) {
        pg->count_info = 0;
        block_free(page_to_mfn(pg).n, 0);
    } else if (was == PAGE_GOES_OFFLINE) {
        __atomic_fetch_and(&pg->count_info, ~PGC_OFFLINING, __ATOMIC_RELAXED);
    }
    spin_unlock_irqrestore(&heap_lock, flags);
    return was;
}

/* heap_lock held. The highest row of free blocks that is nr long: where its first block lies. 0: none. */
static uint64_t run_find(uint64_t nr)
{
    uint64_t start = 0, found = 0;

    for (uint64_t n = 1; n < max_page;) {
        const struct page_info *pg = page_at((uint32_t)n);

        if (!mfn_valid(mfn(n)) || !(pg->count_info & PGC_FREE)) {
            start = 0;
            n++;
            continue;
        }
        start = start ? start : n;
        n += 1ull << pg->order;
        if (n - start >= nr)
            found = start;
    }
    return found;
}

struct page_info *page_alloc_run(uint64_t nr)
{
    unsigned long flags = spin_lock_irqsave(&heap_lock);
    uint64_t start = claims_allow(NULL, nr) ? run_find(nr) : 0, n = start;

    while (start && n - start < nr) {
        unsigned int order = page_at((uint32_t)n)->order;

        block_remove((uint32_t)n);
        nr_free_pages -= 1ull << order;
        n += 1ull << order;
    }
    spin_unlock_irqrestore(&heap_lock, flags);
    if (!start)
        return NULL;
    page_alloc_add_region(mfn(start + nr), n - start - nr);
    return page_at((uint32_t)start);
}

void page_free_run(struct page_info *pg, uint64_t nr)
{
    uint64_t n = page_to_mfn(pg).n, end = n + nr;

    while (n < end) {
        unsigned int order = order_at(n, end);

        page_free(page_at((uint32_t)n), order);
        n += 1ull << order;
    }
}

uint64_t page_alloc_free_pages(void)
{
    return READ_ONCE(nr_free_pages);
}

void *hypervisor_pages_alloc(unsigned int order)
{
    struct page_info *pg = page_alloc(order, 0);

    if (!pg)
        return NULL;
    for (unsigned int i = 0; i < 1u << order; i++)
        pg[i].count_info = PGC_HYPERVISOR;
    return memset(page_to_virt(pg), 0, PAGE_SIZE << order);
}

void hypervisor_pages_free(void *p, unsigned int order)
{
    if (p)
        page_free(virt_to_page(p), order);
}
