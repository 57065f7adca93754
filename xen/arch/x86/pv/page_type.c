/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes a frame a valid page table or descriptor page, and how one is taken down again: the arch's side
 * of common/page_ref.c. Single entries are l1_entry.c's and table_entry.c's.
 */
#include <xen/arch.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <asm/flushtlb.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>

#define CACHE_LINE 64

/* --- L2 to L4 --- */
static void set_hypervisor_slots(pte_t *l4)
{
    for (unsigned int i = HV_FIRST_SLOT; i <= HV_LAST_SLOT; i++)
        l4[i] = hypervisor_l4[i];
}

/* Stops at the first entry that is refused; gives way only after an entry, so that each call comes further.
 */
static int table_validate(struct page_info *pg, struct domain *d, unsigned int level)
{
    pte_t *table = page_to_virt(pg);
    unsigned int i = pg->nr_validated & ~PAGE_CHILD_PARTIAL;
    int rc = 0;

    for (; i < PT_ENTRIES && !rc; i++) {
        pte_t e = {READ_ONCE(table[i].v)};

        if (!(i % PTE_GROUP) && pte_group_absent(&table[i])) {
            i += PTE_GROUP - 1;
            continue;
        }
        if (!pte_present(e) || (level == 4 && is_hypervisor_slot(i)))
            continue;
        rc = table_entry_get(pg, level, e, d);
        if (rc)
            break;
        table[i] = table_entry_adjust(e);
        if (hypercall_preempt_check() && i + 1 < PT_ENTRIES)
            rc = -XEN_ERESTART;
    }
    /* The entry at which it stopped may have left its own table half done. */
    pg->nr_validated = (uint16_t)(i | (rc && i < PT_ENTRIES ? PAGE_CHILD_PARTIAL : 0));
    if (!rc && level == 4)
        set_hypervisor_slots(table);
    return rc;
}

/* The entry is not checked yet: only a half-done table of the same domain is ours to finish. */
static int finish_child(struct page_info *pg, unsigned int level)
{
    unsigned int i = pg->nr_validated & ~PAGE_CHILD_PARTIAL;
    pte_t e = ((pte_t *)page_to_virt(pg))[i];
    struct page_info *child = mfn_to_page(pte_mfn(e));
    int rc = 0;

    if (pte_present(e) && !(level == 4 && is_hypervisor_slot(i)) && mfn_valid(pte_mfn(e)) &&
        READ_ONCE(child->owner) == pg->owner)
        rc = page_finish_partial(child);
    if (!rc)
        pg->nr_validated = (uint16_t)i;
    return rc;
}

static int table_invalidate(struct page_info *pg, unsigned int level)
{
    const pte_t *table = page_to_virt(pg);
    unsigned int i;
    int rc;

    if (pg->nr_validated & PAGE_CHILD_PARTIAL) {
        rc = finish_child(pg, level);
        if (rc)
            return rc;
    }
    for (i = pg->nr_validated; i-- > 0;) {
        if (!((i + 1) % PTE_GROUP) && pte_group_absent(&table[i + 1 - PTE_GROUP])) {
            i -= PTE_GROUP - 1;
            continue;
        }
        if (!pte_present(table[i]) || (level == 4 && is_hypervisor_slot(i)))
            continue;
        rc = table_entry_put(pg, level, table[i]);
        if (rc || (i && hypercall_preempt_check())) {
            pg->nr_validated = (uint16_t)(i | (rc ? PAGE_CHILD_PARTIAL : 0));
            return -XEN_ERESTART;
        }
    }
    pg->nr_validated = 0;
    return 0;
}

/* --- The hooks of page_ref.c --- */
int arch_page_validate(struct page_info *pg, struct domain *d, uint64_t type)
{
    switch (type) {
    case PGT_L1:
        return l1_validate(pg, d);
    case PGT_L2:
    case PGT_L3:
    case PGT_L4:
        return table_validate(pg, d, table_level(type));
    case PGT_SEGDESC:
        if (pv_segdesc_page_ok(page_to_mfn(pg)))
            return 0;
        return refuse(-XEN_EINVAL, "pv.descriptor.page",
                      "frame %#lx has a descriptor that a guest may not have", page_to_mfn(pg).n);
    default:
        return -XEN_EINVAL;
    }
}

int arch_page_invalidate(struct page_info *pg, uint64_t type)
{
    if (type != PGT_L1)
        return table_invalidate(pg, table_level(type));
    l1_invalidate(pg);
    return 0;
}

/*
 * One place is enough: an operation begins with none left, and what it may leave last is the highest table,
 * whose teardown sees to those below.
 */
void arch_page_defer(struct page_info *pg)
{
    current->arch.deferred_teardown = pg;
}

int pv_finish_deferred(struct vcpu *v)
{
    struct page_info *pg = v->arch.deferred_teardown;

    if (likely(!pg))
        return 0;
    if (page_finish_partial(pg))
        return -XEN_ERESTART;
    v->arch.deferred_teardown = NULL;
    return 0;
}

bool pv_leaves_deferred(struct vcpu *v)
{
    return unlikely(v->arch.deferred_teardown) && (hypercall_preempt_check() || pv_finish_deferred(v));
}

/* The owner is there as long as a reference on its frame is. */
struct frame_facts frame_facts(mfn_t m)
{
    static const char *const names[] = {"nothing in particular", "an L1 table",     "an L2 table",
                                        "an L3 table",           "an L4 table",     "descriptors",
                                        "a hypervisor page",     "writable memory"};
    struct page_info *pg = mfn_to_page(m);
    struct frame_facts facts = {DOMID_INVALID, "no RAM", 0, 0};
    uint64_t x;

    if (!mfn_valid(m))
        return facts;
    x = READ_ONCE(pg->type_info);
    facts.type = x & PGT_COUNT_MASK ? names[table_level(x) & 7] : names[0];
    facts.type_count = x & PGT_COUNT_MASK;
    facts.references = READ_ONCE(*page_references(pg));
    if (page_get_any(pg)) {
        if (pg->owner)
            facts.owner = pg->owner->id;
        page_put(pg);
    }
    return facts;
}

int pv_get_table(struct domain *d, mfn_t m, unsigned int level)
{
    struct page_info *pg = mfn_to_page(m);
    int rc;

    if (!mfn_valid(m))
        return -XEN_EINVAL;
    rc = page_get_and_type_preemptible(pg, d, table_type(level));
    if (rc == -XEN_EBUSY && (READ_ONCE(pg->type_info) & PGT_TYPE_MASK) != table_type(level))
        return -XEN_EINVAL;
    return rc;
}

void pv_put_table(struct page_info *pg)
{
    if (page_put_and_type_preemptible(pg))
        arch_page_defer(pg);
}

/* --- TLB and cache --- */
cpumask_t domain_dirty_cpus(const struct domain *d)
{
    cpumask_t mask = cpumask_none();
    struct vcpu *v;

    for_each_vcpu(d, v) mask = cpumask_or(mask, (cpumask_t){READ_ONCE(v->dirty_cpus.bits)});
    return mask;
}

void arch_page_stamp(struct page_info *pg)
{
    pg->tlb_stamp = tlb_clock_now();
}

/* Domain 0 maps other domains' frames: its CPUs count too; and of a granted frame everybody's. */
void arch_page_flush_stale(struct page_info *pg, struct domain *d)
{
    cpumask_t mask = domain_dirty_cpus(d);

    if (READ_ONCE(pg->count_info) & PGC_GRANTED)
        mask = cpu_online_map;
    else if (hardware_domain && hardware_domain != d)
        mask = cpumask_or(mask, domain_dirty_cpus(hardware_domain));
    mask = tlb_cpus_not_flushed_since(mask, pg->tlb_stamp);
    if (!cpumask_empty(mask))
        flush_tlb_mask(mask);
}

void arch_page_flush_cache(struct page_info *pg)
{
    char *p = page_to_virt(pg);

    for (unsigned int i = 0; i < PAGE_SIZE; i += CACHE_LINE)
        __asm__ __volatile__("clflush %0" : "+m"(p[i]));
    __asm__ __volatile__("mfence" ::: "memory");
}
