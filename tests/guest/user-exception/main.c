/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions of user mode arrive on the kernel's stack with cs of RPL 3 and, for page faults, the U bit.
 *
 * The frame is that of trap-frame, but placed at the stack pointer of the last stack_switch, with the user's
 * rsp and ss in it. Instructions that the hypervisor emulates for the kernel (CLI, port access, MSRs, control
 * registers) are plain #GP in user mode: the virtual I/O privilege level is 0 until the kernel raises it.
 *
 * What goes wrong: user space may execute CLI or OUT through the emulator; U is cleared for everyone; the
 * user's rsp is used when it happens to be aligned.
 */
#include "guest.h"

const char test_title[] = "exceptions of user mode";

static char kernel_only[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

#define USER_CODE(name, text)                                                                                \
    static void name(void)                                                                                   \
    {                                                                                                        \
        asm volatile(text "\n\tmovl $1, %%eax\n\tsyscall" ::: "rax", "rcx", "rdx", "r11", "memory");         \
    }

USER_CODE(user_ud, "ud2")
USER_CODE(user_divide, "xorl %%eax, %%eax; divl %%eax")
USER_CODE(user_cli, "cli")
USER_CODE(user_out, "movw $0x3f8, %%dx; inb %%dx, %%al")
USER_CODE(user_cr0, "movq %%cr0, %%rax")
USER_CODE(user_cr3, "movq %%cr3, %%rax")
USER_CODE(user_rdmsr, "movl $0xc0000100, %%ecx; rdmsr")
USER_CODE(user_hlt, "hlt")
USER_CODE(user_read, "movq 0x1000, %%rax")
USER_CODE(user_write, "movq %%rax, 0x1008")
USER_CODE(user_write_read_only, "movq %%rax, kernel_only")
USER_CODE(user_jump, "movq $0x2000, %%rax; jmp *%%rax")
USER_CODE(user_hole, "movq $0xffff830000000000, %%rax; movq (%%rax), %%rax")

static void expect(void (*function)(void), uint64_t vector, uint64_t error_code)
{
    const struct trap_frame *frame = &trap_last.frame;

    user_run(function);
    CHECK_EQUAL(frame->vector, vector);
    CHECK_EQUAL(frame->error_code, error_code);
    CHECK_EQUAL(FRAME_CS(frame), FLAT_USER_CS);
    CHECK_EQUAL(FRAME_MASK(frame), 0);
    CHECK_EQUAL((uint16_t)frame->ss, FLAT_USER_SS);
    CHECK_EQUAL(trap_last.frame_end, (uint64_t)user_trap_stack + STACK_SIZE);
    CHECK(frame->rsp < (uint64_t)user_trap_stack || frame->rsp > (uint64_t)user_trap_stack + STACK_SIZE);
}

void test_main(void)
{
    CHECK_EQUAL(page_protect(kernel_only), 0);
    user_initialise();
    expect(user_ud, 6, 0);
    expect(user_divide, 0, 0);
    expect(user_cli, 13, 0);
    expect(user_out, 13, 0);
    expect(user_cr0, 13, 0);
    expect(user_cr3, 13, 0);
    expect(user_rdmsr, 13, 0);
    expect(user_hlt, 13, 0);
    expect(user_read, 14, 4);
    CHECK_EQUAL(trap_last.cr2, 0x1000);
    expect(user_write, 14, 6);
    CHECK_EQUAL(trap_last.cr2, 0x1008);
    expect(user_write_read_only, 14, 7);
    CHECK_EQUAL(trap_last.cr2, kernel_only);
    expect(user_jump, 14, 0x14);
    CHECK_EQUAL(trap_last.cr2, 0x2000);
    CHECK_EQUAL(trap_last.frame.rip, 0x2000);
    user_run(user_hole);
    CHECK_EQUAL(trap_last.frame.vector, 14);
    CHECK_EQUAL(trap_last.frame.error_code & ~1ul, 4);
    CHECK_EQUAL(trap_last.cr2, 0xffff830000000000);
    test_success();
}
