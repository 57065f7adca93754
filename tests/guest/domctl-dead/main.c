/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain that is destroyed while somebody still maps a page of it: what a toolstack is told of it until it
 * is gone.
 *
 * It is listed as dying, without memory. It is paused and unpaused as any other, as often as a toolstack
 * likes, and does not run for it; its parameters, affinities and name can be asked and set; destroying it
 * again is no mistake. When the page is let go it is gone, and everything about it is -ESRCH.
 *
 * What goes wrong: it runs again without memory; a tool that walks the domains takes the errno of one for the
 * end of the list.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "domctl: a domain that is dead and not gone";

static struct xen_domctl op;
static domid_t other;
static uint8_t map;
static volatile uint32_t turns[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));

static void work(void)
{
    for (;;) {
        turns[0]++;
    }
}

static long run(uint32_t cmd)
{
    return hypercall_domctl(&op, other, cmd);
}

static long simple(uint32_t cmd)
{
    memset(&op, 0, sizeof(op));
    return run(cmd);
}

static long affinity(uint32_t cmd)
{
    memset(&op, 0, sizeof(op));
    map = 1;
    op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
    set_xen_guest_handle_raw(op.u.vcpuaffinity.cpumap_hard.bitmap, &map);
    op.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
    return run(cmd);
}

static long nodes(uint32_t cmd)
{
    memset(&op, 0, sizeof(op));
    map = 1;
    set_xen_guest_handle_raw(op.u.nodeaffinity.nodemap.bitmap, &map);
    op.u.nodeaffinity.nodemap.nr_bits = 8;
    return run(cmd);
}

static long weight(uint32_t command)
{
    memset(&op, 0, sizeof(op));
    op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
    op.u.scheduler_op.cmd = command;
    op.u.scheduler_op.u.credit2.weight = 512;
    return run(XEN_DOMCTL_scheduler_op) ?: op.u.scheduler_op.u.credit2.weight;
}

static void check_pauses(void)
{
    CHECK_RC(simple(XEN_DOMCTL_pausedomain), 0);
    CHECK_RC(simple(XEN_DOMCTL_pausedomain), 0);
    CHECK_RC(simple(XEN_DOMCTL_unpausedomain), 0);
    CHECK_RC(simple(XEN_DOMCTL_unpausedomain), 0);
    CHECK_RC(simple(XEN_DOMCTL_unpausedomain), -XEN_EINVAL);
    CHECK_RC(simple(XEN_DOMCTL_resumedomain), 0);
}

static void check_others(void)
{
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity), 0);
    CHECK_RC(affinity(XEN_DOMCTL_getvcpuaffinity), 0);
    CHECK_EQUAL(map, 1);
    CHECK_RC(nodes(XEN_DOMCTL_setnodeaffinity), 0);
    CHECK_RC(nodes(XEN_DOMCTL_getnodeaffinity), 0);
    CHECK_EQUAL(weight(XEN_DOMCTL_SCHEDOP_putinfo), 512);
    CHECK_EQUAL(weight(XEN_DOMCTL_SCHEDOP_getinfo), 512);
    CHECK_RC(simple(XEN_DOMCTL_setdomainhandle), 0);
    CHECK_RC(simple(XEN_DOMCTL_setdebugging), 0);
    CHECK_RC(simple(XEN_DOMCTL_getvcpuinfo), 0);
    CHECK(!op.u.getvcpuinfo.running);
    CHECK_RC(simple(XEN_DOMCTL_max_mem), 0);
}

void test_main(void)
{
    uint32_t before;

    other = domain_create(work);
    domain_share(turns);
    domain_run(-1);
    while (!turns[0]) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    CHECK_RC(simple(XEN_DOMCTL_destroydomain), 0);
    before = turns[0];
    CHECK_RC(simple(XEN_DOMCTL_getdomaininfo), 0);
    CHECK_EQUAL(op.domain, other);
    CHECK(op.u.getdomaininfo.flags & XEN_DOMINF_dying);
    check_pauses();
    check_others();
    CHECK_RC(simple(XEN_DOMCTL_destroydomain), 0);
    CHECK_EQUAL(turns[0], before);
    REQUIRE(page_unprotect(turns) == 0);
    CHECK(domain_is_gone(20000000000));
    CHECK_RC(simple(XEN_DOMCTL_pausedomain), -XEN_ESRCH);
    test_success();
}
