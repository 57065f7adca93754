/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks and single changes of the initial page tables; nothing is allocated but the window's three tables. */
#include "guest.h"

uint64_t pfn_of(const volatile void *address)
{
    return ((unsigned long)address - (unsigned long)guest_virt_base) >> PAGE_SHIFT;
}

uint64_t mfn_of(const volatile void *address)
{
    return ((const uint64_t *)start_info->mfn_list)[pfn_of(address)];
}

uint64_t maddr_of(const volatile void *address)
{
    return mfn_of(address) << PAGE_SHIFT | ((unsigned long)address & (PAGE_SIZE - 1));
}

void *address_of_pfn(uint64_t pfn)
{
    return guest_virt_base + (pfn << PAGE_SHIFT);
}

void *address_of_mfn(uint64_t mfn)
{
    return address_of_pfn(machine_to_phys_mapping[mfn]);
}

uint64_t mfn_of_2mib(void)
{
    const uint64_t *list = (const uint64_t *)start_info->mfn_list;
    uint64_t pfn = start_info->nr_pages;

    while (--pfn > 4096) {
        if (list[pfn] % 512 == 0) {
            return list[pfn];
        }
    }
    return 0;
}

const volatile uint64_t *page_entry(const volatile void *address, unsigned int level)
{
    const volatile uint64_t *table = (const volatile uint64_t *)start_info->pt_base;
    unsigned int at;

    for (at = 4;; at--) {
        const volatile uint64_t *entry =
            &table[((unsigned long)address >> (PAGE_SHIFT + 9 * (at - 1))) & 511];

        if (at == level) {
            return entry;
        }
        if (!(*entry & PTE_PRESENT)) {
            return NULL;
        }
        table = address_of_mfn(PTE_MFN(*entry));
    }
}

static long remap(const volatile void *address, uint64_t bits)
{
    uint64_t entry = bits ? PTE_MAKE(mfn_of(address), bits) : 0;

    return hypercall_update_va_mapping((unsigned long)address, entry, UVMF_INVLPG | UVMF_ALL);
}

long page_protect(const volatile void *address)
{
    return remap(address, PTE_RO);
}

long page_unprotect(const volatile void *address)
{
    return remap(address, PTE_RW);
}

long page_unmap(const volatile void *address)
{
    return remap(address, 0);
}

long page_pin(const volatile void *table, unsigned int level)
{
    struct mmuext_op op = {.cmd = MMUEXT_PIN_L1_TABLE + level - 1, .arg1.mfn = mfn_of(table)};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long page_unpin(const volatile void *table)
{
    struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn_of(table)};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long page_update(const volatile uint64_t *entry, uint64_t value)
{
    struct mmu_update update = {.ptr = maddr_of(entry) | MMU_NORMAL_PT_UPDATE, .val = value};

    return hypercall_mmu_update(&update, 1, NULL, DOMID_SELF);
}

const volatile uint64_t *page_make_window(unsigned long address)
{
    static uint64_t tables[3][512] __attribute__((aligned(PAGE_SIZE)));
    unsigned int level;

    for (level = 4; level > 1; level--) {
        const volatile uint64_t *entry = page_entry((void *)address, level);

        REQUIRE(entry != NULL);
        if (*entry & PTE_PRESENT) {
            continue;
        }
        REQUIRE(page_protect(tables[level - 2]) == 0);
        REQUIRE(page_update(entry, PTE_MAKE(mfn_of(tables[level - 2]), PTE_TABLE)) == 0);
    }
    return page_entry((void *)address, 1) - ((address >> PAGE_SHIFT) & 511);
}
