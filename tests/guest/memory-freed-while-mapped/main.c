/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame that is given back while it is still mapped stays the guest's until the mapping goes.
 *
 * References, not ownership lists, decide when a frame is free. decrease_reservation drops the allocation's
 * own reference; the mapping holds another. The guest's number of frames shrinks only when the last reference
 * goes, and meanwhile the page may be read and written and even mapped again. Giving it back a second time
 * answers 1 again and changes nothing.
 *
 * What goes wrong: the frame is freed at once and shows another owner's memory through the old mapping; or
 * the reference of the last mapping is never dropped and the memory is lost.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "freeing a mapped frame waits for the mapping";

static volatile uint64_t page[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));

static long current(void)
{
    domid_t self = DOMID_SELF;

    return hypercall_memory_op(XENMEM_current_reservation, &self);
}

void test_main(void)
{
    uint64_t mfn = mfn_of(page);
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};
    long before = current(), rc;

    set_xen_guest_handle(op.extent_start, &mfn);
    page[9] = 0xabcd;
    rc = hypercall_memory_op(XENMEM_decrease_reservation, &op);
    CHECK_RC(rc, 1);
    CHECK_EQUAL(current(), before);
    CHECK_EQUAL(page[9], 0xabcd);
    page[9] = 0xdcba;
    CHECK_EQUAL(page[9], 0xdcba);

    CHECK_RC(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(mfn, PTE_RW), UVMF_INVLPG), 0);
    CHECK_EQUAL(window[9], 0xdcba);
    CHECK_EQUAL(page_unmap(window), 0);
    CHECK_RC(hypercall_memory_op(XENMEM_decrease_reservation, &op), 1);

    CHECK_RC(hypercall_update_va_mapping((unsigned long)page, 0, UVMF_INVLPG), 0);
    CHECK_EQUAL(current(), before - 1);
    CHECK_RC(hypercall_update_va_mapping((unsigned long)page, PTE_MAKE(mfn, PTE_RW), UVMF_INVLPG),
             -XEN_EBUSY);
    test_success();
}
