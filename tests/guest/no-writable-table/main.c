/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In no way that is known does a guest get a writable mapping of a page table or descriptor page.
 *
 * This is the whole safety of paravirtualised memory: a writable page-table page is the machine. The ways: an
 * L1 entry by mmu_update; by update_va_mapping; pinning a table that is mapped writable; pinning an L1 table
 * with an entry that maps an L1 table, or itself, writable; hanging a writable page as a table below another;
 * setting the writable bit of a "linear" self-mapping of L4 or L2; loading a base; making a page a GDT while
 * it is mapped.
 *
 * What goes wrong: self-references get special treatment that lets the first of them through; the check looks
 * at the present type but not at whether the type is held; a table is validated before its own type is set.
 */
#include "guest.h"

const char test_title[] = "no writable mapping of a page table";

static uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t lower[512] __attribute__((aligned(PAGE_SIZE)));
static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void map_writable(const volatile void *of, const char *what)
{
    uint64_t entry = PTE_MAKE(mfn_of(of), PTE_RW);
    long rc = page_update(page_entry(window, 1), entry);

    if (rc != -XEN_EBUSY) {
        test_failure("mmu_update maps %s writable: %ld", what, rc);
    }
    rc = hypercall_update_va_mapping((unsigned long)window, entry, UVMF_INVLPG);
    if (rc != -XEN_EBUSY) {
        test_failure("update_va_mapping maps %s writable: %ld", what, rc);
    }
}

static void pin_with(unsigned int slot, uint64_t entry, unsigned int level, long expected)
{
    CHECK_EQUAL(page_unprotect(table), 0);
    memset(table, 0, sizeof(table));
    table[slot] = entry;
    CHECK_EQUAL(page_protect(table), 0);
    CHECK_RC(page_pin(table, level), expected);
}

void test_main(void)
{
    const volatile uint64_t *l4 = (const volatile uint64_t *)start_info->pt_base;
    uint64_t gdt[1] = {mfn_of(lower)};
    unsigned long address = 0x10000000000ul;

    map_writable(page_entry(window, 1), "the L1 table");
    map_writable(page_entry(window, 2), "the L2 table");
    map_writable(page_entry(window, 3), "the L3 table");
    map_writable(l4, "the L4 table");

    CHECK_RC(page_pin(lower, 1), -XEN_EINVAL);
    pin_with(0, PTE_MAKE(mfn_of(table), PTE_RW), 1, -XEN_EBUSY);
    pin_with(511, PTE_MAKE(mfn_of(l4), PTE_RW), 1, -XEN_EBUSY);
    pin_with(9, PTE_MAKE(mfn_of(lower), PTE_TABLE), 2, -XEN_EINVAL);
    pin_with(9, PTE_MAKE(mfn_of(lower), PTE_TABLE), 3, -XEN_EINVAL);
    pin_with(9, PTE_MAKE(mfn_of(lower), PTE_TABLE), 4, -XEN_EINVAL);

    /* A pinned table may be mapped read-only anywhere, and then be changed by mmu_update alone. */
    pin_with(0, PTE_MAKE(mfn_of(table), PTE_RO), 1, 0);
    map_writable(table, "a pinned L1 table");
    CHECK_RC(page_update(&table[0], PTE_MAKE(mfn_of(table), PTE_RW)), -XEN_EBUSY);
    CHECK_RC(page_update(&table[1], PTE_MAKE(mfn_of(table), PTE_RW)), -XEN_EBUSY);
    CHECK_EQUAL(trap_try_write(&table[2], PTE_MAKE(mfn_of(table), PTE_RW)), 14);
    CHECK_EQUAL(table[2], 0);
    CHECK_RC(page_unpin(table), 0);

    /* Linear self-mapping of the L4 table: refused writable, allowed read-only; the tables seen through it
     * are read-only. */
    CHECK_RC(page_update(&l4[3], PTE_MAKE(mfn_of(l4), PTE_RW)), -XEN_EINVAL);
    CHECK_RC(page_update(&l4[3], PTE_MAKE(mfn_of(l4), PTE_PRESENT | PTE_USER)), 0);
    CHECK_EQUAL(trap_try_write((void *)(3ul << 39 | 3ul << 30 | 3ul << 21 | 3ul << 12), 0), 14);
    CHECK_RC(page_update(&l4[3], 0), 0);

    CHECK_RC(hypercall_set_gdt(gdt, 512), -XEN_EINVAL);
    CHECK_EQUAL(page_protect(lower), 0);
    CHECK_RC(hypercall_set_gdt(gdt, 512), 0);
    map_writable(lower, "a descriptor page");
    CHECK_RC(hypercall_set_gdt(gdt, 0), 0);

    /* A table that hangs in the tree and is not pinned is as safe. */
    CHECK(page_make_window(address) != NULL);
    map_writable(page_entry((void *)address, 1), "an L1 table in the tree");
    CHECK_RC(
        hypercall_update_va_mapping(address, PTE_MAKE(mfn_of(page_entry((void *)address, 1)), PTE_RW), 0),
        -XEN_EBUSY);
    test_success();
}
