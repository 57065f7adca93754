/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes to L1 tables that the hypervisor does for the guest: which instructions, what they leave in the
 * entry, the registers and the flags, and what stays the guest's page fault. The instructions are bytes in
 * our own memory; what they name is an address of the guest's tables.
 */
#include <check.h>
#include <string.h>
#include <xen/errno.h>
#include "fake_machine.h"

#define PR (PTE_PRESENT | PTE_USER)
#define PW (PR | PTE_WRITE)
#define CF 1ul
#define ZF 0x40ul
#define TF 0x100ul

enum { L4 = FIRST_GUEST, L3, L2, L1, DATA, DATA2 };

#define SLOT 5u /* of the entry that is written; the table itself is mapped by entry 3 */
#define VA   ((3ul << PAGE_SHIFT) + SLOT * 8)

Suite *write_emulation_suite(void);

static struct cpu_user_regs regs;

static uint64_t entry(uint64_t n, uint64_t flags)
{
    return pte_make(mfn(n), flags).v;
}

/* A selector of 64-bit code: this program's own, or the guest kernel's. */
static uint16_t own_cs(void)
{
    uint16_t cs;

    __asm__("mov %%cs, %0" : "=r"(cs));
    return cs;
}

static void setup(void)
{
    machine_reset();
    frame(L4)[0].v = entry(L3, PW);
    frame(L3)[0].v = entry(L2, PW);
    frame(L2)[0].v = entry(L1, PW);
    for (unsigned int i = 0; i < 4; i++)
        frame(L1)[i].v = entry(L4 + i, PR);
    frame(L1)[SLOT].v = entry(DATA, PW);
    ck_assert_int_eq(pv_pin_table(&guest, mfn(L4), 4), 0);
    ck_assert_int_eq(pv_set_bases(&guest_vcpu[0], mfn(L4), INVALID_MFN), 0);
    memset(&regs, 0, sizeof(regs));
}

static void teardown(void)
{
    oracle_check("the test");
    while (pv_relinquish_page_tables(&guest))
        ;
    oracle_check("relinquishing");
}

static bool run_at(uint16_t cs, const void *code, unsigned int length, unsigned long va)
{
    uint8_t bytes[32] = {0};
    bool done;

    memcpy(bytes, code, length);
    regs.cs = cs;
    regs.rip = (uint64_t)bytes;
    done = pv_emulate_table_write(&regs, va);
    ck_assert_uint_eq(regs.rip, (uint64_t)bytes + (done ? length : 0));
    return done;
}
#define RUN(code) run_at(own_cs(), code, sizeof(code) - 1, VA)

static uint64_t slot(void)
{
    return frame(L1)[SLOT].v & ~PTE_GLOBAL;
}

/*
 * Each form of mov and xchg, as the usual instruction of a kernel and by the whole decoder: to the same end.
 */
static const struct {
    const char *code;
    unsigned int length;
    int64_t displacement; /* what rdi or r9 is short of VA */
} forms[] = {
    {"\x48\x89\x37", 3, 0},                     /* mov %rsi, (%rdi) */
    {"\x48\x89\x77\x08", 4, 8},                 /* mov %rsi, 8(%rdi) */
    {"\x48\x89\x77\xf8", 4, -8},                /* mov %rsi, -8(%rdi) */
    {"\x48\x89\xb7\x00\xf0\xff\xff", 7, -4096}, /* mov %rsi, -4096(%rdi) */
    {"\x49\x89\x31", 3, 0},                     /* mov %rsi, (%r9) */
    {"\x48\x87\x37", 3, 0},                     /* xchg %rsi, (%rdi) */
    {"\x49\x87\x71\x10", 4, 16},                /* xchg %rsi, 16(%r9) */
};

START_TEST(usual_instructions)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++) {
        for (unsigned int whole = 0; whole < 2; whole++) {
            uint64_t before = frame(L1)[SLOT].v, new = entry(i & 1 ? DATA : DATA2, PW);

            regs.rsi = new;
            regs.rdi = regs.r9 = VA - (uint64_t)forms[i].displacement;
            ck_assert(run_at(whole ? own_cs() : FLAT_KERNEL_CS64, forms[i].code, forms[i].length, VA));
            ck_assert_uint_eq(slot(), new);
            ck_assert_uint_eq(regs.rsi, forms[i].code[1] == '\x87' ? before : new);
            ck_assert_uint_eq(type_count(i & 1 ? DATA : DATA2), 1);
            ck_assert_uint_eq(type_count(i & 1 ? DATA2 : DATA), 0);
            oracle_check("the write");
        }
    }
}
END_TEST

START_TEST(refused_values_change_nothing)
{
    static const uint64_t refused[] = {0x123456000 | PW, (L2 << PAGE_SHIFT) | PW,
                                       (FIRST_FOREIGN << PAGE_SHIFT) | PR,
                                       (DATA << PAGE_SHIFT) | PW | PTE_PCD};

    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        for (unsigned int form = 0; form < ARRAY_SIZE(forms); form++) {
            regs.rsi = refused[i];
            regs.rdi = regs.r9 = VA - (uint64_t)forms[form].displacement;
            ck_assert(!run_at(FLAT_KERNEL_CS64, forms[form].code, forms[form].length, VA));
            ck_assert(!run_at(own_cs(), forms[form].code, forms[form].length, VA));
            ck_assert_uint_eq(slot(), entry(DATA, PW));
            ck_assert_uint_eq(regs.rsi, refused[i]);
        }
    }
}
END_TEST

/* The operand must be the address that faulted: a store across two pages is none of ours. */
START_TEST(other_addresses_are_refused)
{
    static const int64_t off[] = {-8, -4, 4, 8, 4096};

    regs.rsi = entry(DATA2, PW);
    for (unsigned int i = 0; i < ARRAY_SIZE(off); i++) {
        regs.rdi = VA + (uint64_t)off[i];
        ck_assert(!run_at(FLAT_KERNEL_CS64, "\x48\x89\x37", 3, VA));
        ck_assert(!RUN("\x48\x89\x37"));
    }
    regs.rdi = VA + 4;
    ck_assert(!run_at(FLAT_KERNEL_CS64, "\x48\x89\x37", 3, VA + 4));
    ck_assert_uint_eq(slot(), entry(DATA, PW));
}
END_TEST

START_TEST(narrow_writes_are_widened)
{
    regs.rdi = VA;
    regs.rsi = (uint32_t)entry(DATA2, PW);
    ck_assert(RUN("\x89\x37")); /* mov %esi, (%rdi) */
    ck_assert_uint_eq(slot(), entry(DATA2, PW));
    ck_assert(RUN("\x80\x27\xfd")); /* andb $~2, (%rdi) */
    ck_assert_uint_eq(slot(), entry(DATA2, PR));
    ck_assert_uint_eq(type_count(DATA2), 0);
    ck_assert(RUN("\xf0\x80\x0f\x02")); /* lock orb $2, (%rdi) */
    ck_assert_uint_eq(slot(), entry(DATA2, PW));
    ck_assert(RUN("\x3e\x80\x27\xfd")); /* as patched on one CPU: a ds prefix for the lock */
    ck_assert_uint_eq(slot(), entry(DATA2, PR));
    ck_assert(RUN("\xf0\x0f\xba\x2f\x01")); /* lock btsl $1, (%rdi) */
    ck_assert_uint_eq(regs.rflags & CF, 0);
    ck_assert(RUN("\xf0\x0f\xba\x37\x01")); /* lock btrl $1, (%rdi) */
    ck_assert_uint_eq(regs.rflags & CF, CF);
    ck_assert_uint_eq(slot(), entry(DATA2, PR));
}
END_TEST

START_TEST(compare_and_exchange)
{
    regs.rdi = VA;
    regs.rsi = entry(DATA2, PR);
    regs.rax = 1;
    ck_assert(RUN("\xf0\x48\x0f\xb1\x37")); /* lock cmpxchg %rsi, (%rdi) */
    ck_assert_uint_eq(regs.rflags & ZF, 0);
    ck_assert_uint_eq(regs.rax & ~PTE_GLOBAL, entry(DATA, PW));
    ck_assert_uint_eq(slot(), entry(DATA, PW));
    ck_assert(RUN("\xf0\x48\x0f\xb1\x37"));
    ck_assert_uint_eq(regs.rflags & ZF, ZF);
    ck_assert_uint_eq(slot(), entry(DATA2, PR));
}
END_TEST

START_TEST(other_instructions_are_the_guests_fault)
{
    regs.rdi = VA;
    regs.rsi = entry(DATA2, PW);
    regs.rcx = 1;
    ck_assert(!RUN("\xa5"));             /* movsl */
    ck_assert(!RUN("\xf3\x48\xa5"));     /* rep movsq */
    ck_assert(!RUN("\x0f\xae\x07"));     /* fxsave (%rdi) */
    ck_assert(!RUN("\x0f\x29\x07"));     /* movaps %xmm0, (%rdi) */
    ck_assert(!RUN("\xff\x37"));         /* push (%rdi): reads it */
    ck_assert(!RUN("\x48\x8b\x37"));     /* mov (%rdi), %rsi: reads it */
    ck_assert(!RUN("\x0f\xc7\x0f"));     /* cmpxchg8b (%rdi) */
    ck_assert(!RUN("\x48\xc1\x27\x01")); /* shlq $1, (%rdi) */
    ck_assert(!RUN("\x0f\x0b"));         /* ud2 */
    ck_assert_uint_eq(slot(), entry(DATA, PW));
}
END_TEST

START_TEST(only_l1_tables_mapped_read_only)
{
    static const unsigned int pages[] = {0, 1, 2, SLOT, 77};

    regs.rsi = 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
        regs.rdi = (unsigned long)pages[i] << PAGE_SHIFT;
        ck_assert(!run_at(FLAT_KERNEL_CS64, "\x48\x89\x37", 3, regs.rdi));
    }
    regs.rdi = HV_VIRT_START + 8;
    ck_assert(!run_at(FLAT_KERNEL_CS64, "\x48\x89\x37", 3, regs.rdi));
    /* The code itself cannot be read. */
    regs.cs = FLAT_KERNEL_CS64;
    regs.rip = 16;
    regs.rdi = VA;
    ck_assert(!pv_emulate_table_write(&regs, VA));
    ck_assert_uint_eq(slot(), entry(DATA, PW));
}
END_TEST

START_TEST(single_step_traps_afterwards)
{
    regs.rdi = VA;
    regs.rsi = entry(DATA2, PR);
    regs.rflags = TF | 0x10000;
    ck_assert(run_at(FLAT_KERNEL_CS64, "\x48\x89\x37", 3, VA));
    ck_assert_uint_eq(injected_vector, 1);
    ck_assert_uint_eq(regs.rflags, TF);
}
END_TEST

Suite *write_emulation_suite(void)
{
    Suite *s = suite_create("emulated writes to page tables");
    TCase *c = tcase_create("writes");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, usual_instructions);
    tcase_add_test(c, refused_values_change_nothing);
    tcase_add_test(c, other_addresses_are_refused);
    tcase_add_test(c, narrow_writes_are_widened);
    tcase_add_test(c, compare_and_exchange);
    tcase_add_test(c, other_instructions_are_the_guests_fault);
    tcase_add_test(c, only_l1_tables_mapped_read_only);
    tcase_add_test(c, single_step_traps_afterwards);
    suite_add_tcase(s, c);
    return s;
}
