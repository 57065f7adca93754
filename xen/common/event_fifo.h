/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FIFO layout's memory, for the two files that work on it: event_fifo.c, the queues, and
 * event_fifo_setup.c, which makes and takes down.
 *
 * The words and control blocks lie in frames of the guest's, held by a reference as writable memory. Who
 * looks at them has the lock of a port (event_fifo_lock) and reads the pointers under it; taking down clears
 * the pointers, then takes each of these locks once, then gives the frames back.
 */
#ifndef COMMON_EVENT_FIFO_H
#define COMMON_EVENT_FIFO_H

#include <xen/domain.h>
#include <xen/event_channel.h>

#define FIFO_WORDS_A_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define FIFO_PAGES        (EVTCHN_FIFO_NR_CHANNELS / FIFO_WORDS_A_PAGE)
#define FIFO_PORT_LOCKS   32

struct fifo_queue {
    spinlock_t lock;    /* tail; LINKED of the ports whose last queue this is goes from 0 to 1; innermost */
    evtchn_port_t tail; /* who was queued last, if it is LINKED still; 0: nobody */
};

struct fifo_vcpu {
    struct evtchn_fifo_control_block *control; /* NULL: none given */
    struct fifo_queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

/* Made by the first init_control; stays as long as the domain, whichever layout it uses. */
struct event_fifo {
    /* Of ports with the same remainder. Interrupts off; inside evtchn.lock, outside fifo_queue.lock. */
    spinlock_t port_lock[FIFO_PORT_LOCKS];
    unsigned int nr_words;
    event_word_t *array[FIFO_PAGES];
    struct evtchn **old_buckets; /* of two levels: may be read by somebody yet */
    struct fifo_vcpu *vcpu[];    /* max_vcpus; NULL: has never had a control block */
};

static inline unsigned long event_fifo_lock(struct event_fifo *fifo, evtchn_port_t port)
{
    return spin_lock_irqsave(&fifo->port_lock[port % FIFO_PORT_LOCKS]);
}

static inline void event_fifo_unlock(struct event_fifo *fifo, evtchn_port_t port, unsigned long flags)
{
    spin_unlock_irqrestore(&fifo->port_lock[port % FIFO_PORT_LOCKS], flags);
}

#endif
