/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_multicall: several hypercalls in one crossing. Each entry is copied, run and its result written
 * back before the next is looked at, so that an entry may change those behind it. Cost a entry matters more
 * than anything else here.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/string.h>

/* What comes after an entry. */
enum next { NEXT_ENTRY, PREEMPTED, FAULTED, ENDED };

/* The sixth argument is unused by every call. */
#define ENTRY_BYTES offsetof(multicall_entry_t, args[5])
#define ENTRY_WORDS (ENTRY_BYTES / sizeof(uint64_t))
#define WORD_OP     (offsetof(multicall_entry_t, op) / sizeof(uint64_t))
#define WORD_ARGS   (offsetof(multicall_entry_t, args) / sizeof(uint64_t))

static noinline long refuse_entry(uint64_t va)
{
    return refuse(-XEN_EFAULT, "multicall.list", "the entry at %#lx cannot be read or its result not written",
                  (unsigned long)va);
}

static noinline long refuse_number(uint64_t op)
{
    return refuse(-XEN_ENOSYS, "hypercall.number", "there is no hypercall %lu", (unsigned long)op);
}

/* The entry gave way, and hypercall_continue has left in mc.call how to go on: that becomes the entry. */
static noinline enum next rewrite_entry(struct vcpu *v, uint64_t va)
{
    multicall_entry_t call = v->mc.call;

    v->mc.preempted = false;
    memset(&v->mc.call, 0, sizeof(v->mc.call));
    return copy_to_guest(va, &call, ENTRY_BYTES) ? FAULTED : PREEMPTED;
}

static always_inline enum next run_entry(struct vcpu *v, uint64_t va, long *rc)
{
    uint64_t w[ENTRY_WORDS]; /* in registers: mc.call is filled for those few that give way */
    hypercall_t *function = NULL;
    long result;

    if (unlikely(!arch_read_guest_words(w, va, ENTRY_WORDS)))
        return FAULTED;
    v->hypercall_nr = (unsigned int)w[WORD_OP];
    if (likely(w[WORD_OP] < NR_HYPERCALLS))
        function = hypercall_table[w[WORD_OP]];
    if (likely(function))
        result = function(w[WORD_ARGS], w[WORD_ARGS + 1], w[WORD_ARGS + 2], w[WORD_ARGS + 3], w[WORD_ARGS + 4]);
    else
        result = refuse_number(w[WORD_OP]);
    if (unlikely(v->mc.preempted))
        return rewrite_entry(v, va);
    /* The guest's registers are another context's now, and its rax is the frame's. */
    if (unlikely(v->hypercall_nr == __HYPERVISOR_iret)) {
        *rc = result;
        return ENDED;
    }
    if (unlikely(copy_to_guest(guest_field(va, multicall_entry_t, result), &result, sizeof(result))))
        return FAULTED;
    return NEXT_ENTRY;
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
        if (unlikely(next != NEXT_ENTRY)) {
            if (next == PREEMPTED)
                break;
            v->mc.active = false;
            return next == ENDED ? rc : refuse_entry(list_va);
        }
    }
    v->mc.active = false;
    if (i < nr_calls)
        return hypercall_continue(__HYPERVISOR_multicall, 2, list_va, (uint64_t)(nr_calls - i));
    return 0;
}
