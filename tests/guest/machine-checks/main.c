/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_mca: a machine on which nothing has gone wrong.
 *
 * arch-x86/xen-mca.h: Domain 0 fetches records, urgent ones and others; XEN_MC_NODATA says that there are
 * none. physcpuinfo tells how many CPUs there are, and describes as many as the guest has room for. Linux
 * asks at its start, first for the number.
 *
 * Two things are not asked, because stock Xen 4.17 does not survive them or does as it is told: room for
 * fewer CPUs than there are (it writes past its own buffer), and simulated machine checks.
 *
 * What goes wrong: flags that name both urgencies are accepted; -ENOSYS makes Linux complain in its log.
 */
#define __XEN_TOOLS__
#include "guest.h"

#include <xen/arch-x86/xen-mca.h>

const char test_title[] = "machine checks: nothing to fetch, and what the CPUs are";

#define CPUS 2

static struct xen_mc mc;
static xen_mc_logical_cpu_t cpus[4];

static long issue(uint32_t command)
{
    mc.cmd = command;
    mc.interface_version = XEN_MCA_INTERFACE_VERSION;
    return hypercall(__HYPERVISOR_mca, HYPERCALL_POINTER(&mc), 0, 0, 0, 0);
}

static long fetch(uint32_t flags)
{
    memset(&mc, 0, sizeof(mc));
    mc.u.mc_fetch.flags = flags;
    mc.u.mc_fetch.data.p = (void *)cpus;
    return issue(XEN_MC_fetch);
}

static void fetches(void)
{
    CHECK_RC(fetch(XEN_MC_NONURGENT), 0);
    CHECK_EQUAL(mc.u.mc_fetch.flags, XEN_MC_NODATA);
    CHECK_RC(fetch(XEN_MC_URGENT), 0);
    CHECK_EQUAL(mc.u.mc_fetch.flags, XEN_MC_NODATA);
    CHECK_RC(fetch(XEN_MC_URGENT | XEN_MC_ACK), 0);
    CHECK_EQUAL(mc.u.mc_fetch.flags, XEN_MC_URGENT | XEN_MC_ACK);
    CHECK_RC(fetch(0), -XEN_EINVAL);
    CHECK_RC(fetch(XEN_MC_ACK), -XEN_EINVAL);
    CHECK_RC(fetch(XEN_MC_URGENT | XEN_MC_NONURGENT), -XEN_EINVAL);
}

static void processors(void)
{
    uint32_t level, b, c, d, i;

    memset(&mc, 0, sizeof(mc));
    CHECK_RC(issue(XEN_MC_physcpuinfo), 0);
    CHECK_EQUAL(mc.u.mc_physcpuinfo.ncpus, CPUS);
    mc.u.mc_physcpuinfo.ncpus = ARRAY_SIZE(cpus);
    mc.u.mc_physcpuinfo.info.p = cpus;
    CHECK_RC(issue(XEN_MC_physcpuinfo), 0);
    CHECK_EQUAL(mc.u.mc_physcpuinfo.ncpus, CPUS);
    cpuid_emulated(0, 0, &level, &b, &c, &d);
    for (i = 0; i < CPUS; i++) {
        CHECK_EQUAL(cpus[i].mc_cpunr, i);
        CHECK_EQUAL(cpus[i].mc_apicid, i);
        CHECK_EQUAL(cpus[i].mc_clusterid, i);
        CHECK_EQUAL(cpus[i].mc_chipid, 0);
        CHECK_EQUAL(cpus[i].mc_coreid, i);
        CHECK_EQUAL(cpus[i].mc_threadid, 0);
        CHECK_EQUAL(cpus[i].mc_ncores, CPUS);
        CHECK_EQUAL(cpus[i].mc_nthreads, 1);
        CHECK_EQUAL(cpus[i].mc_cpuid_level, level);
        CHECK_EQUAL(memcmp(cpus[i].mc_vendorid, &b, 4), 0);
        CHECK(cpus[i].mc_cpu_caps[0] & 1u << 6);
        CHECK_EQUAL(cpus[i].mc_nmsrvals, 1);
        CHECK_EQUAL(cpus[i].mc_msrvalues[0].reg, 0x179);
        CHECK(cpus[i].mc_msrvalues[0].value & 0xff);
    }
    CHECK_EQUAL(cpus[CPUS].mc_ncores, 0);
    mc.u.mc_physcpuinfo.ncpus = ARRAY_SIZE(cpus);
    mc.u.mc_physcpuinfo.info.p = (void *)0x1000;
    CHECK_RC(issue(XEN_MC_physcpuinfo), -XEN_EFAULT);
}

static void injections(void)
{
    memset(&mc, 0, sizeof(mc));
    CHECK_RC(issue(XEN_MC_msrinject), 0);
    mc.u.mc_msrinject.mcinj_count = 1;
    mc.u.mc_msrinject.mcinj_msr[0].reg = 0x1b;
    CHECK_RC(issue(XEN_MC_msrinject), -XEN_EINVAL);
    mc.u.mc_msrinject.mcinj_cpunr = 9;
    CHECK_RC(issue(XEN_MC_msrinject), -XEN_EINVAL);
    memset(&mc, 0, sizeof(mc));
    mc.u.mc_mceinject.mceinj_cpunr = 9;
    CHECK_RC(issue(XEN_MC_mceinject), -XEN_EINVAL);
}

void test_main(void)
{
    fetches();
    processors();
    injections();
    memset(&mc, 0, sizeof(mc));
    CHECK_RC(issue(0), -XEN_EINVAL);
    CHECK_RC(issue(XEN_MC_notifydomain), -XEN_EINVAL);
    CHECK_RC(issue(XEN_MC_inject_v2), -XEN_EINVAL);
    CHECK_RC(issue(7), -XEN_EINVAL);
    mc.interface_version = 0;
    CHECK_RC(hypercall(__HYPERVISOR_mca, HYPERCALL_POINTER(&mc), 0, 0, 0, 0), -XEN_EACCES);
    CHECK_RC(hypercall(__HYPERVISOR_mca, 0x1000, 0, 0, 0, 0), -XEN_EFAULT);
    test_success();
}
