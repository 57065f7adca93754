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

/*
 * The entry has not simply ended. It gave way, and hypercall_continue has left in mc.call how to go on: that
 * becomes the entry. Or it was iret: the guest's registers are another context's now, and its rax is the
 * frame's.
 */
static noinline enum next run_interrupted(struct vcpu *v, uint64_t va)
{
    multicall_entry_t call = v->mc.call;

    v->mc.interrupted = false;
    if (v->hypercall_nr == __HYPERVISOR_iret)
        return ENDED;
    memset(&v->mc.call, 0, sizeof(v->mc.call));
    return copy_to_guest(va, &call, ENTRY_BYTES) ? FAULTED : PREEMPTED;
}

static always_inline enum next run_entry(struct vcpu *v, const struct domain *d, uint64_t va, long *rc)
{
    uint64_t w[ENTRY_WORDS]; /* in registers: mc.call is filled for those few that give way */
    hypercall_t *function = NULL;

    if (unlikely(!arch_read_guest_words(d, w, va, ENTRY_WORDS)))
        return FAULTED;
    v->hypercall_nr = (unsigned int)w[WORD_OP];
    if (likely(w[WORD_OP] < NR_HYPERCALLS))
        function = hypercall_table[w[WORD_OP]];
    if (likely(function))
        *rc = function(w[WORD_ARGS], w[WORD_ARGS + 1], w[WORD_ARGS + 2], w[WORD_ARGS + 3], w[WORD_ARGS + 4]);
    else
        *rc = refuse_number(w[WORD_OP]);
    if (unlikely(v->mc.interrupted))
        return run_interrupted(v, va);
    if (unlikely(!arch_write_guest_word(guest_field(va, multicall_entry_t, result), (uint64_t)*rc)))
        return FAULTED;
    return NEXT_ENTRY;
}

/* What one call answers for the list; *list_va and *nr_calls are left at the entry that comes next. */
static always_inline enum next run_list(struct vcpu *v, uint64_t *list_va, unsigned int *nr_calls, long *rc)
{
    const struct domain *d = v->domain;
    const unsigned long *softirqs = softirqs_of_this_cpu();
    enum next next = NEXT_ENTRY;

    while (*nr_calls) {
        next = run_entry(v, d, *list_va, rc);
        if (unlikely(next != NEXT_ENTRY))
            break;
        *list_va += sizeof(multicall_entry_t);
        (*nr_calls)--;
        if (unlikely(READ_ONCE(*softirqs)))
            return PREEMPTED;
    }
    return next;
}

long do_multicall(uint64_t list_va, unsigned int nr_calls)
{
    struct vcpu *v = current;
    enum next next;
    long rc = 0;

    if (unlikely(v->mc.active))
        return refuse(-XEN_EINVAL, "multicall.nested", "a multicall cannot contain a multicall");
    /* The list is accessed from here on without a gap, and before the hole there is one that faults. */
    if (unlikely(!guest_address_ok(list_va)))
        return refuse_entry(list_va);
    v->mc.active = true;
    next = run_list(v, &list_va, &nr_calls, &rc);
    v->mc.active = false;
    if (likely(next == NEXT_ENTRY))
        return 0;
    if (next == FAULTED)
        return refuse_entry(list_va);
    if (next == ENDED)
        return rc;
    return nr_calls ? hypercall_continue(__HYPERVISOR_multicall, 2, list_va, (uint64_t)nr_calls) : 0;
}
