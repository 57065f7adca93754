/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each virtual interrupt that there is can be bound by Domain 0, and by which of its vCPUs.
 *
 * xen.h: a VIRQ is a vCPU's (TIMER, DEBUG, XENPMU), global (the others: bound to vCPU 0, and only later
 * moved), or the architecture's own (from VIRQ_ARCH_0 on; the first, of machine checks, is global). All 24
 * numbers are taken, though nothing raises some of them.
 *
 * What goes wrong: a kernel that binds CON_RING, PCPU_STATE, MEM_EVENT or ARCH_0 at its start, as Linux's
 * drivers do, gives up the driver; a global one is delivered to two vCPUs.
 */
#include "guest.h"

const char test_title[] = "each virtual interrupt, by both vCPUs";

static bool is_each_vcpus(unsigned int virq)
{
    return virq == VIRQ_TIMER || virq == VIRQ_DEBUG || virq == VIRQ_XENOPROF || virq == VIRQ_XENPMU;
}

void test_main(void)
{
    evtchn_port_t first, second;

    for (unsigned int virq = 0; virq < NR_VIRQS; virq++) {
        CHECK_RC(event_bind_virq(virq, 0, &first), 0);
        CHECK_RC(event_bind_virq(virq, 1, &second), is_each_vcpus(virq) ? 0 : -XEN_EINVAL);
        if (is_each_vcpus(virq)) {
            CHECK(first != second);
            CHECK_RC(event_close(second), 0);
        }
        CHECK_RC(event_close(first), 0);
    }
    test_success();
}
