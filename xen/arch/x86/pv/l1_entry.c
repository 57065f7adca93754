/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * L1 entries: which frame a guest may map and how, the references of each entry, and the atomic writing of
 * one. Tables of higher levels are table_entry.c's.
 */
#include <xen/arch.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <asm/cpu.h>
#include <asm/pv_mm.h>
#include "l1_entry.h"

int l1_entry_get_other(pte_t e, struct domain *table_owner, struct domain *page_owner)
{
    mfn_t m = pte_mfn(e);
    struct frame_facts facts;

    if (!mfn_valid(m)) {
        int rc;

        /* No RAM: device registers, whose permission is the domain's own. */
        rc = mmio_map(table_owner, e);
        if (rc >= 0 && page_owner != dom_io && page_owner != table_owner)
            rc = mmio_map(page_owner, e);
        if (rc >= 0)
            return rc;
        return refuse(
            m.n == PTE_ADDR >> PAGE_SHIFT ? -XEN_EINVAL : rc, "pv.l1.mmio",
            "L1 entry %#lx names frame %#lx, which is no RAM and no device that domain %u may map", e.v, m.n,
            table_owner->id);
    }
    facts = frame_facts(m);
    return refuse(-XEN_EBUSY, "pv.l1.foreign-frame",
                  "L1 entry %#lx names frame %#lx, which is not domain %u's (domain %u's, %s, %lu type and "
                  "%lu references)",
                  e.v, m.n, page_owner->id, FRAME_FACTS(facts));
}

static noinline int refuse_type(pte_t e)
{
    struct frame_facts facts = frame_facts(pte_mfn(e));

    return refuse(-XEN_EBUSY, "pv.l1.writable",
                  "L1 entry %#lx maps frame %#lx writable, but it is no writable memory (domain %u's, %s, "
                  "%lu type and %lu references)",
                  e.v, pte_mfn(e).n, FRAME_FACTS(facts));
}

/* Has it devices, registers of which (or also memory for which) it may map as it likes? */
static bool has_devices(const struct domain *d, bool memory)
{
    return memory ? d->is_hardware : d->device_memory.nr != 0;
}

/* Uncached and such: only whoever has devices, and not on the hypervisor's own pages. */
static noinline int check_caching(pte_t e, const struct domain *table_owner, const struct domain *page_owner)
{
    mfn_t m = pte_mfn(e);

    if (!has_devices(table_owner, mfn_valid(m)) ||
        (page_owner != dom_io && !has_devices(page_owner, mfn_valid(m))))
        return refuse(-XEN_EINVAL, "pv.l1.caching",
                      "L1 entry %#lx asks for a memory type (PWT, PCD or PAT): only for who has devices",
                      e.v);
    if (!mfn_valid(m))
        return 0;
    if (READ_ONCE(mfn_to_page(m)->count_info) & PGC_HYPERVISOR)
        return refuse(-XEN_EACCES, "pv.l1.caching-shared",
                      "L1 entry %#lx asks for a memory type of a page shared with the hypervisor", e.v);
    return 0;
}

int l1_entry_get_type(pte_t e, struct page_info *pg, struct domain *page_owner)
{
    int rc;

    if (likely(!page_get_type(pg, page_owner, PGT_WRITABLE)))
        return 0;
    rc = refuse_type(e);
    page_put_inline(pg);
    return rc;
}

int l1_entry_get_uncached(pte_t e, struct domain *table_owner, struct domain *page_owner)
{
    int rc = check_caching(e, table_owner, page_owner);

    if (!rc)
        rc = l1_entry_get_cached(e, table_owner, page_owner);
    if (rc >= 0 && mfn_valid(pte_mfn(e)))
        __atomic_or_fetch(&mfn_to_page(pte_mfn(e))->type_info, PGT_NONCOHERENT, __ATOMIC_RELAXED);
    return rc;
}

static pte_t replace_keeping_ad(pte_t *slot, pte_t new)
{
    uint64_t x = READ_ONCE(slot->v), value;

    do {
        value = l1_entry_value(new, x, true);
    } while (!__atomic_compare_exchange_n(&slot->v, &x, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return (pte_t){x};
}

static noinline int write_keeping_ad(pte_t *slot, pte_t new, struct domain *table_owner,
                                     struct domain *page_owner)
{
    if (pte_present(new)) {
        int rc = l1_entry_get(new, table_owner, page_owner);

        if (rc < 0)
            return rc;
        new = l1_entry_adjust((pte_t){new.v ^ (uint64_t)rc});
    }
    l1_entry_put(replace_keeping_ad(slot, new));
    return 0;
}

int l1_entry_write_keeping_ad(pte_t *slot, pte_t new, struct domain *table_owner, struct domain *page_owner)
{
    pte_t old = {READ_ONCE(slot->v)};

    return l1_entry_rewrite(slot, &old, new, page_owner, true)
               ? 0
               : write_keeping_ad(slot, new, table_owner, page_owner);
}

int l1_entry_write(pte_t *slot, pte_t new, struct domain *table_owner, struct domain *page_owner,
                   bool keep_ad)
{
    return keep_ad ? l1_entry_write_keeping_ad(slot, new, table_owner, page_owner)
                   : l1_entry_write_inline(slot, new, table_owner, page_owner);
}

int l1_entry_exchange(pte_t *slot, pte_t expected, pte_t new, struct domain *d, pte_t *found)
{
    *found = expected;
    if (pte_present(new)) {
        int rc = l1_entry_get(new, d, d);

        if (rc < 0)
            return rc;
        new = l1_entry_adjust((pte_t){new.v ^ (uint64_t)rc});
    }
    if (__atomic_compare_exchange_n(&slot->v, &found->v, new.v, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        l1_entry_put(expected);
    else
        l1_entry_put(new);
    return 0;
}

#define for_group(i) _Pragma("GCC unroll 8") for (unsigned int i = 0; i < PTE_GROUP; i++)

static always_inline int validate_entry(pte_t *slot, struct domain *d)
{
    pte_t e = {READ_ONCE(slot->v)};
    int rc;

    if (!pte_present(e))
        return 0;
    rc = l1_entry_get(e, d, d);
    if (unlikely(rc)) {
        if (rc < 0)
            return rc;
        e.v ^= (uint64_t)rc;
    }
    *slot = l1_entry_adjust(e);
    return 0;
}

int l1_validate(struct page_info *pg, struct domain *d)
{
    pte_t *table = page_to_virt(pg);

    for (unsigned int group = 0; group < PT_ENTRIES; group += PTE_GROUP) {
        if (pte_group_absent(table + group))
            continue;
        for_group(i) {
            int rc = validate_entry(&table[group + i], d);

            if (unlikely(rc)) {
                pg->nr_validated = (uint16_t)(group + i);
                return rc;
            }
        }
    }
    pg->nr_validated = PT_ENTRIES;
    return 0;
}

/* Entries that hold references: all of a group but in a table whose validation stopped in it. */
static void invalidate_some(const pte_t *e, unsigned int nr, struct page_batch *b)
{
    for (unsigned int i = 0; i < nr; i++)
        l1_entry_put_batched(e[i], b);
}

void l1_invalidate(struct page_info *pg)
{
    const pte_t *table = page_to_virt(pg);
    unsigned int end = pg->nr_validated, whole = end & ~(PTE_GROUP - 1u);
    struct page_batch freed = {0};

    for (unsigned int group = 0; group < whole; group += PTE_GROUP)
        if (!pte_group_absent(table + group))
            for_group(i) l1_entry_put_batched(table[group + i], &freed);
    invalidate_some(table + whole, end - whole, &freed);
    pg->nr_validated = 0;
    page_batch_free(&freed);
}
