/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs taken off line and put back while guests run: XEN_SYSCTL_cpu_hotplug, XENPF_cpu_online,
 * XENPF_cpu_offline, XENPF_core_parking.
 *
 * The errnos were measured. sysctl: the first CPU and one that is not there -EINVAL, one that is so already
 * -EEXIST, one of another pool than the first -ENODEV, one to which a vCPU has pinned itself -EADDRINUSE.
 * platform_op: 0 for one that is so already, -EOPNOTSUPP for the first. A CPU of no pool goes, and comes back
 * into the first, like any. Off line it counts as present, not as running: physinfo counts it no more, its
 * place in the lists stays, without core and idle time; the pool has lost it, and none can take it (-ENODEV).
 * VIRQ_PCPU_STATE tells of either. A vCPU that could run nowhere else may run anywhere from then on. Parking
 * takes the lowest first and gives back in reverse.
 *
 * What goes wrong: a vCPU is left on a CPU that is gone, or its timer, or an interrupt; a CPU waits for the
 * answer of one that is off line, or for one that waits for it; a TLB comes back with what it had; the caller
 * runs on the CPU that goes.
 *
 * So another domain's four vCPUs run, sleep by timers, send each other events and flush all their TLBs
 * meanwhile, and each is seen to go on after each step. On stock Xen (cmdline careful) that domain is paused
 * while a CPU goes or comes, and Domain 0 is pinned: it hangs now and then otherwise, as cpupool-op says.
 * With --full each CPU goes and comes seventy times.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "platform.h"
#include "sysctl.h"

#include <xen/domctl.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

const char test_title[] = "CPUs off line and on line";

#define CPUS    4u
#define ON      XEN_SYSCTL_CPU_HOTPLUG_ONLINE
#define OFF     XEN_SYSCTL_CPU_HOTPLUG_OFFLINE
#define INVALID 0xffffffffu

/* What a vCPU of the other domain has done, each in a cache line's words of its own. */
static volatile uint32_t done[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));
#define TURNS(id)  done[(id)*16]
#define SLEEPS(id) done[(id)*16 + 1]
#define EVENTS(id) done[(id)*16 + 2]

static struct xen_sysctl op;
static struct xen_platform_op pop;
static struct xen_domctl dop;
static uint8_t map, hard, soft;
static evtchn_port_t state_port, wakes[CPUS];
static domid_t other;
static bool careful;

/* --- The other domain --- */
static void flush_all(void)
{
    struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_ALL};

    hypercall_mmuext_op(&flush, 1, NULL, DOMID_SELF);
}

/* Its neighbour's event and a timer end the sleep. */
static void work_as(unsigned int id)
{
    for (;;) {
        struct sched_poll poll = {.timeout = time_ns() + 300000, .nr_ports = 1};

        set_xen_guest_handle(poll.ports, &wakes[id]);
        for (unsigned int i = 0; i < 2000; i++) {
            TURNS(id)++;
        }
        flush_all();
        event_send(wakes[(id + 1) % CPUS]);
        hypercall_sched_op(SCHEDOP_poll, &poll);
        if (event_pending(wakes[id])) {
            event_clear(wakes[id]);
            EVENTS(id)++;
        }
        poll.nr_ports = 0;
        poll.timeout = time_ns() + 100000;
        hypercall_sched_op(SCHEDOP_poll, &poll);
        SLEEPS(id)++;
    }
}

static void work_more(void)
{
    work_as(vcpu_id());
}

static void work(void)
{
    for (unsigned int id = 0; id < CPUS; id++) {
        event_bind_ipi(id, &wakes[id]);
    }
    for (unsigned int id = 1; id < CPUS; id++) {
        vcpu_launch(id, work_more);
    }
    work_as(0);
}

/* --- The calls --- */
static long sysctl(uint32_t cmd)
{
    return hypercall_sysctl(&op, cmd);
}

static long domctl(uint32_t cmd)
{
    return hypercall_domctl(&dop, other, cmd);
}

static void when_careful(uint32_t cmd)
{
    if (careful) {
        CHECK_RC(domctl(cmd), 0);
    }
}

static long plug(uint32_t operation, uint32_t cpu)
{
    memset(&op, 0, sizeof(op));
    op.u.cpu_hotplug.op = operation;
    op.u.cpu_hotplug.cpu = cpu;
    return sysctl(XEN_SYSCTL_cpu_hotplug);
}

static long platform(uint32_t cmd)
{
    return hypercall_platform_op(&pop, cmd);
}

static long platform_plug(uint32_t cmd, uint32_t cpu)
{
    memset(&pop.u, 0, sizeof(pop.u));
    pop.u.cpu_ol.cpuid = cpu;
    return platform(cmd);
}

static long pool(uint32_t command, uint32_t id, uint32_t which)
{
    return sysctl_cpupool(&op, command, id, which, &map);
}

/* Each of its vCPUs does something of each kind. */
static void check_goes_on(void)
{
    uint64_t end = time_ns() + PATIENCE_NS;

    when_careful(XEN_DOMCTL_unpausedomain);
    for (unsigned int id = 0; id < CPUS; id++) {
        uint32_t turns = TURNS(id), sleeps = SLEEPS(id), events = EVENTS(id);

        while ((TURNS(id) == turns || SLEEPS(id) == sleeps || EVENTS(id) == events) && time_ns() < end) {
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        CHECK(TURNS(id) != turns && SLEEPS(id) != sleeps && EVENTS(id) != events);
    }
    when_careful(XEN_DOMCTL_pausedomain);
}

/* --- What is told of them --- */
static void check_told(void)
{
    CHECK(event_pending(state_port));
    event_clear(state_port);
}

static void check_counts(uint8_t online)
{
    unsigned int nr = 0;

    for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
        nr += online >> cpu & 1;
    }
    memset(&op, 0, sizeof(op));
    CHECK_RC(sysctl(XEN_SYSCTL_physinfo), 0);
    CHECK_EQUAL(op.u.physinfo.nr_cpus, nr);
    CHECK_EQUAL(op.u.physinfo.cores_per_socket, nr);
    CHECK_EQUAL(op.u.physinfo.max_cpu_id, CPUS - 1);
}

static void check_lists(uint8_t online)
{
    static struct xen_sysctl_cputopo topo[CPUS];
    static struct xen_sysctl_cpuinfo times[CPUS];

    memset(&op, 0, sizeof(op));
    op.u.cputopoinfo.num_cpus = CPUS;
    set_xen_guest_handle_raw(op.u.cputopoinfo.cputopo, topo);
    CHECK_RC(sysctl(XEN_SYSCTL_cputopoinfo), 0);
    CHECK_EQUAL(op.u.cputopoinfo.num_cpus, CPUS);
    memset(&op, 0, sizeof(op));
    op.u.getcpuinfo.max_cpus = CPUS;
    set_xen_guest_handle_raw(op.u.getcpuinfo.info, times);
    CHECK_RC(sysctl(XEN_SYSCTL_getcpuinfo), 0);
    CHECK_EQUAL(op.u.getcpuinfo.nr_cpus, CPUS);
    for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
        bool is = online >> cpu & 1;

        CHECK_EQUAL(topo[cpu].core, is ? cpu : INVALID);
        CHECK_EQUAL(topo[cpu].socket, is ? 0 : INVALID);
        CHECK_EQUAL(topo[cpu].node, 0);
        if (!is) {
            CHECK_EQUAL(times[cpu].idletime, 0);
        }
    }
}

static void check_one(uint32_t cpu, bool is)
{
    memset(&pop.u, 0x5a, sizeof(pop.u));
    pop.u.pcpu_info.xen_cpuid = cpu;
    CHECK_RC(platform(XENPF_get_cpuinfo), 0);
    CHECK_EQUAL(pop.u.pcpu_info.max_present, CPUS - 1);
    CHECK_EQUAL(pop.u.pcpu_info.flags, is ? XEN_PCPU_FLAGS_ONLINE : 0);
    CHECK_EQUAL(pop.u.pcpu_info.apic_id, cpu);
    memset(&pop.u, 0x5a, sizeof(pop.u));
    pop.u.pcpu_version.xen_cpuid = cpu;
    CHECK_RC(platform(XENPF_get_cpu_version), 0);
    CHECK_EQUAL(pop.u.pcpu_version.max_present, CPUS - 1);
    CHECK_EQUAL(pop.u.pcpu_version.family != 0, is);
    memset(&op, 0, sizeof(op));
    op.u.get_pmstat.type = PMSTAT_get_max_cx;
    op.u.get_pmstat.cpuid = cpu;
    CHECK_RC(sysctl(XEN_SYSCTL_get_pmstat), is ? 0 : -XEN_EINVAL);
}

static void check_online(uint8_t online)
{
    check_counts(online);
    check_lists(online);
    for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
        check_one(cpu, online >> cpu & 1);
    }
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 0, 0), 0);
    CHECK_EQUAL(map, online);
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0, 0), 0);
    CHECK_EQUAL(map, 0);
}

/* --- The parts --- */
static void check_refused(void)
{
    CHECK_RC(plug(OFF, 0), -XEN_EINVAL);
    CHECK_RC(plug(OFF, CPUS), -XEN_EINVAL);
    CHECK_RC(plug(OFF, 100000), -XEN_EINVAL);
    CHECK_RC(plug(ON, CPUS), -XEN_EINVAL);
    CHECK_RC(plug(ON, 1), -XEN_EEXIST);
    CHECK_RC(plug(4, 1), -XEN_EOPNOTSUPP);
    CHECK_RC(platform_plug(XENPF_cpu_offline, 0), -XEN_EOPNOTSUPP);
    CHECK_RC(platform_plug(XENPF_cpu_offline, CPUS), -XEN_EINVAL);
    CHECK_RC(platform_plug(XENPF_cpu_online, CPUS), -XEN_EINVAL);
    CHECK_RC(platform_plug(XENPF_cpu_online, 2), 0);
    check_online(0xf);
}

static void check_while_off(void)
{
    check_online(0xb);
    CHECK_RC(plug(OFF, 2), -XEN_EEXIST);
    CHECK_RC(platform_plug(XENPF_cpu_offline, 2), 0);
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 2), -XEN_EINVAL);
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0, 2), -XEN_ENODEV);
    check_goes_on();
}

static void check_one_off(void)
{
    CHECK_RC(plug(OFF, 2), 0);
    check_told();
    check_while_off();
    CHECK_RC(plug(ON, 2), 0);
    check_told();
    check_online(0xf);
    CHECK_RC(plug(ON, 2), -XEN_EEXIST);
    check_goes_on();
    CHECK_RC(platform_plug(XENPF_cpu_offline, 3), 0);
    check_online(0x7);
    CHECK_RC(platform_plug(XENPF_cpu_online, 3), 0);
    check_online(0xf);
}

static long affinity(uint32_t command, uint8_t to_hard, uint8_t to_soft)
{
    hard = to_hard;
    soft = to_soft;
    return domctl_affinity(other, 1, command, &hard, &soft);
}

static void check_affinity(uint8_t is_hard, uint8_t is_soft)
{
    CHECK_RC(affinity(XEN_DOMCTL_getvcpuaffinity, 0, 0), 0);
    CHECK_EQUAL(hard & 15, is_hard);
    CHECK_EQUAL(soft & 15, is_soft);
}

static void check_affinities(void)
{
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, 2, 2), 0);
    CHECK_RC(plug(OFF, 1), 0);
    check_affinity(15, 2);
    check_goes_on();
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, 2, 2), -XEN_EINVAL);
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, 6, 2), 0);
    CHECK_EQUAL(hard, 4);
    CHECK_EQUAL(soft, 0);
    check_affinity(6, 2);
    CHECK_RC(plug(ON, 1), 0);
    check_affinity(6, 2);
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, 15, 15), 0);
    check_goes_on();
}

/* Also the caller's own CPU goes. */
static void check_pinned(void)
{
    CHECK_RC(vcpu_pin(1), 0);
    CHECK_RC(plug(OFF, 1), -XEN_EADDRINUSE);
    CHECK_RC(platform_plug(XENPF_cpu_offline, 1), -XEN_EADDRINUSE);
    CHECK_RC(vcpu_pin(-1), 0);
    CHECK_RC(plug(OFF, 1), 0);
    CHECK_RC(plug(ON, 1), 0);
    check_goes_on();
}

static void park(uint32_t wanted, uint8_t online)
{
    memset(&pop.u, 0, sizeof(pop.u));
    pop.u.core_parking.type = XEN_CORE_PARKING_SET;
    pop.u.core_parking.idle_nums = wanted;
    CHECK_RC(platform(XENPF_core_parking), 0);
    pop.u.core_parking.type = XEN_CORE_PARKING_GET;
    CHECK_RC(platform(XENPF_core_parking), 0);
    CHECK_EQUAL(pop.u.core_parking.idle_nums, wanted < CPUS ? wanted : CPUS - 1);
    check_online(online);
    check_goes_on();
}

static void check_parking(void)
{
    park(1, 0xd);
    park(100, 0x1);
    park(1, 0xd);
    park(0, 0xf);
}

static void check_free(void)
{
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 3), 0);
    CHECK_RC(plug(OFF, 3), 0);
    check_online(0x7);
    CHECK_RC(plug(ON, 3), 0);
    check_online(0xf);
    check_goes_on();
}

/* Stock Xen cannot do anything with that CPU afterwards: so this comes last. */
static void check_other_pool(void)
{
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 1, 6), 0);
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 2), 0);
    CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 1, 2), 0);
    CHECK_RC(plug(OFF, 2), -XEN_ENODEV);
    if (!careful) {
        CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 1, 2), 0);
        CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0, 2), 0);
        CHECK_RC(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1, 0), 0);
        check_online(0xf);
        check_goes_on();
    }
}

/* All that can go, in turn. */
static void check_rounds(uint64_t nr)
{
    for (uint64_t round = 0; round < nr; round++) {
        for (uint32_t cpu = 1; cpu < CPUS; cpu++) {
            CHECK_RC(plug(OFF, cpu), 0);
            check_goes_on();
            CHECK_RC(plug(ON, cpu), 0);
        }
        check_goes_on();
    }
}

void test_main(void)
{
    careful = strstr((const char *)start_info->cmd_line, "careful") != NULL;
    REQUIRE(event_bind_virq(VIRQ_PCPU_STATE, 0, &state_port) == 0);
    domain_vcpus = CPUS;
    other = domain_create(work);
    domain_share(done);
    domain_run(-1);
    when_careful(XEN_DOMCTL_pausedomain);
    check_goes_on();
    check_refused();
    check_one_off();
    check_affinities();
    check_pinned();
    check_parking();
    check_free();
    check_rounds(option_number("rounds=", 1));
    check_other_pool();
    test_success();
}
