/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypercall changes rax, rcx and r11 and no other register; events, timers and other vCPUs change none at
 * all.
 *
 * xen-x86_64.h: arguments in rdi, rsi, rdx, r10, r8, the result in rax; SYSCALL itself takes rcx and r11.
 * Vector registers belong to the guest wholly: the hypervisor saves them when another vCPU wants them. rflags
 * come back as they were.
 *
 * What goes wrong: argument registers are clobbered, as the ABI allows but the inline hypercalls of kernels
 * do not expect of those beyond a call's arguments; an interrupt in the middle of guest code restores vector
 * registers of another vCPU.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "registers over hypercalls, events and vCPU switches";

#define ROUNDS 3000

static volatile unsigned int stop, turns;

/* The other vCPU, on the same processor, has other values in the same registers. */
static void second(void)
{
    asm volatile("movq %0, %%xmm0\n\tmovq %0, %%xmm7\n\tmovq %0, %%xmm15" ::"r"(0x5a5a5a5a5a5a5a5aul));
    while (!stop) {
        turns++;
        asm volatile("paddq %xmm7, %xmm15");
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

/* Fills the registers, yields by a hypercall (sched_op 0), answers a bit for each that differs afterwards. */
static unsigned long one_round(unsigned long seed)
{
    unsigned long differs = 0;

    asm volatile("movq %[seed], %%rbx\n\t"
                 "leaq 1(%%rbx), %%rdx\n\tleaq 2(%%rbx), %%r8\n\tleaq 3(%%rbx), %%r9\n\t"
                 "leaq 4(%%rbx), %%r10\n\tleaq 5(%%rbx), %%r12\n\tleaq 6(%%rbx), %%r13\n\t"
                 "leaq 7(%%rbx), %%r14\n\tleaq 8(%%rbx), %%r15\n\t"
                 "movq %%rdx, %%xmm0\n\tmovq %%r8, %%xmm7\n\tmovq %%r9, %%xmm15\n\t"
                 "xorl %%edi, %%edi\n\txorl %%esi, %%esi\n\tmovl $29, %%eax\n\tstc\n\tstd\n\tsyscall\n\t"
                 "sbbq %%rax, %%rax\n\tcld\n\tincq %%rax\n\torq %%rax, %[differs]\n\t"
                 "orq %%rdi, %[differs]\n\torq %%rsi, %[differs]\n\t"
                 "subq %%rbx, %%rdx\n\tsubq %%rbx, %%r8\n\tsubq %%rbx, %%r9\n\tsubq %%rbx, %%r10\n\t"
                 "subq %%rbx, %%r12\n\tsubq %%rbx, %%r13\n\tsubq %%rbx, %%r14\n\tsubq %%rbx, %%r15\n\t"
                 "xorq $1, %%rdx\n\txorq $2, %%r8\n\txorq $3, %%r9\n\txorq $4, %%r10\n\t"
                 "xorq $5, %%r12\n\txorq $6, %%r13\n\txorq $7, %%r14\n\txorq $8, %%r15\n\t"
                 "orq %%rdx, %[differs]\n\torq %%r8, %[differs]\n\torq %%r9, %[differs]\n\t"
                 "orq %%r10, %[differs]\n\torq %%r12, %[differs]\n\torq %%r13, %[differs]\n\t"
                 "orq %%r14, %[differs]\n\torq %%r15, %[differs]\n\t"
                 "movq %%xmm0, %%rdx\n\tmovq %%xmm7, %%r8\n\tmovq %%xmm15, %%r9\n\t"
                 "subq %%rbx, %%rdx\n\tsubq %%rbx, %%r8\n\tsubq %%rbx, %%r9\n\t"
                 "xorq $1, %%rdx\n\txorq $2, %%r8\n\txorq $3, %%r9\n\t"
                 "orq %%rdx, %[differs]\n\torq %%r8, %[differs]\n\torq %%r9, %[differs]"
                 : [differs] "+m"(differs)
                 : [seed] "m"(seed)
                 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                   "r15", "memory", "cc");
    return differs;
}

void test_main(void)
{
    unsigned long round, differs;

    REQUIRE(vcpu_launch(1, second) == 0);
    for (round = 0; round < ROUNDS; round++) {
        differs = one_round(round * 0x123456789abcdef);
        if (differs) {
            test_failure("round %lu: 0x%lx", round, differs);
            break;
        }
    }
    REQUIRE(turns != 0);
    stop = 1;
    test_success();
}
