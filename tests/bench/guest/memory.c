/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of page tables, one and many at a time, and what a kernel does when a page is touched for the first
 * time. */
#include "bench.h"

#include <stddef.h>

#define NR_ENTRIES 512
#define WINDOW     0xffffff0000000000ul

_Static_assert(offsetof(struct shared_info, vcpu_info[0].arch.cr2) == 16, "crossing.S");

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint64_t table[NR_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static mmu_update_t updates[2][NR_ENTRIES];
static const volatile uint64_t *window; /* the level-1 table of WINDOW */
static uint64_t entries[2];             /* of the page: writable, read-only */
static unsigned int turn;

/* Each time the other entry, so that each is a change. */
static uint64_t next_entry(void)
{
    return entries[++turn & 1];
}

static void prepare(void)
{
    window = page_make_window(WINDOW);
    entries[0] = PTE_MAKE(mfn_of(page), PTE_RW);
    entries[1] = PTE_MAKE(mfn_of(page), PTE_RO);
    for (unsigned int kind = 0; kind < 2; kind++) {
        for (unsigned int i = 0; i < NR_ENTRIES; i++) {
            updates[kind][i].ptr = maddr_of(&window[i]) | MMU_NORMAL_PT_UPDATE;
            updates[kind][i].val = entries[kind];
        }
    }
    REQUIRE(hypercall_mmu_update(updates[0], NR_ENTRIES, NULL, DOMID_SELF) == 0);
}

static void bench_updates(void)
{
    char name[48];

    for (unsigned int nr = 1; nr <= NR_ENTRIES; nr *= 2) {
        format_line(name, sizeof(name), nr == 1 ? "mmu_update, 1 entry" : "mmu_update, %u entries, each", nr);
        ROW(name, ROUNDS / 4, nr, hypercall_mmu_update(updates[++turn & 1], nr, NULL, DOMID_SELF));
    }
}

static long update_mapping(uint64_t entry)
{
    return hypercall_update_va_mapping(WINDOW, entry, UVMF_INVLPG);
}

static long write_entry(void)
{
    *(volatile uint64_t *)window = next_entry();
    return 0;
}

static long flush_one(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = WINDOW};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static void bench_pin(const char *name, unsigned int nr_entries)
{
    for (unsigned int i = 0; i < NR_ENTRIES; i++)
        table[i] = i < nr_entries ? entries[1] : 0;
    REQUIRE(page_protect(table) == 0);
    ROW(name, ROUNDS / 8, 1, page_pin(table, 1) | page_unpin(table));
    REQUIRE(page_unprotect(table) == 0);
}

static void touch_all(unsigned int first, unsigned int nr)
{
    for (unsigned int i = first; i < nr; i++)
        (void)*(volatile uint8_t *)(WINDOW + i * PAGE_SIZE);
}

static void bench_first_touch(void)
{
    uint64_t start;

    for (unsigned int i = 0; i < NR_ENTRIES; i++)
        updates[0][i].val = 0;
    REQUIRE(hypercall_mmu_update(updates[0], NR_ENTRIES, NULL, DOMID_SELF) == 0);
    REQUIRE(hypercall_update_va_mapping(WINDOW, 0, UVMF_TLB_FLUSH) == 0);
    bench_fresh_entry = entries[0];
    bench_handle(14, bench_fault_map);
    touch_all(0, 1);
    start = row_begin();
    touch_all(1, NR_ENTRIES);
    row_end("first touch of a page: #PF, mapping, IRET", start, NR_ENTRIES - 1, 0);
    trap_initialise();
}

void bench_memory(void)
{
    prepare();
    bench_updates();
    ROW("update_va_mapping + invlpg", ROUNDS, 1, update_mapping(entries[0]));
    ROW("update_va_mapping + invlpg, other access right", ROUNDS, 1, update_mapping(next_entry()));
    ROW("emulated write to a page table", ROUNDS, 1, write_entry());
    ROW("MMUEXT_INVLPG_LOCAL", ROUNDS, 1, flush_one());
    bench_pin("pin + unpin an empty L1", 0);
    bench_pin("pin + unpin an L1 of 512 entries", NR_ENTRIES);
    bench_first_touch();
}
