/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a toolstack reads and sets of the scheduler, and of a domain's vCPUs under it: XEN_SYSCTL_sched_id,
 * XEN_SYSCTL_scheduler_op, XEN_DOMCTL_scheduler_op and the affinities. The folders sched-credit and
 * sched-rtds run the same with those schedulers.
 *
 * The scheduler's number is part of each question: another one than the pool's is -EINVAL, before the command
 * is looked at. Weight 0 leaves the weight as it is; a cap of 0 is no cap, and for credit all ones leave it.
 * Single vCPUs have parameters under RTDS only. A rate limit is 0 or between 100 and 500,000 us, and not more
 * than credit's slice. Setting an affinity answers what is in effect, asking what was set.
 *
 * What goes wrong: xl sets a weight with cap 0 for "unchanged", and the cap is gone; a tool that asks for an
 * unknown scheduler gets an answer in another one's format.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "sysctl.h"

#include <xen/domctl.h>
#include <xen/sysctl.h>

const char test_title[] = "scheduler_op: parameters of schedulers and domains";

static struct xen_domctl op;
static struct xen_sysctl sysop;
static domid_t other;
static uint32_t scheduler;

static void never(void)
{
    for (;;) {
    }
}

static long domctl(uint32_t cmd)
{
    return hypercall_domctl(&op, other, cmd);
}

static long sysctl(uint32_t cmd)
{
    return hypercall_sysctl(&sysop, cmd);
}

static long domain_op(uint32_t cmd)
{
    op.u.scheduler_op.cmd = cmd;
    op.u.scheduler_op.sched_id = scheduler;
    return domctl(XEN_DOMCTL_scheduler_op);
}

static long global_op(uint32_t cmd)
{
    sysop.u.scheduler_op.cmd = cmd;
    sysop.u.scheduler_op.sched_id = scheduler;
    return sysctl(XEN_SYSCTL_scheduler_op);
}

static void clear(void)
{
    memset(&op, 0, sizeof(op));
    memset(&sysop, 0, sizeof(sysop));
}

/* --- What is the same for all --- */
static void check_wrong_questions(void)
{
    clear();
    op.u.scheduler_op.sched_id = scheduler + 1;
    op.u.scheduler_op.cmd = 77;
    CHECK_RC(domctl(XEN_DOMCTL_scheduler_op), -XEN_EINVAL);
    CHECK_RC(domain_op(4), -XEN_EINVAL);
    CHECK_RC(domain_op(77), -XEN_EINVAL);
    sysop.u.scheduler_op.sched_id = scheduler + 1;
    CHECK_RC(sysctl(XEN_SYSCTL_scheduler_op), -XEN_EINVAL);
    sysop.u.scheduler_op.cpupool_id = 7;
    CHECK_RC(global_op(XEN_SYSCTL_SCHEDOP_getinfo), -XEN_ESRCH);
}

/* --- Weights and caps: credit2, credit; the structures are alike --- */
static void put(uint16_t weight, uint16_t cap, long rc)
{
    clear();
    op.u.scheduler_op.u.credit2.weight = weight;
    op.u.scheduler_op.u.credit2.cap = cap;
    CHECK_RC(domain_op(XEN_DOMCTL_SCHEDOP_putinfo), rc);
}

static void expect(uint16_t weight, uint16_t cap)
{
    clear();
    CHECK_RC(domain_op(XEN_DOMCTL_SCHEDOP_getinfo), 0);
    CHECK_EQUAL(op.u.scheduler_op.u.credit2.weight, weight);
    CHECK_EQUAL(op.u.scheduler_op.u.credit2.cap, cap);
}

static void check_weights(void)
{
    struct xen_domctl_schedparam_vcpu p = {.vcpuid = 0};

    expect(256, 0);
    put(512, 50, 0);
    expect(512, 50);
    put(0, 70, 0);
    expect(512, 70);
    put(1, 0, 0);
    expect(1, 0);
    put(65535, 100, 0);
    expect(65535, 100);
    /*
     * The domain has one vCPU: credit2 refuses the cap, after it has taken the weight; credit leaves the cap
     * for all ones.
     */
    put(128, 101, scheduler == XEN_SCHEDULER_CREDIT ? 0 : -XEN_EINVAL);
    expect(128, scheduler == XEN_SCHEDULER_CREDIT ? 101 : 100);
    put(256, 65535, scheduler == XEN_SCHEDULER_CREDIT ? 0 : -XEN_EINVAL);
    expect(256, scheduler == XEN_SCHEDULER_CREDIT ? 101 : 100);
    put(256, 0, 0);
    expect(256, 0);
    clear();
    set_xen_guest_handle(op.u.scheduler_op.u.v.vcpus, &p);
    op.u.scheduler_op.u.v.nr_vcpus = 1;
    CHECK_RC(domain_op(XEN_DOMCTL_SCHEDOP_getvcpuinfo), -XEN_EINVAL);
    CHECK_RC(domain_op(XEN_DOMCTL_SCHEDOP_putvcpuinfo), -XEN_EINVAL);
}

static void put_credit2(uint32_t ratelimit, long rc)
{
    clear();
    sysop.u.scheduler_op.u.sched_credit2.ratelimit_us = ratelimit;
    CHECK_RC(global_op(XEN_SYSCTL_SCHEDOP_putinfo), rc);
}

static void expect_credit2(uint32_t ratelimit)
{
    clear();
    CHECK_RC(global_op(XEN_SYSCTL_SCHEDOP_getinfo), 0);
    CHECK_EQUAL(sysop.u.scheduler_op.u.sched_credit2.ratelimit_us, ratelimit);
}

static void check_credit2(void)
{
    expect_credit2(1000);
    put_credit2(99, -XEN_EINVAL);
    put_credit2(500001, -XEN_EINVAL);
    expect_credit2(1000);
    put_credit2(100, 0);
    expect_credit2(100);
    put_credit2(0, 0);
    expect_credit2(0);
    put_credit2(500000, 0);
    expect_credit2(500000);
    put_credit2(1000, 0);
    clear();
    CHECK_RC(global_op(2), -XEN_EINVAL);
}

static void put_credit(uint32_t slice, uint32_t ratelimit, uint32_t delay, long rc)
{
    clear();
    sysop.u.scheduler_op.u.sched_credit.tslice_ms = slice;
    sysop.u.scheduler_op.u.sched_credit.ratelimit_us = ratelimit;
    sysop.u.scheduler_op.u.sched_credit.vcpu_migr_delay_us = delay;
    CHECK_RC(global_op(XEN_SYSCTL_SCHEDOP_putinfo), rc);
}

static void expect_credit(uint32_t slice, uint32_t ratelimit, uint32_t delay)
{
    clear();
    CHECK_RC(global_op(XEN_SYSCTL_SCHEDOP_getinfo), 0);
    CHECK_EQUAL(sysop.u.scheduler_op.u.sched_credit.tslice_ms, slice);
    CHECK_EQUAL(sysop.u.scheduler_op.u.sched_credit.ratelimit_us, ratelimit);
    CHECK_EQUAL(sysop.u.scheduler_op.u.sched_credit.vcpu_migr_delay_us, delay);
}

static void check_credit(void)
{
    expect_credit(30, 1000, 0);
    put_credit(0, 0, 0, -XEN_EINVAL);
    put_credit(1001, 0, 0, -XEN_EINVAL);
    put_credit(1, 1001, 0, -XEN_EINVAL);
    put_credit(30, 99, 0, -XEN_EINVAL);
    put_credit(1000, 500001, 0, -XEN_EINVAL);
    put_credit(30, 0, 100001, -XEN_EINVAL);
    expect_credit(30, 1000, 0);
    put_credit(1, 1000, 100000, 0);
    expect_credit(1, 1000, 100000);
    put_credit(1000, 0, 0, 0);
    expect_credit(1000, 0, 0);
    put_credit(30, 1000, 0, 0);
    clear();
    CHECK_RC(global_op(2), -XEN_EINVAL);
}

/* --- RTDS: of each vCPU --- */
static struct xen_domctl_schedparam_vcpu vcpus[2];

static long vcpu_op(uint32_t cmd, uint32_t nr)
{
    clear();
    set_xen_guest_handle(op.u.scheduler_op.u.v.vcpus, vcpus);
    op.u.scheduler_op.u.v.nr_vcpus = nr;
    return domain_op(cmd);
}

static void put_rtds(uint32_t period, uint32_t budget, uint32_t flags, long rc)
{
    vcpus[0].vcpuid = 0;
    vcpus[0].u.rtds = (struct xen_domctl_sched_rtds){.period = period, .budget = budget, .flags = flags};
    CHECK_RC(vcpu_op(XEN_DOMCTL_SCHEDOP_putvcpuinfo, 1), rc);
}

static void expect_rtds(uint32_t period, uint32_t budget, uint32_t flags)
{
    vcpus[0].vcpuid = 0;
    CHECK_RC(vcpu_op(XEN_DOMCTL_SCHEDOP_getvcpuinfo, 1), 0);
    CHECK_EQUAL(vcpus[0].u.rtds.period, period);
    CHECK_EQUAL(vcpus[0].u.rtds.budget, budget);
    CHECK_EQUAL(vcpus[0].u.rtds.flags, flags);
}

static void check_rtds(void)
{
    clear();
    CHECK_RC(domain_op(XEN_DOMCTL_SCHEDOP_getinfo), 0);
    CHECK_EQUAL(op.u.scheduler_op.u.rtds.period, 10000);
    CHECK_EQUAL(op.u.scheduler_op.u.rtds.budget, 4000);
    expect_rtds(10000, 4000, XEN_DOMCTL_SCHEDRT_extra);
    put_rtds(20000, 5000, 0, 0);
    expect_rtds(20000, 5000, 0);
    put_rtds(20000, 20001, 0, -XEN_EINVAL);
    put_rtds(0, 0, 0, -XEN_EINVAL);
    put_rtds(10000, 9, 0, -XEN_EINVAL);
    put_rtds(9, 9, 0, -XEN_EINVAL);
    put_rtds(10, 10, XEN_DOMCTL_SCHEDRT_extra, 0);
    expect_rtds(10, 10, XEN_DOMCTL_SCHEDRT_extra);
    put_rtds(10000001, 4000, 0, -XEN_EINVAL);
    put_rtds(10000000, 4000, 0, 0);
    vcpus[0].vcpuid = 9;
    CHECK_RC(vcpu_op(XEN_DOMCTL_SCHEDOP_getvcpuinfo, 1), -XEN_EINVAL);
    CHECK_RC(vcpu_op(XEN_DOMCTL_SCHEDOP_getvcpuinfo, 0), 0);
    clear();
    op.u.scheduler_op.u.rtds = (struct xen_domctl_sched_rtds){.period = 0, .budget = 4000};
    CHECK_RC(domain_op(XEN_DOMCTL_SCHEDOP_putinfo), -XEN_EINVAL);
    op.u.scheduler_op.u.rtds = (struct xen_domctl_sched_rtds){.period = 30000, .budget = 3000};
    CHECK_RC(domain_op(XEN_DOMCTL_SCHEDOP_putinfo), 0);
    vcpus[0].vcpuid = 0;
    CHECK_RC(vcpu_op(XEN_DOMCTL_SCHEDOP_getvcpuinfo, 1), 0);
    CHECK_EQUAL(vcpus[0].u.rtds.period, 30000);
    CHECK_EQUAL(vcpus[0].u.rtds.budget, 3000);
    put_rtds(10000, 4000, XEN_DOMCTL_SCHEDRT_extra, 0);
    CHECK_RC(global_op(XEN_SYSCTL_SCHEDOP_getinfo), 0);
}

/* --- Affinities --- */
static uint64_t hard, soft;

static long affinity(uint32_t cmd, uint32_t flags)
{
    clear();
    op.u.vcpuaffinity.flags = flags;
    set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, (uint8_t *)&hard);
    op.u.vcpuaffinity.cpumap_hard.nr_bits = 64;
    set_xen_guest_handle(op.u.vcpuaffinity.cpumap_soft.bitmap, (uint8_t *)&soft);
    op.u.vcpuaffinity.cpumap_soft.nr_bits = 64;
    return domctl(cmd);
}

static void check_affinities(void)
{
    const uint32_t both = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;

    soft = 2;
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, XEN_VCPUAFFINITY_SOFT), 0);
    CHECK_EQUAL(soft, 2);
    CHECK_RC(affinity(XEN_DOMCTL_getvcpuaffinity, both), 0);
    CHECK_EQUAL(soft, 2);
    CHECK_EQUAL(hard, 2); /* by domain_run */
    /* Set outside the hard one: kept, and not in effect. CPUs that are not there are dropped. */
    hard = 1;
    soft = 2 | 32;
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, both), 0);
    CHECK_EQUAL(hard, 1);
    CHECK_EQUAL(soft, 0);
    CHECK_RC(affinity(XEN_DOMCTL_getvcpuaffinity, both), 0);
    CHECK_EQUAL(hard, 1);
    CHECK_EQUAL(soft, 2);
    soft = 32;
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, XEN_VCPUAFFINITY_SOFT), 0);
    soft = 0;
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, XEN_VCPUAFFINITY_SOFT), 0);
    CHECK_RC(affinity(XEN_DOMCTL_getvcpuaffinity, both), 0);
    CHECK_EQUAL(soft, 0);
    hard = 32;
    soft = 1;
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, both), -XEN_EINVAL);
    CHECK_RC(affinity(XEN_DOMCTL_getvcpuaffinity, both), 0);
    CHECK_EQUAL(hard, 1);
    CHECK_EQUAL(soft, 0);
    hard = soft = ~0ull;
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, both), 0);
    CHECK_EQUAL(hard, 3);
    CHECK_EQUAL(soft, 3);
    CHECK_RC(affinity(XEN_DOMCTL_setvcpuaffinity, 0), -XEN_EINVAL);
}

void test_main(void)
{
    clear();
    REQUIRE(sysctl(XEN_SYSCTL_sched_id) == 0);
    scheduler = sysop.u.sched_id.sched_id;
    other = domain_create(never);
    domain_run(1);
    check_wrong_questions();
    switch (scheduler) {
    case XEN_SCHEDULER_CREDIT2:
        check_weights();
        check_credit2();
        break;
    case XEN_SCHEDULER_CREDIT:
        check_weights();
        check_credit();
        break;
    case XEN_SCHEDULER_RTDS:
        check_rtds();
        break;
    default:
        CHECK_EQUAL(scheduler, XEN_SCHEDULER_CREDIT2);
    }
    check_affinities();
    domain_destroy();
    test_success();
}
