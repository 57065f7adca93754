/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes of CR0, CR2, CR3 and CR4 are emulated to a guest's view of them.
 *
 * CR0 reads with protection and paging on and the guest's own TS; a write may change TS alone. CR3 reads as
 * the machine address of the kernel's table. CR4 reads with PAE; a write keeps the bits that belong to the
 * guest and silently ignores the rest. CR8 does not exist for a guest.
 *
 * What goes wrong: CR3 shows the table that the hypervisor runs on; a guest may clear WP or PG; writing CR4
 * with the value just read gives #GP.
 */
#include "guest.h"

const char test_title[] = "control registers by emulation";

#define CR0_PE (1ul << 0)
#define CR0_TS (1ul << 3)
#define CR0_WP (1ul << 16)
#define CR0_PG (1ul << 31)

static int write_cr0(uint64_t value)
{
    return TRAP_TRY("movq %0, %%cr0", "r"(value));
}

static int write_cr4(uint64_t value)
{
    return TRAP_TRY("movq %0, %%cr4", "r"(value));
}

void test_main(void)
{
    uint64_t cr0 = read_cr0(), cr4 = read_cr4();

    CHECK_EQUAL(cr0 & (CR0_PE | CR0_TS | CR0_WP | CR0_PG), CR0_PE | CR0_WP | CR0_PG);
    CHECK_EQUAL(write_cr0(cr0), -1);
    CHECK_EQUAL(write_cr0(cr0 | CR0_TS), -1);
    CHECK_EQUAL(read_cr0(), cr0 | CR0_TS);
    CHECK_EQUAL(TRAP_TRY("fnop"), 7);
    CHECK_EQUAL(write_cr0(cr0), -1);
    CHECK_EQUAL(write_cr0(cr0 & ~CR0_WP), 13);
    CHECK_EQUAL(trap_last.frame.error_code, 0);
    CHECK_EQUAL(write_cr0(cr0 & ~CR0_PG), 13);
    CHECK_EQUAL(read_cr0(), cr0);

    CHECK_EQUAL(read_cr3(), start_info->pt_base ? mfn_of((void *)start_info->pt_base) << PAGE_SHIFT : 0);
    CHECK_EQUAL(TRAP_TRY("movq %0, %%cr3", "r"(read_cr3())), -1);
    CHECK_EQUAL(TRAP_TRY("movq %0, %%cr3", "r"(maddr_of(&write_cr0) & ~4095ul)), 13);
    CHECK_EQUAL(read_cr3(), mfn_of((void *)start_info->pt_base) << PAGE_SHIFT);

    CHECK_EQUAL(cr4 & (1ul << 5), 1ul << 5);
    CHECK_EQUAL(write_cr4(cr4), -1);
    CHECK_EQUAL(read_cr4(), cr4);
    CHECK_EQUAL(write_cr4(cr4 | 1ul << 2), -1);
    CHECK_EQUAL(read_cr4(), cr4 | 1ul << 2);
    CHECK_EQUAL(write_cr4(cr4), -1);
    CHECK_EQUAL(read_cr4(), cr4);

    asm volatile("movq %0, %%cr2" ::"r"(0x4242ul));
    CHECK_EQUAL(read_cr2(), 0x4242);
    CHECK_EQUAL(shared_info.vcpu_info[0].arch.cr2, 0x4242);
    CHECK_EQUAL(TRAP_TRY("movq %%cr8, %%rax"), 13);
    CHECK_EQUAL(TRAP_TRY("lgdt 0"), 13);
    CHECK_EQUAL(TRAP_TRY("swapgs"), 13);
    CHECK_EQUAL(TRAP_TRY("invlpg 0"), 13);
    test_success();
}
