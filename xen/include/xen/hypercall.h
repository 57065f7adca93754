/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries from guests that are machine-independent, beside those in the objects' own headers. Arguments
 * as the guest passed them: pointers are guest addresses (uint64_t *_va). The result goes to the guest as it
 * is.
 *
 * A long operation looks at hypercall_preempt_check() now and then, and when it says so records how far it
 * came, either in the guest's argument or by hypercall_continue(), and returns what that returns.
 */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include <xen/types.h>
#include <xen/softirq.h>
#include <public/xen.h>

/* The number of arguments is at most 5 (6 in a multicall entry, the sixth unused). */
typedef long hypercall_t(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
#define NR_HYPERCALLS 64
/* NULL: -XEN_ENOSYS. One place lists what is there: arch/x86/pv/hypercall_table.c. */
extern hypercall_t *const hypercall_table[NR_HYPERCALLS];

long do_multicall(uint64_t list_va, unsigned int nr_calls);
long do_xen_version(unsigned int cmd, uint64_t arg_va);
long do_hypfs_op(unsigned int cmd, uint64_t path_va, uint64_t path_bytes, uint64_t buffer_va,
                 uint64_t buffer_bytes);
long do_memory_op(unsigned long cmd, uint64_t arg_va);
long do_vcpu_op(unsigned int cmd, unsigned int vcpu_id, uint64_t arg_va);
/* The assists that a 64-bit guest may set. */
#define VM_ASSISTS_VALID                                                                     \
    ((1ull << VMASST_TYPE_4gb_segments) | (1ull << VMASST_TYPE_4gb_segments_notify) |        \
     (1ull << VMASST_TYPE_writable_pagetables) | (1ull << VMASST_TYPE_pae_extended_cr3) |    \
     (1ull << VMASST_TYPE_architectural_iopl) | (1ull << VMASST_TYPE_runstate_update_flag) | \
     (1ull << VMASST_TYPE_m2p_strict))
long do_vm_assist(unsigned int cmd, unsigned int type);
/* Arch's share of two of them: what only the machine knows. -XEN_ENOSYS for the rest. */
long arch_memory_op(unsigned long cmd, uint64_t arg_va);
long arch_vcpu_op(unsigned int cmd, struct vcpu *v, uint64_t arg_va);

/*
 * Should a long hypercall give way? True when a softirq is pending (not in a multicall entry's first step).
 */
static inline bool hypercall_preempt_check(void)
{
    return softirq_any_pending();
}
/*
 * Arranges that the guest's next instruction issues this hypercall again with these arguments (or, inside a
 * multicall, that the entry does), and returns the value to return.
 */
long hypercall_continue(unsigned int nr, unsigned int nr_args, ...);

#endif
