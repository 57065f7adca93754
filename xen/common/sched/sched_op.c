/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_sched_op and its forerunner. The states that it changes are core.c's. */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/watchdog.h>
#include <public/sched.h>

#define POLL_PORTS_MAX 128

static long refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "sched.arg", "no readable argument at %#lx", (unsigned long)va);
}

/* Takes current out of the poll that it has begun. */
static void poll_cancel(struct vcpu *v)
{
    v->poll_port = 0;
    (void)vcpu_poll_end(v);
    clear_bit(VPF_BLOCKED, &v->pause_flags);
}

/* 1: one is pending; 0: none. */
static int poll_look(const struct domain *d, const struct sched_poll *poll, evtchn_port_t *port)
{
    for (unsigned int i = 0; i < poll->nr_ports; i++) {
        if (copy_from_guest(port, guest_element(handle_va(poll->ports), i, evtchn_port_t), sizeof(*port)))
            return refuse(-XEN_EFAULT, "sched.poll.ports", "no readable port number %u", i);
        if (!evtchn_port_is_valid(d, *port))
            return refuse(-XEN_EINVAL, "sched.poll.port", "there is no port %u", *port);
        if (evtchn_port_is_pending(d, *port))
            return 1;
    }
    return 0;
}

static long sched_poll(uint64_t arg_va)
{
    struct vcpu *v = current;
    struct sched_poll poll;
    evtchn_port_t port = 0;
    int rc;

    if (copy_from_guest(&poll, arg_va, sizeof(poll)))
        return refuse_argument(arg_va);
    if (poll.nr_ports > POLL_PORTS_MAX)
        return refuse(-XEN_EINVAL, "sched.poll.count", "%u ports are more than %u", poll.nr_ports,
                      POLL_PORTS_MAX);
    /* First polling, then looking: who sets a port pending afterwards finds us. */
    set_bit(VPF_BLOCKED, &v->pause_flags);
    v->poll_port = -1;
    vcpu_poll_begin(v);
    if (READ_ONCE(v->info->evtchn_upcall_pending) && !READ_ONCE(v->info->evtchn_upcall_mask))
        rc = 1;
    else
        rc = poll_look(v->domain, &poll, &port);
    if (rc) {
        poll_cancel(v);
        return rc < 0 ? rc : 0;
    }
    if (poll.nr_ports == 1)
        v->poll_port = (int)port;
    if (poll.timeout) {
        timer_migrate(&v->poll_timer, arch_this_cpu());
        timer_set(&v->poll_timer, (s_time_t)poll.timeout);
    }
    softirq_raise(SOFTIRQ_SCHEDULE);
    return 0;
}

static long sched_shutdown(uint64_t arg_va)
{
    struct sched_shutdown s;

    if (copy_from_guest(&s, arg_va, sizeof(s)))
        return refuse_argument(arg_va);
    domain_shutdown(current->domain, (uint8_t)s.reason);
    return 0;
}

static long sched_shutdown_code(uint64_t arg_va)
{
    struct domain *d = current->domain;
    struct sched_shutdown s;

    if (copy_from_guest(&s, arg_va, sizeof(s)))
        return refuse_argument(arg_va);
    spin_lock(&d->shutdown_lock);
    if (!d->has_shutdown_code)
        d->shutdown_code = (uint8_t)s.reason;
    d->has_shutdown_code = true;
    spin_unlock(&d->shutdown_lock);
    return 0;
}

static long sched_remote_shutdown(uint64_t arg_va)
{
    struct sched_remote_shutdown s;
    struct domain *d;

    if (copy_from_guest(&s, arg_va, sizeof(s)))
        return refuse_argument(arg_va);
    d = domain_get_by_id(s.domain_id);
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", s.domain_id);
    if (!current->domain->is_privileged) {
        domain_put(d);
        return refuse(-XEN_EPERM, "sched.remote_shutdown", "only a privileged domain may shut down another");
    }
    domain_shutdown(d, (uint8_t)s.reason);
    domain_put(d);
    return 0;
}

static long sched_watchdog(uint64_t arg_va)
{
    struct sched_watchdog w;

    if (copy_from_guest(&w, arg_va, sizeof(w)))
        return refuse_argument(arg_va);
    return watchdog_set(current->domain, &w);
}

static long unpin(struct vcpu *v)
{
    cpumask_t before = v->affinity_unpinned;

    if (cpumask_empty(before))
        return refuse(-XEN_EINVAL, "sched.pin.none", "vCPU %u is not pinned", v->id);
    v->affinity_unpinned = (cpumask_t){0};
    /* Its CPUs may have left the pool meanwhile. */
    return vcpu_set_affinity(v, before) ? vcpu_set_affinity(v, cpumask_all()) : 0;
}

/* Firmware calls of the machine's owner that must run on one CPU. */
static long sched_pin_override(uint64_t arg_va)
{
    struct vcpu *v = current;
    struct sched_pin_override pin;
    cpumask_t before = v->affinity;
    int rc;

    if (!v->domain->is_hardware)
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not choose its CPUs", v->domain->id);
    if (copy_from_guest(&pin, arg_va, sizeof(pin)))
        return refuse_argument(arg_va);
    if (pin.pcpu < 0)
        return unpin(v);
    if (pin.pcpu >= MAX_CPUS || !cpumask_test(v->domain->sched_instance->cpus, (unsigned int)pin.pcpu))
        return refuse(-XEN_EINVAL, "sched.pin.cpu", "there is no CPU %d in the domain's pool", pin.pcpu);
    if (!cpumask_empty(v->affinity_unpinned))
        return refuse(-XEN_EBUSY, "sched.pin.twice", "vCPU %u is pinned already", v->id);
    rc = vcpu_set_affinity(v, cpumask_of((unsigned int)pin.pcpu));
    if (!rc)
        v->affinity_unpinned = before;
    return rc;
}

long do_sched_op(int cmd, uint64_t arg_va)
{
    switch (cmd) {
    case SCHEDOP_yield:
        vcpu_yield();
        return 0;
    case SCHEDOP_block:
        vcpu_block_enable_events();
        return 0;
    case SCHEDOP_shutdown:
        return sched_shutdown(arg_va);
    case SCHEDOP_poll:
        return sched_poll(arg_va);
    case SCHEDOP_remote_shutdown:
        return sched_remote_shutdown(arg_va);
    case SCHEDOP_shutdown_code:
        return sched_shutdown_code(arg_va);
    case SCHEDOP_watchdog:
        return sched_watchdog(arg_va);
    case SCHEDOP_pin_override:
        return sched_pin_override(arg_va);
    default:
        return refuse(-XEN_ENOSYS, "sched.command", "there is no command %d yet", cmd);
    }
}

long do_sched_op_compat(int cmd, uint64_t arg)
{
    switch (cmd) {
    case SCHEDOP_yield:
        vcpu_yield();
        return 0;
    case SCHEDOP_block:
        vcpu_block_enable_events();
        return 0;
    case SCHEDOP_shutdown:
        domain_shutdown(current->domain, (uint8_t)arg);
        return 0;
    default:
        return refuse(-XEN_ENOSYS, "sched.command", "the old interface has no command %d", cmd);
    }
}
