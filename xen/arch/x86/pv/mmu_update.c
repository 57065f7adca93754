/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall mmu_update: a list of changes of page-table entries and of the machine-to-physical table.
 * What an entry may be is decided in l1_entry.c and table_entry.c.
 *
 * Requests are copied in runs, and the table that a request names stays held for the next one, which mostly
 * names the same.
 */
#include <xen/arch.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include "l1_entry.h"

#define REQUESTS_AT_ONCE 16
#define DONE_GIVE_WAY    1 /* of a request: it is done, and something else is to be done before the next */

/* Of a request to change an L1 entry: all but the entry's place in its table. */
#define L1_REQUEST_MASK (~(uint64_t)(PAGE_SIZE - sizeof(pte_t)))
#define NO_L1_REQUEST   sizeof(pte_t) /* what no masked request can be */

struct update {
    struct domain *table_owner, *page_owner;
    struct page_info *table; /* held with its type; NULL: none */
    uint64_t table_mfn;
    uint64_t l1_request; /* what requests about the held table look like, masked, if it is of level 1 */
    unsigned int level;  /* of table */
};

static always_inline void put_table(struct page_info *pg)
{
    if (likely(page_put_type_simple(pg)))
        page_put_inline(pg);
    else
        pv_put_table(pg);
}

static always_inline void release_table(struct update *u)
{
    struct page_info *pg = u->table;

    if (!pg)
        return;
    u->table = NULL;
    u->table_mfn = ~0ull;
    u->l1_request = NO_L1_REQUEST;
    put_table(pg);
}

/* Takes whatever type of table the frame has; no table at all: for this one write it is writable memory. */
static noinline int hold_table(struct update *u, uint64_t m)
{
    struct page_info *pg = mfn_to_page(mfn(m));
    uint64_t type;

    release_table(u);
    if (m >= max_page || !page_get_inline(pg, u->table_owner))
        return refuse(-XEN_EINVAL, "mmu.table.not-owned", "frame %#lx is not domain %u's", m,
                      u->table_owner->id);
    type = READ_ONCE(pg->type_info) & PGT_TYPE_MASK;
    if (type < PGT_L1 || type > PGT_L4 || !page_get_type_same(pg, type)) {
        type = PGT_WRITABLE;
        if (page_get_type(pg, u->table_owner, type)) {
            struct frame_facts facts = frame_facts(mfn(m));

            page_put(pg);
            return refuse(-XEN_EINVAL, "mmu.table.type",
                          "frame %#lx is neither a page table nor writable memory (domain %u's, %s, %lu type "
                          "and %lu references)",
                          m, FRAME_FACTS(facts));
        }
    }
    u->table = pg;
    u->table_mfn = m;
    u->level = table_level(type);
    if (u->level == 1)
        u->l1_request = m << PAGE_SHIFT | MMU_NORMAL_PT_UPDATE;
    return 0;
}

static int write_table(struct update *u, uint64_t ptr, uint64_t value, bool keep_ad)
{
    pte_t *slot;
    int rc;

    if (unlikely(ptr >> PAGE_SHIFT != u->table_mfn)) {
        rc = hold_table(u, ptr >> PAGE_SHIFT);
        if (rc)
            return rc;
    }
    slot = arch_direct_map(ptr);
    if (likely(u->level == 1))
        return l1_entry_write(slot, (pte_t){value}, u->table_owner, u->page_owner, keep_ad);
    if (u->level > 4) {
        WRITE_ONCE(slot->v, value);
        return 0;
    }
    if (u->page_owner != u->table_owner)
        return refuse(-XEN_EINVAL, "mmu.table.foreign-entry",
                      "only L1 entries may name another domain's frames");
    return table_entry_write(u->table, u->level, (ptr >> 3) & (PT_ENTRIES - 1), (pte_t){value},
                             u->table_owner, keep_ad);
}

static int set_m2p(struct update *u, uint64_t m, uint64_t value)
{
    struct page_info *pg = mfn_to_page(mfn(m));

    if (!mfn_valid(mfn(m)) || !page_get_inline(pg, u->page_owner))
        return refuse(-XEN_EINVAL, "mmu.m2p.not-owned", "frame %#lx is not domain %u's", m,
                      u->page_owner->id);
    arch_m2p_set(mfn(m), value);
    page_put_inline(pg);
    return 0;
}

static noinline int update_any(struct update *u, const mmu_update_t *req)
{
    unsigned int command = req->ptr & 7;
    int rc;

    if (command == MMU_MACHPHYS_UPDATE)
        return set_m2p(u, req->ptr >> PAGE_SHIFT, req->val);
    if (command > MMU_PT_UPDATE_NO_TRANSLATE)
        return refuse(-XEN_ENOSYS, "mmu.command", "there is no command %u", command);
    rc = write_table(u, req->ptr & ~7ull, req->val, command == MMU_PT_UPDATE_PRESERVE_AD);
    /* Above level 1 whole tables may have been checked and taken apart: long enough for one stretch. */
    return !rc && u->level != 1 && hypercall_preempt_check() ? DONE_GIVE_WAY : rc;
}

/* Most requests are about one more entry of the L1 table that is held. */
static always_inline int update_one(struct update *u, const mmu_update_t *req)
{
    if (likely((req->ptr & L1_REQUEST_MASK) == u->l1_request))
        return l1_entry_write_inline(arch_direct_map(req->ptr), (pte_t){req->val}, u->table_owner,
                                     u->page_owner);
    return update_any(u, req);
}

/* Copies the next requests; all of them or, when that faults, one: what precedes the fault is still done. */
static int copy_requests(mmu_update_t *to, uint64_t list_va, unsigned int i, unsigned int count,
                         unsigned int *got)
{
    *got = min(count - i, (unsigned int)REQUESTS_AT_ONCE);
    if (likely(!copy_from_guest(to, guest_element(list_va, i, mmu_update_t), *got * sizeof(*to))))
        return 0;
    *got = 1;
    if (!copy_from_guest(to, guest_element(list_va, i, mmu_update_t), sizeof(*to)))
        return 0;
    return refuse(-XEN_EFAULT, "mmu.request", "request %u of the list at %#lx cannot be read", i, list_va);
}

/* What an update left to be torn down comes before the next one. */
static int update_run(struct update *u, const mmu_update_t *requests, unsigned int count, unsigned int *done)
{
    const mmu_update_t *req = requests, *end = requests + count;
    struct vcpu *v = current;
    int rc = 0;

    while (req < end && !rc) {
        rc = update_one(u, req);
        if (unlikely(rc < 0))
            break;
        req++;
        if (unlikely(v->arch.deferred_teardown) && pv_finish_deferred(v))
            rc = -XEN_ERESTART;
    }
    *done += (unsigned int)(req - requests);
    return rc == DONE_GIVE_WAY ? 0 : rc;
}

/* *done: how many were. */
static int update_list(struct update *u, uint64_t list_va, unsigned int count, unsigned int *done)
{
    mmu_update_t requests[REQUESTS_AT_ONCE];
    unsigned int got;
    int rc = pv_finish_deferred(current);

    *done = 0;
    while (!rc && *done < count) {
        if (*done && hypercall_preempt_check())
            rc = -XEN_ERESTART;
        else
            rc = copy_requests(requests, list_va, *done, count, &got);
        if (!rc)
            rc = update_run(u, requests, got, done);
    }
    release_table(u);
    return rc;
}

/* The changes are made: a count that cannot be written is the guest's loss. */
static noinline void refuse_done(uint64_t done_va)
{
    refuse(-XEN_EFAULT, "mmu.done", "the count of done requests cannot be written to %#lx", done_va);
}

/* In place for the change of a right, which is what nearly all that keep Accessed and Dirty are about. */
static always_inline int write_keeping_ad(pte_t *slot, pte_t new, struct domain *d)
{
    pte_t old = {READ_ONCE(slot->v)};

    return likely(l1_entry_rewrite(slot, &old, new, d, true)) ? 0
                                                              : l1_entry_write_keeping_ad(slot, new, d, d);
}

/*
 * One entry of an L1 table of one's own is what most calls are about. 1: it is not that after all, and
 * nothing has been done.
 */
static always_inline int update_own_l1(struct domain *d, const mmu_update_t *req)
{
    uint64_t m = req->ptr >> PAGE_SHIFT;
    struct page_info *pg = mfn_to_page(mfn(m));
    pte_t *slot = arch_direct_map(req->ptr & ~7ull);
    unsigned int command = req->ptr & 7;
    int rc;

    if (unlikely((command != MMU_NORMAL_PT_UPDATE && command != MMU_PT_UPDATE_PRESERVE_AD) || m >= max_page ||
                 !page_get_inline(pg, d)))
        return 1;
    if (unlikely(!page_get_type_same(pg, PGT_L1))) {
        page_put_inline(pg);
        return 1;
    }
    rc = likely(command == MMU_NORMAL_PT_UPDATE) ? l1_entry_write_inline(slot, (pte_t){req->val}, d, d)
                                                 : write_keeping_ad(slot, (pte_t){req->val}, d);
    put_table(pg);
    return rc;
}

/* The high half names the owner of the tables plus one, 0: the caller; the low half the owner of the frames.
 */
static int find_owners(struct update *u, unsigned int foreigndom)
{
    int rc;

    if (likely(foreigndom == DOMID_SELF)) {
        u->table_owner = u->page_owner = current->domain;
        return 0;
    }
    rc = foreign_get(foreigndom & 0xffff, &u->page_owner);
    if (rc)
        return rc;
    if (foreigndom >> 16) {
        rc = foreign_get_table_owner((domid_t)((foreigndom >> 16) - 1), &u->table_owner);
        if (rc)
            foreign_put(u->page_owner);
    } else {
        u->table_owner = current->domain;
    }
    return rc;
}

static noinline long do_mmu_update_list(uint64_t list_va, unsigned int count, uint64_t done_va,
                                        unsigned int foreigndom);

long do_mmu_update(uint64_t list_va, unsigned int count, uint64_t done_va, unsigned int foreigndom)
{
    struct vcpu *v = current;
    mmu_update_t request;
    unsigned int done;
    int rc;

    if (count != 1 || foreigndom != DOMID_SELF || unlikely(v->arch.deferred_teardown) ||
        unlikely(copy_from_guest(&request, list_va, sizeof(request))))
        return do_mmu_update_list(list_va, count, done_va, foreigndom);
    rc = update_own_l1(v->domain, &request);
    if (unlikely(rc == 1))
        return do_mmu_update_list(list_va, count, done_va, foreigndom);
    done = !rc;
    if (done_va && unlikely(copy_to_guest(done_va, &done, sizeof(done))))
        refuse_done(done_va);
    return rc;
}

static noinline long do_mmu_update_list(uint64_t list_va, unsigned int count, uint64_t done_va,
                                        unsigned int foreigndom)
{
    struct update u = {.table_mfn = ~0ull, .l1_request = NO_L1_REQUEST};
    unsigned int total = 0, done;
    int rc;

    if (unlikely(count & MMU_LIST_CONTINUED)) {
        count &= ~MMU_LIST_CONTINUED;
        /* Only a teardown was left: foreigndom carries the result. */
        if (!count && !list_va)
            return pv_finish_deferred(current)
                       ? hypercall_continue(__HYPERVISOR_mmu_update, 4, 0ul,
                                            (unsigned long)MMU_LIST_CONTINUED, 0ul, (unsigned long)foreigndom)
                       : (int)foreigndom;
        if (done_va && copy_from_guest(&total, done_va, sizeof(total)))
            return -XEN_EFAULT;
    }
    rc = find_owners(&u, foreigndom);
    if (unlikely(rc))
        return rc;
    rc = update_list(&u, list_va, count, &done);
    if (unlikely(foreigndom != DOMID_SELF)) {
        foreign_put(u.page_owner);
        foreign_put(u.table_owner);
    }
    total += done;
    if (done_va && copy_to_guest(done_va, &total, sizeof(total)))
        refuse_done(done_va);
    if (rc == -XEN_ERESTART)
        return hypercall_continue(__HYPERVISOR_mmu_update, 4, guest_element(list_va, done, mmu_update_t),
                                  (unsigned long)((count - done) | MMU_LIST_CONTINUED), done_va,
                                  (unsigned long)foreigndom);
    if (unlikely(pv_leaves_deferred(current)))
        return hypercall_continue(__HYPERVISOR_mmu_update, 4, 0ul, (unsigned long)MMU_LIST_CONTINUED, 0ul,
                                  (unsigned long)(unsigned int)rc);
    return rc;
}
