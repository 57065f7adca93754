/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No order of changes gives a guest a page table that it can write.
 *
 * Everything that a PV guest must not do it could do with one writable table: so this is the oldest class of
 * escapes. Those that were found in hypervisors seldom asked plainly; they came through a fast path that
 * believes that "only flags change":
 *
 * - an entry of level 2 or 3 that exists gets the large-page bit, and what was a table is now two or more
 * megabytes of memory, the hypervisor's included (compare XSA-148);
 * - a linear entry, which must be read-only, gets the writable bit afterwards, and the guest sees its own
 * top-level table writable (compare XSA-182);
 * - the update that keeps Accessed and Dirty has a second, shorter check; update_va_mapping a third.
 *
 * The test makes a harmless entry first and then every such change of it, by each call that changes entries.
 * Asserted: the errno is negative and the entry is as before; and, at the end, that a write through each of
 * the mappings still faults.
 */
#include "guest.h"

const char test_title[] = "changes of flags never make a page table writable";

static uint64_t window[5][512] __attribute__((aligned(PAGE_SIZE)));

#define LINEAR_SLOT 201ul

static long update(const volatile uint64_t *entry, uint64_t value, unsigned int command)
{
    struct mmu_update request = {.ptr = maddr_of(entry) | command, .val = value};

    return hypercall_mmu_update(&request, 1, NULL, DOMID_SELF);
}

static void refused(const volatile uint64_t *entry, uint64_t value, const char *what)
{
    static const unsigned int commands[] = {MMU_NORMAL_PT_UPDATE, MMU_PT_UPDATE_PRESERVE_AD,
                                            MMU_PT_UPDATE_NO_TRANSLATE};
    uint64_t before = *entry & ~(PTE_ACCESSED | PTE_DIRTY);
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(commands); i++) {
        long rc = update(entry, value, commands[i]);

        if (rc >= 0 || (*entry & ~(PTE_ACCESSED | PTE_DIRTY)) != before) {
            test_failure("%s, command %u: answers %ld, the entry 0x%lx is 0x%lx", what, commands[i], rc,
                         before, *entry);
        }
    }
}

/* Level 1: a table mapped read-only and then made writable. */
static void read_only_mapping(unsigned int n, uint64_t table_mfn)
{
    unsigned long va = (unsigned long)window[n];
    const volatile uint64_t *entry = page_entry(window[n], 1);

    REQUIRE(hypercall_update_va_mapping(va, PTE_MAKE(table_mfn, PTE_RO), UVMF_INVLPG) == 0);
    refused(entry, PTE_MAKE(table_mfn, PTE_RW), "a table's mapping made writable");
    refused(entry, PTE_MAKE(table_mfn, PTE_PRESENT | PTE_WRITABLE), "the same for the kernel alone");
    refused(entry, PTE_MAKE(table_mfn, PTE_RW | PTE_NX), "the same without execution");
    CHECK(hypercall_update_va_mapping(va, PTE_MAKE(table_mfn, PTE_RW), UVMF_INVLPG) < 0);
    CHECK(hypercall_update_va_mapping(va, PTE_MAKE(table_mfn, PTE_RW | PTE_LARGE), UVMF_NONE) < 0);
}

/* Levels 2 and 3: the large-page bit on an entry that is there. */
static void large_pages(const volatile uint64_t *entry)
{
    uint64_t value = *entry & ~(PTE_ACCESSED | PTE_DIRTY);

    refused(entry, value | PTE_LARGE, "PS added");
    refused(entry, value | PTE_LARGE | PTE_ACCESSED | PTE_DIRTY, "PS added with A and D");
    refused(entry, PTE_LARGE | PTE_RW, "PS and frame 0");
}

static void linear_entry(const volatile uint64_t *l4, uint64_t l4_mfn)
{
    const volatile uint64_t *entry = &l4[LINEAR_SLOT];
    uint64_t *self = (uint64_t *)(0xffff000000000000ul * (LINEAR_SLOT >> 8) | LINEAR_SLOT << 39 |
                                  LINEAR_SLOT << 30 | LINEAR_SLOT << 21 | LINEAR_SLOT << 12);

    refused(entry, PTE_MAKE(l4_mfn, PTE_RW), "a linear entry, writable at once");
    REQUIRE(page_update(entry, PTE_MAKE(l4_mfn, PTE_RO)) == 0);
    refused(entry, PTE_MAKE(l4_mfn, PTE_RW), "a linear entry made writable");
    refused(entry, PTE_MAKE(l4_mfn, PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED), "the same with other flags");
    CHECK_EQUAL(self[LINEAR_SLOT], *entry);
    CHECK_EQUAL(trap_try_write(&self[3], 0), 14);
    /* The hypervisor's own slots stay closed to this view too. */
    CHECK(page_update(entry, 0) == 0);
}

void test_main(void)
{
    const volatile uint64_t *l4 = (const volatile uint64_t *)start_info->pt_base;
    const volatile uint64_t *l3 = page_entry(window, 3), *l2 = page_entry(window, 2);
    uint64_t l4_mfn = mfn_of((void *)l4), tables[4];
    unsigned int n;

    tables[0] = l4_mfn;
    tables[1] = mfn_of((void *)l3);
    tables[2] = mfn_of((void *)l2);
    tables[3] = mfn_of((void *)page_entry(window, 1));
    for (n = 0; n < ARRAY_SIZE(tables); n++) {
        read_only_mapping(n, tables[n]);
    }
    large_pages(l2);
    large_pages(l3);
    linear_entry(l4, l4_mfn);
    /* A write to the table of level 1 is emulated, and its checks hold as well. */
    CHECK_EQUAL(trap_try_write(window[3] + 5, 0), -1);
    for (n = 0; n < 3; n++) {
        CHECK_EQUAL(trap_try_write(window[n] + 5, 0), 14);
    }
    n = (unsigned int)(((unsigned long)window[4] >> PAGE_SHIFT) & 511);
    CHECK(trap_try_write(window[3] + n, PTE_MAKE(l4_mfn, PTE_RW)) == 14 ||
          !(*page_entry(window[4], 1) & PTE_WRITABLE) || PTE_MFN(*page_entry(window[4], 1)) != l4_mfn);
    test_success();
}
