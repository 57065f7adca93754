/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of L2 to L4 tables: each holds a reference on a table of the level below, or is linear. L1 entries
 * are l1_entry.c's.
 *
 * A linear entry points to a table of its own level (to its own table: "self"), read-only, so that a guest
 * sees its page tables at fixed addresses. Self entries hold nothing. Others hold a reference and the type,
 * and a table may have such entries or be the target of such entries, never both: chains of them could
 * neither be torn down in bounded depth nor, in a ring, at all.
 */
#include <xen/arch.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <asm/pv_mm.h>

/* What an entry above L1 may not have: no superpages, no memory types, nothing global. */
#define PTE_TABLE_REFUSED (PTE_LARGE | PTE_GLOBAL | PTE_PWT | PTE_PCD)
#define PTE_MEANING       (PTE_ADDR | PTE_PRESENT | PTE_WRITE)

/* Counts a linear entry of table to target. */
static bool linear_count(int16_t *count, int16_t step)
{
    int16_t x = __atomic_load_n(count, __ATOMIC_RELAXED);

    do {
        /* Away from zero only on the side on which it is, or from zero. */
        if (step > 0 ? x < 0 || x == INT16_MAX : x > 0 || x == INT16_MIN)
            return false;
    } while (!__atomic_compare_exchange_n(count, &x, (int16_t)(x + step), false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_RELAXED));
    return true;
}

static void linear_uncount(int16_t *count, int16_t step)
{
    __atomic_sub_fetch(count, step, __ATOMIC_SEQ_CST);
}

enum linear_l4 { LINEAR_L4_NONE, LINEAR_L4_BEGINS, LINEAR_L4_FROM_NOW_ON };

/*
 * Before a domain's first linear L4 entry is there, all its vCPUs copy from guest memory in the way of
 * linear.c: each must have been seen outside of a copy after the domain was marked. -XEN_ERESTART: another
 * vCPU is at it, and may be waiting for us.
 */
static int linear_begin(struct domain *d)
{
    uint8_t was = LINEAR_L4_NONE;
    struct vcpu *v;

    if (likely(__atomic_load_n(&d->arch.linear_l4, __ATOMIC_ACQUIRE) == LINEAR_L4_FROM_NOW_ON))
        return 0;
    if (!__atomic_compare_exchange_n(&d->arch.linear_l4, &was, LINEAR_L4_BEGINS, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_ACQUIRE))
        return was == LINEAR_L4_FROM_NOW_ON ? 0 : -XEN_ERESTART;
    for_each_vcpu(d, v)
    {
        if (v == current)
            continue;
        vcpu_pause_sync(v);
        vcpu_unpause(v);
    }
    __atomic_store_n(&d->arch.linear_l4, LINEAR_L4_FROM_NOW_ON, __ATOMIC_RELEASE);
    return 0;
}

static bool linear_get(struct page_info *table, struct page_info *target, unsigned int level, pte_t e,
                       struct domain *d)
{
    if ((e.v & PTE_WRITE) || !page_get_inline(target, d))
        return false;
    /*
     * Only a table that is valid already: waiting for one that is being validated could be waiting for
     * ourselves.
     */
    if (!page_get_type_same(target, table_type(level)))
        goto no_type;
    if (!linear_count(&table->linear, -1))
        goto no_entry;
    if (linear_count(&target->linear, 1))
        return true;
    linear_uncount(&table->linear, -1);
no_entry:
    pv_put_table(target);
    return false;
no_type:
    page_put_inline(target);
    return false;
}

static noinline int refuse_entry(unsigned int level, pte_t e, int rc, const char *rule, const char *why)
{
    return refuse(rc, rule, "L%u entry %#lx (frame %#lx) %s", level, e.v, pte_mfn(e).n, why);
}

static noinline int refuse_frame(unsigned int level, pte_t e, const struct domain *d, const char *rule,
                                 const char *why)
{
    struct frame_facts facts = frame_facts(pte_mfn(e));

    return refuse(-XEN_EINVAL, rule,
                  "L%u entry %#lx of domain %u: frame %#lx %s (domain %u's, %s, %lu type and %lu references)",
                  level, e.v, d->id, pte_mfn(e).n, why, FRAME_FACTS(facts));
}

int table_entry_get(struct page_info *table, unsigned int level, pte_t e, struct domain *d)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);
    int rc;

    if (e.v & PTE_TABLE_REFUSED)
        return refuse_entry(level, e, -XEN_EINVAL, "pv.table.bits",
                            "has a bit (PS, G, PWT or PCD) that only L1 entries may have");
    if (!mfn_valid(m))
        return refuse_entry(level, e, -XEN_EINVAL, "pv.table.no-ram", "does not point to RAM");
    if (pg == table) {
        if (!(e.v & PTE_WRITE))
            return level == 4 ? linear_begin(d) : 0;
        return refuse_entry(level, e, -XEN_EINVAL, "pv.table.linear-writable", "maps its own table writable");
    }
    rc = pv_get_table(d, m, level - 1);
    if (!rc || rc == -XEN_ERESTART)
        return rc;
    if ((READ_ONCE(pg->type_info) & PGT_TYPE_MASK) != table_type(level - 1)) {
        if (level == 4 && (READ_ONCE(pg->type_info) & PGT_TYPE_MASK) == PGT_L4 && linear_begin(d))
            return -XEN_ERESTART;
        if (linear_get(table, pg, level, e, d))
            return 0;
        return refuse_frame(level, e, d, "pv.table.type", "is no table one level lower");
    }
    if (READ_ONCE(pg->owner) != d)
        return refuse_frame(level, e, d, "pv.table.foreign-frame", "is another domain's");
    return rc;
}

int table_entry_put(struct page_info *table, unsigned int level, pte_t e)
{
    struct page_info *pg = mfn_to_page(pte_mfn(e));

    if (!pte_present(e) || pg == table)
        return 0;
    if ((READ_ONCE(pg->type_info) & PGT_TYPE_MASK) == table_type(level)) {
        linear_uncount(&table->linear, -1);
        linear_uncount(&pg->linear, 1);
    }
    return page_put_and_type_preemptible(pg);
}

static pte_t entry_replace(pte_t *slot, pte_t new, bool keep_ad)
{
    uint64_t x = READ_ONCE(slot->v), value;

    do {
        value = keep_ad ? (new.v & ~(PTE_ACCESSED | PTE_DIRTY)) | (x & (PTE_ACCESSED | PTE_DIRTY)) : new.v;
    } while (!__atomic_compare_exchange_n(&slot->v, &x, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return (pte_t){x};
}

int table_entry_write(struct page_info *table, unsigned int level, unsigned int index, pte_t new,
                      struct domain *d, bool keep_ad)
{
    pte_t *slot = (pte_t *)page_to_virt(table) + index, old;
    int rc;

    if (level == 4 && is_hypervisor_slot(index))
        return refuse(-XEN_EINVAL, "pv.l4.hypervisor-slot",
                      "slot %u of a top-level table is the hypervisor's (256 to 271)", index);
    if (pte_present(new)) {
        rc = table_entry_get(table, level, new, d);
        if (rc)
            return rc;
        new = table_entry_adjust(new);
    }
    old = entry_replace(slot, new, keep_ad);
    if (table_entry_put(table, level, old) == -XEN_ERESTART)
        arch_page_defer(mfn_to_page(pte_mfn(old)));
    return 0;
}
