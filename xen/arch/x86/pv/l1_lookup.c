/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an address to the L1 entry that maps it, held so that it may be changed; the way there goes through the direct map. Tables may be taken
 * apart by another CPU on the way: frame numbers are checked before they are followed, and nothing is believed until the L1 table's
 * type is held.
 */
#include <xen/page_ref.h>
#include <asm/pv_mm.h>

pte_t *pv_get_l1(struct domain *d, mfn_t base, unsigned long va, struct page_info **table)
{
    mfn_t m = base;

    if (!guest_address_ok(va))
        return NULL;
    for (unsigned int level = 4; level > 1; level--) {
        pte_t e = {READ_ONCE(((pte_t *)mfn_to_virt(m))[pt_index(va, level)].v)};

        m = pte_mfn(e);
        if (!pte_present(e) || !mfn_valid(m))
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
