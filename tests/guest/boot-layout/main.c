/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initial virtual region: its order, its rights, its padding.
 *
 * xen.h, "startofday": one contiguous region from the virtual base: kernel, p2m list, start_info, page
 * tables, boot stack, then at least 512 KiB, the whole ending on a 4 MiB boundary and mapped one to one to
 * the first pseudo-physical frames. All is writable but the page tables, which are pinned (the base is an L4
 * table in use) and mapped read-only.
 *
 * What goes wrong: the padding is counted from the end of the stack but not mapped; one of the page-table
 * pages stays writable (then the guest owns the machine) or a page that is none is read-only; entries lack
 * the accessed and dirty bits, and a guest that compares table entries sees changes which it did not make.
 */
#include "guest.h"

const char test_title[] = "the initial region: order, rights, 512 KiB of padding";

#define REGION_ALIGN (4ul << 20)

static bool is_table(unsigned long va)
{
    return va >= start_info->pt_base && va < start_info->pt_base + start_info->nr_pt_frames * PAGE_SIZE;
}

static unsigned long region_end(void)
{
    unsigned long va = (unsigned long)guest_virt_base;
    const volatile uint64_t *entry;

    while ((entry = page_entry((void *)va, 1)) && (*entry & PTE_PRESENT)) {
        va += PAGE_SIZE;
    }
    return va;
}

void test_main(void)
{
    unsigned long end = region_end(), va, tables = 0;

    CHECK(start_info->mfn_list < (unsigned long)start_info);
    CHECK((unsigned long)start_info < start_info->pt_base);
    CHECK(start_info->pt_base < entry_registers.rsp);
    CHECK(start_info->mfn_list + start_info->nr_pages * sizeof(uint64_t) <= (unsigned long)start_info);

    CHECK_EQUAL(end % REGION_ALIGN, 0);
    CHECK(end - entry_registers.rsp >= 512 << 10);
    CHECK(end - entry_registers.rsp < (512 << 10) + REGION_ALIGN);

    for (va = (unsigned long)guest_virt_base; va < end; va += PAGE_SIZE) {
        uint64_t entry = *page_entry((void *)va, 1);

        if (va == (unsigned long)&shared_info) {
            continue;
        }
        if (is_table(va) == !!(entry & PTE_WRITABLE)) {
            test_failure("0x%lx is mapped by 0x%lx", va, entry);
        }
        tables += is_table(va);
    }
    CHECK_EQUAL(tables, start_info->nr_pt_frames);
    CHECK_EQUAL(trap_try_write((void *)start_info->pt_base, 0), 14);
    CHECK(trap_try_write((void *)(end - 8), 1) < 0);
    CHECK_EQUAL(read_cr3() >> PAGE_SHIFT, mfn_of((void *)start_info->pt_base));

    /* Pinned: pinning once more is refused, taking the pin away is not. */
    CHECK_RC(page_pin((void *)start_info->pt_base, 4), -XEN_EINVAL);
    CHECK_RC(page_unpin((void *)start_info->pt_base), 0);
    CHECK_RC(page_pin((void *)start_info->pt_base, 4), 0);
    test_success();
}
