/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each exception of the guest kernel arrives with the paravirtual frame, checked word by word.
 *
 * From low to high: rcx, r11, the error code where the vector has one, rip, cs, rflags, rsp, ss. cs has RPL 0
 * (the interrupted code was the kernel, although it ran in ring 3) and the event mask in bits 32 to 39;
 * rflags shows the mask inverted as IF; the frame lies right below the interrupted stack, aligned down to 16.
 * Faults point at the instruction, traps behind it.
 *
 * What goes wrong: cs as the processor pushed it (RPL 3: the kernel believes the fault was its user's); IF
 * always set; an error code pushed for vectors that have none; the red zone skipped as for signals; TF left
 * on in the handler.
 */
#include "guest.h"

const char test_title[] = "exception frames of the guest kernel, word by word";

static uint64_t expected_rip, expected_rsp;

/* Runs text with marked rcx and r11, goes on behind it after the exception. */
#define RAISE(text)                                                                                          \
    do {                                                                                                     \
        trap_forget();                                                                                       \
        asm volatile("movq %%rsp, %1\n\t"                                                                    \
                     "movq $772f, trap_resume\n\t"                                                           \
                     "movq $771f, %0\n\t"                                                                    \
                     "movq $0x1111, %%rcx\n\t"                                                               \
                     "movq $0x2222, %%r11\n\t"                                                               \
                     "xorl %%edx, %%edx\n"                                                                   \
                     "771:\t" text "\n"                                                                      \
                     "772:\tmovq $0, trap_resume"                                                            \
                     : "=&b"(expected_rip), "=&r"(expected_rsp)                                              \
                     :                                                                                       \
                     : "rax", "rcx", "rdx", "r11", "memory", "cc");                                          \
    } while (0)

static void check_frame(const char *what, uint64_t vector, uint64_t error_code, uint64_t length, uint8_t mask)
{
    const struct trap_frame *frame = &trap_last.frame;

    printk("%s\n", what);
    CHECK_EQUAL(trap_last.count, 1);
    CHECK_EQUAL(frame->vector, vector);
    CHECK_EQUAL(frame->error_code, error_code);
    CHECK_EQUAL(frame->rip, expected_rip + length);
    CHECK_EQUAL(frame->cs, (FLAT_KERNEL_CS & ~3ul) | (uint64_t)mask << 32);
    CHECK_EQUAL(frame->rflags & RFLAGS_IF, mask ? 0 : RFLAGS_IF);
    CHECK_EQUAL(frame->rflags & (RFLAGS_IOPL | RFLAGS_NT | 2), 2);
    CHECK_EQUAL(frame->rsp, expected_rsp);
    CHECK_EQUAL(frame->ss, FLAT_KERNEL_SS);
    CHECK_EQUAL(frame->rcx, 0x1111);
    CHECK_EQUAL(frame->r11, 0x2222);
    CHECK_EQUAL(trap_last.frame_end, expected_rsp & ~15ul);
    CHECK_EQUAL(trap_last.mask, mask);
}

void test_main(void)
{
    RAISE("xorl %%eax, %%eax; divl %%eax");
    check_frame("#DE", 0, 0, 2, 1);
    RAISE("int3");
    check_frame("#BP", 3, 0, 1, 1);
    RAISE("int $4");
    check_frame("#OF by INT 4", 4, 0, 2, 1);
    RAISE("ud2");
    check_frame("#UD", 6, 0, 0, 1);
    RAISE("movl $0x2b0f, %%eax; movl %%eax, %%ds");
    check_frame("#GP with a selector", 13, 0x2b0c, 5, 1);
    RAISE("hlt");
    check_frame("#GP by HLT", 13, 0, 0, 1);
    RAISE("movq $1, %%rax; shlq $47, %%rax; movq (%%rax), %%rax");
    check_frame("#GP by a non-canonical address", 13, 0, 11, 1);
    RAISE("movl 0x1000, %%eax");
    check_frame("#PF", 14, 0, 0, 1);

    /* A single step: TF is in the saved flags, and off in the handler (or it would not end). */
    RAISE("pushfq; orq $0x100, (%%rsp); popfq; nop; nop");
    CHECK_EQUAL(trap_last.frame.vector, 1);
    CHECK_EQUAL(trap_last.frame.rip, expected_rip + 11);
    CHECK_EQUAL(trap_last.frame.rflags & RFLAGS_TF, RFLAGS_TF);
    asm volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");

    CHECK_RC(hypercall_fpu_taskswitch(1), 0);
    RAISE("fnop");
    check_frame("#NM", 7, 0, 0, 1);

    event_enable();
    RAISE("ud2");
    event_disable();
    check_frame("#UD with events enabled", 6, 0, 0, 0);
    test_success();
}
