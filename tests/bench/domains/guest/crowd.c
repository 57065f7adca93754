/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Beside many domains: how much of the time is the hypervisor's own while 2 to 64 other domains wait, and
 * while they all compute. A row is a millisecond on every hypervisor; what tells is the plugin's count of the
 * hypervisor's instructions in it.
 */
#include "domains.h"

#include <xen/sched.h>

#include "domain.h"

#define SPAN_NS   200000000ul
#define NS_PER_MS 1000000ul /* also instructions: the TSC has 1 GHz */

/* Each domain has this page of its own; all are told what to do before they are made. */
static volatile bool busy;

static void live(void)
{
    struct sched_poll poll = {0};

    while (busy)
        ;
    for (;;)
        hypercall_sched_op(SCHEDOP_poll, &poll);
}

/* Domain 0 computes beside idle domains and sleeps beside busy ones. */
static long pass_the_time(void)
{
    uint64_t end = time_ns() + SPAN_NS;
    struct sched_poll poll = {.timeout = end};

    if (busy)
        return hypercall_sched_op(SCHEDOP_poll, &poll);
    while (time_ns() < end)
        ;
    return 0;
}

static void measure(unsigned int nr)
{
    char name[64];
    uint64_t start, spent;
    long rc;

    format_line(name, sizeof(name), "%u %s, a millisecond", nr,
                busy ? "busy domains beside 64 idle ones" : "idle domains");
    rc = pass_the_time();
    start = row_begin();
    rc |= pass_the_time();
    spent = read_tsc() - start;
    MARK();
    row_report(name, spent, spent / NS_PER_MS, rc);
}

static void grow(unsigned int from, unsigned int to)
{
    for (unsigned int i = from; i < to; i++) {
        domain_create(live);
        domain_run(-1);
    }
}

void bench_crowd(void)
{
    static const unsigned int sizes[] = {0, 2, 8, 16, 64};

    for (unsigned int i = 1; i < ARRAY_SIZE(sizes); i++) {
        grow(sizes[i - 1], sizes[i]);
        measure(sizes[i]);
    }
    busy = true;
    for (unsigned int i = 1; i < ARRAY_SIZE(sizes); i++) {
        grow(sizes[i - 1], sizes[i]);
        measure(sizes[i]);
    }
}
