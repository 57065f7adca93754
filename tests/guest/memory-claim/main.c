/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_claim_pages: pages promised to a domain before it gets them; and the order of extents.
 *
 * memory.h: a claim is for a domain's pages in all, names no extents, and only one stands at a time; zero
 * pages end it. The domain is named by number. -EINVAL for what makes no sense, -ENOMEM when so much is not
 * free. Domain 0 may ask for extents of up to 2^18 pages.
 *
 * What goes wrong: a claim lets somebody else have the pages; two claims add up; the claim outlives its
 * fulfilment; the page count is multiplied by an order without a limit.
 */
#include "guest.h"

#include <xen/memory.h>

/* For toolstacks only, in the public header. */
#ifndef XENMEM_claim_pages
#define XENMEM_claim_pages 24
#endif

const char test_title[] = "claim_pages, orders of extents";

static long claim(unsigned int domid, unsigned long pages, unsigned int order, unsigned int flags)
{
    struct xen_memory_reservation op = {
        .nr_extents = pages, .extent_order = order, .mem_flags = flags, .domid = (domid_t)domid};

    return hypercall_memory_op(XENMEM_claim_pages, &op);
}

static long increase(unsigned long count, unsigned int order, unsigned int flags)
{
    static xen_pfn_t list[16];
    struct xen_memory_reservation op = {
        .nr_extents = count, .extent_order = order, .mem_flags = flags, .domid = DOMID_SELF};
    long done;

    set_xen_guest_handle(op.extent_start, list);
    done = hypercall_memory_op(XENMEM_increase_reservation, &op);
    CHECK(done <= 0 || list[0] % (1ul << order) == 0);
    return done;
}

void test_main(void)
{
    unsigned long pages = start_info->nr_pages;

    CHECK_RC(claim(DOMID_SELF, 0, 0, 0), -XEN_EINVAL);
    CHECK_RC(claim(DOMID_IO, 0, 0, 0), -XEN_EINVAL);
    CHECK_RC(claim(5, 0, 0, 0), -XEN_EINVAL);
    CHECK_RC(claim(0, 0, 0, 0), 0);
    CHECK_RC(claim(0, 1, 1, 0), -XEN_EINVAL);
    CHECK_RC(claim(0, 1, 0, 1), -XEN_EINVAL);
    CHECK_RC(claim(0, pages, 0, 0), -XEN_EINVAL);
    CHECK_RC(claim(0, 100000000, 0, 0), -XEN_ENOMEM);
    CHECK_RC(claim(0, 1ul << 40, 0, 0), -XEN_EINVAL);
    CHECK_RC(claim(0, pages + 1000, 0, 0), 0);
    CHECK_RC(claim(0, pages + 2000, 0, 0), -XEN_EINVAL);
    CHECK_RC(claim(0, 0, 0, 0), 0);
    CHECK_RC(claim(0, pages + 16, 0, 0), 0);
    /* Fulfilled, it is over. */
    CHECK_RC(increase(1, 4, 0), 1);
    CHECK_RC(claim(0, pages + 100, 0, 0), 0);
    CHECK_RC(claim(0, 0, 0, 0), 0);
    CHECK_RC(hypercall_memory_op(XENMEM_claim_pages, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_memory_op(XENMEM_claim_pages | 64, (void *)0x1000), -XEN_EINVAL);

    CHECK_RC(increase(1, 9, 0), 1);
    CHECK_RC(increase(1, 12, 0), 1);
    CHECK_RC(increase(1, 0, XENMEMF_address_bits(32)), 1);
    CHECK_RC(increase(1, 0, XENMEMF_address_bits(12)), 0);
    CHECK_RC(increase(1, 0, XENMEMF_exact_node(0)), 1);
    CHECK_RC(increase(1, 0, XENMEMF_exact_node(9)), 0);
    CHECK_RC(increase(1, 19, 0), 0);
    CHECK_RC(increase(1, 64, 0), 0);
    test_success();
}
