/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel in ring 3 may execute IRETQ, far returns and far calls that stay in ring 3, with SMAP on in the
 * processor or not.
 *
 * They are no privileged instructions: what they pop and push are ordinary accesses of ring 3 to its own
 * stack (Intel SDM vol. 3, 4.6: only accesses to descriptor tables and the TSS are the supervisor's whatever
 * the CPL). Linux serialises with an IRETQ to its next instruction whenever it has patched its own code, also
 * as a PV guest.
 *
 * What goes wrong: QEMU's emulation before version 9.1 made these accesses as supervisor ones, so that with
 * CR4.SMAP each is a #PF with error code 1 that no retry mends, and stock Xen hands it to a kernel that can
 * do nothing about it: this is why stock Linux dies there on stock Xen (so this test runs with SMAP off on
 * stock Xen). Xenport sees that the fault cannot be and goes on without SMAP, with a warning.
 *
 * Asserted: each goes on where it should, rsp is right, and no exception comes; from kernel and from user
 * mode.
 */
#include "guest.h"

const char test_title[] = "IRETQ, far returns and far calls within ring 3";

static volatile uint64_t user_answer;
static struct {
    uint64_t offset;
    uint16_t selector;
} __attribute__((packed)) far_target = {.selector = FLAT_KERNEL_CS};

/* Each answers how far rsp came out from where it was; 1: the code behind was not reached. */
static inline uint64_t iretq_to_next(void)
{
    uint64_t before, after = 1;

    asm volatile("movq %%rsp, %0\n\t"
                 "pushq %2\n\tpushq %0\n\tpushfq\n\tpushq %3\n\tpushq $1f\n\tiretq\n"
                 "1:\tmovq %%rsp, %1"
                 : "=&r"(before), "+&r"(after)
                 : "i"(FLAT_KERNEL_SS), "i"(FLAT_KERNEL_CS)
                 : "memory", "cc");
    return after - before;
}

static inline uint64_t far_return_to_next(void)
{
    uint64_t before, after = 1;

    asm volatile("movq %%rsp, %0\n\t"
                 "pushq %2\n\tpushq $1f\n\tlretq\n"
                 "1:\tmovq %%rsp, %1"
                 : "=&r"(before), "+&r"(after)
                 : "i"(FLAT_KERNEL_CS)
                 : "memory");
    return after - before;
}

static inline uint64_t far_call_and_return(void)
{
    uint64_t before, after = 1;

    asm volatile("movq %%rsp, %0\n\t"
                 "movq $2f, %2\n\trex64 lcall *%2\n\tjmp 1f\n"
                 "2:\tlretq\n"
                 "1:\tmovq %%rsp, %1"
                 : "=&r"(before), "+&r"(after), "+m"(far_target.offset)
                 :
                 : "memory");
    return after - before;
}

static void user_iretq(void)
{
    user_answer = iretq_to_next();
    asm volatile("movl $1, %%eax\n\tsyscall" ::: "rax", "rcx", "rdx", "r11", "memory");
}

static void user_far(void)
{
    user_answer = far_return_to_next() | far_call_and_return();
    asm volatile("movl $1, %%eax\n\tsyscall" ::: "rax", "rcx", "rdx", "r11", "memory");
}

static void run_in_user(void (*function)(void), const char *what)
{
    user_answer = 1;
    user_run(function);
    printk("%s of user mode\n", what);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    CHECK_EQUAL(user_answer, 0);
}

void test_main(void)
{
    trap_forget();
    CHECK_EQUAL(iretq_to_next(), 0);
    CHECK_EQUAL(far_return_to_next(), 0);
    CHECK_EQUAL(far_call_and_return(), 0);
    CHECK_EQUAL(trap_last.count, 0);
    user_initialise();
    run_in_user(user_iretq, "IRETQ");
    run_in_user(user_far, "far returns");
    test_success();
}
