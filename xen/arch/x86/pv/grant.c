/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries of granted frames: how they are put in, recognised and taken out. Who may have them is
 * common/grant_map.c's.
 */
#include <xen/arch.h>
#include <xen/grant_table.h>
#include <xen/refusal.h>
#include <asm/flushtlb.h>
#include <asm/pv_mm.h>
#include "l1_entry.h"
#include "l1_lookup.h"

/* The guest's own bits of an entry, given in the upper half of the flags (XENFEAT_gnttab_map_avail_bits). */
#define AVAILABLE_SHIFT 9
#define AVAILABLE_BITS  7u

static pte_t granted_entry(mfn_t m, uint32_t flags)
{
    uint64_t bits = PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_NX;

    if (!(flags & GNTMAP_readonly))
        bits |= PTE_WRITE;
    if (flags & GNTMAP_application_map)
        bits |= PTE_USER;
    bits |= (uint64_t)((flags >> _GNTMAP_guest_avail0) & AVAILABLE_BITS) << AVAILABLE_SHIFT;
    return l1_entry_adjust((pte_t){mfn_to_paddr(m) | bits});
}

/* The entry at a machine address, held as l1_lookup does. */
static noinline bool entry_at(struct domain *d, uint64_t maddr, struct l1_held *held)
{
    mfn_t m = paddr_to_mfn(maddr);

    if (maddr % sizeof(pte_t) || m.n >= max_page)
        return false;
    held->table = mfn_to_page(m);
    held->slot = arch_direct_map(maddr);
    if (!page_get_inline(held->table, d))
        return false;
    if (page_get_type_same(held->table, PGT_L1))
        return true;
    page_put_inline(held->table);
    return false;
}

static always_inline bool find_entry(uint64_t addr, uint32_t flags, struct l1_held *held)
{
    struct vcpu *v = current;

    return unlikely(flags & GNTMAP_contains_pte) ? entry_at(v->domain, addr, held)
                                                 : l1_lookup(v->domain, v->arch.guest_table, addr, held);
}

static noinline int16_t refuse_address(uint64_t addr, uint32_t flags)
{
    return (int16_t)refuse(
        GNTST_general_error, "grant.address", "no L1 entry of domain %u %s %#lx", current->domain->id,
        (flags & GNTMAP_contains_pte) ? "stands at machine address" : "is for address", (unsigned long)addr);
}

int16_t arch_grant_map(uint64_t host_addr, mfn_t m, uint32_t flags)
{
    struct l1_held held;
    pte_t old;

    if (unlikely(!find_entry(host_addr, flags, &held)))
        return refuse_address(host_addr, flags);
    /* Should the entry be overwritten without an unmapping, no flush of this domain's follows. */
    if (!(READ_ONCE(mfn_to_page(m)->count_info) & PGC_GRANTED))
        __atomic_or_fetch(&mfn_to_page(m)->count_info, PGC_GRANTED, __ATOMIC_RELAXED);
    old.v = __atomic_exchange_n(&held.slot->v, granted_entry(m, flags).v, __ATOMIC_SEQ_CST);
    l1_entry_put(old);
    l1_release(&held);
    return GNTST_okay;
}

/* What an entry that arch_grant_map made says: this frame, and the right to write as the grant has it. */
static always_inline uint64_t granted_meaning(mfn_t m, uint32_t flags)
{
    return mfn_to_paddr(m) | PTE_PRESENT | ((flags & GNTMAP_readonly) ? 0 : PTE_WRITE);
}

/* In place of such an entry; false: it was, or has become, another one, *now. */
static always_inline bool take_out(pte_t *slot, uint64_t meaning, pte_t replacement, pte_t *now)
{
    uint64_t x = READ_ONCE(slot->v);
    bool done;

    do
        done = likely((x & L1_MEANING) == meaning);
    while (done && unlikely(!__atomic_compare_exchange_n(&slot->v, &x, replacement.v, false, __ATOMIC_SEQ_CST,
                                                         __ATOMIC_RELAXED)));
    now->v = x;
    return done;
}

static noinline int16_t refuse_entry(uint64_t addr, pte_t e, mfn_t m, uint32_t flags)
{
    return (int16_t)refuse(GNTST_general_error, "grant.other-entry",
                           "the entry for %#lx is %#lx, no %s mapping of frame %#lx", (unsigned long)addr,
                           (unsigned long)e.v, (flags & GNTMAP_readonly) ? "read-only" : "writable",
                           (unsigned long)m.n);
}

/* What is to stand in place of the grant: what another address maps, which then maps nothing. */
static bool take_replacement(uint64_t new_addr, pte_t *e)
{
    struct l1_held held;

    if (!l1_lookup(current->domain, current->arch.guest_table, new_addr, &held))
        return false;
    e->v = __atomic_exchange_n(&held.slot->v, 0, __ATOMIC_SEQ_CST);
    l1_release(&held);
    return true;
}

static noinline int16_t replace_entry(pte_t *slot, uint64_t host_addr, mfn_t m, uint32_t flags,
                                      uint64_t new_addr)
{
    pte_t now = {READ_ONCE(slot->v)}, replacement;

    if ((now.v & L1_MEANING) != granted_meaning(m, flags))
        return refuse_entry(host_addr, now, m, flags);
    if (!take_replacement(new_addr, &replacement))
        return refuse_address(new_addr, 0);
    if (take_out(slot, granted_meaning(m, flags), replacement, &now))
        return GNTST_okay;
    /* Another vCPU was quicker: what was taken for it has no place any more. */
    l1_entry_put(replacement);
    return refuse_entry(host_addr, now, m, flags);
}

int16_t arch_grant_unmap(uint64_t host_addr, mfn_t m, uint32_t flags, uint64_t new_addr)
{
    struct l1_held held;
    int16_t status = GNTST_okay;
    pte_t now;

    if (unlikely(!find_entry(host_addr, flags, &held)))
        return refuse_address(host_addr, flags);
    if (unlikely(new_addr))
        status = replace_entry(held.slot, host_addr, m, flags, new_addr);
    else if (unlikely(!take_out(held.slot, granted_meaning(m, flags), (pte_t){0}, &now)))
        status = refuse_entry(host_addr, now, m, flags);
    l1_release(&held);
    return status;
}

void arch_grant_flush(void)
{
    flush_tlb_mask(domain_dirty_cpus(current->domain));
}
