/* SPDX-License-Identifier: BSD-2-Clause */
/* See machine.h. */
#define __XEN_TOOLS__ 1
#include "machine.h"

#include <xen/sched.h>
#include <xen/sysctl.h>

#include "guest.h"
#include "sysctl.h"

uint64_t machine_free_pages(void)
{
    static struct xen_sysctl op;

    REQUIRE(hypercall_sysctl(&op, XEN_SYSCTL_physinfo) == 0);
    return op.u.physinfo.free_pages;
}

_Bool machine_free_pages_reach(uint64_t wanted)
{
    uint64_t end = time_ns() + PATIENCE_NS, now;

    while ((now = machine_free_pages()) < wanted && time_ns() < end) {
        struct sched_poll poll = {.timeout = time_ns() + 1000000};

        hypercall_sched_op(SCHEDOP_poll, &poll);
    }
    printk("%lu pages free, at least %lu wanted\n", now, wanted);
    return now >= wanted;
}
