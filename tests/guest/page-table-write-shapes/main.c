/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instructions by which kernels write L1 entries through read-only mappings, in their usual encodings,
 * and some by which a write there stays a page fault.
 *
 * Linux writes entries with "xchg r64, m64", "mov r64, m64" and "lock andb"/"lock orb" on their lowest byte,
 * and patches the lock prefix to a ds prefix when it has one CPU. The hypervisor takes them apart, with
 * whatever registers and displacement the compiler chose. What it does not emulate must reach the kernel as
 * the page fault that the processor raised, with the entry as it was: Linux saves registers with fxsave,
 * whose faults on read-only pages its copy-on-write has to see. (Stock Xen emulates movs to an L1 table,
 * Xenport does not: no kernel is known to do that.)
 *
 * What goes wrong: a displacement or an extended register is misread, so that another entry is written; the
 * instruction's length is wrong; a store that lies across two entries is taken for one of the second; an
 * instruction that reads memory, or writes twice, is taken for a store.
 */
#include "guest.h"

const char test_title[] = "each shape of a store to an L1 table";

static char page[2][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t *entry;
static uint64_t values[2];

static void check_entry(unsigned int which)
{
    CHECK_EQUAL(*entry & ~PTE_GLOBAL, values[which]);
}

/* A store of the register `source` by `text`; `base` holds the entry's address less the displacement. */
#define STORE(which, text, displacement, base, source)                                                       \
    do {                                                                                                     \
        uint64_t base_ = (uint64_t)entry - (uint64_t)(displacement), value_ = values[which];                 \
        asm volatile("movq %0, %%" base "; movq %1, %%" source "; " text                                     \
                     :                                                                                       \
                     : "r"(base_), "r"(value_)                                                               \
                     : "memory", "rax", base, source);                                                       \
        check_entry(which);                                                                                  \
    } while (0)

static void stores(void)
{
    STORE(1, "movq %%rsi, (%%rdi)", 0, "rdi", "rsi");
    STORE(0, "movq %%r15, 8(%%rbx)", 8, "rbx", "r15");
    STORE(1, "movq %%rcx, -8(%%r8)", -8, "r8", "rcx");
    STORE(0, "movq %%rdx, 0x12345(%%r13)", 0x12345, "r13", "rdx");
    STORE(1, "movq %%r9, (%%r12)", 0, "r12", "r9");
    STORE(0, "xorl %%eax, %%eax; movq %%rsi, (%%rdi, %%rax)", 0, "rdi", "rsi");
}

/* xchg leaves the old entry in the register. */
static void exchanges(void)
{
    uint64_t value = values[1], second = values[0];
    register uint64_t far asm("r14") = (uint64_t)entry - 0x40;

    asm volatile("xchgq %0, (%1)" : "+r"(value) : "r"(entry) : "memory");
    CHECK_EQUAL(value & ~PTE_GLOBAL, values[0]);
    check_entry(1);
    asm volatile("xchgq %0, 0x40(%1)" : "+r"(second) : "r"(far) : "memory");
    CHECK_EQUAL(second & ~PTE_GLOBAL, values[1]);
    check_entry(0);
}

static void bytes(void)
{
    asm volatile("lock; andb $0xfd, (%0)" : : "r"(entry) : "memory");
    CHECK_EQUAL(*entry & PTE_WRITABLE, 0);
    asm volatile(".byte 0x3e; orb $2, (%0)" : : "r"(entry) : "memory");
    check_entry(0);
    asm volatile(".byte 0x3e; andb $0xfd, (%0)" : : "r"(entry) : "memory");
    CHECK_EQUAL(*entry & PTE_WRITABLE, 0);
    asm volatile("lock; orb $2, (%0)" : : "r"(entry) : "memory");
    check_entry(0);
}

static void expect_fault(int vector, uint64_t address, const char *what)
{
    if (vector != 14)
        test_failure("%s: vector %d", what, vector);
    CHECK_EQUAL(trap_last.frame.error_code, 3);
    CHECK_EQUAL(trap_last.cr2, address);
    check_entry(0);
}

static void reflected(void)
{
    expect_fault(TRAP_TRY("fxsave64 (%0)", "r"((uint64_t)entry & ~15ul)), (uint64_t)entry & ~15ul,
                 "fxsave64");
    expect_fault(TRAP_TRY("movq %1, (%0)", "r"(entry), "r"(PTE_MAKE(mfn_of((void *)entry), PTE_RW))),
                 (uint64_t)entry, "the table itself, writable");
}

void test_main(void)
{
    entry = (volatile uint64_t *)page_entry(page[0], 1);
    for (unsigned int i = 0; i < 2; i++)
        values[i] = PTE_MAKE(mfn_of(page[i]), PTE_RW);
    page[0][0] = page[1][0] = 1;
    CHECK_EQUAL(trap_try_write((void *)entry, values[0]), -1);
    stores();
    exchanges();
    bytes();
    reflected();
    test_success();
}
