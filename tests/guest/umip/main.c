/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SGDT, SIDT, SLDT, STR and SMSW work in a guest's kernel and in its users, with UMIP in the processor or
 * without.
 *
 * Stock Xen leaves CR4.UMIP off while PV guests run and hides the feature from them, so that these
 * instructions answer as they always did: the tables' limits, the hypervisor's own selectors and CR0. (Intel
 * SDM vol. 2: memory forms of SLDT, STR and SMSW store two bytes, register forms a register of the operand's
 * size.) A hypervisor that sets UMIP for its own sake has to answer them itself.
 *
 * What goes wrong: old programs (and Linux's users of SMSW) die of #GP; the register form leaves rests in the
 * upper half, or the 16-bit form does not; a memory operand that is not there is not the guest's page fault
 * at that address.
 *
 * Not asserted: the bases, which are the hypervisor's business as long as they are in its part; TS of SMSW.
 */
#include "guest.h"

const char test_title[] = "descriptor-table registers and the machine status word from ring 3";

#define HOLE_START  0xffff800000000000ul
#define HOLE_END    0xffff880000000000ul
#define SELECTOR_TR 0xe040
#define CR0_TS      8ul
#define REST        0x1122334455667788ul

static struct {
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) gdt, idt;
    uint64_t ldt, task, status; /* stored to memory: two bytes each */
    uint64_t ldt_register, task_register, status_register, task_16, task_32;
} answers;
static uint64_t absent[512] __attribute__((aligned(PAGE_SIZE)));

static void read_all(void)
{
    answers.ldt = answers.task = answers.status = REST;
    answers.task_16 = answers.task_32 = REST;
    asm volatile("sgdt %0" : "=m"(answers.gdt));
    asm volatile("sidt %0" : "=m"(answers.idt));
    asm volatile("sldt %0" : "+m"(answers.ldt));
    asm volatile("str %0" : "+m"(answers.task));
    asm volatile("smsw %0" : "+m"(answers.status));
    asm volatile("sldt %0" : "=r"(answers.ldt_register));
    /* STR RAX with REX.W, which GNU's assembler leaves out and clang's has no mnemonic for. */
    asm volatile(".byte 0x48, 0x0f, 0x00, 0xc8" : "=a"(answers.task_register));
    asm volatile("smsw %0" : "=r"(answers.status_register));
    asm volatile("str %w0" : "+r"(answers.task_16));
    asm volatile("str %k0" : "+r"(answers.task_32));
}

static void in_hole(uint64_t base)
{
    CHECK(base >= HOLE_START);
    CHECK(base < HOLE_END);
}

static void check_all(void)
{
    CHECK_EQUAL(answers.gdt.limit, 0xefff);
    CHECK_EQUAL(answers.idt.limit, 0xfff);
    in_hole(answers.gdt.base);
    in_hole(answers.idt.base);
    CHECK_EQUAL(answers.ldt, REST & ~0xfffful);
    CHECK_EQUAL(answers.task, (REST & ~0xfffful) | SELECTOR_TR);
    CHECK_EQUAL(answers.status & ~0xfffful, REST & ~0xfffful);
    CHECK_EQUAL((answers.status & 0xffff) | CR0_TS, (read_cr0() & 0xffff) | CR0_TS);
    CHECK_EQUAL(answers.ldt_register, 0);
    CHECK_EQUAL(answers.task_register, SELECTOR_TR);
    CHECK_EQUAL(answers.task_32, SELECTOR_TR);
    CHECK_EQUAL(answers.task_16, (REST & ~0xfffful) | SELECTOR_TR);
    CHECK_EQUAL(answers.status_register | CR0_TS, read_cr0() | CR0_TS);
}

static void user_read_all(void)
{
    read_all();
    asm volatile("movl $1, %%eax\n\tsyscall" ::: "rax", "rcx", "rdx", "r11", "memory");
}

static void check_absent_operand(void)
{
    REQUIRE(page_unmap(absent) == 0);
    CHECK_EQUAL(TRAP_TRY("sgdt %0", "m"(absent[3])), 14);
    CHECK_EQUAL(trap_last.frame.error_code, 2);
    CHECK_EQUAL(trap_last.cr2, (uint64_t)&absent[3]);
    CHECK_EQUAL(TRAP_TRY("movabs $0x0000800000000000, %%rax; str (%%rax)", "i"(0)), 13);
    CHECK_EQUAL(trap_last.frame.error_code, 0);
}

void test_main(void)
{
    struct mmuext_op ldt = {.cmd = MMUEXT_SET_LDT};
    static uint64_t descriptors[512] __attribute__((aligned(PAGE_SIZE)));

    read_all();
    check_all();
    check_absent_operand();
    user_initialise();
    memset(&answers, 0, sizeof(answers));
    user_run(user_read_all);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    check_all();
    REQUIRE(page_protect(descriptors) == 0);
    ldt.arg1.linear_addr = (uint64_t)descriptors;
    ldt.arg2.nr_ents = 512;
    CHECK_RC(hypercall_mmuext_op(&ldt, 1, NULL, DOMID_SELF), 0);
    read_all();
    CHECK_EQUAL(answers.ldt_register, 0xe050);
    test_success();
}
