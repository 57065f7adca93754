/* SPDX-License-Identifier: BSD-2-Clause */
/* How late an event comes that is due in the middle of an operation. */
#include "guest.h"
#include "lateness.h"

#define ROUNDS 24

static evtchn_port_t timer;

void lateness_begin(void)
{
    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    event_unmask_locally(timer);
    event_enable();
}

/* The timer's event is due `after` ns into the operation; *took: how long that was. */
static uint64_t lateness(void (*operation)(void), uint64_t after, uint64_t *took)
{
    uint64_t due, start = time_ns(), start_tsc = read_tsc();

    due = start + after;
    CHECK_RC(hypercall_set_timer_op(due), 0);
    operation();
    *took = read_tsc() - start_tsc;
    hypercall_set_timer_op(0);
    if (*took < after) {
        return 0;
    }
    CHECK(event_upcall_tsc > start_tsc);
    return event_upcall_tsc - start_tsc > after ? event_upcall_tsc - start_tsc - after : 0;
}

uint64_t lateness_measure(const char *what, void (*before)(void), void (*operation)(void),
                          void (*behind)(void))
{
    uint64_t longest = 0, latest = 0, took, late;
    unsigned int round;

    for (round = 0; round < ROUNDS; round++) {
        before();
        late = lateness(operation, 10000 + round * 20011ul, &took);
        behind();
        longest = took > longest ? took : longest;
        latest = late > latest ? late : latest;
    }
    printk("%s: %lu instructions, an event at most %lu late\n", what, longest, latest);
    return latest;
}
