/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall mmuext_op: pins, bases, flushes, LDT, and copies of whole frames. Types and their teardown
 * are page_type.c's, the effect of a base base.c's.
 */
#include <xen/arch.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <xen/smp.h>
#include <xen/string.h>
#include <asm/flushtlb.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>

#define LDT_ENTRIES_MAX 8192

/* --- Pins --- */
static int take_table(mfn_t m, struct domain *d, unsigned int level, const char *what)
{
    int rc = pv_get_table(d, m, level);
    struct frame_facts facts;

    if (likely(!rc || rc == -XEN_ERESTART))
        return rc;
    facts = frame_facts(m);
    return refuse(rc, "mmuext.table",
                  "frame %#lx cannot be %s (L%u, domain %u), or an entry is refused (domain %u's, %s, %lu "
                  "type and %lu references)",
                  m.n, what, level, d->id, FRAME_FACTS(facts));
}

/* A foreign domain may have begun to die before it could see our pin. */
static bool pin_survives(struct page_info *pg, struct domain *d)
{
    bool drop;

    if (d == current->domain)
        return true;
    spin_lock(&d->page_alloc_lock);
    drop = d->is_dying && (__atomic_fetch_and(&pg->type_info, ~PGT_PINNED, __ATOMIC_SEQ_CST) & PGT_PINNED);
    spin_unlock(&d->page_alloc_lock);
    return !drop;
}

static int pin(mfn_t m, struct domain *d, unsigned int level)
{
    struct page_info *pg = mfn_to_page(m);
    int rc = take_table(m, d, level, "pinned");

    if (rc)
        return rc;
    if (__atomic_fetch_or(&pg->type_info, PGT_PINNED, __ATOMIC_SEQ_CST) & PGT_PINNED)
        rc = refuse(-XEN_EINVAL, "mmuext.pinned-already", "frame %#lx is pinned already", m.n);
    else if (pin_survives(pg, d))
        return 0;
    pv_put_table(pg);
    return rc;
}

int pv_pin_table(struct domain *d, mfn_t table, unsigned int level)
{
    int rc;

    do {
        rc = pin(table, d, level);
    } while (rc == -XEN_ERESTART);
    return rc;
}

static int unpin(mfn_t m, struct domain *d)
{
    struct page_info *pg = mfn_to_page(m);

    if (!mfn_valid(m) || !page_get_inline(pg, d))
        return refuse(-XEN_EINVAL, "mmuext.not-owned", "frame %#lx is not domain %u's", m.n, d->id);
    if (__atomic_fetch_and(&pg->type_info, ~PGT_PINNED, __ATOMIC_SEQ_CST) & PGT_PINNED) {
        pv_put_table(pg);
        page_put_inline(pg);
        return 0;
    }
    page_put_inline(pg);
    return refuse(-XEN_EINVAL, "mmuext.not-pinned", "frame %#lx is not pinned", m.n);
}

/* --- Bases --- */
int pv_new_base(struct vcpu *v, mfn_t m)
{
    mfn_t old = v->arch.guest_table;
    int rc;

    if (!mfn_eq(old, m)) {
        rc = take_table(m, v->domain, 4, "the page-table base");
        if (rc)
            return rc;
        pv_drop_ldt(v);
        pv_show_m2p(m, true);
        v->arch.guest_table = m;
    }
    pv_load_cr3(v);
    if (!mfn_eq(old, m))
        pv_put_table(mfn_to_page(old));
    return 0;
}

/* Not in use while the kernel runs: nothing to load. */
static int new_user_base(struct vcpu *v, uint64_t m)
{
    mfn_t old = v->arch.guest_table_user, new = m ? mfn(m) : INVALID_MFN;
    int rc;

    if (mfn_eq(old, new))
        return 0;
    if (m) {
        rc = take_table(new, v->domain, 4, "the user mode's page-table base");
        if (rc)
            return rc;
        if (!mfn_eq(new, v->arch.guest_table))
            pv_show_m2p(new, false);
    }
    v->arch.guest_table_user = new;
    if (!mfn_eq(old, INVALID_MFN))
        pv_put_table(mfn_to_page(old));
    return 0;
}

/* --- Flushes --- */
static int flush_multi(struct domain *d, const mmuext_op_t *op)
{
    cpumask_t mask;
    int rc = pv_read_vcpumask(d, handle_va(op->arg2.vcpumask), &mask);

    if (rc)
        return -XEN_EINVAL;
    if (op->cmd == MMUEXT_INVLPG_MULTI)
        flush_tlb_one_mask(mask, op->arg1.linear_addr);
    else
        flush_tlb_mask(mask);
    return 0;
}

static void write_back_caches(void *unused)
{
    __asm__ __volatile__("wbinvd" ::: "memory");
}

static int flush_cache(struct domain *d, bool everywhere)
{
    if (!d->is_hardware)
        return refuse(-XEN_EACCES, "mmuext.cache", "only the hardware domain may flush caches");
    if (everywhere)
        smp_call(cpu_online_map, write_back_caches, NULL, true);
    else
        write_back_caches(NULL);
    return 0;
}

/* --- LDT, frames --- */
static int set_ldt(struct vcpu *v, unsigned long base, unsigned int entries)
{
    if ((base & ~PAGE_MASK) || entries > LDT_ENTRIES_MAX ||
        (entries && (!guest_address_ok(base) || !guest_address_ok(base + entries * 8ul - 1))))
        return refuse(-XEN_EINVAL, "mmuext.ldt",
                      "an LDT of %u entries at %#lx: it must be page-aligned, outside the hypervisor, of at "
                      "most 8192 entries",
                      entries, base);
    if (v->arch.ldt_base == base && v->arch.nr_ldt_entries == entries)
        return 0;
    pv_drop_ldt(v);
    v->arch.ldt_base = base;
    v->arch.nr_ldt_entries = entries;
    pv_load_ldt(v);
    return 0;
}

static int write_frame(struct domain *d, mfn_t to, const mfn_t *from)
{
    struct page_info *target = mfn_to_page(to), *source = from ? mfn_to_page(*from) : NULL;
    int rc = -XEN_EINVAL;

    if (from && (!mfn_valid(*from) || !page_get_inline(source, d)))
        return refuse(rc, "mmuext.copy-source", "frame %#lx is not domain %u's", from->n, d->id);
    if (!mfn_valid(to) || page_get_and_type(target, d, PGT_WRITABLE)) {
        refuse(rc, "mmuext.write-frame",
               "frame %#lx is not domain %u's, or in use as something else than writable memory", to.n,
               d->id);
    } else {
        if (from)
            memcpy(page_to_virt(target), page_to_virt(source), PAGE_SIZE);
        else
            memset(page_to_virt(target), 0, PAGE_SIZE);
        page_put_and_type(target);
        rc = 0;
    }
    if (from)
        page_put_inline(source);
    return rc;
}

/* --- One operation, the list --- */
/* Those that are about the caller's own CPUs. */
static int own_operation(struct vcpu *v, const mmuext_op_t *op)
{
    struct domain *d = v->domain;

    switch (op->cmd) {
    case MMUEXT_NEW_BASEPTR:
        return pv_new_base(v, mfn(op->arg1.mfn));
    case MMUEXT_NEW_USER_BASEPTR:
        return new_user_base(v, op->arg1.mfn);
    case MMUEXT_TLB_FLUSH_LOCAL:
        flush_tlb_local();
        return 0;
    case MMUEXT_INVLPG_LOCAL:
        flush_tlb_one_local(op->arg1.linear_addr);
        return 0;
    case MMUEXT_TLB_FLUSH_MULTI:
    case MMUEXT_INVLPG_MULTI:
        return flush_multi(d, op);
    case MMUEXT_TLB_FLUSH_ALL:
        flush_tlb_mask(domain_dirty_cpus(d));
        return 0;
    case MMUEXT_INVLPG_ALL:
        flush_tlb_one_mask(domain_dirty_cpus(d), op->arg1.linear_addr);
        return 0;
    case MMUEXT_FLUSH_CACHE:
    case MMUEXT_FLUSH_CACHE_GLOBAL:
        return flush_cache(d, op->cmd == MMUEXT_FLUSH_CACHE_GLOBAL);
    default: /* MMUEXT_SET_LDT */
        return set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
    }
}

static int operation(struct vcpu *v, const mmuext_op_t *op, struct domain *owner)
{
    mfn_t source;

    switch (op->cmd) {
    case MMUEXT_PIN_L1_TABLE:
    case MMUEXT_PIN_L2_TABLE:
    case MMUEXT_PIN_L3_TABLE:
    case MMUEXT_PIN_L4_TABLE:
        return pin(mfn(op->arg1.mfn), owner, op->cmd - MMUEXT_PIN_L1_TABLE + 1);
    case MMUEXT_UNPIN_TABLE:
        return unpin(mfn(op->arg1.mfn), owner);
    case MMUEXT_CLEAR_PAGE:
        return write_frame(owner, mfn(op->arg1.mfn), NULL);
    case MMUEXT_COPY_PAGE:
        source = mfn(op->arg2.src_mfn);
        return write_frame(owner, mfn(op->arg1.mfn), &source);
    case MMUEXT_MARK_SUPER:
    case MMUEXT_UNMARK_SUPER:
        return -XEN_EOPNOTSUPP;
    case MMUEXT_NEW_BASEPTR ... MMUEXT_SET_LDT:
    case MMUEXT_NEW_USER_BASEPTR:
    case MMUEXT_FLUSH_CACHE_GLOBAL:
        if (owner == v->domain)
            return own_operation(v, op);
        return refuse(-XEN_EPERM, "mmuext.foreign", "operation %u is for the caller's own domain only",
                      op->cmd);
    default:
        return refuse(-XEN_ENOSYS, "mmuext.unknown", "there is no operation %u", op->cmd);
    }
}

static int operation_list(struct domain *owner, uint64_t list_va, unsigned int count, unsigned int *done)
{
    struct vcpu *v = current;
    unsigned int i;
    int rc = 0;

    for (i = 0; i < count; i++) {
        mmuext_op_t op;

        if (unlikely(v->arch.deferred_teardown && pv_finish_deferred(v)) ||
            unlikely(i && hypercall_preempt_check()))
            rc = -XEN_ERESTART;
        else if (copy_from_guest(&op, guest_element(list_va, i, mmuext_op_t), sizeof(op)))
            rc = refuse(-XEN_EFAULT, "mmuext.request", "operation %u of the list at %#lx cannot be read", i,
                        list_va);
        else
            rc = operation(v, &op, owner);
        if (unlikely(rc))
            break;
    }
    *done = i;
    return rc;
}

static noinline long do_mmuext_list(uint64_t list_va, unsigned int count, uint64_t done_va,
                                    unsigned int foreigndom);

/* The flush of one page of one's own is by far the most frequent call with one operation. */
long do_mmuext_op(uint64_t list_va, unsigned int count, uint64_t done_va, unsigned int foreigndom)
{
    const struct vcpu *v = current;
    uint32_t command;
    uint64_t va;

    if (count != 1 || foreigndom != DOMID_SELF || done_va || unlikely(v->arch.deferred_teardown) ||
        !arch_read_guest_32(v->domain, &command, list_va) || command != MMUEXT_INVLPG_LOCAL ||
        !arch_read_guest_64(v->domain, &va, list_va + offsetof(mmuext_op_t, arg1)))
        return do_mmuext_list(list_va, count, done_va, foreigndom);
    flush_tlb_one_local(va);
    return 0;
}

static noinline long do_mmuext_list(uint64_t list_va, unsigned int count, uint64_t done_va,
                                    unsigned int foreigndom)
{
    unsigned int total = 0, done;
    struct domain *owner;
    int rc;

    if (unlikely(count & MMU_LIST_CONTINUED)) {
        count &= ~MMU_LIST_CONTINUED;
        /* Only a teardown was left: foreigndom carries the result. */
        if (!count && !list_va)
            return pv_finish_deferred(current)
                       ? hypercall_continue(__HYPERVISOR_mmuext_op, 4, 0ul, (unsigned long)MMU_LIST_CONTINUED,
                                            0ul, (unsigned long)foreigndom)
                       : (int)foreigndom;
        if (done_va && copy_from_guest(&total, done_va, sizeof(total)))
            return -XEN_EFAULT;
    }
    rc = foreign_get((domid_t)foreigndom, &owner);
    if (unlikely(rc))
        return rc;
    rc = operation_list(owner, list_va, count, &done);
    foreign_put(owner);
    total += done;
    if (done_va && copy_to_guest(done_va, &total, sizeof(total)))
        refuse(-XEN_EFAULT, "mmuext.done", "the count of done operations cannot be written to %#lx", done_va);
    if (rc == -XEN_ERESTART)
        return hypercall_continue(__HYPERVISOR_mmuext_op, 4, guest_element(list_va, done, mmuext_op_t),
                                  (unsigned long)((count - done) | MMU_LIST_CONTINUED), done_va,
                                  (unsigned long)foreigndom);
    if (unlikely(pv_leaves_deferred(current)))
        return hypercall_continue(__HYPERVISOR_mmuext_op, 4, 0ul, (unsigned long)MMU_LIST_CONTINUED, 0ul,
                                  (unsigned long)(unsigned int)rc);
    return rc;
}
