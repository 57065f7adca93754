/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_event_channel_op: reads each request once, checks it, does it, writes the answer. The ports
 * themselves are event_channel.c's.
 */
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include "event_send.h"

static int refuse_port(int rc, evtchn_port_t port)
{
    return refuse(rc, "evtchn.port", "port %u is not open", port);
}

static int refuse_domain(domid_t id)
{
    return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", id);
}

static int refuse_free_port(int rc, const struct domain *d)
{
    return refuse(rc, "evtchn.no-port", "domain %u has no free port of %u", d->id, d->max_evtchns);
}

/* Another domain than the caller's is a privileged domain's business. */
static bool may_act_for(const struct domain *d)
{
    return d == current->domain || current->domain->is_privileged;
}

static int not_permitted(const struct domain *d)
{
    return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not do this to domain %u",
                  current->domain->id, d->id);
}

/* With a reference; also one that is dying, which can be asked about and takes no new ports. */
static struct domain *get_domain(domid_t id)
{
    return id == DOMID_SELF ? domain_get_by_any_id(id) : domain_get_any(id);
}

static int bind_free_port(struct domain *d, const struct evtchn *as, evtchn_port_t *given)
{
    int port;

    spin_lock(&d->event_lock);
    port = evtchn_find_free(d);
    if (port >= 0)
        evtchn_bind(d, evtchn_lookup(d, (evtchn_port_t)port), as);
    spin_unlock(&d->event_lock);
    if (port < 0)
        return refuse_free_port(port, d);
    *given = (evtchn_port_t)port;
    return 0;
}

static int alloc_unbound_in(struct domain *d, struct evtchn_alloc_unbound *op)
{
    struct evtchn as = {.state = ECS_UNBOUND};

    if (!may_act_for(d))
        return not_permitted(d);
    as.u.unbound.remote_domid = op->remote_dom == DOMID_SELF ? current->domain->id : op->remote_dom;
    return bind_free_port(d, &as, &op->port);
}

static int alloc_unbound(struct evtchn_alloc_unbound *op)
{
    struct domain *d = get_domain(op->dom);
    int rc;

    if (!d)
        return refuse_domain(op->dom);
    rc = alloc_unbound_in(d, op);
    domain_put(d);
    return rc;
}

/* Both event_locks held. */
static int bind_ends(struct domain *d, struct domain *remote, struct evtchn_bind_interdomain *op)
{
    struct evtchn mine = {.state = ECS_INTERDOMAIN}, theirs = {.state = ECS_INTERDOMAIN}, *local, *other;
    int port = evtchn_find_free(d);

    if (port < 0)
        return refuse_free_port(port, d);
    other = evtchn_lookup(remote, op->remote_port);
    if (!other || other->state != ECS_UNBOUND || other->u.unbound.remote_domid != d->id)
        return refuse(-XEN_EINVAL, "evtchn.not-offered", "port %u of domain %u does not wait for domain %u",
                      op->remote_port, remote->id, d->id);
    mine.u.interdomain.remote_domain = remote;
    mine.u.interdomain.remote_port = op->remote_port;
    theirs.u.interdomain.remote_domain = d;
    theirs.u.interdomain.remote_port = (evtchn_port_t)port;
    theirs.notify_vcpu = other->notify_vcpu;
    local = evtchn_lookup(d, (evtchn_port_t)port);
    evtchn_bind(d, local, &mine);
    evtchn_bind(remote, other, &theirs);
    /* What the other end sent while it was unbound is lost: so the new end always begins with an event. */
    evtchn_set_pending(d->vcpu[0], (evtchn_port_t)port);
    op->local_port = (evtchn_port_t)port;
    return 0;
}

static int bind_interdomain(struct evtchn_bind_interdomain *op)
{
    struct domain *d = current->domain, *remote = get_domain(op->remote_dom);
    int rc;

    if (!remote)
        return refuse_domain(op->remote_dom);
    domains_lock_events(d, remote);
    rc = bind_ends(d, remote, op);
    domains_unlock_events(d, remote);
    domain_put(remote);
    return rc;
}

static struct vcpu *own_vcpu(uint32_t id)
{
    struct domain *d = current->domain;

    return id < d->max_vcpus ? __atomic_load_n(&d->vcpu[id], __ATOMIC_ACQUIRE) : NULL;
}

static int refuse_vcpu(uint32_t id)
{
    return refuse(-XEN_ENOENT, "vcpu.id", "domain %u has no vCPU %u", current->domain->id, id);
}

/* event_lock held. */
static int bind_virq_at(struct vcpu *v, struct evtchn_bind_virq *op)
{
    struct evtchn as = {.state = ECS_VIRQ, .notify_vcpu = (uint16_t)v->id};
    unsigned long flags;
    int port;

    if (v->virq_to_port[op->virq])
        return refuse(-XEN_EEXIST, "evtchn.virq-bound", "VIRQ %u is bound to port %u already", op->virq,
                      v->virq_to_port[op->virq]);
    port = evtchn_find_free(v->domain);
    if (port < 0)
        return refuse_free_port(port, v->domain);
    as.u.virq = (uint16_t)op->virq;
    evtchn_bind(v->domain, evtchn_lookup(v->domain, (evtchn_port_t)port), &as);
    flags = spin_lock_irqsave(&v->virq_lock);
    v->virq_to_port[op->virq] = (evtchn_port_t)port;
    spin_unlock_irqrestore(&v->virq_lock, flags);
    op->port = (evtchn_port_t)port;
    return 0;
}

static int bind_virq(struct evtchn_bind_virq *op)
{
    struct domain *d = current->domain;
    struct vcpu *v;
    int rc;

    if (op->virq >= NR_VIRQS)
        return refuse(-XEN_EINVAL, "evtchn.virq", "there is no VIRQ %u", op->virq);
    if (virq_is_global(op->virq) && op->vcpu != 0)
        return refuse(-XEN_EINVAL, "evtchn.virq-global", "VIRQ %u is bound at vCPU 0, not %u", op->virq,
                      op->vcpu);
    v = own_vcpu(op->vcpu);
    if (!v)
        return refuse_vcpu(op->vcpu);
    spin_lock(&d->event_lock);
    rc = bind_virq_at(v, op);
    spin_unlock(&d->event_lock);
    return rc;
}

static int bind_ipi(struct evtchn_bind_ipi *op)
{
    struct evtchn as = {.state = ECS_IPI, .notify_vcpu = (uint16_t)op->vcpu};

    if (!own_vcpu(op->vcpu))
        return refuse_vcpu(op->vcpu);
    return bind_free_port(current->domain, &as, &op->port);
}

/* The port's lock held. */
static int status_of(const struct evtchn *e, struct evtchn_status *op)
{
    switch (e->state) {
    case ECS_FREE:
    case ECS_RESERVED:
        op->status = EVTCHNSTAT_closed;
        break;
    case ECS_UNBOUND:
        op->status = EVTCHNSTAT_unbound;
        op->u.unbound.dom = e->u.unbound.remote_domid;
        break;
    case ECS_INTERDOMAIN:
        op->status = EVTCHNSTAT_interdomain;
        op->u.interdomain.dom = e->u.interdomain.remote_domain->id;
        op->u.interdomain.port = e->u.interdomain.remote_port;
        break;
    case ECS_PIRQ:
        op->status = EVTCHNSTAT_pirq;
        op->u.pirq = e->u.pirq.irq;
        break;
    case ECS_VIRQ:
        op->status = EVTCHNSTAT_virq;
        op->u.virq = e->u.virq;
        break;
    case ECS_IPI:
        op->status = EVTCHNSTAT_ipi;
        break;
    }
    op->vcpu = e->notify_vcpu;
    return 0;
}

static int status(struct evtchn_status *op)
{
    struct domain *d = get_domain(op->dom);
    struct evtchn *e;
    unsigned long flags;
    int rc;

    if (!d)
        return refuse_domain(op->dom);
    e = evtchn_lookup(d, op->port);
    if (!e) {
        rc = refuse_port(-XEN_EINVAL, op->port);
    } else if (!may_act_for(d)) {
        rc = not_permitted(d);
    } else {
        flags = spin_lock_irqsave(&e->lock);
        rc = status_of(e, op);
        spin_unlock_irqrestore(&e->lock, flags);
    }
    domain_put(d);
    return rc;
}

static bool may_move(const struct evtchn *e)
{
    switch (e->state) {
    case ECS_VIRQ:
        return virq_is_global(e->u.virq);
    case ECS_UNBOUND:
    case ECS_INTERDOMAIN:
    case ECS_PIRQ:
        return true;
    default:
        return false;
    }
}

static int bind_vcpu(const struct evtchn_bind_vcpu *op)
{
    struct domain *d = current->domain;
    struct evtchn *e;
    unsigned long flags;
    bool ok;

    if (!own_vcpu(op->vcpu))
        return refuse_vcpu(op->vcpu);
    e = evtchn_lookup(d, op->port);
    if (!e)
        return refuse_port(-XEN_EINVAL, op->port);
    spin_lock(&d->event_lock);
    flags = spin_lock_irqsave(&e->lock);
    ok = may_move(e);
    if (ok)
        WRITE_ONCE(e->notify_vcpu, (uint16_t)op->vcpu); /* a sender at the other end reads it */
    spin_unlock_irqrestore(&e->lock, flags);
    if (ok && e->state == ECS_PIRQ)
        evtchn_move_pirq(d, e);
    spin_unlock(&d->event_lock);
    if (!ok)
        return refuse(-XEN_EINVAL, "evtchn.bound-for-good",
                      "port %u is closed, or bound to its vCPU for good", op->port);
    return 0;
}

static int unmask(const struct evtchn_unmask *op)
{
    struct domain *d = current->domain;
    struct evtchn *e = evtchn_lookup(d, op->port);
    unsigned long flags;

    if (!e)
        return refuse_port(-XEN_EINVAL, op->port);
    flags = spin_lock_irqsave(&e->lock);
    if (e->state != ECS_FREE)
        evtchn_unmask_pending(d->vcpu[e->notify_vcpu], op->port);
    spin_unlock_irqrestore(&e->lock, flags);
    return 0;
}

int evtchn_reset(struct domain *d, bool goes_on)
{
    int rc;

    if (goes_on ? !READ_ONCE(d->next_close) : !evtchn_close_begin(d))
        return refuse(-XEN_EBUSY, "evtchn.reset-busy", "domain %u: %s", d->id,
                      goes_on ? "no reset has been begun" : "another reset is not at its end yet");
    rc = evtchn_close_all(d);
    return rc == -XEN_EAGAIN
               ? refuse(rc, "evtchn.reset-bound", "ports of domain %u were bound meanwhile", d->id)
               : rc;
}

static int reset(const struct evtchn_reset *op, bool goes_on)
{
    struct domain *d = get_domain(op->dom);
    int rc = 0;

    if (!d)
        return refuse_domain(op->dom);
    if (!may_act_for(d))
        rc = not_permitted(d);
    else if (d != current->domain && !READ_ONCE(d->controller_pauses))
        rc = refuse(-XEN_EINVAL, "evtchn.reset-running", "domain %u is not paused by a toolstack", d->id);
    else
        rc = evtchn_reset(d, goes_on);
    domain_put(d);
    return rc;
}

union request {
    struct evtchn_alloc_unbound alloc_unbound;
    struct evtchn_bind_interdomain bind_interdomain;
    struct evtchn_bind_virq bind_virq;
    struct evtchn_bind_ipi bind_ipi;
    struct evtchn_bind_pirq bind_pirq;
    struct evtchn_close close;
    struct evtchn_status status;
    struct evtchn_bind_vcpu bind_vcpu;
    struct evtchn_unmask unmask;
    struct evtchn_reset reset;
    struct evtchn_init_control init_control;
    struct evtchn_expand_array expand_array;
    struct evtchn_set_priority set_priority;
};

static const struct {
    uint8_t size;
    bool answers;
} shape[] = {
    [EVTCHNOP_alloc_unbound] = {sizeof(struct evtchn_alloc_unbound), true},
    [EVTCHNOP_bind_interdomain] = {sizeof(struct evtchn_bind_interdomain), true},
    [EVTCHNOP_bind_virq] = {sizeof(struct evtchn_bind_virq), true},
    [EVTCHNOP_bind_ipi] = {sizeof(struct evtchn_bind_ipi), true},
    [EVTCHNOP_bind_pirq] = {sizeof(struct evtchn_bind_pirq), true},
    [EVTCHNOP_close] = {sizeof(struct evtchn_close), false},
    [EVTCHNOP_status] = {sizeof(struct evtchn_status), true},
    [EVTCHNOP_bind_vcpu] = {sizeof(struct evtchn_bind_vcpu), false},
    [EVTCHNOP_unmask] = {sizeof(struct evtchn_unmask), false},
    [EVTCHNOP_reset] = {sizeof(struct evtchn_reset), false},
    [EVTCHNOP_reset_cont] = {sizeof(struct evtchn_reset), false},
    [EVTCHNOP_init_control] = {sizeof(struct evtchn_init_control), true},
    [EVTCHNOP_expand_array] = {sizeof(struct evtchn_expand_array), false},
    [EVTCHNOP_set_priority] = {sizeof(struct evtchn_set_priority), false},
};

static int perform(int cmd, union request *r)
{
    int rc;

    switch (cmd) {
    case EVTCHNOP_alloc_unbound:
        return alloc_unbound(&r->alloc_unbound);
    case EVTCHNOP_bind_interdomain:
        return bind_interdomain(&r->bind_interdomain);
    case EVTCHNOP_bind_virq:
        return bind_virq(&r->bind_virq);
    case EVTCHNOP_bind_ipi:
        return bind_ipi(&r->bind_ipi);
    case EVTCHNOP_bind_pirq:
        return evtchn_bind_pirq(&r->bind_pirq);
    case EVTCHNOP_close:
        rc = evtchn_close(current->domain, r->close.port);
        return rc ? refuse_port(rc, r->close.port) : 0;
    case EVTCHNOP_status:
        return status(&r->status);
    case EVTCHNOP_bind_vcpu:
        return bind_vcpu(&r->bind_vcpu);
    case EVTCHNOP_unmask:
        return unmask(&r->unmask);
    case EVTCHNOP_init_control:
        return evtchn_fifo_init_control(&r->init_control);
    case EVTCHNOP_expand_array:
        return evtchn_fifo_expand_array(&r->expand_array);
    case EVTCHNOP_set_priority:
        return evtchn_set_priority(&r->set_priority);
    default:
        return reset(&r->reset, cmd == EVTCHNOP_reset_cont);
    }
}

static noinline long refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "evtchn.arg", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

/* The ends of a send that has more to do than to set a bit. The lock of e is held, interrupts are off. */
static noinline long send_notify(struct evtchn *e, struct vcpu *v, evtchn_port_t port)
{
    evtchn_notify(v, port);
    spin_unlock(&e->lock);
    arch_irq_enable();
    return 0;
}

static noinline long send_refused(struct evtchn *e, evtchn_port_t port)
{
    spin_unlock(&e->lock);
    arch_irq_enable();
    return refuse_port(-XEN_EINVAL, port);
}

static always_inline long send_locked(struct domain *d, struct evtchn *e, evtchn_port_t port)
{
    if (e->state == ECS_IPI) {
        if (evtchn_mark_pending(d, port))
            return send_notify(e, d->vcpu[e->notify_vcpu], port);
    } else if (e->state == ECS_INTERDOMAIN) {
        struct domain *remote = e->u.interdomain.remote_domain;
        const struct evtchn *other = evtchn_find(remote, e->u.interdomain.remote_port);

        if (evtchn_mark_pending(remote, other->port))
            return send_notify(e, remote->vcpu[READ_ONCE(other->notify_vcpu)], other->port);
    } else if (e->state != ECS_UNBOUND) {
        return send_refused(e, port);
    }
    /* Unbound: nobody is there yet, and whoever binds finds the port pending. */
    spin_unlock(&e->lock);
    arch_irq_enable();
    return 0;
}

static noinline long send_after_waiting(struct domain *d, struct evtchn *e, evtchn_port_t port,
                                        uint16_t ticket)
{
    spin_wait_for(&e->lock, ticket);
    return send_locked(d, e, port);
}

static noinline long refuse_sending(evtchn_port_t port)
{
    return refuse_port(-XEN_EINVAL, port);
}

/* Locks the sender's port, and nothing else (event_channel.c). */
static always_inline long send_on(struct domain *d, evtchn_port_t port)
{
    struct evtchn *e = evtchn_find(d, port);
    uint16_t ticket;

    if (unlikely(!e))
        return refuse_sending(port);
    arch_irq_disable();
    ticket = spin_take_ticket(&e->lock);
    if (unlikely(!spin_is_served(&e->lock, ticket)))
        return send_after_waiting(d, e, port, ticket);
    return send_locked(d, e, port);
}

static noinline long send_checked(uint64_t va)
{
    struct evtchn_send op;

    if (copy_from_guest(&op, va, sizeof(op)))
        return refuse_argument(va);
    return send_on(current->domain, op.port);
}

/*
 * The frequent command, on a path of its own that calls nobody before its end: a call in between would cost
 * as much as the rest, in registers saved and restored.
 */
static always_inline long send(uint64_t va)
{
    struct domain *d = current->domain;
    evtchn_port_t port;

    if (unlikely(!arch_read_guest_32(d, &port, va)))
        return send_checked(va);
    return send_on(d, port);
}

static noinline long other_op(int cmd, uint64_t arg_va)
{
    union request r;
    int rc;

    if (cmd < 0 || (unsigned int)cmd >= ARRAY_SIZE(shape) || !shape[cmd].size)
        return refuse(-XEN_ENOSYS, "evtchn.command", "there is no command %d yet", cmd);
    if (copy_from_guest(&r, arg_va, shape[cmd].size))
        return refuse_argument(arg_va);
    rc = perform(cmd, &r);
    if (rc == -XEN_ERESTART)
        return hypercall_continue(__HYPERVISOR_event_channel_op, 2, (uint64_t)EVTCHNOP_reset_cont, arg_va);
    /* Undoing it would not help a guest that cannot be answered. */
    if (!rc && shape[cmd].answers && copy_to_guest(arg_va, &r, shape[cmd].size))
        return refuse_argument(arg_va);
    return rc;
}

long do_event_channel_op(int cmd, uint64_t arg_va)
{
    if (likely(cmd == EVTCHNOP_send))
        return send(arg_va);
    return other_op(cmd, arg_va);
}

long do_event_channel_op_compat(uint64_t arg_va)
{
    struct evtchn_op op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return refuse_argument(arg_va);
    if (op.cmd > EVTCHNOP_unmask)
        return refuse(-XEN_ENOSYS, "evtchn.command", "the old form has no command %u", op.cmd);
    return do_event_channel_op((int)op.cmd, arg_va + offsetof(struct evtchn_op, u));
}
