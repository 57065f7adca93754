/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels within one vCPU. */
#include "bench.h"

#include <stddef.h>

_Static_assert(offsetof(struct shared_info, vcpu_info[0].evtchn_upcall_pending) == 0, "crossing.S");
_Static_assert(offsetof(struct shared_info, vcpu_info[0].evtchn_pending_sel) == 8, "crossing.S");
_Static_assert(offsetof(struct shared_info, evtchn_pending) == 2048, "crossing.S");

static evtchn_port_t port;

/* In place: a call of the framework's would be measured as well. */
static inline long send(void)
{
    struct evtchn_send op = {.port = port};

    return hypercall_event_channel_op(EVTCHNOP_send, &op);
}

/* Clears what it has set, so that each send is the first. */
static inline long send_masked(void)
{
    long rc = send();

    __atomic_fetch_and(&shared_info.evtchn_pending[0], bench_clear_port, __ATOMIC_SEQ_CST);
    return rc;
}

void bench_events(void)
{
    REQUIRE(event_bind_ipi(0, &port) == 0);
    REQUIRE(port < 64);
    bench_clear_port = ~(1ul << port);
    ROW("EVTCHNOP_send to self, masked", ROUNDS, 1, send_masked());

    REQUIRE(hypercall_set_callbacks(bench_upcall, failsafe_entry, syscall_entry) == 0);
    event_unmask_locally(port);
    event_enable();
    bench_upcalls = 0;
    ROW("send to self, upcall, IRET", ROUNDS, 1, send());
    event_disable();
    CHECK_EQUAL(bench_upcalls, ROUNDS + 1);
    REQUIRE(event_close(port) == 0);
    trap_initialise();
}
