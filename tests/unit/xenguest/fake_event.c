/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake hypervisor's event channels: the 2-level protocol from Xen's side (queues: fake_fifo.c), safe to
 * run beside the library's on other threads. */
#include "fake_xen.h"
#include <pthread.h>

static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;

static void tell_vcpu(xg_evtchn_t port)
{
    struct vcpu_info *info = &fake.shared.vcpu_info[fake.ports[port].vcpu];
    unsigned long word = 1ul << (port / 64);

    if (!(__atomic_fetch_or(&info->evtchn_pending_sel, word, __ATOMIC_SEQ_CST) & word))
        __atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

static void raise_locked(xg_evtchn_t port)
{
    unsigned long bit = 1ul << (port % 64);

    if (fake.control[0]) {
        fake_fifo_raise(port);
        return;
    }
    if (__atomic_fetch_or(&fake.shared.evtchn_pending[port / 64], bit, __ATOMIC_SEQ_CST) & bit)
        return;
    if (!(__atomic_load_n(&fake.shared.evtchn_mask[port / 64], __ATOMIC_SEQ_CST) & bit))
        tell_vcpu(port);
}

void fake_event_raise(xg_evtchn_t port)
{
    pthread_mutex_lock(&event_lock);
    raise_locked(port);
    pthread_mutex_unlock(&event_lock);
}

static long unmask(xg_evtchn_t port)
{
    unsigned long bit = 1ul << (port % 64), before;

    if (!fake.ports[port].open)
        return -XEN_EINVAL;
    if (fake.control[0]) {
        fake_fifo_unmask(port);
        return 0;
    }
    before = __atomic_fetch_and(&fake.shared.evtchn_mask[port / 64], ~bit, __ATOMIC_SEQ_CST);
    if ((before & bit) && (__atomic_load_n(&fake.shared.evtchn_pending[port / 64], __ATOMIC_SEQ_CST) & bit))
        tell_vcpu(port);
    return 0;
}

static xg_evtchn_t open_port(unsigned int vcpu)
{
    xg_evtchn_t port = fake.next_port++;

    fake.ports[port].open = true;
    fake.ports[port].vcpu = vcpu;
    fake.ports[port].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    return port;
}

static long close_port(xg_evtchn_t port)
{
    if (!port || port >= FAKE_PORTS || !fake.ports[port].open)
        return -XEN_EINVAL;
    fake.ports[port].open = false;
    if (fake.control[0])
        fake_fifo_clear(port);
    else
        __atomic_fetch_and(&fake.shared.evtchn_pending[port / 64], ~(1ul << (port % 64)), __ATOMIC_SEQ_CST);
    fake.ports[port].vcpu = 0;
    return 0;
}

static long send(xg_evtchn_t port)
{
    if (!port || port >= FAKE_PORTS || !fake.ports[port].open)
        return -XEN_EINVAL;
    fake.ports[port].nr_sent++;
    raise_locked(port);
    return 0;
}

static long bind_interdomain(struct evtchn_bind_interdomain *bind)
{
    bind->local_port = open_port(0);
    /* What the other end may have sent before is not lost: binding raises the port once. */
    raise_locked(bind->local_port);
    return 0;
}

static long bind_vcpu(const struct evtchn_bind_vcpu *bind)
{
    if (bind->vcpu >= FAKE_VCPUS)
        return -XEN_ENOENT;
    fake.ports[bind->port].vcpu = bind->vcpu;
    return 0;
}

static long operate(unsigned int command, void *argument)
{
    switch (command) {
    case EVTCHNOP_bind_virq: {
        struct evtchn_bind_virq *bind = argument;

        bind->port = open_port(bind->vcpu);
        return 0;
    }
    case EVTCHNOP_bind_ipi: {
        struct evtchn_bind_ipi *bind = argument;

        bind->port = open_port(bind->vcpu);
        return 0;
    }
    case EVTCHNOP_alloc_unbound:
        ((struct evtchn_alloc_unbound *)argument)->port = open_port(0);
        return 0;
    case EVTCHNOP_bind_interdomain:
        return bind_interdomain(argument);
    case EVTCHNOP_bind_vcpu:
        return bind_vcpu(argument);
    case EVTCHNOP_close:
        return close_port(((struct evtchn_close *)argument)->port);
    case EVTCHNOP_send:
        return send(((struct evtchn_send *)argument)->port);
    case EVTCHNOP_unmask:
        return unmask(((struct evtchn_unmask *)argument)->port);
    default:
        return fake_fifo_op(command, argument);
    }
}

long fake_event_channel_op(unsigned int command, void *argument)
{
    long rc;

    pthread_mutex_lock(&event_lock);
    rc = operate(command, argument);
    pthread_mutex_unlock(&event_lock);
    return rc;
}
