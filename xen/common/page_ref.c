/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * References and types of frames: the state machine of page_info's two words. Who owns which frame is
 * domain_pages.c's, what a valid table is the arch's.
 *
 * A type's life:  count 0  --first get-->  in transition (count 1, neither validated nor partial: one CPU
 * owns the frame's type)
 *                 --valid-->  validated, count >= 1  --last put-->  in transition  --torn down-->  count 0.
 * From transition a preempted CPU leaves the frame PGT_PARTIAL: the type count of 1 and one reference then
 * belong to that bit, and whoever clears it by compare-and-exchange takes both over and goes on, in either
 * direction. docs/page-types.md has the reasoning.
 */
#include <xen/arch.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/softirq.h>

static bool is_table_type(uint64_t type)
{
    return type >= PGT_L1 && type <= PGT_L4;
}

static bool type_exchange(struct page_info *pg, uint64_t *old, uint64_t new)
{
    return __atomic_compare_exchange_n(&pg->type_info, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* --- References --- */
bool page_get(struct page_info *pg, const struct domain *d)
{
    return page_get_inline(pg, d);
}

static void page_unreferenced(struct page_info *pg)
{
    BUG_ON(pg->type_info & (PGT_COUNT_MASK | PGT_PINNED | PGT_PARTIAL));
    BUG_ON(pg->count_info & PGC_ALLOCATED);
    arch_page_stamp(pg);
}

void page_put_last(struct page_info *pg)
{
    page_unreferenced(pg);
    page_free_owned(pg);
}

void page_put_last_batched(struct page_info *pg, struct page_batch *b)
{
    page_unreferenced(pg);
    pg->extra = b->first;
    b->first = (uint32_t)page_to_mfn(pg).n;
}

/* Each is flushed for; but all stamps are older than the first one's flush. */
void page_batch_free(struct page_batch *b)
{
    while (b->first) {
        struct page_info *pg = mfn_to_page(mfn(b->first));

        b->first = pg->extra;
        page_free_owned(pg);
    }
}

void page_put(struct page_info *pg)
{
    page_put_inline(pg);
}

bool page_release_allocation(struct page_info *pg)
{
    if (!(__atomic_fetch_and(&pg->count_info, ~PGC_ALLOCATED, __ATOMIC_ACQ_REL) & PGC_ALLOCATED))
        return false;
    page_put_inline(pg);
    return true;
}

struct page_info *domain_next_page(struct domain *d, struct page_info *pg)
{
    struct page_info *next = NULL;
    uint32_t n;

    spin_lock(&d->page_alloc_lock);
    for (n = pg ? pg->next : d->page_list; n; n = next->next) {
        next = mfn_to_page(mfn(n));
        if (page_get(next, d))
            break;
    }
    spin_unlock(&d->page_alloc_lock);
    if (pg)
        page_put(pg);
    return n ? next : NULL;
}

/*
 * The sole reference becomes none in one step: from then on nobody can take one, nor a type. page_alloc_lock
 * held.
 */
static bool take_sole_reference(const struct domain *d, struct page_info *pg)
{
    uint64_t x = __atomic_load_n(&pg->count_info, __ATOMIC_ACQUIRE);

    return READ_ONCE(pg->owner) == d &&
           (x & (PGC_COUNT_MASK | PGC_ALLOCATED | PGC_HYPERVISOR)) == (PGC_ALLOCATED | 1) &&
           __atomic_compare_exchange_n(&pg->count_info, &x, x & ~(PGC_ALLOCATED | PGC_COUNT_MASK), false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

int page_steal_counted(struct domain *d, struct page_info *pg)
{
    bool ours;

    /* A frame leaves d's list under this lock before another domain can have it: so its owner stays. */
    spin_lock(&d->page_alloc_lock);
    ours = take_sole_reference(d, pg);
    if (ours)
        domain_page_list_remove(d, pg);
    spin_unlock(&d->page_alloc_lock);
    if (!ours)
        return -XEN_EBUSY;
    BUG_ON(pg->type_info & (PGT_COUNT_MASK | PGT_PINNED | PGT_PARTIAL));
    /* A read-only mapping leaves no type: whatever the stamp was, entries of it may be younger. */
    arch_page_stamp(pg);
    pg->type_info = 0;
    pg->owner = NULL;
    return 0;
}

int page_steal(struct domain *d, struct page_info *pg)
{
    int rc = page_steal_counted(d, pg);

    if (rc)
        return rc;
    arch_page_flush_stale(pg, d);
    domain_pages_uncount(d, 1);
    return 0;
}

/* --- Types: out of transition --- */
/*
 * Half-way: the caller's place is taken by PGT_PARTIAL itself, whose own reference this takes. It is one more
 * at most, beside the caller's, so it fits whatever a guest has done.
 */
static void become_partial(struct page_info *pg)
{
    __atomic_add_fetch(page_references(pg), 1, __ATOMIC_ACQ_REL);
    __atomic_or_fetch(&pg->type_info, PGT_PARTIAL, __ATOMIC_RELEASE);
}

static int tear_down(struct page_info *pg, uint64_t type)
{
    int rc = arch_page_invalidate(pg, type);

    if (rc) {
        become_partial(pg);
        return rc;
    }
    arch_page_stamp(pg);
    __atomic_sub_fetch(&pg->type_info, 1, __ATOMIC_RELEASE);
    return 0;
}

static int validate(struct page_info *pg, struct domain *d, uint64_t type)
{
    int rc = 0;

    if (type != PGT_WRITABLE)
        rc = arch_page_validate(pg, d, type);
    if (!rc) {
        __atomic_or_fetch(&pg->type_info, PGT_VALIDATED, __ATOMIC_RELEASE);
    } else if (rc == -XEN_ERESTART) {
        become_partial(pg);
    } else if (is_table_type(type)) {
        if (tear_down(pg, type))
            arch_page_defer(pg);
    } else {
        __atomic_sub_fetch(&pg->type_info, 1, __ATOMIC_RELEASE);
    }
    return rc;
}

/* Clears PGT_PARTIAL, so that its references are the caller's and the frame is in transition. */
static bool take_over_partial(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->type_info);

    return (x & PGT_PARTIAL) && type_exchange(pg, &x, x & ~PGT_PARTIAL);
}

int page_finish_partial(struct page_info *pg)
{
    int rc = 0;

    if (take_over_partial(pg)) {
        rc = tear_down(pg, pg->type_info & PGT_TYPE_MASK);
        page_put(pg); /* become_partial has taken its own again */
    }
    return rc;
}

/* --- Types: into transition --- */
/*
 * Count 0: the frame becomes `type`. The order matters: first the type is claimed, so that no writable
 * mapping can be made any more, then TLBs forget those that were, and only then are the entries trusted.
 */
static int claim_type(struct page_info *pg, struct domain *d, uint64_t type, uint64_t x)
{
    uint64_t old_type = x & PGT_TYPE_MASK;
    uint64_t new = (type_count_up(x) & ~(PGT_TYPE_MASK | PGT_VALIDATED)) | type;

    if (old_type == PGT_NONE && type == PGT_WRITABLE)
        new |= PGT_VALIDATED;
    if (!type_exchange(pg, &x, new))
        return -XEN_EAGAIN;
    if (new &PGT_VALIDATED)
        return 0;
    if (old_type != type && old_type != PGT_NONE)
        arch_page_flush_stale(pg, d);
    if (type != PGT_WRITABLE && (x & PGT_NONCOHERENT)) {
        arch_page_flush_cache(pg);
        __atomic_and_fetch(&pg->type_info, ~PGT_NONCOHERENT, __ATOMIC_RELAXED);
    }
    pg->extra = 0;
    return validate(pg, d, type);
}

static int resume_partial(struct page_info *pg, struct domain *d, uint64_t type)
{
    int rc;

    if (!take_over_partial(pg))
        return -XEN_EAGAIN;
    rc = validate(pg, d, type);
    page_put(pg);
    return rc;
}

/* -XEN_EAGAIN: something changed under us, look again. */
static int get_type_step(struct page_info *pg, struct domain *d, uint64_t type, bool preemptible)
{
    uint64_t x = READ_ONCE(pg->type_info);

    if (!(x & PGT_COUNT_MASK) && (x & (PGT_TYPE_MASK | PGT_VALIDATED)) != (type | PGT_VALIDATED))
        return claim_type(pg, d, type, x);
    if ((x & PGT_TYPE_MASK) != type)
        return -XEN_EBUSY;
    if (x & PGT_PARTIAL)
        return resume_partial(pg, d, type);
    if (!(x & PGT_VALIDATED)) {
        /* Another CPU has it in transition. */
        if (preemptible && hypercall_preempt_check())
            return -XEN_ERESTART;
        arch_spin_wait();
        return -XEN_EAGAIN;
    }
    if ((x & PGT_COUNT_MASK) == PGT_COUNT_MASK)
        return -XEN_EBUSY;
    return page_get_type_same(pg, type) ? 0 : -XEN_EAGAIN;
}

static int page_get_type_preemptible(struct page_info *pg, struct domain *d, uint64_t type)
{
    int rc;

    do {
        rc = get_type_step(pg, d, type, true);
    } while (rc == -XEN_EAGAIN);
    return rc;
}

int page_get_type(struct page_info *pg, struct domain *d, uint64_t type)
{
    int rc;

    if (likely(page_get_type_same(pg, type)))
        return 0;
    do {
        rc = get_type_step(pg, d, type, false);
    } while (rc == -XEN_EAGAIN || rc == -XEN_ERESTART);
    return rc;
}

static int put_type_preemptible(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->type_info);

    for (;;) {
        uint64_t type = x & PGT_TYPE_MASK;
        bool last = (x & PGT_COUNT_MASK) == 1;

        BUG_ON(!(x & PGT_COUNT_MASK));
        if (last && is_table_type(type)) {
            if (type_exchange(pg, &x, x & ~PGT_VALIDATED))
                return tear_down(pg, type);
            continue;
        }
        if (last)
            arch_page_stamp(pg);
        if (type_exchange(pg, &x, x - 1))
            return 0;
    }
}

void page_put_type(struct page_info *pg)
{
    if (likely(page_put_type_simple(pg)))
        return;
    if (put_type_preemptible(pg)) {
        while (page_finish_partial(pg))
            ;
    }
}

/* --- Both --- */
int page_get_and_type(struct page_info *pg, struct domain *d, uint64_t type)
{
    int rc;

    if (!page_get_inline(pg, d))
        return -XEN_EINVAL;
    rc = page_get_type(pg, d, type);
    if (rc)
        page_put(pg);
    return rc;
}

int page_get_and_type_preemptible(struct page_info *pg, struct domain *d, uint64_t type)
{
    int rc;

    if (!page_get_inline(pg, d))
        return -XEN_EINVAL;
    rc = page_get_type_preemptible(pg, d, type);
    if (rc)
        page_put(pg);
    return rc;
}

void page_put_and_type(struct page_info *pg)
{
    page_put_type(pg);
    page_put_inline(pg);
}

int page_put_and_type_preemptible(struct page_info *pg)
{
    int rc = put_type_preemptible(pg);

    page_put(pg);
    return rc;
}
