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

static always_inline int update(uint64_t va, uint64_t value, uint64_t flags, struct domain *page_owner)
{
    struct vcpu *v = current;
    struct domain *d = v->domain;
    struct page_info *table;
    pte_t *slot;
    int rc;

    if (unlikely(v->arch.deferred_teardown) && pv_finish_deferred(v))
        return -XEN_ERESTART;
    slot = l1_lookup(d, pv_current_base(v), va, &table);
    if (unlikely(!slot))
        return refuse(-XEN_EINVAL, "uvm.no-table",
                      "no L1 table of the domain maps %#lx under the current base", va);
    rc = l1_entry_write_inline(slot, (pte_t){value}, d, page_owner);
    if (unlikely(!page_put_type_simple(table)))
        page_put_type(table);
    page_put_inline(table);
    return likely(!rc) ? flush_after(d, va, flags) : rc;
}

long do_update_va_mapping(uint64_t va, uint64_t value, uint64_t flags)
{
    int rc = update(va, value, flags, current->domain);

    if (unlikely(rc == -XEN_ERESTART))
        return hypercall_continue(__HYPERVISOR_update_va_mapping, 3, va, value, flags);
    return rc;
}

long do_update_va_mapping_otherdomain(uint64_t va, uint64_t value, uint64_t flags, unsigned int domid)
{
    struct domain *page_owner;
    int rc = foreign_get((domid_t)domid, &page_owner);

    if (rc)
        return rc;
    rc = update(va, value, flags, page_owner);
    foreign_put(page_owner);
    if (unlikely(rc == -XEN_ERESTART))
        return hypercall_continue(__HYPERVISOR_update_va_mapping_otherdomain, 4, va, value, flags,
                                  (unsigned long)domid);
    return rc;
}
