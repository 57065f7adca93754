/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain that is destroyed while somebody still maps a page of it: what a toolstack is told of it until it
 * is gone.
 *
 * It is listed as dying, without memory. It is paused and unpaused as any other, up to 255 times and then
 * -EOVERFLOW, and does not run for it; its parameters, affinities and name can be asked and set, and so can
 * its vCPUs' contexts, which have no page tables (0), its devices, clocks and nodes; what is left of its
 * memory has a type. A context that brings page tables is -EINVAL. Operations of shadow page tables, which no
 * PV domain has here, are 0. Destroying it again is no mistake. When the page is let go it is gone with all
 * that it was given meanwhile, and everything about it is -ESRCH.
 *
 * What goes wrong: it runs again without memory; it takes references that nobody gives back, and stays; a
 * tool that walks the domains takes the errno of one for the end of the list.
 *
 * Not asserted: that it takes no VIRQ to handle. Stock Xen lets it, and then keeps it until another domain is
 * named; Xenport answers -EINVAL.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "domctl: a domain that is dead and not gone";

#define PAUSES_MAX 255

static struct xen_domctl op;
static domid_t other;
static uint8_t map;
static struct vcpu_guest_context context;
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
    for (int i = 0; i < PAUSES_MAX; i++) {
        CHECK_RC(simple(XEN_DOMCTL_pausedomain), 0);
    }
    CHECK_RC(simple(XEN_DOMCTL_pausedomain), -XEN_EOVERFLOW);
    for (int i = 0; i < PAUSES_MAX; i++) {
        CHECK_RC(simple(XEN_DOMCTL_unpausedomain), 0);
    }
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

static long context_of(uint32_t cmd, struct vcpu_guest_context *c)
{
    memset(&op, 0, sizeof(op));
    set_xen_guest_handle_raw(op.u.vcpucontext.ctxt, c);
    return run(cmd);
}

static void check_contexts(void)
{
    memset(&context, 0xee, sizeof(context));
    CHECK_RC(context_of(XEN_DOMCTL_getvcpucontext, &context), 0);
    CHECK_EQUAL(context.ctrlreg[3], 0);
    CHECK_EQUAL(context.gdt_ents, 0);
    CHECK_RC(context_of(XEN_DOMCTL_setvcpucontext, &context), 0);
    CHECK_RC(context_of(XEN_DOMCTL_setvcpucontext, (void *)8), -XEN_EFAULT);
    CHECK_RC(simple(XEN_DOMCTL_get_ext_vcpucontext), 0);
    CHECK_RC(run(XEN_DOMCTL_set_ext_vcpucontext), 0);
    CHECK_RC(simple(XEN_DOMCTL_getvcpuextstate), 0);
    CHECK_RC(simple(XEN_DOMCTL_get_vcpu_msrs), 0);
    CHECK_RC(simple(XEN_DOMCTL_set_vcpu_msrs), 0);
    CHECK_RC(simple(XEN_DOMCTL_sendtrigger), 0);
    CHECK_RC(simple(XEN_DOMCTL_setvcpucontext), 0); /* reset */
    CHECK_RC(context_of(XEN_DOMCTL_getvcpucontext, &context), -XEN_ENODATA);
    context.ctrlreg[3] = xen_pfn_to_cr3(domain_mfn(turns));
    CHECK_RC(context_of(XEN_DOMCTL_setvcpucontext, &context), -XEN_EINVAL);
}

static long hypercall_page(const volatile void *page)
{
    memset(&op, 0, sizeof(op));
    op.u.hypercall_init.gmfn = domain_mfn(page);
    return run(XEN_DOMCTL_hypercall_init);
}

static void check_memory(void)
{
    uint64_t types[2] = {domain_mfn(turns), domain_mfn(&context)};

    CHECK_RC(hypercall_page(turns), 0);
    CHECK_RC(hypercall_page(&context), -XEN_EINVAL);
    memset(&op, 0, sizeof(op));
    op.u.getpageframeinfo3.num = 2;
    set_xen_guest_handle_raw(op.u.getpageframeinfo3.array, types);
    CHECK_RC(run(XEN_DOMCTL_getpageframeinfo3), 0);
    CHECK_EQUAL(types[0], XEN_DOMCTL_PFINFO_NOTAB);
    CHECK_EQUAL(types[1], XEN_DOMCTL_PFINFO_XTAB);
    for (uint32_t i = 0; i < 3; i++) {
        memset(&op, 0, sizeof(op));
        op.u.shadow_op.op = i;
        CHECK_RC(run(XEN_DOMCTL_shadow_op), 0);
    }
}

static void check_devices(void)
{
    memset(&op, 0, sizeof(op));
    op.u.ioport_permission.first_port = 0x60;
    op.u.ioport_permission.nr_ports = 1;
    op.u.ioport_permission.allow_access = 1;
    CHECK_RC(run(XEN_DOMCTL_ioport_permission), 0);
    memset(&op, 0, sizeof(op));
    op.u.iomem_permission.first_mfn = 0xb8;
    op.u.iomem_permission.nr_mfns = 1;
    op.u.iomem_permission.allow_access = 1;
    CHECK_RC(run(XEN_DOMCTL_iomem_permission), 0);
    CHECK_RC(run(XEN_DOMCTL_memory_mapping), 0);
    CHECK_RC(simple(XEN_DOMCTL_assign_device), -XEN_EOPNOTSUPP);
    CHECK_RC(simple(XEN_DOMCTL_bind_pt_irq), -XEN_EINVAL);
}

static void check_clock_and_nodes(void)
{
    static uint32_t distance = 10, node, place;
    static xen_vmemrange_t range = {.end = 0x100000};

    CHECK_RC(simple(XEN_DOMCTL_gettscinfo), 0);
    CHECK_RC(run(XEN_DOMCTL_settscinfo), 0);
    CHECK_RC(simple(XEN_DOMCTL_settimeoffset), 0);
    CHECK_RC(simple(XEN_DOMCTL_get_address_size), 0);
    CHECK_EQUAL(op.u.address_size.size, 64);
    CHECK_RC(run(XEN_DOMCTL_set_address_size), 0);
    CHECK_RC(simple(XEN_DOMCTL_get_cpu_policy), 0);
    memset(&op, 0, sizeof(op));
    op.u.vnuma.nr_vnodes = op.u.vnuma.nr_vmemranges = op.u.vnuma.nr_vcpus = 1;
    set_xen_guest_handle_raw(op.u.vnuma.vdistance, &distance);
    set_xen_guest_handle_raw(op.u.vnuma.vcpu_to_vnode, &node);
    set_xen_guest_handle_raw(op.u.vnuma.vnode_to_pnode, &place);
    set_xen_guest_handle_raw(op.u.vnuma.vmemrange, &range);
    CHECK_RC(run(XEN_DOMCTL_setvnumainfo), 0);
    memset(&op, 0, sizeof(op));
    op.u.max_vcpus.max = 1;
    CHECK_RC(run(XEN_DOMCTL_max_vcpus), 0);
    CHECK_RC(simple(XEN_DOMCTL_createdomain), -XEN_EEXIST);
    CHECK_RC(simple(XEN_DOMCTL_subscribe), 0);
    CHECK_RC(simple(XEN_DOMCTL_soft_reset), -XEN_EINVAL);
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
    check_contexts();
    CHECK_EQUAL(turns[0], before);
    check_memory();
    check_devices();
    check_clock_and_nodes();
    CHECK_RC(simple(XEN_DOMCTL_destroydomain), 0);
    REQUIRE(page_unprotect(turns) == 0);
    CHECK(domain_is_gone(20000000000));
    CHECK_RC(simple(XEN_DOMCTL_pausedomain), -XEN_ESRCH);
    test_success();
}
