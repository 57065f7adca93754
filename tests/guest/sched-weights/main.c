/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three busy domains of weights 256, 512 and 1024 under the default scheduler get the processors in the ratio
 * 1:2:4, to 3 % of each share, while Domain 0 sleeps. On each processor there is one vCPU of each domain to
 * run (the folder sched-weights-smp has two processors). Then the second is given a cap of 10 % and has it,
 * to 1 % of a processor, and the others share the rest.
 *
 * What is compared are the hypervisor's own accounts of each domain's running time over the same three
 * seconds.
 *
 * What goes wrong: weights count within a processor only, or what one runs is charged to whom a tick hits.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "sysctl.h"
#include "vcpu.h"

#include <xen/domctl.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

#define NR_DOMAINS 3
#define SECOND     1000000000ull

const char test_title[] = "weights 1:2:4";

static struct xen_domctl op;
static domid_t others[NR_DOMAINS];
static uint64_t before[NR_DOMAINS], ran[NR_DOMAINS];
static unsigned int nr_cpus;

static long domctl(domid_t d, uint32_t cmd)
{
    return hypercall_domctl(&op, d, cmd);
}

static void spin(void)
{
    for (;;) {
    }
}

static void spin_all(void)
{
    for (unsigned int i = 1; i < domain_vcpus; i++)
        (void)!vcpu_launch(i, spin);
    spin();
}

static void sleep_ns(uint64_t duration)
{
    struct sched_poll poll = {.timeout = time_ns() + duration};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

static void set(unsigned int i, uint16_t weight, uint16_t cap)
{
    memset(&op, 0, sizeof(op));
    op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
    op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
    op.u.scheduler_op.u.credit2.weight = weight;
    op.u.scheduler_op.u.credit2.cap = cap;
    REQUIRE(domctl(others[i], XEN_DOMCTL_scheduler_op) == 0);
}

static uint64_t cpu_time(unsigned int i)
{
    memset(&op, 0, sizeof(op));
    REQUIRE(domctl(others[i], XEN_DOMCTL_getdomaininfo) == 0);
    return op.u.getdomaininfo.cpu_time;
}

/* Who runs how long meanwhile; their sum. */
static uint64_t measure(uint64_t duration)
{
    uint64_t sum = 0;

    sleep_ns(SECOND / 2);
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        before[i] = cpu_time(i);
    sleep_ns(duration);
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        ran[i] = cpu_time(i) - before[i];
        sum += ran[i];
    }
    return sum;
}

static unsigned int count_cpus(void)
{
    static struct xen_sysctl sysop;

    REQUIRE(hypercall_sysctl(&sysop, XEN_SYSCTL_physinfo) == 0);
    return sysop.u.physinfo.nr_cpus;
}

static void check_weights(void)
{
    uint64_t sum = measure(3 * SECOND);

    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        /* In ten-thousandths. */
        uint64_t wanted = 10000u * (1u << i) / 7, got = ran[i] * 10000 / sum;

        printk("domain %u: %lu of 10000, by its weight %lu\n", i, got, wanted);
        CHECK(got * 100 >= wanted * 97 && got * 100 <= wanted * 103);
    }
}

static void check_cap(void)
{
    uint64_t sum, got;

    set(1, 512, 10);
    sum = measure(3 * SECOND);
    got = ran[1] * 1000 * nr_cpus / sum;
    printk("under a cap of 100 in 1000 of a processor: %lu\n", got);
    CHECK(got >= 90 && got <= 110);
    got = ran[2] * 10000 / (ran[0] + ran[2]);
    printk("of the rest the great one has %lu of 10000\n", got);
    CHECK(got >= 7760 && got <= 8240);
}

void test_main(void)
{
    nr_cpus = count_cpus();
    domain_vcpus = nr_cpus;
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        others[i] = domain_create(spin_all);
        set(i, (uint16_t)(256 << i), 0);
        domain_run(-1);
    }
    check_weights();
    check_cap();
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        memset(&op, 0, sizeof(op));
        CHECK_RC(domctl(others[i], XEN_DOMCTL_destroydomain), 0);
    }
    test_success();
}
