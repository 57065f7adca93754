/* SPDX-License-Identifier: BSD-2-Clause */
/* sched_op: yield, block, poll, shutdown. */
#include <xenguest/sched.h>
#include "private.h"

void xg_sched_yield(void)
{
    hypercall_sched_op(SCHEDOP_yield, NULL);
}

void xg_sched_block(void)
{
    hypercall_sched_op(SCHEDOP_block, NULL);
}

int xg_sched_poll(const xg_evtchn_t *ports, unsigned int nr, uint64_t deadline_ns)
{
    struct sched_poll poll = {.nr_ports = nr, .timeout = deadline_ns};

    set_xen_guest_handle(poll.ports, (evtchn_port_t *)(uintptr_t)ports);
    return (int)hypercall_sched_op(SCHEDOP_poll, &poll);
}

void xg_sched_shutdown(enum xg_shutdown_reason reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    for (;;)
        hypercall_sched_op(SCHEDOP_shutdown, &shutdown);
}
