/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame for HYPERVISOR_iret that no processor accepts comes back to the guest as an exception of its own.
 *
 * The hypervisor loads the frame's registers with IRET or SYSRET. When the processor refuses them the fault
 * comes in ring 0, with the hypervisor half-way out: registers restored, GS swapped or not, and with SYSRET
 * already on the guest's stack (CVE-2012-0217, XSA-7: a return address that is not canonical). What is not
 * refused may be worse: a selector of the hypervisor, IOPL 3, a virtual-8086 flag.
 *
 * Asserted, by plain frames and by frames that claim to return from SYSCALL: each bad rip, cs and ss ends in
 * an exception or in the failsafe callback, in ring 3, with the callee-saved registers whole; flags that a
 * guest may not have are not set afterwards. Which vector comes is not asserted.
 */
#include "guest.h"

const char test_title[] = "iret frames that cannot be loaded";

static uint64_t resumed_rsp;
static volatile uint64_t flags_seen;

/*
 * Leaves by iret with these values; comes back through the exception, or, where the frame was good, at the
 * label. The frame's stack is ours. Answers the vector, or -1.
 */
static int try_iret(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t ss, uint64_t flags)
{
    trap_forget();
    asm volatile(
        "movq %%rsp, %[save]\n\t"
        "subq $512, %%rsp\n\t"
        "movq %%rsp, %%rcx\n\t"
        "movq $771f, trap_resume\n\t"
        "cmpq $0, %[rip]\n\t"
        "jne 770f\n\t"
        "movq $771f, %[rip]\n"
        "770:\tpushq %[ss]\n\t"
        "pushq %%rcx\n\t"
        "pushq %[rflags]\n\t"
        "pushq %[cs]\n\t"
        "pushq %[rip]\n\t"
        "pushq %[flags]\n\t"
        "pushq $0\n\t"
        "pushq $0\n\t"
        "pushq $0\n\t"
        "movl %[iret], %%eax\n\t"
        "syscall\n\t"
        "ud2\n"
        "771:\tpushfq\n\t"
        "popq %[seen]\n\t"
        "movq $0, trap_resume\n\t"
        "movq %[save], %%rsp\n\t"
        "pushq $0x202\n\t"
        "popfq"
        : [save] "=m"(resumed_rsp), [seen] "=m"(flags_seen), [rip] "+r"(rip)
        : [cs] "r"(cs), [rflags] "r"(rflags), [ss] "r"(ss), [flags] "r"(flags), [iret] "i"(__HYPERVISOR_iret)
        : "memory", "rax", "rcx", "r11", "cc");
    return trap_last.count ? (int)trap_last.frame.vector : -1;
}

static void refused(uint64_t rip, uint64_t cs, uint64_t ss, const char *what)
{
    int vector = try_iret(rip, cs, 0x202, ss, 0);

    if (vector < 0 || trap_last.count != 1) {
        test_failure("%s: vector %d, %u exceptions", what, vector, trap_last.count);
    }
}

static void addresses(void)
{
    static const uint64_t rips[] = {0x800000000000,
                                    0xffff7fffffffffff,
                                    0x8000000000000000,
                                    0xffff800000000000,
                                    0xffff82d040200000,
                                    0xffff830000000000,
                                    0x1000};
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(rips); i++) {
        refused(rips[i], FLAT_KERNEL_CS & ~3u, FLAT_KERNEL_SS, "rip");
        CHECK(try_iret(rips[i], FLAT_KERNEL_CS & ~3u, 0x202, FLAT_KERNEL_SS, VGCF_in_syscall) >= 0);
    }
}

static void selectors(void)
{
    /*
     * The hypervisor's code, data and TSS in one hypervisor or the other; beyond the table; absent. Never RPL
     * 3: that is user mode.
     */
    static const uint64_t bad[] = {0xe008, 0xe010, 0xe040,        0xe048, 0xe000,
                                   0xfff8, 0x8,    0x1234 & ~7ul, 0xe050};
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(bad); i++) {
        refused(0, bad[i], FLAT_KERNEL_SS, "cs");
        refused(0, FLAT_KERNEL_CS & ~3u, bad[i], "ss");
    }
    refused(0, 0, FLAT_KERNEL_SS, "no cs");
    refused(0, FLAT_KERNEL_SS & ~3u, FLAT_KERNEL_SS, "data as cs");
    refused(0, FLAT_KERNEL_CS & ~3u, FLAT_KERNEL_CS, "code as ss");
}

static void rflags(void)
{
    static const uint64_t forbidden = RFLAGS_IOPL | 1ul << 17 | 1ul << 19 | 1ul << 20;
    static const uint64_t tried[] = {RFLAGS_IOPL, 1ul << 17, 3ul << 19, 0xffffffff00000000,
                                     RFLAGS_IOPL | RFLAGS_NT | RFLAGS_AC};
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(tried); i++) {
        CHECK_EQUAL(try_iret(0, FLAT_KERNEL_CS & ~3u, tried[i] | 2, FLAT_KERNEL_SS, 0), -1);
        CHECK_EQUAL(flags_seen & forbidden & ~(tried[i] & 3ul << 19), 0);
        CHECK(flags_seen & RFLAGS_IF);
        CHECK_EQUAL(try_iret(0, FLAT_KERNEL_CS & ~3u, tried[i] | 2, FLAT_KERNEL_SS, VGCF_in_syscall), -1);
        CHECK_EQUAL(flags_seen & forbidden & ~(tried[i] & 3ul << 19), 0);
        CHECK(flags_seen & RFLAGS_IF);
        CHECK(hypercall_xen_version(0, NULL) > 0);
    }
}

void test_main(void)
{
    addresses();
    selectors();
    rflags();
    CHECK(hypercall_xen_version(0, NULL) > 0);
    test_success();
}
