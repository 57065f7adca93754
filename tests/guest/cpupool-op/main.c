/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools of CPUs: made, filled, told of, used by a domain, emptied and given up (XEN_SYSCTL_cpupool_op).
 *
 * sysctl.h lists the errnos; what is not there was measured. CPU 0 stays in pool 0. A new pool's number is
 * the highest plus one, or, when that is taken for "any", the first that is free. There are at most twice as
 * many pools as CPUs (-ENOSPC). A CPU of another pool, or of none, cannot be removed (-EADDRNOTAVAIL), the
 * last one of a pool with living domains not either (-EBUSY); a domain that dies goes to pool 0. Moving a
 * domain resets its parameters and affinities; a vCPU that could run on the removed CPU only may run anywhere
 * from then on. Affinity is judged by the CPUs of the domain's pool. A domain cannot move itself (-EPERM),
 * and its number is cut to 16 bits.
 *
 * What goes wrong: a vCPU is left on a CPU that its pool has no more and never runs again; a pool is freed
 * that is still looked at; the caller itself runs on the CPU that it removes.
 *
 * Stock Xen hangs once in some fifty removals of a CPU when the caller's vCPU may run on several, or another
 * runs on the one removed: there (cmdline careful) Domain 0 is pinned, and the other domain stands still
 * meanwhile. And it crashes, not each time, after a CPU has left a pool with the credit scheduler: no CPU
 * does so here. How many domains pool 0 has is not asserted when one has just died.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "sysctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

const char test_title[] = "cpupool_op: pools of CPUs";

#define CREATE  XEN_SYSCTL_CPUPOOL_OP_CREATE
#define DESTROY XEN_SYSCTL_CPUPOOL_OP_DESTROY
#define INFO    XEN_SYSCTL_CPUPOOL_OP_INFO
#define ADD     XEN_SYSCTL_CPUPOOL_OP_ADDCPU
#define REMOVE  XEN_SYSCTL_CPUPOOL_OP_RMCPU
#define MOVE    XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN
#define FREE    XEN_SYSCTL_CPUPOOL_OP_FREEINFO
#define ANY     XEN_SYSCTL_CPUPOOL_PAR_ANY

static struct xen_sysctl op;
static struct xen_domctl dop;
static uint8_t map, hard, soft;
static volatile uint32_t turns[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));

static void work(void)
{
    for (;;) {
        turns[0]++;
    }
}

static long sysctl(uint32_t cmd)
{
    return hypercall_sysctl(&op, cmd);
}

static long domctl(uint32_t cmd, domid_t d)
{
    return hypercall_domctl(&dop, d, cmd);
}

static long pool(uint32_t command, uint32_t id, uint32_t which)
{
    return sysctl_cpupool(&op, command, id, which, &map);
}

struct step {
    uint32_t command, id, which;
    long rc;
};

static void take(const struct step *steps, unsigned int nr)
{
    for (unsigned int i = 0; i < nr; i++) {
        long rc = pool(steps[i].command, steps[i].id, steps[i].which);

        if (rc != steps[i].rc) {
            test_failure("command %u, pool %u, %u: %ld, not %ld", steps[i].command, steps[i].id,
                         steps[i].which, rc, steps[i].rc);
        }
    }
}

static void check_info(uint32_t id, uint32_t found, uint32_t sched, uint32_t nr_domains, uint8_t cpus)
{
    CHECK_RC(pool(INFO, id, 0), 0);
    CHECK_EQUAL(op.u.cpupool_op.cpupool_id, found);
    CHECK_EQUAL(op.u.cpupool_op.sched_id, sched);
    CHECK_EQUAL(op.u.cpupool_op.n_dom, nr_domains);
    CHECK_EQUAL(map, cpus);
}

static void check_free(uint8_t cpus)
{
    CHECK_RC(pool(FREE, 77, 0), 0);
    CHECK_EQUAL(map, cpus);
}

static void check_numbers(void)
{
    static const struct step refused[] = {{CREATE, 0, 6, -XEN_EEXIST},
                                          {CREATE, 5, 99, -XEN_ENOENT},
                                          {DESTROY, 0, 0, -XEN_EBUSY},
                                          {DESTROY, 5, 0, -XEN_ENOENT},
                                          {DESTROY, ANY, 0, -XEN_ENOENT},
                                          {INFO, 1, 0, -XEN_ENOENT},
                                          {0, 0, 0, -XEN_ENOSYS},
                                          {8, 0, 0, -XEN_ENOSYS},
                                          {CREATE, ~1u, 6, 0},
                                          {CREATE, 2, 5, 0},
                                          {CREATE, 2, 5, -XEN_EEXIST}};

    take(refused, ARRAY_SIZE(refused));
    CHECK_RC(pool(CREATE, ANY, 6), 0);
    CHECK_EQUAL(op.u.cpupool_op.cpupool_id, 1);
    CHECK_RC(pool(CREATE, ANY, 6), 0);
    CHECK_EQUAL(op.u.cpupool_op.cpupool_id, 3);
    CHECK_RC(pool(DESTROY, ~1u, 0), 0);
    CHECK_RC(pool(CREATE, 8, 6), 0);
    CHECK_RC(pool(CREATE, ANY, 6), 0);
    CHECK_EQUAL(op.u.cpupool_op.cpupool_id, 9);
    CHECK_RC(pool(CREATE, ANY, 6), -XEN_ENOSPC);
    CHECK_RC(pool(CREATE, 5, 6), -XEN_ENOSPC);
    check_info(4, 8, 6, 0, 0);
    check_info(2, 2, 5, 0, 0);
    CHECK_RC(pool(DESTROY, 3, 0), 0);
    CHECK_RC(pool(DESTROY, 8, 0), 0);
    CHECK_RC(pool(DESTROY, 9, 0), 0);
    CHECK_RC(pool(INFO, 3, 0), -XEN_ENOENT);
}

/* Pool 1 has credit2, pool 2 credit; at the end CPU 2 is in pool 1. */
static void check_cpus(void)
{
    static const struct step steps[] = {{ADD, 1, 0, -XEN_ENODEV},
                                        {ADD, 1, 1, -XEN_ENODEV},
                                        {ADD, 1, 3, -XEN_EINVAL},
                                        {ADD, 1, 100000, -XEN_EINVAL},
                                        {ADD, 1, ANY, -XEN_ENODEV},
                                        {ADD, 77, 1, -XEN_ENOENT},
                                        {ADD, 77, 100000, -XEN_ENOENT},
                                        {REMOVE, 77, 1, -XEN_ENOENT},
                                        {REMOVE, 77, 100000, -XEN_ENOENT},
                                        {REMOVE, 1, 100000, -XEN_EINVAL},
                                        {REMOVE, 1, 1, -XEN_EADDRNOTAVAIL},
                                        {REMOVE, 1, 0, -XEN_EADDRNOTAVAIL},
                                        {REMOVE, 1, ANY, -XEN_EINVAL},
                                        {REMOVE, 0, 3, -XEN_EINVAL},
                                        {REMOVE, 0, 64, -XEN_EINVAL},
                                        {REMOVE, 0, 0, -XEN_EINVAL},
                                        {REMOVE, 0, 1, 0},
                                        {REMOVE, 0, 1, -XEN_EADDRNOTAVAIL}};
    static const struct step back[] = {
        {ADD, 0, 1, 0},   {ADD, 0, 1, -XEN_ENODEV},    {REMOVE, 0, ANY, 0},
        {ADD, 1, ANY, 0}, {DESTROY, 1, 0, -XEN_EBUSY}, {REMOVE, 0, 2, -XEN_EADDRNOTAVAIL}};

    check_free(0);
    take(steps, ARRAY_SIZE(steps));
    check_free(2);
    check_info(0, 0, 6, 1, 5);
    take(back, ARRAY_SIZE(back));
    check_info(0, 0, 6, 1, 3);
    check_info(1, 1, 6, 0, 4);
    CHECK_RC(vcpu_pin(2), -XEN_EINVAL);
    CHECK_RC(vcpu_pin(1), 0);
    CHECK_RC(pool(REMOVE, 0, 1), -XEN_EADDRINUSE);
    CHECK_RC(vcpu_pin(-1), 0);
    /* Stock Xen has taken it half out of the pool. */
    CHECK_RC(pool(REMOVE, 0, 1), 0);
    CHECK_RC(pool(ADD, 0, 1), 0);
}

static long affinity(domid_t d, uint32_t command, uint8_t to_hard, uint8_t to_soft)
{
    hard = to_hard;
    soft = to_soft;
    return domctl_affinity(d, 0, command, &hard, &soft);
}

static void check_affinity(domid_t d, uint8_t is_hard, uint8_t is_soft)
{
    CHECK_RC(affinity(d, XEN_DOMCTL_getvcpuaffinity, 0, 0), 0);
    CHECK_EQUAL(hard & 7, is_hard);
    CHECK_EQUAL(soft & 7, is_soft);
}

/* effective_*: what comes back; no CPU: -XEN_EINVAL. */
static void set_affinity(domid_t d, uint8_t to_hard, uint8_t to_soft, uint8_t effective_hard,
                         uint8_t effective_soft)
{
    CHECK_RC(affinity(d, XEN_DOMCTL_setvcpuaffinity, to_hard, to_soft), effective_hard ? 0 : -XEN_EINVAL);
    CHECK_EQUAL(hard, effective_hard ? effective_hard : to_hard);
    CHECK_EQUAL(soft, effective_hard ? effective_soft : to_soft);
}

static long weight(domid_t d, uint32_t sched, uint32_t command, uint16_t value)
{
    memset(&dop, 0, sizeof(dop));
    dop.u.scheduler_op.sched_id = sched;
    dop.u.scheduler_op.cmd = command;
    dop.u.scheduler_op.u.credit2.weight = value;
    return domctl(XEN_DOMCTL_scheduler_op, d) ?: dop.u.scheduler_op.u.credit2.weight;
}

static long rate_limit(uint32_t id, uint32_t sched, uint32_t command, uint32_t us)
{
    memset(&op, 0, sizeof(op));
    op.u.scheduler_op.cpupool_id = id;
    op.u.scheduler_op.sched_id = sched;
    op.u.scheduler_op.cmd = command;
    op.u.scheduler_op.u.sched_credit2.ratelimit_us = us;
    return sysctl(XEN_SYSCTL_scheduler_op) ?: op.u.scheduler_op.u.sched_credit2.ratelimit_us;
}

static void check_pool_of(domid_t d, uint32_t id)
{
    CHECK_RC(domctl(XEN_DOMCTL_getdomaininfo, d), 0);
    CHECK_EQUAL(dop.u.getdomaininfo.cpupool, id);
}

/* It goes on running. */
static void check_runs(void)
{
    uint32_t before = turns[0];
    uint64_t end = time_ns() + PATIENCE_NS;

    while (turns[0] == before && time_ns() < end) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    CHECK(turns[0] != before);
}

static void check_parameters(domid_t d)
{
    CHECK_EQUAL(weight(d, 6, XEN_DOMCTL_SCHEDOP_putinfo, 512), 512);
    CHECK_EQUAL(rate_limit(1, 6, XEN_SYSCTL_SCHEDOP_putinfo, 2000), 2000);
    CHECK_EQUAL(rate_limit(1, 6, XEN_SYSCTL_SCHEDOP_getinfo, 0), 2000);
    CHECK_EQUAL(rate_limit(0, 6, XEN_SYSCTL_SCHEDOP_getinfo, 0), 1000);
    CHECK_RC(rate_limit(1, 5, XEN_SYSCTL_SCHEDOP_getinfo, 0), -XEN_EINVAL);
    CHECK_RC(rate_limit(77, 6, XEN_SYSCTL_SCHEDOP_getinfo, 0), -XEN_ESRCH);
    CHECK_RC(rate_limit(77, 6, 9, 0), -XEN_EINVAL);
}

static void check_moves(domid_t d)
{
    const struct step refused[] = {{MOVE, 1, 0, -XEN_EPERM},   {MOVE, 1, DOMID_SELF, -XEN_ESRCH},
                                   {MOVE, 77, 99, -XEN_ESRCH}, {MOVE, 1, 0x10000, -XEN_EPERM},
                                   {MOVE, 77, d, -XEN_ENOENT}, {MOVE, 2, d, -XEN_ENOENT}};

    take(refused, ARRAY_SIZE(refused));
    CHECK_RC(pool(MOVE, 1, d), 0);
    CHECK_RC(pool(MOVE, 1, d), 0);
    check_pool_of(d, 1);
    check_info(1, 1, 6, 1, 4);
    check_runs();
    set_affinity(d, 2, 7, 0, 0);
    set_affinity(d, 6, 3, 4, 0);
    check_affinity(d, 6, 3);
    check_parameters(d);
    CHECK_RC(pool(REMOVE, 1, 2), -XEN_EBUSY);
    CHECK_RC(pool(MOVE, 0, d), 0);
    check_affinity(d, 7, 7);
    CHECK_EQUAL(weight(d, 6, XEN_DOMCTL_SCHEDOP_getinfo, 0), 256);
    check_runs();
}

static void careful(uint32_t command, domid_t d)
{
    memset(&dop, 0, sizeof(dop));
    if (!strcmp((const char *)start_info->cmd_line, "careful")) {
        CHECK_RC(domctl(command, d), 0);
    }
}

/* Where it is pinned to is removed, under it. */
static void check_removal(domid_t d)
{
    set_affinity(d, 2, 2, 2, 2);
    check_runs();
    careful(XEN_DOMCTL_pausedomain, d);
    CHECK_RC(pool(REMOVE, 0, 1), 0);
    check_affinity(d, 7, 2);
    careful(XEN_DOMCTL_unpausedomain, d);
    check_runs();
    CHECK_RC(pool(ADD, 2, 1), 0);
    CHECK_RC(pool(MOVE, 2, d), 0);
    check_runs();
    CHECK_RC(weight(d, 6, XEN_DOMCTL_SCHEDOP_getinfo, 0), -XEN_EINVAL);
    CHECK_EQUAL(weight(d, 5, XEN_DOMCTL_SCHEDOP_getinfo, 0), 256);
    CHECK_RC(pool(MOVE, 1, d), 0);
    check_runs();
}

static long create_in(uint32_t id)
{
    memset(&dop, 0, sizeof(dop));
    dop.u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = 2,
                                                          .max_evtchn_port = 1023,
                                                          .max_grant_frames = 4,
                                                          .max_maptrack_frames = 4,
                                                          .grant_opts = 1,
                                                          .cpupool_id = id};
    return domctl(XEN_DOMCTL_createdomain, 0);
}

static void check_creation(void)
{
    domid_t d;

    CHECK_RC(create_in(77), -XEN_ESRCH);
    CHECK_RC(create_in(ANY), -XEN_ESRCH);
    CHECK_RC(create_in(2), -XEN_ENODEV);
    REQUIRE(create_in(1) == 0);
    d = (domid_t)dop.domain;
    check_pool_of(d, 1);
    CHECK_RC(pool(REMOVE, 1, ANY), -XEN_EBUSY);
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain, d), 0);
    check_info(1, 1, 6, 0, 4);
}

void test_main(void)
{
    domid_t d;

    check_numbers();
    check_cpus();
    check_creation();
    d = domain_create(work);
    domain_share(turns);
    domain_run(-1);
    check_moves(d);
    check_removal(d);
    /* A page of it is still mapped: it is dead and not gone, and in no pool's way. */
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain, d), 0);
    check_pool_of(d, 0);
    CHECK_RC(pool(REMOVE, 1, ANY), 0);
    CHECK_RC(pool(DESTROY, 1, 0), 0);
    check_free(4);
    test_success();
}
