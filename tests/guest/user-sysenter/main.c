/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYSENTER on an Intel processor enters the sysenter callback, from 64-bit user code as well.
 *
 * callback.h: type sysenter. The instruction keeps neither rip nor rsp: the frame has both as 0 and a cs and
 * ss of user mode, and the kernel must know where its users go on. IF is set in the frame; NT and TF are as
 * the user had them. Without a callback it is #GP. The kernel's own SYSENTER leaves no stack for a frame, and
 * is not tried.
 *
 * What goes wrong: TF and NT, which SYSENTER does not clear, stay set in the hypervisor, which traps itself
 * or faults at its next IRET; the rip of 0 makes the hypervisor decode instructions there.
 */
#include "guest.h"

#include <xen/callback.h>

const char test_title[] = "SYSENTER and its callback";

static void user_sysenter(void)
{
    asm volatile("stc; sysenter");
}

static void user_sysenter_nt(void)
{
    asm volatile("pushfq; orl $0x4000, (%%rsp); popfq; sysenter" ::: "memory");
}

static void user_sysenter_tf(void)
{
    asm volatile("pushfq; orl $0x100, (%%rsp); popfq; sysenter" ::: "memory");
}

static void expect(uint64_t vector, uint64_t flags)
{
    const struct trap_frame *frame = &trap_last.frame;

    CHECK_EQUAL(trap_last.count, 1);
    CHECK_EQUAL(frame->vector, vector);
    CHECK_EQUAL(frame->error_code, 0);
    CHECK_EQUAL(frame->rip, 0);
    CHECK_EQUAL(frame->rsp, 0);
    CHECK_EQUAL(FRAME_CS(frame), 3);
    CHECK_EQUAL((uint16_t)frame->ss, FLAT_USER_SS);
    CHECK_EQUAL(trap_last.frame_end, (uint64_t)user_trap_stack + STACK_SIZE);
    CHECK_EQUAL(frame->rflags & (RFLAGS_IF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_TF), RFLAGS_IF | flags);
}

void test_main(void)
{
    struct callback_register op = {.type = CALLBACKTYPE_sysenter, .address = (unsigned long)syscall_entry};
    uint32_t a, b, c, d;

    cpuid_emulated(0, 0, &a, &b, &c, &d);
    REQUIRE(b == 0x756e6547); /* GenuineIntel */
    cpuid_emulated(1, 0, &a, &b, &c, &d);
    CHECK_EQUAL(d >> 11 & 1, 1);
    user_initialise();
    user_run(user_sysenter);
    expect(13, 0);
    CHECK_RC(hypercall_callback_op(CALLBACKOP_register, &op), 0);
    user_run(user_sysenter);
    expect(VECTOR_SYSCALL, 0);
    CHECK_EQUAL(trap_last.frame.rflags & RFLAGS_CF, RFLAGS_CF);
    user_run(user_sysenter_nt);
    expect(VECTOR_SYSCALL, RFLAGS_NT);
    user_run(user_sysenter_tf);
    expect(VECTOR_SYSCALL, RFLAGS_TF);
    op.flags = CALLBACKF_mask_events;
    CHECK_RC(hypercall_callback_op(CALLBACKOP_register, &op), 0);
    user_run(user_sysenter);
    CHECK_EQUAL(trap_last.mask, 1);
    CHECK_EQUAL(FRAME_MASK(&trap_last.frame), 0);
    test_success();
}
