/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall update_va_mapping: one L1 entry, named by the address that it maps under the current base,
 * and the flush that goes with it.
 */
#include <xen/arch.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <asm/flushtlb.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include "l1_entry.h"
#include "l1_lookup.h"

static noinline int flush_others(struct domain *d, unsigned long va, uint64_t flags)
{
    uint64_t type = flags & UVMF_FLUSHTYPE_MASK, whom = flags & ~UVMF_FLUSHTYPE_MASK;
    cpumask_t mask = cpumask_none();
    int rc = 0;

    if (whom == UVMF_ALL)
        mask = domain_dirty_cpus(d);
    else
        rc = pv_read_vcpumask(d, whom, &mask);
    if (cpumask_empty(mask))
        return rc;
    if (type == UVMF_INVLPG)
        flush_tlb_one_mask(mask, va);
    else
        flush_tlb_mask(mask);
    return rc;
}

static always_inline int flush_after(struct domain *d, unsigned long va, uint64_t flags)
{
    uint64_t type = flags & UVMF_FLUSHTYPE_MASK;

    if (flags == (UVMF_INVLPG | UVMF_LOCAL))
        flush_tlb_one_local(va);
    else if (flags == (UVMF_TLB_FLUSH | UVMF_LOCAL))
        flush_tlb_local();
    else if (type == UVMF_INVLPG || type == UVMF_TLB_FLUSH)
        return flush_others(d, va, flags);
    return 0;
}

/*
 * An L1 entry leaves nothing to be torn down, so what another operation has left may stay. Only guest kernels
 * make hypercalls: the base is theirs.
 */
static always_inline int update(uint64_t va, uint64_t value, uint64_t flags, struct domain *page_owner)
{
    struct vcpu *v = current;
    struct domain *d = v->domain;
    struct l1_held entry;
    int rc;

    if (unlikely(!l1_lookup(d, v->arch.guest_table, va, &entry)))
        return refuse(-XEN_EINVAL, "uvm.no-table",
                      "no L1 table of domain %u maps %#lx under its base, frame %#lx", d->id, va,
                      v->arch.guest_table.n);
    rc = l1_entry_write_inline(entry.slot, (pte_t){value}, d, page_owner);
    l1_release(&entry);
    return likely(!rc) ? flush_after(d, va, flags) : rc;
}

long do_update_va_mapping(uint64_t va, uint64_t value, uint64_t flags)
{
    return update(va, value, flags, current->domain);
}

long do_update_va_mapping_otherdomain(uint64_t va, uint64_t value, uint64_t flags, unsigned int domid)
{
    struct domain *page_owner;
    int rc = foreign_get((domid_t)domid, &page_owner);

    if (rc)
        return rc;
    rc = update(va, value, flags, page_owner);
    foreign_put(page_owner);
    return rc;
}
