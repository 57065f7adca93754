/* SPDX-License-Identifier: BSD-2-Clause */
/* Two vCPUs that share the one CPU: what it costs to go from one to the other. */
#include "bench.h"

#include <xen/sched.h>

static evtchn_port_t port[2]; /* by the vCPU that each notifies; masked: whoever waits polls */
static volatile unsigned int runner, switches;
static volatile bool yielding = true, answering = true;

/* Counts how often the CPU went from one vCPU to the other. */
static void yield_as(unsigned int id)
{
    if (runner != id) {
        runner = id;
        switches++;
    }
    hypercall_sched_op(SCHEDOP_yield, NULL);
}

static long wait_for_event(unsigned int id)
{
    evtchn_port_t own = port[id];
    struct sched_poll poll = {.nr_ports = 1};
    long rc = 0;

    set_xen_guest_handle(poll.ports, &own);
    if (!event_pending(own))
        rc = hypercall_sched_op(SCHEDOP_poll, &poll);
    event_clear(own);
    return rc;
}

static void second(void)
{
    while (yielding)
        yield_as(1);
    while (answering) {
        wait_for_event(1);
        event_send(port[0]);
    }
    for (;;)
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
}

static long exchange(void)
{
    return event_send(port[1]) | wait_for_event(0);
}

static void bench_yield(void)
{
    unsigned int before;
    uint64_t start;

    while (switches < 4)
        yield_as(0);
    before = switches;
    start = row_begin();
    for (unsigned int round = 0; round < ROUNDS; round++)
        yield_as(0);
    row_end("context switch between two vCPUs, by yield", start, switches - before, switches == before);
}

void bench_vcpus(void)
{
    REQUIRE(event_bind_ipi(0, &port[0]) == 0 && event_bind_ipi(1, &port[1]) == 0);
    REQUIRE(vcpu_launch(1, second) == 0);
    bench_yield();
    yielding = false;
    ROW("IPI to a vCPU that waits, and waiting, each way", ROUNDS, 2, exchange());
    answering = false;
    REQUIRE(event_send(port[1]) == 0);
    while (hypercall_vcpu_op(VCPUOP_is_up, 1, NULL))
        hypercall_sched_op(SCHEDOP_yield, NULL);
}
