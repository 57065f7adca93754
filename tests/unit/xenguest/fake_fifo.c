/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake hypervisor's event channels in the FIFO layout, from Xen's side as event_channel.h has it. The
 * lock of fake_event.c is held; the library works on the same words from other threads.
 */
#include <string.h>
#include <xenguest/event_fifo.h>
#include "fake_xen.h"

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define BUSY    (1u << EVTCHN_FIFO_BUSY)

static event_word_t *word_of(xg_evtchn_t port)
{
    return port < fake.nr_words ? &fake.words[port] : NULL;
}

/* False: the queue is empty, for its last port has been taken. */
static bool append(xg_evtchn_t tail, xg_evtchn_t port)
{
    event_word_t *word = word_of(tail), old = __atomic_or_fetch(word, BUSY, __ATOMIC_SEQ_CST);

    while (old & LINKED)
        if (__atomic_compare_exchange_n(word, &old, (old & ~(BUSY | EVTCHN_FIFO_LINK_MASK)) | port, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return true;
    __atomic_fetch_and(word, ~BUSY, __ATOMIC_SEQ_CST);
    return false;
}

static void enqueue(xg_evtchn_t port)
{
    struct fake_port *p = &fake.ports[port];
    unsigned int priority = p->priority;
    struct evtchn_fifo_control_block *control = fake.control[p->vcpu];

    if (__atomic_fetch_or(word_of(port), LINKED, __ATOMIC_SEQ_CST) & LINKED)
        return;
    if (p->last && *p->last == port)
        *p->last = 0;
    p->last = &fake.tails[p->vcpu][priority];
    if (*p->last && append(*p->last, port)) {
        *p->last = port;
        return;
    }
    *p->last = port;
    __atomic_store_n(&control->head[priority], port, __ATOMIC_SEQ_CST);
    if (!(__atomic_fetch_or(&control->ready, 1u << priority, __ATOMIC_SEQ_CST) & (1u << priority)))
        __atomic_store_n(&fake.shared.vcpu_info[p->vcpu].evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

void fake_fifo_raise(xg_evtchn_t port)
{
    event_word_t *word = word_of(port);

    fake.ports[port].owed = !word;
    if (word && !(__atomic_fetch_or(word, PENDING, __ATOMIC_SEQ_CST) & (MASKED | LINKED)))
        enqueue(port);
}

void fake_fifo_unmask(xg_evtchn_t port)
{
    if ((__atomic_fetch_and(word_of(port), ~MASKED, __ATOMIC_SEQ_CST) & (PENDING | LINKED)) == PENDING)
        enqueue(port);
}

void fake_fifo_clear(xg_evtchn_t port)
{
    __atomic_fetch_and(word_of(port), ~PENDING, __ATOMIC_SEQ_CST);
}

static long init_control(struct evtchn_init_control *init)
{
    if (fake.no_queues)
        return -XEN_ENOSYS;
    if (init->vcpu >= FAKE_VCPUS)
        return -XEN_ENOENT;
    if (init->offset > 4096 - sizeof(struct evtchn_fifo_control_block) || init->offset % 8 ||
        fake.control[init->vcpu])
        return -XEN_EINVAL;
    for (xg_evtchn_t port = 1; !fake.control[0] && port < FAKE_PORTS; port++) {
        fake.ports[port].owed = fake.shared.evtchn_pending[port / 64] >> (port % 64) & 1;
        fake.ports[port].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    }
    fake.control[init->vcpu] = (void *)((char *)fake_page(xg_mfn(init->control_gfn)) + init->offset);
    init->link_bits = EVTCHN_FIFO_LINK_BITS;
    return 0;
}

/* One page is enough: the next is taken without a look. */
static long expand_array(const struct evtchn_expand_array *expand)
{
    if (!fake.control[0])
        return -XEN_EOPNOTSUPP;
    if (!fake.nr_words)
        fake.words = fake_page(xg_mfn(expand->array_gfn));
    fake.nr_words = XG_EVENT_WORDS;
    for (xg_evtchn_t port = 1; port < FAKE_PORTS; port++)
        if (fake.ports[port].owed)
            fake_fifo_raise(port);
    return 0;
}

static long set_priority(const struct evtchn_set_priority *set)
{
    if (!fake.control[0])
        return -XEN_ENOSYS;
    if (set->port >= FAKE_PORTS || set->priority > EVTCHN_FIFO_PRIORITY_MIN)
        return -XEN_EINVAL;
    if (!fake.ports[set->port].open)
        return -XEN_EACCES;
    fake.ports[set->port].priority = set->priority;
    return 0;
}

long fake_fifo_op(unsigned int command, void *argument)
{
    switch (command) {
    case EVTCHNOP_init_control:
        return init_control(argument);
    case EVTCHNOP_expand_array:
        return expand_array(argument);
    case EVTCHNOP_set_priority:
        return set_priority(argument);
    default:
        return -XEN_ENOSYS;
    }
}

int fake_go_over(struct xg_events *events)
{
    static struct xg_event_fifo fifo;

    fifo.words = xg_os_page_alloc();
    fifo.nr_words = XG_EVENT_WORDS;
    fifo.queues = xg_os_page_alloc();
    return xg_events_fifo(events, &fifo);
}
