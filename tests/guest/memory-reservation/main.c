/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving frames back and getting others: decrease_reservation and populate_physmap.
 *
 * memory.h: both answer the number of extents done. A frame with a mapping left is given back only when that
 * goes: the call reports it as freed. populate stores the new machine frame in the list and the M2P; the page
 * is zeroed. current_reservation counts along. As the answer is a number of extents, bad pointers answer 0,
 * not -EFAULT.
 *
 * What goes wrong: a frame that is still mapped is freed and belongs to somebody else next (the guest then
 * owns his memory); a frame that is a page table is freed; the count goes wrong by those that failed; the new
 * frame shows old contents.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "decrease_reservation and populate_physmap";

static uint64_t page[4][512] __attribute__((aligned(PAGE_SIZE)));

static long reserve(unsigned int command, const uint64_t *list, unsigned long count, unsigned int order)
{
    struct xen_memory_reservation op = {.nr_extents = count, .extent_order = order, .domid = DOMID_SELF};

    set_xen_guest_handle(op.extent_start, (xen_pfn_t *)list);
    return hypercall_memory_op(command, &op);
}

static long current(void)
{
    domid_t self = DOMID_SELF;

    return hypercall_memory_op(XENMEM_current_reservation, &self);
}

void test_main(void)
{
    uint64_t list[2] = {mfn_of(page[0]), mfn_of(page[1])}, pfn[2] = {pfn_of(page[0]), pfn_of(page[1])};
    uint64_t bad = 0xfffffffffful, table = mfn_of((void *)start_info->pt_base);
    long before = current();
    domid_t self = DOMID_SELF, other = 5;
    unsigned int i;

    CHECK_EQUAL(before, start_info->nr_pages);
    CHECK(hypercall_memory_op(XENMEM_maximum_reservation, &self) >= before);
    CHECK_RC(hypercall_memory_op(XENMEM_current_reservation, &other), -XEN_ESRCH);

    page[0][7] = page[1][7] = 0x1234;
    CHECK_EQUAL(page_unmap(page[0]), 0);
    CHECK_EQUAL(page_unmap(page[1]), 0);
    CHECK_RC(reserve(XENMEM_decrease_reservation, list, 2, 0), 2);
    CHECK_EQUAL(current(), before - 2);
    CHECK_RC(hypercall_update_va_mapping((unsigned long)page[0], PTE_MAKE(list[0], PTE_RW), 0), -XEN_EBUSY);

    list[0] = pfn[0];
    list[1] = pfn[1];
    CHECK_RC(reserve(XENMEM_populate_physmap, list, 2, 0), 2);
    CHECK_EQUAL(current(), before);
    for (i = 0; i < 2; i++) {
        CHECK_EQUAL(machine_to_phys_mapping[list[i]], pfn[i]);
        CHECK_RC(hypercall_update_va_mapping((unsigned long)page[i], PTE_MAKE(list[i], PTE_RW), UVMF_INVLPG),
                 0);
        CHECK_EQUAL(page[i][7], 0);
        page[i][0] = 1;
    }
    CHECK(list[0] != list[1]);

    CHECK_RC(reserve(XENMEM_decrease_reservation, &bad, 1, 0), 0);
    CHECK_RC(reserve(XENMEM_decrease_reservation, (void *)0x1000, 1, 0), 0);
    CHECK_RC(reserve(XENMEM_populate_physmap, (void *)0x1000, 1, 0), 0);
    CHECK_RC(reserve(XENMEM_decrease_reservation, list, 0, 0), 0);
    CHECK_EQUAL(current(), before);
    CHECK_RC(hypercall_memory_op(XENMEM_decrease_reservation, (void *)0x1000), 0);

    /* A table in use is "freed" only in that its allocation's reference goes: it stays what and whose it is.
     */
    CHECK_RC(reserve(XENMEM_decrease_reservation, &table, 1, 0), 1);
    CHECK_EQUAL(current(), before);
    CHECK_EQUAL(trap_try_write((void *)start_info->pt_base, 0), 14);
    test_success();
}
