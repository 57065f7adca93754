/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breakpoints and single steps of the guest stop the guest, not the hypervisor.
 *
 * Debug registers are the processor's, not a privilege level's: a breakpoint on an address that the
 * hypervisor touches, or a single step that is due when the guest enters it, fires in ring 0. Three ways are
 * known: a breakpoint on the hypervisor's own memory; one on guest memory that the hypervisor reads and
 * writes for the guest; and MOV SS, which puts a due #DB off past the next instruction, when that is SYSCALL
 * or INT, to the hypervisor's first one, where the stack is not yet its own (CVE-2018-8897, XSA-260). A trap
 * that is taken again and again on the way into its own handler hangs the machine (XSA-156 is the HVM form).
 *
 * Asserted: registers never take the hypervisor's addresses, general detect, nor addresses that are not
 * canonical; hypercalls on watched memory work; after each of the combinations with MOV SS and TF the guest
 * goes on. Whether and where a #DB is reported in these cases is the processor's business and not asserted.
 */
#include "guest.h"

const char test_title[] = "breakpoints and single steps at the borders of the hypervisor";

static volatile uint64_t watched[64] __attribute__((aligned(64)));

#define DR7_WATCH(n, type) (1ul << (2 * (n)) | (uint64_t)(type) << (16 + 4 * (n)) | 2ul << (18 + 4 * (n)))
#define ON_WRITE           1
#define ON_ACCESS          3

static void bad_addresses(void)
{
    static const uint64_t bad[] = {0xffff800000000000, 0xffff82d040200000, 0xffff830000000000,
                                   0xffff87ffffffffff, 0x0000800000000000, 0xffff7fffffffffff,
                                   0x8000000000000000};
    unsigned int i, reg;

    for (i = 0; i < ARRAY_SIZE(bad); i++) {
        for (reg = 0; reg < 4; reg++) {
            CHECK(hypercall_set_debugreg((int)reg, bad[i]) < 0);
            CHECK_EQUAL(hypercall_get_debugreg((int)reg), 0);
        }
    }
    CHECK(hypercall_set_debugreg(7, 1ul << 13) < 0);
    CHECK(hypercall_set_debugreg(7, 1ul << 32) < 0);
    CHECK(hypercall_set_debugreg(6, 1ul << 40) < 0);
}

/* The hypervisor reads and writes what is watched. */
static void watched_arguments(void)
{
    struct mmu_update *update = (struct mmu_update *)watched;
    unsigned int n;

    CHECK_RC(hypercall_set_debugreg(0, (unsigned long)watched), 0);
    CHECK_RC(hypercall_set_debugreg(7, DR7_WATCH(0, ON_ACCESS) | DR7_WATCH(1, ON_WRITE)), 0);
    for (n = 0; n < 100; n++) {
        update->ptr = 6;
        CHECK(hypercall_mmu_update(update, 1, NULL, DOMID_SELF) < 0);
        CHECK_RC(hypercall_xen_version(2, (void *)watched), 0);
    }
    CHECK_RC(hypercall_set_debugreg(7, 0), 0);
}

static void single_step_into_hypercall(void)
{
    uint64_t rax = __HYPERVISOR_xen_version;

    asm volatile("pushfq; orl $0x100, (%%rsp); popfq\n\t"
                 "syscall\n\t"
                 "nop\n\t"
                 "pushfq; andl $~0x100, (%%rsp); popfq"
                 : "+a"(rax)
                 : "D"(0ul), "S"(0ul)
                 : "rcx", "r11", "memory", "cc");
    CHECK(rax == (uint64_t)hypercall_xen_version(0, NULL));
}

/* MOV SS from memory that is watched, then an entry to the hypervisor. */
static void mov_ss(void)
{
    uint64_t rax;
    unsigned int n;

    *(volatile uint16_t *)watched = FLAT_KERNEL_SS;
    CHECK_RC(hypercall_set_debugreg(7, DR7_WATCH(0, ON_ACCESS)), 0);
    for (n = 0; n < 10; n++) {
        rax = __HYPERVISOR_xen_version;
        asm volatile("movw (%%rbx), %%ss\n\tsyscall"
                     : "+a"(rax)
                     : "b"(watched), "D"(0ul), "S"(0ul)
                     : "rcx", "r11", "memory");
        CHECK(rax == (uint64_t)hypercall_xen_version(0, NULL));
        asm volatile("movw (%0), %%ss\n\tint3" : : "r"(watched) : "memory");
        asm volatile("movw (%0), %%ss\n\tcpuid" : : "r"(watched), "a"(0) : "memory", "rbx", "rcx", "rdx");
        asm volatile("movw (%0), %%ss\n\t.byte 0x0f, 0x0b, 0x78, 0x65, 0x6e\n\tcpuid"
                     :
                     : "r"(watched), "a"(0x40000000)
                     : "memory", "rbx", "rcx", "rdx");
    }
    CHECK_RC(hypercall_set_debugreg(7, 0), 0);
}

void test_main(void)
{
    bad_addresses();
    trap_continue = true;
    watched_arguments();
    single_step_into_hypercall();
    mov_ss();
    trap_forget();
    trap_continue = false;
    CHECK(hypercall_xen_version(0, NULL) > 0);
    test_success();
}
