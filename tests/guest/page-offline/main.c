/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames whose memory is bad, taken off line and put back (XEN_SYSCTL_page_offline_op).
 *
 * sysctl.h has the bits of the answers; which goes with what was measured. A free frame goes at once
 * (offlined) and is free memory no more. A domain's is pending, with the domain's number, and goes when it is
 * given back; so is a frame that the hypervisor shares with a domain, and what belongs to DOMID_XEN. No RAM:
 * -EINVAL with its bits; beyond the RAM -EINVAL, and nothing is said of it. The list is written to the end
 * also when a frame in the middle is refused: what nothing was done about has 1 in each byte. A query tells
 * pending and offlined, online both back. Bad pointers are -EFAULT; a range that runs backwards and an
 * unknown command -EINVAL, the latter with the list written.
 *
 * What goes wrong: a bad frame is given to somebody; a free one that went off line is still counted as free;
 * a frame's mark is lost when its owner gives it back, or it stays off line for ever; a frame is freed twice.
 *
 * When stock Xen (cmdline careful) has answered "pending" of a domain's frame, the next such call never comes
 * back, as if a lock had been kept. So it is asked last and once there.
 * Nor is its heap the test's alone: how many pages are free is asserted on Xenport.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "machine.h"
#include "sysctl.h"

#include <xen/memory.h>
#include <xen/sysctl.h>

const char test_title[] = "page_offline_op: bad frames";

#define OFFLINE sysctl_page_offline
#define ONLINE  sysctl_page_online
#define QUERY   sysctl_query_page_offline

#define PENDING_OF(domain) \
    (PG_OFFLINE_OWNED | PG_OFFLINE_PENDING | (unsigned long)(domain) << PG_OFFLINE_OWNER_SHIFT)
#define UNTOUCHED 0x01010101u
#define VGA       0xa0u
#define TRIES     64

static struct xen_sysctl op;
static uint32_t status[8];
static uint64_t page[3][512] __attribute__((aligned(PAGE_SIZE)));

static long call(uint32_t command, uint64_t start, uint64_t end)
{
    memset(&op, 0, sizeof(op));
    memset(status, 0x5a, sizeof(status));
    op.u.page_offline.cmd = command;
    op.u.page_offline.start = (uint32_t)start;
    op.u.page_offline.end = (uint32_t)end;
    set_xen_guest_handle_raw(op.u.page_offline.status, status);
    return hypercall_sysctl(&op, XEN_SYSCTL_page_offline_op);
}

static void check(uint32_t command, uint64_t frame, int rc, unsigned long expected)
{
    /* An int: stock Xen's answer has no sign beyond. */
    CHECK_RC((int)call(command, frame, frame), rc);
    CHECK_EQUAL(status[0], expected);
    CHECK_EQUAL(status[1], 0x5a5a5a5a);
}

static long reserve(unsigned int command, uint64_t *frame)
{
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, (xen_pfn_t *)frame);
    return hypercall_memory_op(command, &r);
}

static bool careful(void)
{
    return strcmp((const char *)start_info->cmd_line, "careful") == 0;
}

static void check_free(uint64_t expected)
{
    uint64_t now = machine_free_pages();

    if (!careful()) {
        CHECK_EQUAL(now, expected);
    }
}

static void give_back(void *address, uint64_t frame)
{
    CHECK_EQUAL(page_unmap(address), 0);
    CHECK_RC(reserve(XENMEM_decrease_reservation, &frame), 1);
}

/* A frame for an address that has none: never the one that is off line. */
static uint64_t take(void *address, uint64_t not_this)
{
    uint64_t frame = pfn_of(address);

    REQUIRE(reserve(XENMEM_populate_physmap, &frame) == 1);
    CHECK(frame != not_this);
    CHECK_EQUAL(hypercall_update_va_mapping((unsigned long)address, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG), 0);
    return frame;
}

static void check_of_a_free_frame(void)
{
    uint64_t frame = mfn_of(page[0]), free = machine_free_pages(), got;

    give_back(page[0], frame);
    check_free(free + 1);
    check(QUERY, frame, 0, 0);
    check(OFFLINE, frame, 0, PG_OFFLINE_OFFLINED);
    check_free(free);
    check(OFFLINE, frame, 0, PG_OFFLINE_OFFLINED);
    check(QUERY, frame, 0, PG_OFFLINE_STATUS_OFFLINED);
    for (unsigned int i = 0; i < TRIES; i++) {
        got = take(page[0], frame);
        give_back(page[0], got);
    }
    check_free(free);
    check(ONLINE, frame, 0, PG_ONLINE_ONLINED);
    check(ONLINE, frame, 0, 0);
    check(QUERY, frame, 0, 0);
    check_free(free + 1);
    (void)take(page[0], 0);
    check_free(free);
}

/* While it is in use it stays what it is. */
static void check_of_a_frame_in_use(void)
{
    uint64_t frame = mfn_of(page[2]);

    page[2][0] = 1;
    check(OFFLINE, frame, 0, PENDING_OF(0));
    if (!careful()) {
        check(OFFLINE, frame, 0, PENDING_OF(0));
    }
    check(QUERY, frame, 0, PG_OFFLINE_STATUS_OFFLINE_PENDING);
    CHECK_EQUAL(page[2][0], 1);
    CHECK_EQUAL(page_protect(page[2]), 0);
    CHECK_EQUAL(page_unprotect(page[2]), 0);
    check(ONLINE, frame, 0, PG_ONLINE_ONLINED);
    check(QUERY, frame, 0, 0);
}

static void check_of_one_given_back(void)
{
    uint64_t frame = mfn_of(page[1]), free = machine_free_pages();

    check(OFFLINE, frame, 0, PENDING_OF(0));
    give_back(page[1], frame);
    check_free(free);
    check(QUERY, frame, 0, PG_OFFLINE_STATUS_OFFLINED);
    (void)take(page[1], frame);
    check(ONLINE, frame, 0, PG_ONLINE_ONLINED);
    check(QUERY, frame, 0, 0);
    check_free(free);
}

static uint64_t m2p_frame(void)
{
    xen_pfn_t frame = 0;
    struct xen_machphys_mfn_list list = {.max_extents = 1};

    set_xen_guest_handle(list.extent_start, &frame);
    REQUIRE(hypercall_memory_op(XENMEM_machphys_mfn_list, &list) == 0);
    return frame;
}

static void check_of_the_hypervisors(void)
{
    uint64_t shared = start_info->shared_info >> PAGE_SHIFT, m2p = m2p_frame();

    if (!careful()) {
        check(OFFLINE, shared, 0, PENDING_OF(0));
        check(ONLINE, shared, 0, PG_ONLINE_ONLINED);
    }
    check(OFFLINE, m2p, 0, PENDING_OF(DOMID_XEN));
    check(QUERY, m2p, 0, PG_OFFLINE_STATUS_OFFLINE_PENDING);
    check(ONLINE, m2p, 0, PG_ONLINE_ONLINED);
}

static void check_refused(void)
{
    uint64_t frame = mfn_of(page[0]),
             beyond = (uint64_t)hypercall_memory_op(XENMEM_maximum_ram_page, NULL) + 1;

    check(OFFLINE, VGA, -XEN_EINVAL, PG_OFFLINE_FAILED | PG_OFFLINE_NOT_CONV_RAM);
    check(ONLINE, VGA, 0, 0);
    check(QUERY, VGA, -XEN_EINVAL, UNTOUCHED);
    for (uint32_t command = 0; command < 5; command++) {
        check(command, 0x7fffffff, -XEN_EINVAL, UNTOUCHED);
    }
    check(OFFLINE, beyond, -XEN_EINVAL, UNTOUCHED);
    check(0, frame, -XEN_EINVAL, UNTOUCHED);
    check(4, frame, -XEN_EINVAL, UNTOUCHED);
    CHECK_RC(call(QUERY, frame, frame - 1), -XEN_EINVAL);
    CHECK_EQUAL(status[0], 0x5a5a5a5a);
    CHECK_RC(call(QUERY, VGA - 2, VGA + 1), -XEN_EINVAL);
    CHECK_EQUAL(status[3], UNTOUCHED);
    CHECK_RC(call(QUERY, frame, frame), 0);
    set_xen_guest_handle_raw(op.u.page_offline.status, (void *)0x1000);
    CHECK_RC(hypercall_sysctl(&op, XEN_SYSCTL_page_offline_op), -XEN_EFAULT);
}

void test_main(void)
{
    check_of_a_free_frame();
    check_of_the_hypervisors();
    check_refused();
    if (!careful()) {
        check_of_one_given_back();
    }
    check_of_a_frame_in_use();
    test_success();
}
