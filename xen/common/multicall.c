/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_multicall: several hypercalls in one crossing. Each entry is copied, run and its result written
 * back before the next is looked at, so that an entry may change those behind it. Cost a entry matters more
 * than anything else here.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>

/* What comes after an entry. */
enum next { NEXT_ENTRY, PREEMPTED, ENDED };

static always_inline enum next run_entry(struct vcpu *v, uint64_t va, long *rc)
{
    multicall_entry_t *call = &v->mc.call;
    hypercall_t *function;
    uint64_t op;

    /* The sixth argument is unused by every call. */
    if (unlikely(copy_from_guest(call, va, offsetof(multicall_entry_t, args[5])))) {
        *rc = refuse(-XEN_EFAULT, "multicall.list", "no readable entry at %#lx", (unsigned long)va);
        return ENDED;
    }
    op = call->op;
    v->hypercall_nr = (unsigned int)op;
    function = likely(op < NR_HYPERCALLS) ? hypercall_table[op] : NULL;
    if (likely(function))
        call->result =
            (xen_ulong_t)function(call->args[0], call->args[1], call->args[2], call->args[3], call->args[4]);
    else
        call->result = (xen_ulong_t)refuse(-XEN_ENOSYS, "hypercall.number", "there is no hypercall %lu",
                                           (unsigned long)op);
    /* The guest's registers are another context's now, and its rax is the frame's. */
    if (unlikely(op == __HYPERVISOR_iret)) {
        *rc = (long)call->result;
        return ENDED;
    }
    if (unlikely(v->mc.preempted)) {
        /* The entry now says how to go on. */
        v->mc.preempted = false;
        if (!copy_to_guest(va, call, sizeof(*call)))
            return PREEMPTED;
    } else if (likely(!copy_to_guest(guest_field(va, multicall_entry_t, result), &call->result,
                                     sizeof(call->result)))) {
        return NEXT_ENTRY;
    }
    *rc = refuse(-XEN_EFAULT, "multicall.list", "cannot write the result of the entry at %#lx",
                 (unsigned long)va);
    return ENDED;
}

long do_multicall(uint64_t list_va, unsigned int nr_calls)
{
    struct vcpu *v = current;
    long rc = 0;
    unsigned int i;

    if (unlikely(v->mc.active))
        return refuse(-XEN_EINVAL, "multicall.nested", "a multicall cannot contain a multicall");
    v->mc.active = true;
    for (i = 0; i < nr_calls; i++, list_va += sizeof(multicall_entry_t)) {
        enum next next;

        if (i && unlikely(hypercall_preempt_check()))
            break;
        next = run_entry(v, list_va, &rc);
        if (unlikely(next == ENDED)) {
            v->mc.active = false;
            return rc;
        }
        if (unlikely(next == PREEMPTED))
            break;
    }
    v->mc.active = false;
    if (i < nr_calls)
        return hypercall_continue(__HYPERVISOR_multicall, 2, list_va, (uint64_t)(nr_calls - i));
    return 0;
}
