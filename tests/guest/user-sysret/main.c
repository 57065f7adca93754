/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iret to user mode with VGCF_in_syscall: the way back from a system call, which a hypervisor may do by
 * SYSRET.
 *
 * xen-x86_64.h, struct iret_context: with the flag the rcx and r11 of the frame are not restored; the user
 * finds rip and rflags in them, as after SYSRET. Its segments are the flat ones whatever the frame has; rax,
 * rip, rflags and rsp are the frame's. IF is always set.
 *
 * What goes wrong: rcx and r11 of the frame leak through; a cs of the frame's is loaded; a rip that is not
 * canonical makes SYSRET fault in the hypervisor's own mode, with the user's stack.
 */
#include "guest.h"

const char test_title[] = "iret to user mode as from a system call";

extern const char answer_syscall[], user_probe[];
/* What the handler puts into its frame; what user mode finds. */
uint64_t frame_rip, frame_cs, frame_rflags, frame_ss;
uint64_t seen_rax, seen_rcx, seen_r11, seen_rflags, seen_cs, seen_ss;

asm(".text\n"
    "answer_syscall:\n"
    "    popq %rcx\n"
    "    popq %r11\n"
    "    movq frame_rip, %rax\n"
    "    movq %rax, (%rsp)\n"
    "    movq frame_cs, %rax\n"
    "    movq %rax, 8(%rsp)\n"
    "    movq frame_rflags, %rax\n"
    "    movq %rax, 16(%rsp)\n"
    "    movq frame_ss, %rax\n"
    "    movq %rax, 32(%rsp)\n"
    "    pushq $0x100\n" /* VGCF_in_syscall */
    "    pushq $0x33\n"
    "    pushq $0x22\n"
    "    pushq $0x11\n"
    "    movl $23, %eax\n" /* iret */
    "    syscall\n"
    "user_probe:\n"
    "    movq %rax, seen_rax\n"
    "    movq %rcx, seen_rcx\n"
    "    movq %r11, seen_r11\n"
    "    pushfq\n"
    "    popq seen_rflags\n"
    "    movl %cs, %eax\n"
    "    movq %rax, seen_cs\n"
    "    movl %ss, %eax\n"
    "    movq %rax, seen_ss\n"
    "    int3\n");

static void user_calls(void)
{
    asm volatile("syscall" : : : "rcx", "r11", "memory");
}

static void go(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t ss)
{
    frame_rip = rip;
    frame_cs = cs;
    frame_rflags = rflags;
    frame_ss = ss;
    seen_rax = seen_rcx = seen_r11 = seen_rflags = seen_cs = seen_ss = 0;
    user_run(user_calls);
}

static void check_arrival(uint64_t rflags)
{
    CHECK_EQUAL(trap_last.frame.vector, 3);
    CHECK_EQUAL(seen_rax, 0x11);
    CHECK_EQUAL(seen_rcx, user_probe);
    CHECK_EQUAL(seen_r11, rflags);
    CHECK_EQUAL(seen_rflags, rflags);
    CHECK_EQUAL(seen_cs, FLAT_USER_CS);
    CHECK_EQUAL(seen_ss, FLAT_USER_SS);
}

void test_main(void)
{
    user_initialise();
    REQUIRE(hypercall_set_callbacks(event_entry, failsafe_entry, answer_syscall) == 0);

    go((uint64_t)user_probe, FLAT_USER_CS, RFLAGS_IF | 2, FLAT_USER_SS);
    check_arrival(RFLAGS_IF | 2);
    go((uint64_t)user_probe, 0x1b, RFLAGS_IF | RFLAGS_OF | RFLAGS_CF | 2, 0);
    check_arrival(RFLAGS_IF | RFLAGS_OF | RFLAGS_CF | 2);
    /* Events masked, as the frame says by IF; the processor's own IF is not the guest's. I/O privilege is not
     * either. */
    go((uint64_t)user_probe, FLAT_USER_CS, RFLAGS_IOPL | 2, FLAT_USER_SS);
    check_arrival(RFLAGS_IF | 2);
    CHECK_EQUAL(FRAME_MASK(&trap_last.frame), 1);

    /* Not canonical: the user's own fault, at that address. */
    go(0x0000800000000000ul, FLAT_USER_CS, RFLAGS_IF | 2, FLAT_USER_SS);
    CHECK_EQUAL(seen_rax, 0);
    CHECK_EQUAL(trap_last.frame.vector, 13);
    CHECK_EQUAL(trap_last.frame.rip, 0x0000800000000000ul);
    CHECK_EQUAL(FRAME_CS(&trap_last.frame), FLAT_USER_CS);
    test_success();
}
