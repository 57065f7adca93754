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

#define PTE_CACHE (PTE_PWT | PTE_PCD | PTE_PAT)
/* Entries that differ in nothing of this need the same references. */
#define PTE_MEANING (PTE_ADDR | PTE_PRESENT | PTE_WRITE | PTE_CACHE)

struct mmio_range {
    uint64_t first, last; /* frames */
    bool readable;
};
static struct mmio_range kept_mmio[16];
static unsigned int nr_kept_mmio;

static void keep_mmio(paddr_t start, uint64_t size, bool readable)
{
    BUG_ON(nr_kept_mmio == ARRAY_SIZE(kept_mmio) || !size);
    kept_mmio[nr_kept_mmio++] = (struct mmio_range){PFN_DOWN(start), PFN_DOWN(start + size - 1), readable};
}

void mmio_deny(paddr_t start, uint64_t size)
{
    keep_mmio(start, size, false);
}

void mmio_make_read_only(paddr_t start, uint64_t size)
{
    keep_mmio(start, size, true);
}

/* 0, MAP_READ_ONLY, or -XEN_EPERM. */
#define MAP_READ_ONLY 1
static int mmio_permission(const struct domain *d, mfn_t m)
{
    if (!d->is_hardware || m.n >> (cpu_features.physical_address_bits - PAGE_SHIFT))
        return -XEN_EPERM;
    for (unsigned int i = 0; i < nr_kept_mmio; i++)
        if (m.n >= kept_mmio[i].first && m.n <= kept_mmio[i].last)
            return kept_mmio[i].readable ? MAP_READ_ONLY : -XEN_EPERM;
    return 0;
}

static noinline int device_or_refusal(pte_t e, struct domain *table_owner, struct domain *page_owner)
{
    mfn_t m = pte_mfn(e);
    const struct domain *real;

    if (!mfn_valid(m)) {
        int rc;

        /* No RAM: device registers, whose permission is the domain's own. */
        rc = mmio_permission(table_owner, m);
        if (rc >= 0 && page_owner != dom_io && page_owner != table_owner)
            rc = mmio_permission(page_owner, m);
        if (rc >= 0)
            return rc;
        return refuse(
            m.n == PTE_ADDR >> PAGE_SHIFT ? -XEN_EINVAL : rc, "pv.l1.mmio",
            "entry %#lx names frame %#lx, which is no RAM: only the hardware domain may map devices", e.v,
            m.n);
    }
    real = READ_ONCE(mfn_to_page(m)->owner);
    return refuse(-XEN_EBUSY, "pv.l1.foreign-frame",
                  "entry %#lx names frame %#lx, which belongs to %s, not to domain %u", e.v, m.n,
                  real ? "another domain" : "nobody", page_owner->id);
}

static noinline int refuse_type(pte_t e, const struct page_info *pg)
{
    static const char *const names[] = {"unused",
                                        "an L1 table",
                                        "an L2 table",
                                        "an L3 table",
                                        "an L4 table",
                                        "descriptors",
                                        "a read-only hypervisor page",
                                        "writable memory"};
    uint64_t x = READ_ONCE(pg->type_info);

    return refuse(-XEN_EBUSY, "pv.l1.writable",
                  "entry %#lx maps frame %#lx writable, but it is in use as %s (%lu times)", e.v,
                  page_to_mfn(pg).n, names[table_level(x) & 7], (unsigned long)(x & PGT_COUNT_MASK));
}

/* Uncached and such: only whoever has devices, and not on the hypervisor's own pages. */
static noinline int check_caching(pte_t e, const struct domain *table_owner, const struct domain *page_owner)
{
    mfn_t m = pte_mfn(e);

    if (!table_owner->is_hardware || (page_owner != dom_io && !page_owner->is_hardware))
        return refuse(-XEN_EINVAL, "pv.l1.caching",
                      "entry %#lx asks for a memory type (PWT, PCD or PAT): only for the hardware domain",
                      e.v);
    if (!mfn_valid(m))
        return 0;
    if (READ_ONCE(mfn_to_page(m)->count_info) & PGC_HYPERVISOR)
        return refuse(-XEN_EACCES, "pv.l1.caching-shared",
                      "entry %#lx asks for a memory type of a page shared with the hypervisor", e.v);
    return 0;
}

/* Takes the references of a present entry. MAP_READ_ONLY: as if it had no right to write. */
static always_inline int entry_get(pte_t e, struct domain *table_owner, struct domain *page_owner)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);
    int rc;

    if (unlikely(e.v & PTE_CACHE)) {
        rc = check_caching(e, table_owner, page_owner);
        if (rc)
            return rc;
    }
    if (unlikely(m.n >= max_page || !page_get_inline(pg, page_owner)))
        return device_or_refusal(e, table_owner, page_owner);
    if (e.v & PTE_WRITE) {
        if (unlikely(!page_get_type_same(pg, PGT_WRITABLE)) && page_get_type(pg, page_owner, PGT_WRITABLE)) {
            rc = refuse_type(e, pg);
            page_put_inline(pg);
            return rc;
        }
    }
    if (unlikely(e.v & PTE_CACHE))
        __atomic_or_fetch(&pg->type_info, PGT_NONCOHERENT, __ATOMIC_RELAXED);
    return 0;
}

/* Gives back what entry_get took. A frame without any reference is no RAM, and the entry took none. */
static always_inline void entry_put(pte_t e)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);

    if (!pte_present(e) || unlikely(m.n >= max_page || !(READ_ONCE(pg->count_info) & PGC_COUNT_MASK)))
        return;
    if (e.v & PTE_WRITE)
        page_put_type_simple(pg);
    page_put_inline(pg);
}

/*
 * A guest kernel runs in ring 3, so every entry has USER; what the guest meant for its kernel alone is marked
 * instead, and only the rest is global, so that a switch from kernel to user mode hides the kernel's pages.
 */
static always_inline pte_t entry_adjust(pte_t e)
{
    if (!(e.v & PTE_USER))
        e.v |= PTE_USER | PTE_GUEST_KERNEL;
    else if (!(e.v & PTE_GUEST_KERNEL))
        e.v |= PTE_GLOBAL;
    return e;
}

/* A run of empty entries costs little: most tables are mostly empty. */
#define ENTRIES_AT_ONCE 8
static always_inline bool all_absent(const pte_t *e)
{
    return !((e[0].v | e[1].v | e[2].v | e[3].v | e[4].v | e[5].v | e[6].v | e[7].v) & PTE_PRESENT);
}

/*
 * Puts new where old was; retries over the processor's Accessed and Dirty bits. False: something else has
 * changed it.
 */
static always_inline bool entry_replace_same(pte_t *slot, pte_t old, pte_t new, bool keep_ad)
{
    uint64_t x = old.v;

    do {
        uint64_t value =
            keep_ad ? (new.v & ~(PTE_ACCESSED | PTE_DIRTY)) | (x & (PTE_ACCESSED | PTE_DIRTY)) : new.v;

        if (__atomic_compare_exchange_n(&slot->v, &x, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
            return true;
    } while (!((x ^ old.v) & PTE_MEANING));
    return false;
}

static always_inline pte_t entry_replace(pte_t *slot, pte_t new, bool keep_ad)
{
    pte_t old;

    if (!keep_ad)
        return (pte_t){__atomic_exchange_n(&slot->v, new.v, __ATOMIC_SEQ_CST)};
    do {
        old.v = READ_ONCE(slot->v);
    } while (!entry_replace_same(slot, old, new, true));
    return old;
}

/* From writable to read-only: the reference goes on, the type is given back. */
static noinline int drop_write(pte_t *slot, pte_t old, pte_t new, bool keep_ad)
{
    struct page_info *pg = mfn_to_page(pte_mfn(old));

    if (!entry_replace_same(slot, old, entry_adjust(new), keep_ad))
        return -XEN_EAGAIN;
    if (frame_in_use(pte_mfn(old)))
        page_put_type_simple(pg);
    return 0;
}

static noinline int write_other(pte_t *slot, pte_t new, struct domain *table_owner, struct domain *page_owner,
                                bool keep_ad)
{
    if (pte_present(new)) {
        int rc = entry_get(new, table_owner, page_owner);

        if (unlikely(rc < 0))
            return rc;
        new = entry_adjust(rc ? (pte_t){new.v & ~PTE_WRITE} : new);
    }
    entry_put(entry_replace(slot, new, keep_ad));
    return 0;
}

int l1_entry_write(pte_t *slot, pte_t new, struct domain *table_owner, struct domain *page_owner,
                   bool keep_ad)
{
    pte_t old = {READ_ONCE(slot->v)};
    uint64_t change = (old.v ^ new.v) & PTE_MEANING;

    if (old.v & new.v & PTE_PRESENT) {
        if (!change && entry_replace_same(slot, old, entry_adjust(new), keep_ad))
            return 0;
        if (change == PTE_WRITE && (old.v & PTE_WRITE) && !drop_write(slot, old, new, keep_ad))
            return 0;
    }
    return write_other(slot, new, table_owner, page_owner, keep_ad);
}

int l1_entry_exchange(pte_t *slot, pte_t expected, pte_t new, struct domain *d, pte_t *found)
{
    *found = expected;
    if (pte_present(new)) {
        int rc = entry_get(new, d, d);

        if (rc < 0)
            return rc;
        new = entry_adjust(rc ? (pte_t){new.v & ~PTE_WRITE} : new);
    }
    if (__atomic_compare_exchange_n(&slot->v, &found->v, new.v, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        entry_put(expected);
    else
        entry_put(new);
    return 0;
}

int l1_validate(struct page_info *pg, struct domain *d)
{
    pte_t *table = page_to_virt(pg);

    for (unsigned int i = 0; i < PT_ENTRIES; i++) {
        pte_t e = {READ_ONCE(table[i].v)};
        int rc;

        if (!pte_present(e)) {
            if (!(i % ENTRIES_AT_ONCE) && all_absent(table + i))
                i += ENTRIES_AT_ONCE - 1;
            continue;
        }
        rc = entry_get(e, d, d);
        if (unlikely(rc < 0)) {
            pg->nr_validated = (uint16_t)i;
            return rc;
        }
        table[i] = entry_adjust(rc ? (pte_t){e.v & ~PTE_WRITE} : e);
    }
    pg->nr_validated = PT_ENTRIES;
    return 0;
}

void l1_invalidate(struct page_info *pg)
{
    const pte_t *table = page_to_virt(pg);

    for (unsigned int i = 0, end = pg->nr_validated; i < end; i++) {
        if (!(i % ENTRIES_AT_ONCE) && all_absent(table + i))
            i += ENTRIES_AT_ONCE - 1;
        else
            entry_put(table[i]);
    }
    pg->nr_validated = 0;
}
