/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of events: going over to them, and taking what is in them. Masking is event.c's.
 *
 * A queue is a list through the ports' words. Xen puts a port behind the last one, or, when that has been
 * taken, begins the queue anew: it writes the head and sets the queue's bit in `ready`. We take a port by
 * clearing LINKED and the link in one exchange, and look at PENDING afterwards: an event that comes later
 * finds the port not LINKED and queues it again.
 */
#include "event_private.h"
#include "private.h"

/* The port behind this one in its queue, 0 when it was the last; *word is what it was. */
static xg_evtchn_t unlink_port(uint32_t *at, uint32_t *word)
{
    *word = __atomic_load_n(at, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(at, word, *word & ~(XG_WORD_LINKED | XG_WORD_LINK), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    return *word & XG_WORD_LINK;
}

/* Takes the next of a queue. False: that was the last. */
static bool take_one(struct xg_events *events, unsigned int vcpu, unsigned int priority,
                     struct xg_frame *frame, unsigned int *nr)
{
    struct xg_event_fifo *fifo = events->fifo;
    struct xg_event_queues *queues = &fifo->queues[vcpu];
    xg_evtchn_t port = queues->next[priority];
    uint32_t word;

    if (!port)
        port = __atomic_load_n(&queues->head[priority], __ATOMIC_SEQ_CST);
    if (!port || port >= fifo->nr_words)
        xg_os_panic("xg_events_run", "Xen has queued a port that has no word");
    queues->next[priority] = unlink_port(&fifo->words[port], &word);
    /* Closed or masked while it waited: unmasking queues it again. */
    if ((word & (XG_WORD_PENDING | XG_WORD_MASKED)) == XG_WORD_PENDING)
        *nr += xg_event_run_port(events, port, vcpu, frame);
    return queues->next[priority] != 0;
}

/* One at a time of the first queue that is not empty: what comes meanwhile with a higher priority is next. */
static unsigned int take(struct xg_events *events, unsigned int vcpu, struct xg_frame *frame)
{
    uint32_t *ready = &events->fifo->queues[vcpu].ready;
    uint32_t open = __atomic_exchange_n(ready, 0, __ATOMIC_SEQ_CST);
    unsigned int nr = 0;

    while (open) {
        unsigned int priority = (unsigned int)__builtin_ctz(open);

        if (!take_one(events, vcpu, priority, frame, &nr))
            open &= ~(1u << priority);
        open |= __atomic_exchange_n(ready, 0, __ATOMIC_SEQ_CST);
    }
    return nr;
}

static int init_control(struct xg_event_queues *queues, unsigned int vcpu)
{
    struct evtchn_init_control init = {.control_gfn = xg_os_address_to_mfn(queues).n,
                                       .offset = (uint32_t)(XG_ADDRESS(queues) % XG_PAGE_SIZE),
                                       .vcpu = vcpu};

    xg_bytes_zero(queues, sizeof(*queues));
    return (int)hypercall_event_channel_op(EVTCHNOP_init_control, &init);
}

static void expand(const uint32_t *words)
{
    struct evtchn_expand_array expand = {.array_gfn = xg_os_address_to_mfn(words).n};

    if (hypercall_event_channel_op(EVTCHNOP_expand_array, &expand))
        xg_os_panic("xg_events_fifo", "Xen does not take the words");
}

static int begin(struct xg_events *events, struct xg_event_fifo *fifo)
{
    unsigned int i;
    int rc;

    for (i = 0; i < fifo->nr_words; i++)
        fifo->words[i] = xg_event_masked(events, i) ? XG_WORD_MASKED : 0;
    rc = init_control(&fifo->queues[0], 0);
    if (rc)
        return rc;
    events->fifo = fifo;
    events->nr_ports = fifo->nr_words < events->nr_handlers ? fifo->nr_words : events->nr_handlers;
    for (i = 1; i < events->nr_vcpus && rc != -XG_ENOENT; i++) {
        rc = init_control(&fifo->queues[i], i);
        if (rc && rc != -XG_ENOENT)
            xg_os_panic("xg_events_fifo", "Xen does not take the queues of a vCPU");
    }
    /* What is pending comes with the words. */
    for (i = 0; i < fifo->nr_words; i += XG_EVENT_WORDS)
        expand(&fifo->words[i]);
    return 0;
}

int xg_events_fifo(struct xg_events *events, struct xg_event_fifo *fifo)
{
    fifo->begin = begin;
    fifo->take = take;
    return begin(events, fifo);
}

int xg_event_set_priority(xg_evtchn_t port, unsigned int priority)
{
    struct evtchn_set_priority set = {.port = port, .priority = priority};

    return (int)hypercall_event_channel_op(EVTCHNOP_set_priority, &set);
}
