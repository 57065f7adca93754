/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an address to the L1 entry that maps it, held so that it may be changed; the way there goes through
 * the direct map. Tables may be taken apart by another CPU on the way: what is read may be anything, so reads
 * may fault and nothing is believed until the L1 table's type is held.
 */
#include <xen/page_ref.h>
#include <asm/extable.h>
#include <asm/pv_mm.h>

/*
 * The entry of this level for va in the table in frame m; one that is absent where there is no memory to
 * read.
 */
static always_inline pte_t entry_at(mfn_t m, unsigned long va, unsigned int level)
{
    const uint64_t *slot = (uint64_t *)mfn_to_virt(m) + pt_index(va, level);
    uint64_t value;

    __asm__ goto("1: movq (%1), %0\n" EXTABLE("1b", "%l[hole]") : "=r"(value) : "r"(slot) : "memory" : hole);
    return (pte_t){value};
hole:
    return (pte_t){0};
}

pte_t *pv_get_l1(struct domain *d, mfn_t base, unsigned long va, struct page_info **table)
{
    mfn_t m = base;

    if (!guest_address_ok(va))
        return NULL;
    for (unsigned int level = 4; level > 1; level--) {
        pte_t e = entry_at(m, va, level);

        m = pte_mfn(e);
        if (!pte_present(e) || m.n >= max_page)
            return NULL;
    }
    *table = mfn_to_page(m);
    if (!page_get_inline(*table, d))
        return NULL;
    if (page_get_type_same(*table, PGT_L1))
        return (pte_t *)mfn_to_virt(m) + pt_index(va, 1);
    page_put_inline(*table);
    return NULL;
}
