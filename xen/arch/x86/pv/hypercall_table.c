/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which hypercalls there are: the one place. A number that is not here answers -XEN_ENOSYS, as stock Xen does
 * for what it was built without; docs/gaps.md says what is still to come.
 */
#include <xen/absent_op.h>
#include <xen/console.h>
#include <xen/ctl.h>
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hypercall.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include "calls.h"
#include "entry.h"

/* Fewer and narrower arguments than the table's type has: the calling convention passes them alike. */
#define ENTRY(nr, fn) [nr] = (hypercall_t *)(void *)(fn)

#define GAP(nr) ENTRY(nr, pv_unknown_hypercall)

long pv_unknown_hypercall(void)
{
    return refuse(-XEN_ENOSYS, "hypercall.number", "there is no hypercall %u", current->hypercall_nr);
}

hypercall_t *const hypercall_table[NR_HYPERCALLS] = {
    ENTRY(__HYPERVISOR_set_trap_table, do_set_trap_table),
    ENTRY(__HYPERVISOR_mmu_update, do_mmu_update),
    ENTRY(__HYPERVISOR_set_gdt, do_set_gdt),
    ENTRY(__HYPERVISOR_stack_switch, do_stack_switch),
    ENTRY(__HYPERVISOR_set_callbacks, do_set_callbacks),
    ENTRY(__HYPERVISOR_fpu_taskswitch, do_fpu_taskswitch),
    ENTRY(__HYPERVISOR_sched_op_compat, do_sched_op_compat),
    ENTRY(__HYPERVISOR_set_debugreg, do_set_debugreg),
    ENTRY(__HYPERVISOR_get_debugreg, do_get_debugreg),
    ENTRY(__HYPERVISOR_update_descriptor, do_update_descriptor),
    ENTRY(__HYPERVISOR_memory_op, do_memory_op),
    ENTRY(__HYPERVISOR_multicall, do_multicall),
    ENTRY(__HYPERVISOR_update_va_mapping, do_update_va_mapping),
    ENTRY(__HYPERVISOR_set_timer_op, do_set_timer_op),
    ENTRY(__HYPERVISOR_xen_version, do_xen_version),
    ENTRY(__HYPERVISOR_console_io, do_console_io),
    ENTRY(__HYPERVISOR_grant_table_op, do_grant_table_op),
    ENTRY(__HYPERVISOR_vm_assist, do_vm_assist),
    ENTRY(__HYPERVISOR_update_va_mapping_otherdomain, do_update_va_mapping_otherdomain),
    ENTRY(__HYPERVISOR_iret, do_iret),
    ENTRY(__HYPERVISOR_vcpu_op, do_vcpu_op),
    ENTRY(__HYPERVISOR_set_segment_base, do_set_segment_base),
    ENTRY(__HYPERVISOR_mmuext_op, do_mmuext_op),
    ENTRY(__HYPERVISOR_nmi_op, do_nmi_op),
    ENTRY(__HYPERVISOR_sched_op, do_sched_op),
    ENTRY(__HYPERVISOR_callback_op, do_callback_op),
    ENTRY(__HYPERVISOR_event_channel_op, do_event_channel_op),
    ENTRY(__HYPERVISOR_event_channel_op_compat, do_event_channel_op_compat),
    ENTRY(__HYPERVISOR_physdev_op, do_physdev_op),
    ENTRY(__HYPERVISOR_physdev_op_compat, do_physdev_op_compat),
    ENTRY(__HYPERVISOR_hvm_op, do_hvm_op),
    ENTRY(__HYPERVISOR_xenpmu_op, do_xenpmu_op),
    ENTRY(__HYPERVISOR_dm_op, do_dm_op),
    ENTRY(__HYPERVISOR_arch_0, do_mca),
    ENTRY(__HYPERVISOR_platform_op, do_platform_op),
    ENTRY(__HYPERVISOR_kexec_op, do_kexec_op),
    ENTRY(__HYPERVISOR_domctl, do_domctl),
    ENTRY(__HYPERVISOR_sysctl, do_sysctl),
    ENTRY(__HYPERVISOR_hypfs_op, do_hypfs_op),
    /* Named by the ABI and not there. */
    GAP(__HYPERVISOR_xsm_op),
    GAP(__HYPERVISOR_xenoprof_op),
    GAP(__HYPERVISOR_tmem_op),
    GAP(__HYPERVISOR_argo_op),
    /* No name: 11, 43 to 47 and from 56 on; 49 to 55 are the machine's, and x86 uses none of them. */
    GAP(11),
    GAP(43),
    GAP(44),
    GAP(45),
    GAP(46),
    GAP(47),
    GAP(49),
    GAP(50),
    GAP(51),
    GAP(52),
    GAP(53),
    GAP(54),
    GAP(55),
    GAP(56),
    GAP(57),
    GAP(58),
    GAP(59),
    GAP(60),
    GAP(61),
    GAP(62),
    GAP(63),
};
