/* SPDX-License-Identifier: BSD-2-Clause */
/* The upcall and the wrappers. */
#include "guest.h"

#include <xen/sched.h>

volatile unsigned int event_upcalls;
volatile uint64_t event_upcall_tsc;
volatile uint8_t event_upcall_mask_seen;
volatile unsigned int event_count[EVENT_PORTS];
volatile unsigned int event_vcpu[EVENT_PORTS];
void (*volatile event_in_upcall)(const struct trap_frame *frame);

void event_initialise(void)
{
    unsigned int word;

    for (word = 0; word < 64; word++) {
        shared_info.evtchn_mask[word] = ~0ul;
    }
    event_disable();
}

static void deliver(unsigned int word)
{
    unsigned long ready = shared_info.evtchn_pending[word] & ~shared_info.evtchn_mask[word];

    while (ready) {
        unsigned int bit = (unsigned int)__builtin_ctzl(ready);
        unsigned int port = word * 64 + bit;

        ready &= ready - 1;
        event_clear(port);
        if (port < EVENT_PORTS) {
            event_vcpu[port] = vcpu_id();
            __atomic_fetch_add(&event_count[port], 1, __ATOMIC_SEQ_CST);
        }
    }
}

void event_upcall(struct trap_frame *frame)
{
    struct vcpu_info *info = &shared_info.vcpu_info[vcpu_id()];
    unsigned long selected;

    event_upcalls++;
    event_upcall_tsc = read_tsc();
    event_upcall_mask_seen = info->evtchn_upcall_mask;
    __atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    selected = __atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    while (selected) {
        deliver((unsigned int)__builtin_ctzl(selected));
        selected &= selected - 1;
    }
    if (event_in_upcall) {
        event_in_upcall(frame);
    }
}

void event_enable(void)
{
    struct vcpu_info *info = &shared_info.vcpu_info[vcpu_id()];

    __atomic_store_n(&info->evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_SEQ_CST)) {
        hypercall_xen_version(0, NULL);
    }
}

void event_disable(void)
{
    __atomic_store_n(&shared_info.vcpu_info[vcpu_id()].evtchn_upcall_mask, 1, __ATOMIC_SEQ_CST);
}

void event_wait(evtchn_port_t port, unsigned int count)
{
    for (;;) {
        /* Looks with upcalls masked: an event between the look and the block would be slept over. */
        event_disable();
        if (event_count[port] >= count) {
            break;
        }
        hypercall_sched_op(SCHEDOP_block, NULL);
    }
    event_enable();
}

bool event_pending(evtchn_port_t port)
{
    return __atomic_load_n(&shared_info.evtchn_pending[port / 64], __ATOMIC_SEQ_CST) >> (port % 64) & 1;
}

void event_clear(evtchn_port_t port)
{
    __atomic_fetch_and(&shared_info.evtchn_pending[port / 64], ~(1ul << (port % 64)), __ATOMIC_SEQ_CST);
}

void event_mask(evtchn_port_t port)
{
    __atomic_fetch_or(&shared_info.evtchn_mask[port / 64], 1ul << (port % 64), __ATOMIC_SEQ_CST);
}

void event_unmask_locally(evtchn_port_t port)
{
    __atomic_fetch_and(&shared_info.evtchn_mask[port / 64], ~(1ul << (port % 64)), __ATOMIC_SEQ_CST);
}

long event_alloc_unbound(domid_t remote, evtchn_port_t *port)
{
    struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = remote};
    long rc = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &op);

    *port = op.port;
    return rc;
}

long event_bind_interdomain(domid_t remote, evtchn_port_t remote_port, evtchn_port_t *port)
{
    struct evtchn_bind_interdomain op = {.remote_dom = remote, .remote_port = remote_port};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &op);

    *port = op.local_port;
    return rc;
}

long event_bind_virq(unsigned int virq, unsigned int vcpu, evtchn_port_t *port)
{
    struct evtchn_bind_virq op = {.virq = virq, .vcpu = vcpu};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_virq, &op);

    *port = op.port;
    return rc;
}

long event_bind_ipi(unsigned int vcpu, evtchn_port_t *port)
{
    struct evtchn_bind_ipi op = {.vcpu = vcpu};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_ipi, &op);

    *port = op.port;
    return rc;
}

long event_close(evtchn_port_t port)
{
    struct evtchn_close op = {.port = port};

    return hypercall_event_channel_op(EVTCHNOP_close, &op);
}

long event_send(evtchn_port_t port)
{
    struct evtchn_send op = {.port = port};

    return hypercall_event_channel_op(EVTCHNOP_send, &op);
}

long event_unmask(evtchn_port_t port)
{
    struct evtchn_unmask op = {.port = port};

    return hypercall_event_channel_op(EVTCHNOP_unmask, &op);
}

long event_status(evtchn_port_t port, struct evtchn_status *status)
{
    memset(status, 0, sizeof(*status));
    status->dom = DOMID_SELF;
    status->port = port;
    return hypercall_event_channel_op(EVTCHNOP_status, status);
}
