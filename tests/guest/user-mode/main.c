/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iret to user mode, and the way back by a system call: two modes, two page tables, one ring.
 *
 * xen-x86_64.h: cs with RPL 3 in the iret frame means user mode, which runs on the table given to
 * MMUEXT_NEW_USER_BASEPTR. SYSCALL there is no hypercall but enters the registered callback with the
 * exception frame: rcx and r11 as SYSCALL leaves them (return address and flags), then rip, cs with RPL 3,
 * rflags, rsp, ss, on the stack of the last stack_switch. The mode also selects the GS base.
 *
 * What goes wrong: the hypervisor takes the user's SYSCALL for a hypercall (user space then owns the guest);
 * the frame goes to the user's stack; kernel mode comes back on the user's page table; GS bases are not
 * exchanged.
 */
#include "guest.h"

const char test_title[] = "user mode by iret, kernel mode by SYSCALL";

static volatile uint64_t user_gs, gs_target[2] = {0x6b65726e, 0x75736572};

static void user_syscall(void)
{
    asm volatile("movq %%gs:0, %0" : "=r"(user_gs));
    asm volatile("stc\n\t"
                 ".globl user_syscall_instruction\n"
                 "user_syscall_instruction:\tsyscall" ::"a"(__HYPERVISOR_xen_version),
                 "D"(0), "S"(0)
                 : "rcx", "r11", "memory");
}

static void user_read_kernel_slot(void)
{
    (void)*(volatile uint64_t *)HYPERVISOR_VIRT_START;
    asm volatile("syscall" ::"a"(1) : "rcx", "r11", "memory");
}

extern char user_syscall_instruction[];

void test_main(void)
{
    const struct trap_frame *frame = &trap_last.frame;
    uint64_t kernel_gs;

    user_initialise();
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_KERNEL, (unsigned long)&gs_target[0]), 0);
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_USER, (unsigned long)&gs_target[1]), 0);
    user_run(user_syscall);

    CHECK_EQUAL(trap_last.count, 1);
    CHECK_EQUAL(frame->vector, VECTOR_SYSCALL);
    CHECK_EQUAL(frame->rip, user_syscall_instruction + 2);
    CHECK_EQUAL(frame->rcx, frame->rip);
    CHECK_EQUAL(frame->r11, frame->rflags);
    CHECK_EQUAL(FRAME_CS(frame), FLAT_USER_CS);
    CHECK_EQUAL(FRAME_MASK(frame), 0);
    CHECK_EQUAL((uint16_t)frame->ss, FLAT_USER_SS);
    CHECK_EQUAL(frame->rflags & (RFLAGS_IF | RFLAGS_CF | RFLAGS_IOPL), RFLAGS_IF | RFLAGS_CF);
    CHECK_EQUAL(frame->rax, __HYPERVISOR_xen_version);
    CHECK_EQUAL(trap_last.frame_end, (uint64_t)user_trap_stack + STACK_SIZE);
    CHECK_EQUAL(user_gs, 0x75736572);

    asm volatile("movq %%gs:0, %0" : "=r"(kernel_gs));
    CHECK_EQUAL(kernel_gs, 0x6b65726e);
    CHECK_EQUAL(read_cr3() >> PAGE_SHIFT, mfn_of((void *)start_info->pt_base));

    /* A second round after the first, and the M2P, which user mode does not see through its own table. */
    user_run(user_syscall);
    CHECK_EQUAL(frame->vector, VECTOR_SYSCALL);
    user_run(user_read_kernel_slot);
    CHECK_EQUAL(frame->vector, 14);
    CHECK_EQUAL(frame->error_code & ~1ul, 4);
    CHECK_EQUAL(trap_last.cr2, HYPERVISOR_VIRT_START);
    test_success();
}
