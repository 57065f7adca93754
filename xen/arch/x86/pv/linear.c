/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a linear L4 entry must not open. The table that it points to is walked as an L3 table, the
 * hypervisor's slots of it too: to ring 3 they are closed, as they have no USER bit, but the hypervisor's own
 * reads of guest memory run in ring 0 and would see what the guest may not. To look first and read afterwards
 * would not do, as entries and TLBs may change in between. So for a domain that has had such an entry once
 * the hypervisor does not read through the guest's addresses at all: it finds the L1 entry itself, holds the
 * frame and reads that. (Writes need none of this: everything behind a linear entry is read-only.)
 *
 * Such a domain's arguments must stand in RAM that an L1 table of its own maps: not in device memory, nor in
 * the machine-to-physical table, nor in page tables seen through linear entries.
 */
#include <xen/domain.h>
#include <xen/mm.h>
#include <xen/page_ref.h>
#include <xen/string.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include "l1_lookup.h"

/*
 * The frame that a valid entry names, with a reference; NULL: none. An entry that is still the same when the
 * reference is taken had one of its own at that moment: so the frame is what the domain may see.
 */
static struct page_info *hold_frame(const pte_t *slot)
{
    pte_t e = {READ_ONCE(slot->v)};
    struct page_info *pg = mfn_to_page(pte_mfn(e));

    if (!pte_present(e) || pte_mfn(e).n >= max_page || !page_get_any(pg))
        return NULL;
    if (!((READ_ONCE(slot->v) ^ e.v) & (PTE_ADDR | PTE_PRESENT)))
        return pg;
    page_put(pg);
    return NULL;
}

/* Within one page. */
static bool copy_piece(char *dst, unsigned long va, size_t n)
{
    struct vcpu *v = current;
    struct page_info *pg;
    struct l1_held entry;

    if (!l1_lookup(v->domain, pv_current_base(v), va, &entry))
        return false;
    pg = hold_frame(entry.slot);
    l1_release(&entry);
    if (!pg)
        return false;
    memcpy(dst, (const char *)page_to_virt(pg) + (va & ~PAGE_MASK), n);
    page_put(pg);
    return true;
}

size_t pv_copy_from_linear(void *dst, uint64_t va, size_t n)
{
    char *to = dst;

    while (n) {
        size_t piece = min(n, PAGE_SIZE - (va & ~PAGE_MASK));

        if (!copy_piece(to, va, piece))
            break;
        to += piece;
        va += piece;
        n -= piece;
    }
    return n;
}
