/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What entry.S knows of C structures: offsets as absolute symbols, resolved by the linker, so that no header
 * is generated; and the checks of what it takes for granted.
 */
#include <xen/domain.h>
#include <xen/hypercall.h>

#define OFFSET(symbol, value)                                                                                \
    __asm__ __volatile__(".globl " #symbol "\n.hidden " #symbol "\n.set " #symbol ", %c0" : : "i"(value))

BUILD_BUG_ON(offsetof(struct cpu_user_regs, r15) != 0);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, r11) != 48);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, rax) != 80);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, rdi) != 112);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, error_code) != 120);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, entry_vector) != 124);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, rip) != 128);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, es) != 168);
BUILD_BUG_ON(offsetof(struct cpu_user_regs, ds) != 176);
/* The frame of the processor begins at guest_regs.es and must be aligned to 16 bytes. */
BUILD_BUG_ON(offsetof(struct cpu_info, guest_regs) != 0);
BUILD_BUG_ON(sizeof(struct cpu_info) % 16 != 8);
BUILD_BUG_ON(VCPUF_KERNEL_MODE != 1);
BUILD_BUG_ON(TARGET_MASK_EVENTS != 4);
BUILD_BUG_ON(offsetof(struct arch_vcpu, nmi_masked) != offsetof(struct arch_vcpu, nmi_pending) + 1);
BUILD_BUG_ON(VMASST_TYPE_architectural_iopl != 4);
BUILD_BUG_ON(offsetof(struct iret_context, rflags) != 48);
BUILD_BUG_ON(offsetof(struct iret_context, ss) != 64);
BUILD_BUG_ON(__HYPERVISOR_iret != 23);
BUILD_BUG_ON(VGCF_in_syscall != 0x100);
BUILD_BUG_ON(offsetof(struct vcpu_info, evtchn_upcall_pending) != 0);
BUILD_BUG_ON(offsetof(struct vcpu_info, evtchn_upcall_mask) != 1);
BUILD_BUG_ON(NR_HYPERCALLS != 64);

static void __used entry_offsets(void)
{
    OFFSET(OFF_CPU_CURRENT, offsetof(struct cpu_info, current_vcpu));
    OFFSET(OFF_CPU_PERCPU, offsetof(struct cpu_info, percpu_offset));
    OFFSET(OFF_CPU_SCRATCH, offsetof(struct cpu_info, scratch));
    OFFSET(OFF_CPU_INFO_SIZE, sizeof(struct cpu_info));
    OFFSET(OFF_VCPU_FLAGS, offsetof(struct vcpu, arch.flags));
    OFFSET(OFF_VCPU_NMI_PENDING, offsetof(struct vcpu, arch.nmi_pending));
    OFFSET(OFF_VCPU_DOMAIN, offsetof(struct vcpu, domain));
    OFFSET(OFF_DOMAIN_VM_ASSIST, offsetof(struct domain, vm_assist));
    OFFSET(OFF_STACK_CURRENT,
           (long)offsetof(struct cpu_info, current_vcpu) - (long)sizeof(struct cpu_info) + 1);
    OFFSET(OFF_DOMAIN_LINEAR_L4, offsetof(struct domain, arch.linear_l4));
    OFFSET(OFF_VCPU_INFO, offsetof(struct vcpu, info));
    OFFSET(OFF_VCPU_USER_TABLE, offsetof(struct vcpu, arch.guest_table_user));
    OFFSET(OFF_VCPU_KERNEL_TABLE, offsetof(struct vcpu, arch.guest_table));
    OFFSET(OFF_VCPU_KERNEL_SP, offsetof(struct vcpu, arch.kernel_sp));
    OFFSET(OFF_VCPU_SYSCALL_ADDRESS, offsetof(struct vcpu, arch.syscall_callback.address));
    OFFSET(OFF_VCPU_SYSCALL_FLAGS, offsetof(struct vcpu, arch.syscall_callback.flags));
    OFFSET(OFF_VCPU_CR3, offsetof(struct vcpu, arch.cr3));
    OFFSET(OFF_VCPU_HYPERCALL, offsetof(struct vcpu, hypercall_nr));
}
