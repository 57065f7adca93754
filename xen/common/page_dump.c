/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug key: what the frames of each domain are used as. Counts only; a snapshot that may be inconsistent. */
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/mm.h>

#define NR_TYPES 8

struct tally {
    uint64_t frames[NR_TYPES], references[NR_TYPES], pinned, partial;
};

static void tally_page(struct tally *t, const struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->type_info);
    unsigned int type = (x >> PGT_SHIFT) & (NR_TYPES - 1);

    /* A type that nobody holds says only what the frame was last. */
    if (!(x & PGT_COUNT_MASK))
        type = 0;
    t->frames[type]++;
    t->references[type] += x & PGT_COUNT_MASK;
    t->pinned += !!(x & PGT_PINNED);
    t->partial += !!(x & PGT_PARTIAL);
}

void page_types_dump(struct domain *d)
{
    static const char *const names[NR_TYPES] = {"not typed", "L1",          "L2",     "L3",
                                                "L4",        "descriptors", "shared", "writable"};
    struct tally t = {.pinned = 0};

    spin_lock(&d->page_alloc_lock);
    for (uint32_t n = d->page_list; n; n = mfn_to_page(mfn(n))->next)
        tally_page(&t, mfn_to_page(mfn(n)));
    spin_unlock(&d->page_alloc_lock);
    printk("Domain %u: %lu pages, %lu pinned tables, %lu half validated\n", d->id, d->tot_pages, t.pinned,
           t.partial);
    for (unsigned int i = 0; i < NR_TYPES; i++)
        if (t.frames[i])
            printk("    %-11s %8lu pages, %8lu type references\n", names[i], t.frames[i], t.references[i]);
}
