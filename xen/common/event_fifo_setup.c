/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From two levels to the FIFO layout and back: control blocks, pages of event words, priorities. The queues
 * are event_fifo.c's.
 */
#include <xen/domain.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include "event_fifo.h"
#include "event_send.h"

#define NR_BUCKETS_TWO_LEVEL (EVTCHN_2L_NR_CHANNELS / EVTCHN_BUCKET_SIZE)
#define NR_BUCKETS_FIFO      (EVTCHN_FIFO_NR_CHANNELS / EVTCHN_BUCKET_SIZE)

/* A frame of d's, held as writable memory from now on; NULL: not to be had, refused. */
static void *hold_frame(struct domain *d, uint64_t frame)
{
    if (!mfn_valid(mfn(frame)) || page_get_and_type(mfn_to_page(mfn(frame)), d, PGT_WRITABLE)) {
        (void)!refuse(-XEN_EINVAL, "evtchn.fifo-frame",
                      "frame %#lx is not the domain's, or not writable memory", (unsigned long)frame);
        return NULL;
    }
    return mfn_to_virt(mfn(frame));
}

static void release_frame(const void *p)
{
    page_put_and_type(virt_to_page(p));
}

/* What is not there yet of a domain's and a vCPU's memory for the layout. event_lock held. */
static int make_room(struct domain *d, unsigned int vcpu)
{
    struct event_fifo *fifo = d->event_fifo;
    struct evtchn **buckets;

    if (!fifo) {
        fifo =
            xzalloc_bytes(sizeof(*fifo) + d->max_vcpus * sizeof(fifo->vcpu[0]), _Alignof(struct event_fifo));
        buckets = xzalloc_array(struct evtchn *, NR_BUCKETS_FIFO);
        if (!fifo || !buckets) {
            xfree(fifo);
            xfree(buckets);
            return -XEN_ENOMEM;
        }
        memcpy(buckets, d->evtchn_buckets, NR_BUCKETS_TWO_LEVEL * sizeof(*buckets));
        fifo->old_buckets = d->evtchn_buckets;
        __atomic_store_n(&d->evtchn_buckets, buckets, __ATOMIC_RELEASE);
        d->event_fifo = fifo;
    }
    if (!fifo->vcpu[vcpu])
        __atomic_store_n(&fifo->vcpu[vcpu], xzalloc(struct fifo_vcpu), __ATOMIC_RELEASE);
    return fifo->vcpu[vcpu] ? 0 : -XEN_ENOMEM;
}

/* What two levels have pending is owed to the words that will come. event_lock held. */
static void switch_to_fifo(struct domain *d)
{
    d->max_evtchns = min((unsigned int)EVTCHN_FIFO_NR_CHANNELS, d->evtchn_limit);
    __atomic_store_n(&d->uses_fifo, true, __ATOMIC_SEQ_CST);
    for (evtchn_port_t port = 1; port < min(d->nr_evtchns, (unsigned int)EVTCHN_2L_NR_CHANNELS); port++) {
        unsigned long flags = event_fifo_lock(d->event_fifo, port);
        struct evtchn *e = evtchn_find(d, port);

        if (e->state != ECS_FREE && test_bit(port, d->shared_info->evtchn_pending))
            e->is_owed = true;
        event_fifo_unlock(d->event_fifo, port, flags);
    }
}

/* event_lock held. */
static int take_control_block(struct domain *d, const struct evtchn_init_control *op)
{
    struct fifo_vcpu *fv;
    char *page;
    int rc;

    if (d->event_fifo && d->event_fifo->vcpu[op->vcpu] && d->event_fifo->vcpu[op->vcpu]->control)
        return refuse(-XEN_EINVAL, "evtchn.fifo-control", "vCPU %u has a control block already", op->vcpu);
    page = hold_frame(d, op->control_gfn);
    if (!page)
        return -XEN_EINVAL;
    rc = make_room(d, op->vcpu);
    if (rc) {
        release_frame(page);
        return refuse(rc, "evtchn.fifo-memory", "no memory for the queues of vCPU %u", op->vcpu);
    }
    fv = d->event_fifo->vcpu[op->vcpu];
    __atomic_store_n(&fv->control, (struct evtchn_fifo_control_block *)(page + op->offset), __ATOMIC_RELEASE);
    if (!d->uses_fifo)
        switch_to_fifo(d);
    return 0;
}

int evtchn_fifo_init_control(struct evtchn_init_control *op)
{
    struct domain *d = current->domain;
    int rc;

    if (op->vcpu >= d->max_vcpus || !__atomic_load_n(&d->vcpu[op->vcpu], __ATOMIC_ACQUIRE))
        return refuse(-XEN_ENOENT, "vcpu.id", "domain %u has no vCPU %u", d->id, op->vcpu);
    if (op->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block))
        return refuse(-XEN_EINVAL, "evtchn.fifo-offset", "a control block at offset %u crosses a page",
                      op->offset);
    if (op->offset % 8)
        return refuse(-XEN_EINVAL, "evtchn.fifo-aligned", "a control block at offset %u is not aligned to 8",
                      op->offset);
    spin_lock(&d->event_lock);
    rc = take_control_block(d, op);
    spin_unlock(&d->event_lock);
    op->link_bits = EVTCHN_FIFO_LINK_BITS;
    return rc;
}

/* What came before the page did. event_lock held. */
static void deliver_owed(struct domain *d, evtchn_port_t first)
{
    struct evtchn *e;

    for (evtchn_port_t port = first; port < first + FIFO_WORDS_A_PAGE && (e = evtchn_find(d, port)); port++) {
        unsigned long flags = event_fifo_lock(d->event_fifo, port);
        bool is_owed = e->is_owed;

        event_fifo_unlock(d->event_fifo, port, flags);
        if (is_owed)
            evtchn_set_pending(d->vcpu[e->notify_vcpu], port);
    }
}

/* event_lock held. */
static int add_page(struct domain *d, uint64_t frame)
{
    struct event_fifo *fifo = d->event_fifo;
    unsigned int nr = fifo->nr_words;
    void *page;

    if (nr >= EVTCHN_FIFO_NR_CHANNELS)
        return refuse(-XEN_ENOSPC, "evtchn.fifo-full", "there are words for all %u ports",
                      EVTCHN_FIFO_NR_CHANNELS);
    page = hold_frame(d, frame);
    if (!page)
        return -XEN_EINVAL;
    fifo->array[nr / FIFO_WORDS_A_PAGE] = page;
    __atomic_store_n(&fifo->nr_words, nr + FIFO_WORDS_A_PAGE, __ATOMIC_SEQ_CST);
    deliver_owed(d, nr);
    return 0;
}

int evtchn_fifo_expand_array(const struct evtchn_expand_array *op)
{
    struct domain *d = current->domain;
    int rc;

    spin_lock(&d->event_lock);
    if (d->uses_fifo)
        rc = add_page(d, op->array_gfn);
    else
        rc = refuse(-XEN_EOPNOTSUPP, "evtchn.fifo-off", "domain %u has not called init_control", d->id);
    spin_unlock(&d->event_lock);
    return rc;
}

static int set_priority_of(struct evtchn *e, const struct evtchn_set_priority *op)
{
    if (e->state == ECS_FREE || e->state == ECS_RESERVED)
        return refuse(-XEN_EACCES, "evtchn.unused", "port %u is not in use", op->port);
    if (op->priority > EVTCHN_FIFO_PRIORITY_MIN)
        return refuse(-XEN_EINVAL, "evtchn.priority", "there is no priority %u", op->priority);
    WRITE_ONCE(e->priority, (uint8_t)op->priority);
    return 0;
}

int evtchn_set_priority(const struct evtchn_set_priority *op)
{
    struct domain *d = current->domain;
    struct evtchn *e = evtchn_find(d, op->port);
    int rc;

    if (!e)
        return refuse(-XEN_EINVAL, "evtchn.port", "port %u is not open", op->port);
    if (!READ_ONCE(d->uses_fifo))
        return refuse(-XEN_ENOSYS, "evtchn.fifo-off", "domain %u has not called init_control", d->id);
    spin_lock(&d->event_lock);
    rc = set_priority_of(e, op);
    spin_unlock(&d->event_lock);
    return rc;
}

/* Whoever has read a pointer under a port's lock is done with it when each lock has been taken once. */
static void wait_for_users(struct event_fifo *fifo)
{
    for (unsigned int i = 0; i < FIFO_PORT_LOCKS; i++)
        event_fifo_unlock(fifo, i, event_fifo_lock(fifo, i));
}

static void release_control_block(struct event_fifo *fifo, struct fifo_vcpu *fv)
{
    const void *control = fv->control;

    __atomic_store_n(&fv->control, NULL, __ATOMIC_SEQ_CST);
    wait_for_users(fifo);
    for (unsigned int i = 0; i < ARRAY_SIZE(fv->queue); i++)
        fv->queue[i].tail = 0;
    if (control)
        release_frame(control);
}

static void release_all(struct domain *d)
{
    struct event_fifo *fifo = d->event_fifo;
    unsigned int nr = fifo->nr_words;

    __atomic_store_n(&fifo->nr_words, 0, __ATOMIC_SEQ_CST);
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        if (fifo->vcpu[i])
            release_control_block(fifo, fifo->vcpu[i]);
    wait_for_users(fifo);
    for (unsigned int i = 0; i < nr / FIFO_WORDS_A_PAGE; i++)
        release_frame(fifo->array[i]);
}

void evtchn_fifo_leave(struct domain *d)
{
    if (!d->uses_fifo)
        return;
    d->max_evtchns = min((unsigned int)EVTCHN_2L_NR_CHANNELS, d->evtchn_limit);
    if (d->nr_evtchns > EVTCHN_2L_NR_CHANNELS)
        WRITE_ONCE(d->nr_evtchns, (unsigned int)EVTCHN_2L_NR_CHANNELS);
    __atomic_store_n(&d->uses_fifo, false, __ATOMIC_SEQ_CST);
    release_all(d);
}

void evtchn_fifo_for_each_frame(const struct domain *d, void (*fn)(mfn_t m))
{
    const struct event_fifo *fifo = d->event_fifo;

    if (!fifo)
        return;
    for (unsigned int i = 0; i < fifo->nr_words / FIFO_WORDS_A_PAGE; i++)
        fn(virt_to_mfn(fifo->array[i]));
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        if (fifo->vcpu[i] && fifo->vcpu[i]->control)
            fn(virt_to_mfn(fifo->vcpu[i]->control));
}

void evtchn_fifo_free(struct domain *d)
{
    struct event_fifo *fifo = d->event_fifo;

    for (unsigned int i = 0; fifo && i < d->max_vcpus; i++)
        xfree(fifo->vcpu[i]);
    if (fifo)
        xfree(fifo->old_buckets);
    xfree(fifo);
    d->event_fifo = NULL;
}
