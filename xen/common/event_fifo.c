/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pending and masked events in the FIFO layout: a word a port, and queues of ports, 16 a vCPU. The guest
 * changes the same words at any time; what a port's word and what is linked from it say is never followed,
 * only written, so that a guest that scribbles over them loses events of its own and nothing else.
 *
 *   - We set PENDING. If the port was neither MASKED nor LINKED we set LINKED and put it behind the tail of
 *     its queue: into the tail's word, if that is LINKED still; else the queue is empty and the control
 * block's head becomes the port. For a queue that begins we set its bit in the control block and raise the
 * upcall.
 *   - The guest takes a port: in one exchange it clears LINKED and the link, which tells it the next. Then it
 *     looks at PENDING and MASKED. So either it sees our PENDING, or we see that it is not LINKED any more.
 *   - The guest unmasks what is not PENDING itself, and asks us otherwise.
 *
 * A port is the tail of no queue but the one where it was queued last, which last_vcpu and last_priority
 * name: before it is queued anew, anywhere, that tail is taken back.
 */
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/sched.h>
#include "event_fifo.h"
#include "event_send.h"

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define BUSY    (1u << EVTCHN_FIFO_BUSY)

/* What a guest that keeps to the rules can change in a BUSY word of a queue: PENDING, MASKED, and take it. */
#define APPEND_TRIES 4

/* NULL: the guest has given no page for it. The lock of a port is held, this one's or another's. */
static event_word_t *word_of(const struct event_fifo *fifo, evtchn_port_t port)
{
    if (port >= __atomic_load_n(&fifo->nr_words, __ATOMIC_ACQUIRE))
        return NULL;
    return &fifo->array[port / FIFO_WORDS_A_PAGE][port % FIFO_WORDS_A_PAGE];
}

/* Sets the link of the tail's word if it is LINKED. 1: done, 0: it is not, -1: the word changed meanwhile,
 * into *old. */
static int try_append(event_word_t *word, event_word_t *old, evtchn_port_t port)
{
    if (!(*old & LINKED))
        return 0;
    return __atomic_compare_exchange_n(word, old, (*old & ~(BUSY | EVTCHN_FIFO_LINK_MASK)) | port, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
               ? 1
               : -1;
}

/*
 * True: port is behind tail. False: the queue is empty. BUSY keeps the guest from unmasking, which together
 * with masking it could do without end; one that goes on changing the word breaks the rules and loses the
 * event.
 */
static bool append(const struct event_fifo *fifo, evtchn_port_t tail, evtchn_port_t port)
{
    event_word_t *word = word_of(fifo, tail), old;
    int rc;

    if (!word)
        return false;
    old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
    rc = try_append(word, &old, port);
    if (rc >= 0)
        return rc;
    old = __atomic_or_fetch(word, BUSY, __ATOMIC_SEQ_CST);
    for (unsigned int i = 0; i < APPEND_TRIES && rc < 0; i++)
        rc = try_append(word, &old, port);
    if (rc <= 0)
        __atomic_fetch_and(word, ~BUSY, __ATOMIC_SEQ_CST);
    return rc != 0;
}

/* The queue where a port was last, locked; or q when it has been in none. */
static struct fifo_queue *lock_last_queue(const struct event_fifo *fifo, const struct evtchn *e,
                                          struct fifo_queue *q)
{
    struct fifo_vcpu *last = e->was_queued ? fifo->vcpu[e->last_vcpu] : NULL;

    if (last)
        q = &last->queue[e->last_priority];
    spin_lock(&q->lock);
    return q;
}

/* NULL: the vCPU has given none. The lock of a port is held. */
static struct evtchn_fifo_control_block *control_of(const struct event_fifo *fifo, const struct vcpu *v)
{
    const struct fifo_vcpu *fv = __atomic_load_n(&fifo->vcpu[v->id], __ATOMIC_ACQUIRE);

    return fv ? __atomic_load_n(&fv->control, __ATOMIC_ACQUIRE) : NULL;
}

/* The port's lock held; its word was neither MASKED nor LINKED. */
static void enqueue(const struct event_fifo *fifo, struct vcpu *v, struct evtchn *e, event_word_t *word)
{
    struct evtchn_fifo_control_block *control = control_of(fifo, v);
    uint8_t priority = READ_ONCE(e->priority);
    struct fifo_queue *q, *last;
    bool joined;

    if (!control)
        return;
    q = &fifo->vcpu[v->id]->queue[priority];
    last = lock_last_queue(fifo, e, q);
    if (__atomic_fetch_or(word, LINKED, __ATOMIC_SEQ_CST) & LINKED) {
        spin_unlock(&last->lock);
        return;
    }
    if (last->tail == e->port)
        last->tail = 0;
    if (last != q) {
        spin_unlock(&last->lock);
        spin_lock(&q->lock);
    }
    e->was_queued = true;
    e->last_vcpu = v->id & (MAX_VCPUS - 1);
    e->last_priority = priority & EVTCHN_FIFO_PRIORITY_MIN;
    joined = q->tail && append(fifo, q->tail, e->port);
    if (!joined)
        __atomic_store_n(&control->head[priority], e->port, __ATOMIC_SEQ_CST);
    q->tail = e->port;
    spin_unlock(&q->lock);
    if (!joined && !(__atomic_fetch_or(&control->ready, 1u << priority, __ATOMIC_SEQ_CST) & (1u << priority)))
        vcpu_mark_events_pending(v);
}

/*
 * The port's lock held. True: it was not pending yet. An event for a vCPU without a control block is lost, as
 * on stock Xen: the guest is to bring the block first.
 */
static bool set_pending(struct event_fifo *fifo, struct vcpu *v, struct evtchn *e)
{
    event_word_t *word = word_of(fifo, e->port), old;

    if (!word) {
        e->is_owed = true;
        return false;
    }
    e->is_owed = false;
    if (!control_of(fifo, v))
        return false;
    old = __atomic_fetch_or(word, PENDING, __ATOMIC_SEQ_CST);
    if (!(old & (MASKED | LINKED)))
        enqueue(fifo, v, e, word);
    return !(old & PENDING);
}

bool evtchn_fifo_set_pending(struct vcpu *v, evtchn_port_t port)
{
    struct event_fifo *fifo = v->domain->event_fifo;
    unsigned long flags = event_fifo_lock(fifo, port);
    bool news = set_pending(fifo, v, evtchn_find(v->domain, port));

    event_fifo_unlock(fifo, port, flags);
    return news;
}

void evtchn_fifo_unmask(struct vcpu *v, evtchn_port_t port)
{
    struct event_fifo *fifo = v->domain->event_fifo;
    unsigned long flags = event_fifo_lock(fifo, port);
    event_word_t *word = word_of(fifo, port);

    if (word && (__atomic_fetch_and(word, ~MASKED, __ATOMIC_SEQ_CST) & (PENDING | LINKED)) == PENDING)
        enqueue(fifo, v, evtchn_find(v->domain, port), word);
    event_fifo_unlock(fifo, port, flags);
}

/* What the word says, or absent when there is no page for it. */
static event_word_t read_word(const struct domain *d, evtchn_port_t port, event_word_t absent)
{
    struct event_fifo *fifo = d->event_fifo;
    unsigned long flags = event_fifo_lock(fifo, port);
    const event_word_t *word = word_of(fifo, port);
    event_word_t value = word ? __atomic_load_n(word, __ATOMIC_SEQ_CST) : absent;

    event_fifo_unlock(fifo, port, flags);
    return value;
}

bool evtchn_fifo_is_pending(const struct domain *d, evtchn_port_t port)
{
    return read_word(d, port, 0) & PENDING;
}

bool evtchn_fifo_is_masked(const struct domain *d, evtchn_port_t port)
{
    return read_word(d, port, MASKED) & MASKED;
}

bool evtchn_fifo_is_linked(const struct domain *d, evtchn_port_t port)
{
    return read_word(d, port, 0) & LINKED;
}

void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *e)
{
    struct event_fifo *fifo = d->event_fifo;
    unsigned long flags = event_fifo_lock(fifo, e->port);
    event_word_t *word = word_of(fifo, e->port);

    e->is_owed = false;
    if (word)
        __atomic_fetch_and(word, ~PENDING, __ATOMIC_SEQ_CST);
    event_fifo_unlock(fifo, e->port, flags);
}

void evtchn_fifo_dump(const struct domain *d, const struct evtchn *e)
{
    printk(" word=%#x priority=%u", read_word(d, e->port, 0), e->priority);
}
