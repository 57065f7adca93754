/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tools for power, caches, live patches and CPU hot-plug (xenpm, xen-hptool, xl psr-*, xen-livepatch)
 * are told on a machine that has none of it: the errnos tell them apart from a hypervisor that is too old
 * (-ENOSYS).
 *
 * There are two idle states, C0 and C1; no frequency is governed. CPUs that run cannot be switched on
 * (-EEXIST), the first not off. No processor shares out its caches (-ENODEV). The list of live patches is
 * empty, and has a version.
 *
 * On stock Xen the caller's vCPU is pinned (file args): a call that goes on on another CPU than the caller's,
 * as hot-plug does on the first, now and then never comes back on a busy host (2 of 8 starts; pinned none of
 * 16).
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "sysctl.h"

#include <xen/sysctl.h>

const char test_title[] = "sysctl: answers about power, caches, patches, CPUs";

static struct xen_sysctl op;

static long run(uint32_t cmd)
{
    return hypercall_sysctl(&op, cmd);
}

static void clear(void)
{
    memset(&op, 0, sizeof(op));
}

static long statistics(uint32_t type, uint32_t cpu)
{
    clear();
    op.u.get_pmstat.type = type;
    op.u.get_pmstat.cpuid = cpu;
    return run(XEN_SYSCTL_get_pmstat);
}

static void check_statistics(void)
{
    static uint64_t triggers[4], times[4];

    CHECK_RC(statistics(PMSTAT_get_max_cx, 1), 0);
    CHECK_EQUAL(op.u.get_pmstat.u.getcx.nr, 2);
    CHECK_RC(statistics(PMSTAT_reset_cxstat, 1), 0);
    CHECK_RC(statistics(PMSTAT_CX | 4, 1), -XEN_ENOSYS);
    CHECK_RC(statistics(PMSTAT_get_max_px, 1), -XEN_ENODEV);
    CHECK_RC(statistics(0, 1), -XEN_ENODEV);
    CHECK_RC(statistics(PMSTAT_get_max_cx, 2), -XEN_EINVAL);
    CHECK_RC(statistics(PMSTAT_get_max_cx, 100000), -XEN_EINVAL);
    clear();
    op.u.get_pmstat.type = PMSTAT_get_cxstat;
    op.u.get_pmstat.cpuid = 1;
    op.u.get_pmstat.u.getcx.nr = ARRAY_SIZE(times);
    set_xen_guest_handle_raw(op.u.get_pmstat.u.getcx.triggers, triggers);
    set_xen_guest_handle_raw(op.u.get_pmstat.u.getcx.residencies, times);
    CHECK_RC(run(XEN_SYSCTL_get_pmstat), 0);
    CHECK_EQUAL(op.u.get_pmstat.u.getcx.nr, 2);
    CHECK(op.u.get_pmstat.u.getcx.idle_time == times[1] && times[1] != 0);
    CHECK(times[2] == 0 && triggers[2] == 0);
}

static long power(uint32_t cmd, uint32_t cpu, uint32_t value)
{
    clear();
    op.u.pm_op.cmd = cmd;
    op.u.pm_op.cpuid = cpu;
    op.u.pm_op.u.set_max_cstate = value;
    return run(XEN_SYSCTL_pm_op);
}

static void check_power(void)
{
    for (uint32_t cmd = CPUFREQ_PARA; cmd < CPUFREQ_PARA + 6; cmd++) {
        CHECK_RC(power(cmd, 0, 0), -XEN_EINVAL);
    }
    CHECK_RC(power(XEN_SYSCTL_pm_op_enable_turbo, 0, 0), -XEN_EACCES);
    CHECK_RC(power(XEN_SYSCTL_pm_op_set_vcpu_migration_delay, 0, 0), -XEN_ENOSYS);
    CHECK_RC(power(XEN_SYSCTL_pm_op_enable_turbo, 2, 0), -XEN_EINVAL);
    CHECK_RC(power(XEN_SYSCTL_pm_op_get_max_cstate, 0, 0), 0);
    CHECK_EQUAL(op.u.pm_op.u.get_max_cstate, 1);
    /* The place of the CPU tells what is meant: the state, or its variant. */
    CHECK_RC(power(XEN_SYSCTL_pm_op_get_max_cstate, 1, 0), 0);
    CHECK_EQUAL(op.u.pm_op.u.get_max_cstate, XEN_SYSCTL_CX_UNLIMITED);
    CHECK_RC(power(XEN_SYSCTL_pm_op_set_max_cstate, 1, 7), 0);
    CHECK_RC(power(XEN_SYSCTL_pm_op_get_max_cstate, 1, 0), 0);
    CHECK_EQUAL(op.u.pm_op.u.get_max_cstate, 7);
    /* What was set before comes back. */
    CHECK_RC(power(XEN_SYSCTL_pm_op_set_sched_opt_smt, 0, 5), 0);
    CHECK_EQUAL(op.u.pm_op.u.set_sched_opt_smt, 0);
    CHECK_RC(power(XEN_SYSCTL_pm_op_set_sched_opt_smt, 0, 0), 0);
    CHECK_EQUAL(op.u.pm_op.u.set_sched_opt_smt, 1);
    CHECK_RC(power(XEN_SYSCTL_pm_op_set_sched_opt_smt, 1, 0), -XEN_EINVAL);
}

static void check_hotplug(void)
{
    static const struct {
        uint32_t op, cpu;
        long rc;
    } cases[] = {{XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 0, -XEN_EEXIST},
                 {XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 1, -XEN_EEXIST},
                 {XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 2, -XEN_EINVAL},
                 {XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 100000, -XEN_EINVAL},
                 {XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 0, -XEN_EINVAL},
                 {XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 2, -XEN_EINVAL},
                 {XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE, 1, -XEN_EOPNOTSUPP},
                 {XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE, 1, -XEN_EOPNOTSUPP},
                 {4, 0, -XEN_EOPNOTSUPP}};

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        clear();
        op.u.cpu_hotplug.op = cases[i].op;
        op.u.cpu_hotplug.cpu = cases[i].cpu;
        CHECK_RC(run(XEN_SYSCTL_cpu_hotplug), cases[i].rc);
    }
}

static void check_patches(void)
{
    clear();
    op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_LIST;
    CHECK_RC(run(XEN_SYSCTL_livepatch_op), 0);
    CHECK(op.u.livepatch.u.list.nr == 0 && op.u.livepatch.u.list.version == 1);
    clear();
    op.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_GET;
    op.u.livepatch.u.get.name.size = 4;
    set_xen_guest_handle_raw(op.u.livepatch.u.get.name.name, "abc");
    CHECK_RC(run(XEN_SYSCTL_livepatch_op), -XEN_ENOENT);
    clear();
    op.u.livepatch.cmd = 4;
    CHECK_RC(run(XEN_SYSCTL_livepatch_op), -XEN_EOPNOTSUPP);
    op.u.livepatch.pad = 1;
    CHECK_RC(run(XEN_SYSCTL_livepatch_op), -XEN_EINVAL);
}

static void check_absent(void)
{
    static const uint32_t unknown[] = {0, 13, XEN_SYSCTL_perfc_op, XEN_SYSCTL_lockprof_op, 24, 28, 30};

    for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
        clear();
        CHECK_RC(run(unknown[i]), -XEN_ENOSYS);
    }
    clear();
    CHECK_RC(run(XEN_SYSCTL_coverage_op), -XEN_EOPNOTSUPP);
    clear();
    CHECK_RC(run(XEN_SYSCTL_psr_cmt_op), -XEN_ENODEV);
    CHECK_RC(run(XEN_SYSCTL_psr_alloc), -XEN_ENODEV);
    op.u.psr_alloc.cmd = 3;
    CHECK_RC(run(XEN_SYSCTL_psr_alloc), -XEN_EOPNOTSUPP);
}

void test_main(void)
{
    check_statistics();
    check_power();
    check_hotplug();
    check_patches();
    check_absent();
    test_success();
}
