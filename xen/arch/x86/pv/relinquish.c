/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a domain's page tables: bases, pins, tables left half-done. When these are gone no type is left
 * that the domain itself gave, since linear entries can form no ring.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>

static int drop_pin(struct page_info *pg)
{
    if (!(READ_ONCE(pg->type_info) & PGT_PINNED) ||
        !(__atomic_fetch_and(&pg->type_info, ~PGT_PINNED, __ATOMIC_SEQ_CST) & PGT_PINNED))
        return page_finish_partial(pg);
    return page_put_and_type_preemptible(pg);
}

int pv_relinquish_page_tables(struct domain *d)
{
    struct page_info *pg = d->arch.relinquish_at;
    struct vcpu *v;

    /*
     * domain_kill comes here at each of its calls: the frames are walked once, not once for each that it
     * frees.
     */
    if (d->arch.tables_relinquished)
        return 0;
    for_each_vcpu(d, v) if (pv_drop_bases(v)) return -XEN_ERESTART;
    d->arch.relinquish_at = NULL;
    if (!pg)
        pg = domain_next_page(d, NULL);
    while (pg) {
        int rc = drop_pin(pg);

        if (!rc)
            pg = domain_next_page(d, pg);
        if (rc || hypercall_preempt_check()) {
            d->arch.relinquish_at = pg;
            if (pg)
                return -XEN_ERESTART;
        }
    }
    d->arch.tables_relinquished = true;
    return 0;
}
