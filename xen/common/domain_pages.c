/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose a frame is: the list and the counts of each domain's frames, hypervisor pages shared with a domain,
 * and the way back to the allocator. References and types are counted in page_ref.c.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>

void domain_page_list_remove(struct domain *d, struct page_info *pg)
{
    if (pg->next)
        mfn_to_page(mfn(pg->next))->prev = pg->prev;
    if (pg->prev)
        mfn_to_page(mfn(pg->prev))->next = pg->next;
    else
        d->page_list = pg->next;
    pg->next = pg->prev = 0;
}

/* The frame is marked: a wish to have it off line stays, unless it is taken back meanwhile. */
static noinline void begin_references_marked(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->count_info);

    while (!__atomic_compare_exchange_n(&pg->count_info, &x, (x & PGC_OFFLINING) | PGC_ALLOCATED | 1, false,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

/* From here on page_get succeeds. Nobody marks a frame without references: one that is not marked is ours. */
static always_inline void begin_references(struct page_info *pg)
{
    if (likely(!READ_ONCE(pg->count_info)))
        __atomic_store_n(&pg->count_info, PGC_ALLOCATED | 1, __ATOMIC_RELEASE);
    else
        begin_references_marked(pg);
}

/* To the head of d's list. page_alloc_lock held. */
static void own_pages(struct domain *d, struct page_info *pg, uint64_t nr)
{
    uint32_t first = (uint32_t)page_to_mfn(pg).n, old_first = d->page_list;

    for (uint64_t i = 0; i < nr; i++) {
        pg[i].owner = d;
        pg[i].type_info = 0;
        pg[i].extra = 0;
        pg[i].prev = first + (uint32_t)i - 1;
        pg[i].next = first + (uint32_t)i + 1;
        begin_references(&pg[i]);
    }
    pg[0].prev = 0;
    pg[nr - 1].next = old_first;
    if (old_first)
        mfn_to_page(mfn(old_first))->prev = first + (uint32_t)nr - 1;
    d->page_list = first;
}

bool domain_pages_assign(struct domain *d, struct page_info *pg, uint64_t nr)
{
    bool fits, first = false;

    spin_lock(&d->page_alloc_lock);
    fits = !d->is_dying && d->tot_pages <= d->max_pages && nr <= d->max_pages - d->tot_pages;
    if (fits) {
        own_pages(d, pg, nr);
        first = !d->tot_pages && !d->xenheap_pages;
        d->tot_pages += nr;
    }
    spin_unlock(&d->page_alloc_lock);
    if (first)
        domain_get(d);
    return fits;
}

struct page_info *domain_pages_alloc(struct domain *d, unsigned int order, unsigned int address_bits,
                                     bool scrub)
{
    struct page_info *pg = page_alloc_for(d, order, address_bits);

    if (!pg)
        return NULL;
    if (scrub)
        memset(page_to_virt(pg), 0, PAGE_SIZE << order);
    if (domain_pages_assign(d, pg, 1ull << order))
        return pg;
    page_free(pg, order);
    return NULL;
}

void domain_pages_uncount(struct domain *d, uint64_t nr)
{
    bool last;

    spin_lock(&d->page_alloc_lock);
    d->tot_pages -= nr;
    last = !d->tot_pages && !d->xenheap_pages;
    spin_unlock(&d->page_alloc_lock);
    if (last)
        domain_put(d);
}

bool domain_pages_replace(struct domain *d, struct page_info *pg, uint64_t nr)
{
    bool alive;

    spin_lock(&d->page_alloc_lock);
    alive = !d->is_dying;
    if (alive)
        own_pages(d, pg, nr);
    spin_unlock(&d->page_alloc_lock);
    if (!alive)
        domain_pages_uncount(d, nr);
    return alive;
}

/* Ends d's ownership of one frame; true when it was the last thing of d. */
static bool disown(struct domain *d, struct page_info *pg, uint64_t *counter)
{
    bool last;

    spin_lock(&d->page_alloc_lock);
    if (counter == &d->tot_pages)
        domain_page_list_remove(d, pg);
    (*counter)--;
    last = !d->tot_pages && !d->xenheap_pages;
    spin_unlock(&d->page_alloc_lock);
    return last;
}

void page_free_owned(struct page_info *pg)
{
    struct domain *d = pg->owner;
    bool shared = pg->count_info & PGC_HYPERVISOR, last;

    arch_page_flush_stale(pg, d);
    arch_m2p_set(page_to_mfn(pg), ~0ull);
    last = disown(d, pg, shared ? &d->xenheap_pages : &d->tot_pages);
    if (shared) {
        pg->type_info = 0;
        pg->owner = NULL;
        __atomic_fetch_and(&pg->count_info, PGC_HYPERVISOR | PGC_OFFLINING, __ATOMIC_RELAXED);
    } else {
        page_free(pg, 0);
    }
    if (last)
        domain_put(d);
}

void share_hypervisor_page(void *page, struct domain *d, bool writable)
{
    struct page_info *pg = virt_to_page(page);
    bool first;

    spin_lock(&d->page_alloc_lock);
    pg->type_info = (writable ? PGT_WRITABLE : PGT_SHARED) | PGT_VALIDATED | 1;
    pg->owner = d;
    __atomic_fetch_or(&pg->count_info, PGC_EXTRA | PGC_ALLOCATED | 2, __ATOMIC_RELEASE);
    first = !d->tot_pages && !d->xenheap_pages;
    d->xenheap_pages++;
    spin_unlock(&d->page_alloc_lock);
    if (first)
        domain_get(d);
}

void release_hypervisor_page(void *page)
{
    struct page_info *pg = virt_to_page(page);

    page_put_and_type(pg);
    page_release_allocation(pg);
}

int unshare_hypervisor_page(void *page, struct domain *d)
{
    struct page_info *pg = virt_to_page(page);
    uint64_t kept = READ_ONCE(pg->count_info) & (PGC_GRANTED | PGC_OFFLINING);
    uint64_t unused = PGC_HYPERVISOR | PGC_EXTRA | PGC_ALLOCATED | 2 | kept;

    ASSERT(pg->owner == d);
    /* To 0 in one step: nobody can take a reference in between. */
    if (!__atomic_compare_exchange_n(&pg->count_info, &unused, PGC_HYPERVISOR | (kept & PGC_OFFLINING), false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return -XEN_EBUSY;
    page_free_owned(pg);
    return 0;
}

void domain_memory_dump(struct domain *d)
{
    static const char *const names[16] = {"untyped", "L1",          "L2",     "L3",
                                          "L4",      "descriptors", "shared", "writable"};
    uint64_t nr[16] = {0};

    spin_lock(&d->page_alloc_lock);
    for (uint32_t n = d->page_list; n; n = mfn_to_page(mfn(n))->next) {
        uint64_t type = mfn_to_page(mfn(n))->type_info;

        nr[(type & PGT_COUNT_MASK) ? type >> PGT_SHIFT : 0]++;
    }
    printk("d%u: %lu pages of at most %lu, %lu shared with the hypervisor;", d->id,
           (unsigned long)d->tot_pages, (unsigned long)d->max_pages, (unsigned long)d->xenheap_pages);
    spin_unlock(&d->page_alloc_lock);
    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (nr[i])
            printk(" %lu %s", (unsigned long)nr[i], names[i] ? names[i] : "of no known type");
    printk("\n");
}
