/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels in shared memory: the demultiplexer, and masking. Binding is event_bind.c, queues are
 * event_fifo.c.
 *
 * With two levels Xen raises an event in this order: the port's pending bit; if that was clear and the port
 * is not masked, the bit of its word in the vCPU's selector; if that was clear, the vCPU's upcall_pending. We
 * go the other way round, so that an event which arrives at any moment leaves at least one of the three set
 * behind us.
 */
#include <xenguest/event.h>
#include <xenguest/shared.h>
#include "event_private.h"
#include "private.h"

#define WORD_BITS 64
#define NR_WORDS  (XG_EVENT_PORTS / WORD_BITS)

static unsigned long *word_of(unsigned long *words, xg_evtchn_t port)
{
    return &words[port / WORD_BITS];
}

static unsigned long bit_of(xg_evtchn_t port)
{
    return 1ul << (port % WORD_BITS);
}

/* No port: it has no bits in the layout of now. */
static bool is_beyond(const struct xg_events *events, xg_evtchn_t port)
{
    return port >= (events->fifo ? events->fifo->nr_words : XG_EVENT_PORTS);
}

static void use_two_levels(struct xg_events *events)
{
    unsigned int i;

    events->fifo = NULL;
    events->nr_ports = events->nr_handlers < XG_EVENT_PORTS ? events->nr_handlers : XG_EVENT_PORTS;
    for (i = 0; i < NR_WORDS; i++)
        __atomic_store_n(&events->shared->evtchn_mask[i], ~0ul, __ATOMIC_RELAXED);
    xg_bytes_zero(events->handlers, events->nr_handlers * sizeof(*events->handlers));
}

void xg_events_resume(struct xg_events *events)
{
    struct xg_event_fifo *fifo = events->fifo;
    unsigned int i;

    use_two_levels(events);
    for (i = 0; i < NR_WORDS; i++)
        __atomic_store_n(&events->shared->evtchn_pending[i], 0, __ATOMIC_RELAXED);
    if (fifo)
        (void)!fifo->begin(events, fifo);
}

void xg_events_init(struct xg_events *events, struct shared_info *shared, struct xg_event_handler *handlers,
                    unsigned int nr_ports, struct xg_event_vcpu *vcpus, unsigned int nr_vcpus)
{
    unsigned int i;

    events->shared = shared;
    events->handlers = handlers;
    events->vcpus = vcpus;
    events->nr_handlers = nr_ports;
    events->nr_vcpus = nr_vcpus;
    events->nr_unexpected = 0;
    use_two_levels(events);
    for (i = 0; i < nr_vcpus; i++) {
        vcpus[i].info = xg_shared_vcpu_info(shared, i);
        vcpus[i].nr_upcalls = 0;
    }
}

int xg_events_set_vcpu_info(struct xg_events *events, unsigned int vcpu, struct vcpu_info *info)
{
    if (vcpu >= events->nr_vcpus)
        return -XG_EINVAL;
    events->vcpus[vcpu].info = info;
    return 0;
}

void xg_event_mask(struct xg_events *events, xg_evtchn_t port)
{
    if (is_beyond(events, port))
        return;
    if (events->fifo)
        __atomic_fetch_or(&events->fifo->words[port], XG_WORD_MASKED, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_or(word_of(events->shared->evtchn_mask, port), bit_of(port), __ATOMIC_SEQ_CST);
}

bool xg_event_masked(const struct xg_events *events, xg_evtchn_t port)
{
    if (is_beyond(events, port))
        return true;
    if (events->fifo)
        return __atomic_load_n(&events->fifo->words[port], __ATOMIC_SEQ_CST) & XG_WORD_MASKED;
    return __atomic_load_n(word_of(events->shared->evtchn_mask, port), __ATOMIC_SEQ_CST) & bit_of(port);
}

bool xg_event_pending(const struct xg_events *events, xg_evtchn_t port)
{
    if (is_beyond(events, port))
        return false;
    if (events->fifo)
        return __atomic_load_n(&events->fifo->words[port], __ATOMIC_SEQ_CST) & XG_WORD_PENDING;
    return __atomic_load_n(word_of(events->shared->evtchn_pending, port), __ATOMIC_SEQ_CST) & bit_of(port);
}

bool xg_event_clear(struct xg_events *events, xg_evtchn_t port)
{
    unsigned long *word;

    if (is_beyond(events, port))
        return false;
    if (events->fifo)
        return __atomic_fetch_and(&events->fifo->words[port], ~XG_WORD_PENDING, __ATOMIC_SEQ_CST) &
               XG_WORD_PENDING;
    word = word_of(events->shared->evtchn_pending, port);
    return __atomic_fetch_and(word, ~bit_of(port), __ATOMIC_SEQ_CST) & bit_of(port);
}

/*
 * True: that is all. False: the port became pending while it was masked, and then no vCPU was told. Xen tells
 * the right one, but only when it is Xen that takes the mask away; so the port is masked still.
 */
static bool unmask_quietly(struct xg_events *events, xg_evtchn_t port)
{
    __atomic_fetch_and(word_of(events->shared->evtchn_mask, port), ~bit_of(port), __ATOMIC_SEQ_CST);
    if (!xg_event_pending(events, port))
        return true;
    /* A handler that was quicker leaves Xen nothing to tell. */
    xg_event_mask(events, port);
    return false;
}

static bool unmask_word_quietly(uint32_t *at)
{
    uint32_t word = __atomic_load_n(at, __ATOMIC_SEQ_CST);

    while (word & XG_WORD_MASKED) {
        if (word & XG_WORD_PENDING)
            return false;
        word &= ~XG_WORD_BUSY;
        if (__atomic_compare_exchange_n(at, &word, word & ~XG_WORD_MASKED, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return true;
    }
    return true;
}

int xg_event_unmask(struct xg_events *events, xg_evtchn_t port)
{
    struct evtchn_unmask unmask = {.port = port};

    if (is_beyond(events, port))
        return -XG_EINVAL;
    if (events->fifo ? unmask_word_quietly(&events->fifo->words[port]) : unmask_quietly(events, port))
        return 0;
    return (int)hypercall_event_channel_op(EVTCHNOP_unmask, &unmask);
}

unsigned int xg_event_run_port(struct xg_events *events, xg_evtchn_t port, unsigned int vcpu,
                               struct xg_frame *frame)
{
    struct xg_event_handler *handler = port < events->nr_ports ? &events->handlers[port] : NULL;
    xg_event_fn *function = handler ? __atomic_load_n(&handler->function, __ATOMIC_ACQUIRE) : NULL;

    if (!function) {
        xg_event_mask(events, port);
        __atomic_fetch_add(&events->nr_unexpected, 1, __ATOMIC_RELAXED);
        return 0;
    }
    /* With two levels another vCPU's selector has the bit as well, and it is for that one to clear. */
    if (!events->fifo && __atomic_load_n(&handler->vcpu, __ATOMIC_RELAXED) != vcpu)
        return 0;
    if (!xg_event_clear(events, port))
        return 0;
    handler->nr_handled++;
    function(port, frame, handler->arg);
    return 1;
}

static unsigned int run_word(struct xg_events *events, unsigned int word, unsigned int vcpu,
                             struct xg_frame *frame)
{
    unsigned long masked = __atomic_load_n(&events->shared->evtchn_mask[word], __ATOMIC_SEQ_CST);
    unsigned long bits = __atomic_load_n(&events->shared->evtchn_pending[word], __ATOMIC_SEQ_CST) & ~masked;
    unsigned int nr = 0;

    /* Once each: what arrives meanwhile sets the selector anew, and no port can keep the others waiting. */
    for (; bits; bits &= bits - 1)
        nr += xg_event_run_port(events, word * WORD_BITS + (unsigned int)__builtin_ctzl(bits), vcpu, frame);
    return nr;
}

static unsigned int run_selected(struct xg_events *events, unsigned int vcpu, struct xg_frame *frame)
{
    unsigned long *selector = &events->vcpus[vcpu].info->evtchn_pending_sel;
    unsigned long words = __atomic_exchange_n(selector, 0, __ATOMIC_SEQ_CST);
    unsigned int nr = 0;

    for (; words; words &= words - 1)
        nr += run_word(events, (unsigned int)__builtin_ctzl(words), vcpu, frame);
    return nr;
}

unsigned int xg_events_run(struct xg_events *events, struct xg_frame *frame)
{
    unsigned int vcpu = xg_os_vcpu_id(), nr = 0;
    struct vcpu_info *info;

    if (vcpu >= events->nr_vcpus || !events->vcpus[vcpu].info)
        xg_os_panic("xg_os_vcpu_id", "no vcpu_info is known for this vCPU");
    info = events->vcpus[vcpu].info;
    do {
        __atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
        nr += events->fifo ? events->fifo->take(events, vcpu, frame) : run_selected(events, vcpu, frame);
    } while (__atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_SEQ_CST));
    return nr;
}

void xg_events_upcall(struct xg_frame *frame, void *arg)
{
    struct xg_events *events = arg;

    xg_events_run(events, frame);
    events->vcpus[xg_os_vcpu_id()].nr_upcalls++;
}
