/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start-info page of Domain 0 is complete and agrees with everything else that the guest can ask.
 *
 * The ABI (xen.h, struct start_info): the magic names interface and platform; nr_pages is what the domain was
 * given; shared_info is a machine address, page-aligned, of a page outside the guest's own allocation;
 * SIF_PRIVILEGED and SIF_INITDOMAIN mark Domain 0. The store has no page and no port there, and the console
 * union describes the screen, if any, by an offset into this page. Not asserted: the power-management bits
 * (stock Xen: 3, from its cpufreq option), and first_p2m_pfn where there are no such frames (stock Xen: the
 * frame behind the initial region).
 *
 * What goes wrong: a builder leaves fields at what the page held before; nr_pages counts what was asked for
 * instead of what was given; flags lack INITDOMAIN (Linux then looks for a store page at frame 0). Kernels
 * find the p2m list at any address, so its place is asserted by its contents elsewhere (p2m-list).
 */
#include "guest.h"

#include <xen/platform.h>

#include <xen/memory.h>

const char test_title[] = "start_info is complete and consistent";

static bool is_zero(const void *from, size_t size)
{
    const unsigned char *byte = from;

    while (size--) {
        if (*byte++) {
            return false;
        }
    }
    return true;
}

void test_main(void)
{
    const struct start_info *info = start_info;
    domid_t self = DOMID_SELF;
    size_t used;

    CHECK(strcmp(info->magic, "xen-3.0-x86_64") == 0);
    CHECK(is_zero(info->magic + sizeof("xen-3.0-x86_64"), sizeof(info->magic) - sizeof("xen-3.0-x86_64")));

    CHECK_RC(hypercall_memory_op(XENMEM_current_reservation, &self), (long)info->nr_pages);
    CHECK_EQUAL(info->nr_pages, 256ul << (20 - PAGE_SHIFT));

    CHECK(info->shared_info != 0);
    CHECK_EQUAL(info->shared_info % PAGE_SIZE, 0);

    CHECK_EQUAL(info->flags & ~SIF_PM_MASK, SIF_PRIVILEGED | SIF_INITDOMAIN);
    CHECK_EQUAL((info->flags & SIF_PM_MASK) >> 8, XEN_PROCESSOR_PM_CX | XEN_PROCESSOR_PM_PX);
    CHECK_EQUAL(info->store_mfn, 0);
    CHECK_EQUAL(info->store_evtchn, 0);

    CHECK_EQUAL((unsigned long)info % PAGE_SIZE, 0);
    CHECK_EQUAL(info->pt_base % PAGE_SIZE, 0);
    CHECK_EQUAL(info->mfn_list % PAGE_SIZE, 0);
    CHECK(info->nr_pt_frames >= 4);

    CHECK_EQUAL(info->mod_start, 0);
    CHECK_EQUAL(info->mod_len, 0);
    CHECK_EQUAL(info->nr_p2m_frames, 0);

    CHECK(info->console.dom0.info_off == 0 || info->console.dom0.info_off >= sizeof(*info));
    CHECK(info->console.dom0.info_off + info->console.dom0.info_size <= PAGE_SIZE);

    used = strlen((const char *)info->cmd_line);
    CHECK(used < sizeof(info->cmd_line));
    CHECK(is_zero(info->cmd_line + used, sizeof(info->cmd_line) - used));
    test_success();
}
