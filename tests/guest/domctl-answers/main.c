/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a toolstack is told of another PV domain: errnos of domctl that no tool's ordinary use shows.
 *
 * Nobody gives away I/O ports, frames of registers or interrupts that he has not; ranges that wrap or are
 * empty are -EINVAL, and which check comes first shows. A vCPU that is reset has no context (-ENODATA).
 * Commands for HVM domains, device models, assigned devices, shadow page tables and cache monitoring each
 * have the errno that their file in stock Xen has, and they are not all the same one. Affinities show the
 * machine's CPUs only. Virtual NUMA is kept and told, and a list that is too short is -ENOBUFS with the
 * sizes.
 *
 * What goes wrong: a tool takes -ENOSYS for an old hypervisor and stops, where it goes on after -EOPNOTSUPP.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "sysctl.h"

#include <xen/domctl.h>
#include <xen/memory.h>
#include <xen/sysctl.h>

const char test_title[] = "domctl: answers about another domain";

static struct xen_domctl op;
static domid_t other;
static struct vcpu_guest_context context;

static long run_for(domid_t d, uint32_t cmd)
{
    return hypercall_domctl(&op, d, cmd);
}

static long run(uint32_t cmd)
{
    return run_for(other, cmd);
}

static void clear(void)
{
    memset(&op, 0, sizeof(op));
}

static void never(void)
{
    for (;;) {
    }
}

static void check_ports(void)
{
    static const struct {
        uint32_t first, nr;
        long rc;
    } cases[] = {{0x2f8, 8, 0},
                 {0x60, 1, 0},
                 {0xffff, 1, 0},
                 {0x20, 2, -XEN_EPERM},
                 {0xcf8, 8, -XEN_EPERM},
                 {0x3f8, 8, -XEN_EPERM}, /* the hypervisor's console */
                 {0, 0x10000, -XEN_EPERM},
                 {0, 0, -XEN_EINVAL},
                 {0x3f8, 0, -XEN_EINVAL},
                 {0xffff, 2, -XEN_EINVAL},
                 {0x10000, 1, -XEN_EINVAL},
                 {5, ~0u, -XEN_EINVAL},
                 {~0u, 2, -XEN_EINVAL}};

    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
        clear();
        op.u.ioport_permission.first_port = cases[i / 2].first;
        op.u.ioport_permission.nr_ports = cases[i / 2].nr;
        op.u.ioport_permission.allow_access = !(i % 2);
        CHECK_RC(run(XEN_DOMCTL_ioport_permission), cases[i / 2].rc);
    }
}

static void check_frames(void)
{
    static const struct {
        uint64_t first, nr;
        long rc, map_rc;
    } cases[] = {{0xb8, 1, 0, 0},
                 {0xb8, 8, 0, 0},
                 {0xfed00, 1, 0, 0},
                 {0, 1, 0, 0},
                 {0xfee00, 1, -XEN_EPERM, 0}, /* the local APIC */
                 {0xfd000, 0x10000, -XEN_EPERM, 0},
                 {1ul << 40, 1, -XEN_EPERM, -XEN_EINVAL},
                 {~0ul, 1, -XEN_EPERM, -XEN_EINVAL},
                 {0, 0, -XEN_EPERM, -XEN_EINVAL},
                 {0xb8, 0, -XEN_EINVAL, -XEN_EINVAL},
                 {~0ul, 2, -XEN_EINVAL, -XEN_EINVAL}};

    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
        clear();
        op.u.iomem_permission.first_mfn = cases[i / 2].first;
        op.u.iomem_permission.nr_mfns = cases[i / 2].nr;
        op.u.iomem_permission.allow_access = !(i % 2);
        CHECK_RC(run(XEN_DOMCTL_iomem_permission), cases[i / 2].rc);
        clear();
        op.u.memory_mapping.first_mfn = cases[i / 2].first;
        op.u.memory_mapping.nr_mfns = cases[i / 2].nr;
        op.u.memory_mapping.add_mapping = !(i % 2);
        CHECK_RC(run(XEN_DOMCTL_memory_mapping), cases[i / 2].map_rc);
    }
}

static void check_interrupts(void)
{
    static const struct {
        uint32_t pirq;
        long rc;
    } cases[] = {{1, -XEN_EPERM}, {23, -XEN_EPERM}, {100000, -XEN_EINVAL}};

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        clear();
        op.u.irq_permission.pirq = cases[i].pirq;
        op.u.irq_permission.allow_access = 1;
        CHECK_RC(run(XEN_DOMCTL_irq_permission), cases[i].rc);
    }
}

static void check_triggers(void)
{
    static const struct {
        uint32_t vcpu, trigger;
        long rc;
    } cases[] = {{0, 1, -XEN_ENOSYS}, {0, 2, -XEN_ENOSYS}, {0, 3, -XEN_EINVAL},
                 {0, 4, -XEN_EINVAL}, {0, 9, -XEN_ENOSYS}, {9000, 0, -XEN_ESRCH}};

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        clear();
        op.u.sendtrigger.vcpu = cases[i].vcpu;
        op.u.sendtrigger.trigger = cases[i].trigger;
        CHECK_RC(run(XEN_DOMCTL_sendtrigger), cases[i].rc);
    }
}

/* Of a PV domain: nothing. */
static void check_absent(void)
{
    static const struct {
        uint32_t cmd;
        long rc;
    } cases[] = {{0, -XEN_ENOSYS},
                 {6, -XEN_ENOSYS},
                 {XEN_DOMCTL_gethvmcontext, -XEN_EINVAL},
                 {XEN_DOMCTL_sethvmcontext, -XEN_EINVAL},
                 {XEN_DOMCTL_gethvmcontext_partial, -XEN_EINVAL},
                 {XEN_DOMCTL_assign_device, -XEN_EOPNOTSUPP},
                 {XEN_DOMCTL_test_assign_device, -XEN_EOPNOTSUPP},
                 {XEN_DOMCTL_deassign_device, -XEN_EOPNOTSUPP},
                 {XEN_DOMCTL_get_device_group, -XEN_EOPNOTSUPP},
                 {XEN_DOMCTL_bind_pt_irq, -XEN_EINVAL},
                 {XEN_DOMCTL_unbind_pt_irq, -XEN_EINVAL},
                 {XEN_DOMCTL_ioport_mapping, -XEN_EOPNOTSUPP},
                 {XEN_DOMCTL_debug_op, -XEN_EINVAL},
                 {XEN_DOMCTL_mem_sharing_op, -XEN_ENOSYS},
                 {XEN_DOMCTL_audit_p2m, -XEN_ENOSYS},
                 {XEN_DOMCTL_set_broken_page_p2m, -XEN_EINVAL},
                 {XEN_DOMCTL_cacheflush, -XEN_ENOSYS},
                 {XEN_DOMCTL_psr_cmt_op, -XEN_ENODEV},
                 {XEN_DOMCTL_psr_alloc, -XEN_ENODEV},
                 {XEN_DOMCTL_vuart_op, -XEN_ENOSYS},
                 {XEN_DOMCTL_vmtrace_op, -XEN_EINVAL},
                 {XEN_DOMCTL_get_paging_mempool_size, -XEN_EOPNOTSUPP},
                 {XEN_DOMCTL_set_paging_mempool_size, -XEN_EOPNOTSUPP},
                 {XEN_DOMCTL_set_target, -XEN_EOPNOTSUPP}, /* Domain 0 as the one to serve */
                 {XEN_DOMCTL_gdbsx_guestmemio, -XEN_ENOSYS},
                 {XEN_DOMCTL_gdbsx_pausevcpu, -XEN_ENOSYS},
                 {XEN_DOMCTL_gdbsx_domstatus, -XEN_ENOSYS},
                 {XEN_DOMCTL_gdbsx_unpausevcpu, -XEN_ENOSYS},
                 {XEN_DOMCTL_setdebugging, 0}};

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        clear();
        CHECK_RC(run(cases[i].cmd), cases[i].rc);
        CHECK_RC(run_for(99, cases[i].cmd), -XEN_ESRCH);
    }
    clear();
    CHECK_RC(run_for(DOMID_IO, XEN_DOMCTL_assign_device), -XEN_EOPNOTSUPP);
    CHECK_RC(run_for(DOMID_IO, XEN_DOMCTL_deassign_device), -XEN_EOPNOTSUPP);
    CHECK_RC(run_for(DOMID_IO, XEN_DOMCTL_test_assign_device), -XEN_ESRCH);
    CHECK_RC(run_for(DOMID_INVALID, XEN_DOMCTL_test_assign_device), -XEN_EOPNOTSUPP);
    CHECK_RC(run_for(DOMID_INVALID, XEN_DOMCTL_assign_device), -XEN_ESRCH);
    for (uint32_t i = 0; i < 4; i++) {
        clear();
        op.u.shadow_op.op = i;
        CHECK_RC(run(XEN_DOMCTL_shadow_op),
                 i == XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY ? -XEN_EOPNOTSUPP : -XEN_EINVAL);
    }
}

/* A log of dirty pages is asked for: of a domain that has no vCPU yet that is something else. */
static void check_without_vcpus(void)
{
    domid_t third;

    clear();
    op.u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = 1,
                                                         .max_evtchn_port = 100,
                                                         .max_grant_frames = 4,
                                                         .max_maptrack_frames = 4,
                                                         .grant_opts = 1};
    REQUIRE(run_for(0, XEN_DOMCTL_createdomain) == 0);
    third = (domid_t)op.domain;
    clear();
    op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
    CHECK_RC(run_for(third, XEN_DOMCTL_shadow_op), -XEN_EINVAL);
    clear();
    CHECK_RC(run_for(third, XEN_DOMCTL_destroydomain), 0);
}

static void check_resources(void)
{
    clear();
    op.u.psr_alloc.cmd = XEN_DOMCTL_PSR_GET_MBA_THRTL;
    CHECK_RC(run(XEN_DOMCTL_psr_alloc), -XEN_ENODEV);
    op.u.psr_alloc.cmd = XEN_DOMCTL_PSR_GET_MBA_THRTL + 1;
    CHECK_RC(run(XEN_DOMCTL_psr_alloc), -XEN_EOPNOTSUPP);
}

static bool is_debugged(void)
{
    clear();
    CHECK_RC(run(XEN_DOMCTL_getdomaininfo), 0);
    return op.u.getdomaininfo.flags & XEN_DOMINF_debugged;
}

static void check_debugging(void)
{
    CHECK(!is_debugged());
    op.u.setdebugging.enable = 1;
    CHECK_RC(run(XEN_DOMCTL_setdebugging), 0);
    CHECK(is_debugged());
    clear();
    CHECK_RC(run(XEN_DOMCTL_setdebugging), 0);
    CHECK(!is_debugged());
    clear();
    CHECK_RC(run_for(0, XEN_DOMCTL_setdebugging), -XEN_EINVAL);
}

/* A new domain's affinity is to all CPUs: those that the machine has are shown. */
static void check_affinity(void)
{
    static struct xen_sysctl machine;
    uint64_t hard = ~0ul, soft = ~0ul, all;

    REQUIRE(hypercall_sysctl(&machine, XEN_SYSCTL_physinfo) == 0);
    all = ~0ul >> (63 - machine.u.physinfo.max_cpu_id);
    clear();
    op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
    set_xen_guest_handle_raw(op.u.vcpuaffinity.cpumap_hard.bitmap, (uint8_t *)&hard);
    op.u.vcpuaffinity.cpumap_hard.nr_bits = 64;
    set_xen_guest_handle_raw(op.u.vcpuaffinity.cpumap_soft.bitmap, (uint8_t *)&soft);
    op.u.vcpuaffinity.cpumap_soft.nr_bits = 64;
    CHECK_RC(run(XEN_DOMCTL_getvcpuaffinity), 0);
    /* Neither is asked for. */
    op.u.vcpuaffinity.flags = 0;
    CHECK_RC(run(XEN_DOMCTL_getvcpuaffinity), -XEN_EINVAL);
    CHECK_RC(run(XEN_DOMCTL_setvcpuaffinity), -XEN_EINVAL);
    CHECK_EQUAL(hard, all);
    CHECK_EQUAL(soft, all);
}

/* --- Virtual NUMA --- */
static uint32_t distances[4] = {10, 20, 20, 10}, node_of_vcpu[1], places[2];
static xen_vmemrange_t ranges[2] = {{.end = 0x100000}, {.start = 0x100000, .end = 0x200000, .nid = 1}};

static long set_topology(uint32_t nodes, uint32_t nr_ranges, uint32_t vcpus, uint32_t pad)
{
    clear();
    op.u.vnuma.nr_vnodes = nodes;
    op.u.vnuma.nr_vmemranges = nr_ranges;
    op.u.vnuma.nr_vcpus = vcpus;
    op.u.vnuma.pad = pad;
    set_xen_guest_handle_raw(op.u.vnuma.vdistance, distances);
    set_xen_guest_handle_raw(op.u.vnuma.vcpu_to_vnode, node_of_vcpu);
    set_xen_guest_handle_raw(op.u.vnuma.vnode_to_pnode, places);
    set_xen_guest_handle_raw(op.u.vnuma.vmemrange, ranges);
    return run(XEN_DOMCTL_setvnumainfo);
}

static void check_topology_refused(void)
{
    static struct {
        uint32_t *word, wrong;
        long rc;
    } cases[] = {
        {&places[1], ~0u, -XEN_E2BIG}, {&node_of_vcpu[0], 5, -XEN_E2BIG}, {&ranges[1].flags, 1, -XEN_EINVAL}};

    CHECK_RC(set_topology(2, 2, 1, 1), -XEN_EINVAL);
    CHECK_RC(set_topology(0, 2, 1, 0), -XEN_EINVAL);
    CHECK_RC(set_topology(2, 2, 2, 0), -XEN_EINVAL);
    CHECK_RC(set_topology(1000, 2, 1, 0), -XEN_EINVAL);
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t right = *cases[i].word;

        *cases[i].word = cases[i].wrong;
        CHECK_RC(set_topology(2, 2, 1, 0), cases[i].rc);
        *cases[i].word = right;
    }
    clear();
    op.u.vnuma.nr_vnodes = op.u.vnuma.nr_vcpus = 1;
    CHECK_RC(run(XEN_DOMCTL_setvnumainfo), -XEN_EFAULT);
}

static void check_topology(void)
{
    struct xen_vnuma_topology_info told = {.domid = other};
    uint32_t far[4] = {0}, node = 7;
    xen_vmemrange_t got[2];

    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &told), -XEN_EOPNOTSUPP);
    check_topology_refused();
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &told), -XEN_EOPNOTSUPP);
    CHECK_RC(set_topology(2, 2, 1, 0), 0);
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &told), -XEN_ENOBUFS);
    CHECK(told.nr_vnodes == 2 && told.nr_vmemranges == 2 && told.nr_vcpus == 1);
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &told), -XEN_EFAULT);
    set_xen_guest_handle_raw(told.vdistance.h, far);
    set_xen_guest_handle_raw(told.vcpu_to_vnode.h, &node);
    set_xen_guest_handle_raw(told.vmemrange.h, got);
    told.nr_vcpus = 100;
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &told), 0);
    CHECK_EQUAL(told.nr_vcpus, 1);
    CHECK(memcmp(far, distances, sizeof(far)) == 0 && memcmp(got, ranges, sizeof(got)) == 0);
    CHECK_EQUAL(node, 0);
    told.pad = 1;
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &told), -XEN_EINVAL);
    told.pad = 0;
    told.domid = 99;
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &told), -XEN_ESRCH);
}

static long vcpu_context(uint32_t cmd, uint32_t vcpu, struct vcpu_guest_context *c)
{
    clear();
    op.u.vcpucontext.vcpu = vcpu;
    set_xen_guest_handle_raw(op.u.vcpucontext.ctxt, c);
    return run(cmd);
}

static void check_reset(void)
{
    CHECK_RC(vcpu_context(XEN_DOMCTL_getvcpucontext, 1, &context), -XEN_EINVAL);
    CHECK_RC(vcpu_context(XEN_DOMCTL_setvcpucontext, 1, NULL), -XEN_EINVAL);
    CHECK_RC(vcpu_context(XEN_DOMCTL_getvcpucontext, 0, &context), 0);
    CHECK(context.flags & VGCF_online);
    CHECK_RC(vcpu_context(XEN_DOMCTL_setvcpucontext, 0, NULL), 0);
    CHECK_RC(vcpu_context(XEN_DOMCTL_getvcpucontext, 0, &context), -XEN_ENODATA);
    clear();
    CHECK_RC(run(XEN_DOMCTL_getvcpuinfo), 0);
    CHECK_EQUAL(op.u.getvcpuinfo.online, 0);
    /* And it takes the same context again. */
    CHECK_RC(vcpu_context(XEN_DOMCTL_setvcpucontext, 0, &context), 0);
    clear();
    CHECK_RC(run(XEN_DOMCTL_getvcpuinfo), 0);
    CHECK_EQUAL(op.u.getvcpuinfo.online, 1);
}

void test_main(void)
{
    other = domain_create(never);
    domain_run(-1);
    check_affinity();
    check_ports();
    check_frames();
    check_interrupts();
    check_triggers();
    check_absent();
    check_without_vcpus();
    check_resources();
    check_debugging();
    check_topology();
    check_reset();
    domain_destroy();
    test_success();
}
