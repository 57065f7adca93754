/* SPDX-License-Identifier: BSD-2-Clause */
/* See walk.h. */
#include <asm/pv.h>
#include <xen/mm.h>
#include "entry.h"
#include "walk.h"

static struct page_walk walk(mfn_t l4, unsigned long va)
{
    struct page_walk w = {.stopped_at = 0};
    mfn_t table = l4;

    for (unsigned int level = 4; level; level--) {
        pte_t e;

        if (!mfn_valid(table)) {
            w.stopped_at = level;
            return w;
        }
        e.v = READ_ONCE(((pte_t *)mfn_to_virt(table))[pt_index(va, level)].v);
        w.entry[level - 1] = e;
        if (!pte_present(e)) {
            w.stopped_at = level;
            return w;
        }
        if (level > 1 && e.v & PTE_LARGE)
            return w;
        table = pte_mfn(e);
    }
    return w;
}

struct page_walk guest_walk(const struct vcpu *v, unsigned long va)
{
    return walk(pv_current_base(v), va);
}

mfn_t guest_frame_at(const struct vcpu *v, unsigned long va)
{
    struct page_walk w;

    if (!guest_address_ok(va))
        return INVALID_MFN;
    w = guest_walk(v, va);
    return w.stopped_at || !(w.entry[0].v & PTE_USER) ? INVALID_MFN : pte_mfn(w.entry[0]);
}

mfn_t hypervisor_frame_at(unsigned long va)
{
    struct page_walk w = walk(virt_to_mfn(hypervisor_l4), va);

    return w.stopped_at ? INVALID_MFN : pte_mfn(w.entry[0]);
}

const char *guest_address_problem(const struct vcpu *v, unsigned long va, bool write)
{
    static const char *const absent[] = {
        "", "its page is not mapped (L1 entry not present)", "no L1 table maps it (L2 entry not present)",
        "no L2 table maps it (L3 entry not present)", "no L3 table maps it (L4 entry not present)"};
    struct page_walk w;

    if (va - HV_VIRT_START < HV_VIRT_END - HV_VIRT_START)
        return "it lies in the hypervisor's part of the address space";
    if (!guest_address_ok(va))
        return "it is not a canonical address";
    w = guest_walk(v, va);
    if (w.stopped_at)
        return absent[w.stopped_at];
    if (!(w.entry[0].v & PTE_USER))
        return "its page is not the guest's";
    if (write && !(w.entry[0].v & w.entry[1].v & w.entry[2].v & w.entry[3].v & PTE_WRITE))
        return "its page is mapped read-only";
    return "";
}
