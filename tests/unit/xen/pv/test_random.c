/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that tries everything: long runs of random operations on page tables, right ones and wrong ones,
 * preempted and abandoned, from two vCPUs, while the processors' TLBs remember what they have seen. After
 * each the oracle recomputes every count. A second test lets threads do the same at once and asks the oracle
 * when they have stopped.
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <xen/errno.h>
#include "fake_machine.h"

#define RUNS         8
#define STEPS        250
#define THREAD_STEPS 2000

Suite *random_suite(void);

static __thread uint64_t seed;

static uint64_t roll(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed >> 11) % n;
}

static unsigned int random_slot(void)
{
    static const unsigned int slots[] = {0, 1, 2, 255, 256, 271, 272, 511};

    return slots[roll(ARRAY_SIZE(slots))];
}

/* Few enough that frames meet again and again in all their uses. */
static uint64_t random_frame(void)
{
    switch (roll(40)) {
    case 0:
        return roll(NR_FRAMES + 20);
    case 1:
        return FIRST_FOREIGN + roll(4);
    default:
        return FIRST_GUEST + roll(28);
    }
}

/* A frame that could well stand in an entry of this level. */
static uint64_t likely_frame(unsigned int level)
{
    uint64_t n = random_frame();

    for (unsigned int i = 0; i < 6 && level > 1; i++) {
        if (n < NR_FRAMES && (type_of(n) == table_type(level - 1) || !type_count(n)))
            break;
        n = random_frame();
    }
    return n;
}

static uint64_t random_entry(unsigned int level)
{
    uint64_t flags = PTE_USER;

    if (!roll(4))
        return roll(8) ? 0 : roll(~0ull) & ~1ull;
    flags |= roll(12) ? PTE_PRESENT : 0;
    flags |= roll(2) ? PTE_WRITE : 0;
    flags ^= roll(4) ? 0 : PTE_USER;
    if (!roll(30))
        flags |= 1ull << roll(12);
    if (!roll(30))
        flags |= 1ull << (52 + roll(12));
    return pte_make(mfn(likely_frame(level)), flags).v;
}

static unsigned long random_va(void)
{
    unsigned long va = 0;

    for (unsigned int level = 4; level >= 1; level--)
        va |= (unsigned long)random_slot() << (PAGE_SHIFT + 9 * (level - 1));
    return va & (1ul << 47) ? va | 0xffff000000000000ul : va;
}

static unsigned int level_of(uint64_t n)
{
    unsigned int level = n < NR_FRAMES ? table_level(type_of(n)) : 0;

    return level >= 1 && level <= 4 ? level : 1 + (unsigned int)roll(4);
}

static void do_update(void)
{
    uint64_t n = random_frame();

    guest_mmu_update((n << PAGE_SHIFT) + random_slot() * 8 + (roll(3) ? 0 : MMU_PT_UPDATE_PRESERVE_AD),
                     random_entry(level_of(n)));
}

static void do_list(void)
{
    mmu_update_t list[40];
    unsigned int done = 0, count = 1 + (unsigned int)roll(40);
    uint64_t n = random_frame();

    for (unsigned int i = 0; i < count; i++) {
        if (!roll(5))
            n = random_frame();
        list[i] = (mmu_update_t){(n << PAGE_SHIFT) + random_slot() * 8, random_entry(level_of(n))};
    }
    guest_mmu_update_list(list, count, &done, DOMID_SELF);
}

static void do_ext(void)
{
    static const unsigned int ops[] = {MMUEXT_PIN_L1_TABLE,     MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE,
                                       MMUEXT_PIN_L4_TABLE,     MMUEXT_UNPIN_TABLE,  MMUEXT_UNPIN_TABLE,
                                       MMUEXT_UNPIN_TABLE,      MMUEXT_NEW_BASEPTR,  MMUEXT_NEW_BASEPTR,
                                       MMUEXT_NEW_USER_BASEPTR, MMUEXT_CLEAR_PAGE,   MMUEXT_TLB_FLUSH_LOCAL};

    guest_mmuext(ops[roll(ARRAY_SIZE(ops))], roll(20) ? random_frame() : 0);
}

static void do_uvm(void)
{
    guest_update_va(random_va(), random_entry(1), 0);
}

/* The guest writes to memory that it has mapped writable. */
static void do_store(void)
{
    uint64_t n = FIRST_GUEST + roll(28);
    unsigned int level = 1 + (unsigned int)roll(4);

    if (type_of(n) == PGT_WRITABLE && type_count(n))
        for (unsigned int i = 0; i < 4; i++)
            frame(n)[random_slot()].v = random_entry(level);
}

static void do_touch(void)
{
    for (unsigned int i = 0; i < 30; i++)
        tlb_touch((unsigned int)roll(NR_CPUS), random_va());
}

static void do_segdesc(void)
{
    struct page_info *pg = page(FIRST_GUEST + roll(28));

    if (!page_get_and_type(pg, &guest, PGT_SEGDESC))
        page_put_and_type(pg);
}

static void (*const operations[])(void) = {do_update, do_update, do_update, do_list,  do_ext,
                                           do_ext,    do_uvm,    do_store,  do_touch, do_segdesc};
static const char *const names[] = {"update", "update", "update", "list",  "ext",
                                    "ext",    "uvm",    "store",  "touch", "segdesc"};

/* A running vCPU always has a base: an empty L4 to begin with. */
static void begin(void)
{
    machine_reset();
    for (unsigned int i = 0; i < NR_CPUS; i++)
        ck_assert_int_eq(pv_set_bases(&guest_vcpu[i], mfn(FIRST_GUEST), INVALID_MFN), 0);
}

static void end_of_domain(void)
{
    machine_preempt(roll(2));
    while (pv_relinquish_page_tables(&guest))
        oracle_check("a part of relinquishing");
    oracle_check("relinquishing");
    for (uint64_t n = 0; n < NR_FRAMES; n++)
        ck_assert_msg(!type_count(n) && ref_count(n) == (page(n)->owner != NULL),
                      "frame %lu is left with type %lx, count %lx", n, page(n)->type_info,
                      page(n)->count_info);
}

START_TEST(random_operations)
{
    char what[64];
    unsigned int op;

    seed = 0x9e3779b97f4a7c15ull * (uint64_t)(_i + 1);
    begin();
    for (unsigned int step = 0; step < STEPS; step++) {
        machine_set_current((unsigned int)roll(NR_CPUS));
        machine_preempt(!roll(3));
        machine_abandon = !roll(10);
        op = (unsigned int)roll(ARRAY_SIZE(operations));
        operations[op]();
        snprintf(what, sizeof(what), "run %d step %u: %s", _i, step, names[op]);
        oracle_check(what);
    }
    end_of_domain();
}
END_TEST

static void *thread_main(void *cpu)
{
    static void (*const thread_operations[])(void) = {do_update, do_update, do_list,
                                                      do_ext,    do_uvm,    do_segdesc};

    seed = 0x1234567ull + (uintptr_t)cpu;
    machine_set_current((unsigned int)(uintptr_t)cpu);
    for (unsigned int step = 0; step < THREAD_STEPS; step++)
        thread_operations[roll(ARRAY_SIZE(thread_operations))]();
    return NULL;
}

START_TEST(concurrent_operations)
{
    pthread_t threads[NR_CPUS];

    begin();
    machine_preempt(_i & 1);
    for (uintptr_t i = 0; i < NR_CPUS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, thread_main, (void *)(i)), 0);
    for (unsigned int i = 0; i < NR_CPUS; i++)
        pthread_join(threads[i], NULL);
    oracle_check("concurrent operations");
    seed = 77;
    end_of_domain();
}
END_TEST

Suite *random_suite(void)
{
    Suite *s = suite_create("random page-table operations");
    TCase *c = tcase_create("random");

    tcase_add_loop_test(c, random_operations, 0, RUNS);
    tcase_add_loop_test(c, concurrent_operations, 0, 4);
    suite_add_tcase(s, c);
    return s;
}
