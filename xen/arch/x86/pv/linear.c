/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a linear L4 entry must not open. The table that it points to is walked as an L3 table, the
 * hypervisor's slots of it too: to ring 3 they are closed, as they have no USER bit, but the hypervisor's own
 * copies from guest memory run in ring 0 and would read what the guest may not. So a domain that has had such
 * an entry once may not name addresses behind one to the hypervisor; nobody keeps a hypercall's arguments in
 * page tables. (Writes need no check: everything behind a linear entry is read-only.)
 */
#include <xen/domain.h>
#include <xen/mm.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>

static bool is_linear(unsigned long va)
{
    mfn_t base = pv_current_base(current);
    pte_t e;

    if (!mfn_valid(base))
        return false;
    e.v = READ_ONCE(((pte_t *)mfn_to_virt(base))[pt_index(va, 4)].v);
    return pte_present(e) && mfn_valid(pte_mfn(e)) &&
           (READ_ONCE(mfn_to_page(pte_mfn(e))->type_info) & PGT_TYPE_MASK) == PGT_L4;
}

bool pv_range_is_linear(unsigned long va, size_t n)
{
    return n && (is_linear(va) || is_linear(va + n - 1));
}
