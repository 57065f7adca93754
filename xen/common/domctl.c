/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_domctl: who may, which version, which domain, and the commands that need no file of their own.
 */
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/string.h>
#include <xen/refusal.h>

/* The ABI's header has it behind __XEN__, which changes other headers too. */
#ifndef XEN_DOMCTL_soft_reset_cont
#define XEN_DOMCTL_soft_reset_cont 23
#endif

static spinlock_t domctl_lock;

bool domctl_try_lock(void)
{
    return spin_trylock(&domctl_lock);
}

void domctl_unlock(void)
{
    spin_unlock(&domctl_lock);
}

struct vcpu *domctl_vcpu(struct domain *d, uint32_t id)
{
    return id < d->max_vcpus ? __atomic_load_n(&d->vcpu[id], __ATOMIC_ACQUIRE) : NULL;
}

static int refuse_self(const struct domain *d)
{
    return refuse(-XEN_EINVAL, "domctl.self", "domain %u cannot do this to itself", d->id);
}

static long pause(struct domain *d)
{
    if (d == current->domain)
        return refuse_self(d);
    if (!domain_controller_pause(d))
        return refuse(-XEN_EOVERFLOW, "domctl.pause", "domain %u is paused %d times", d->id, d->controller_pauses);
    return 0;
}

static long unpause(struct domain *d)
{
    if (!domain_controller_unpause(d))
        return refuse(-XEN_EINVAL, "domctl.unpause", "domain %u is not paused by a toolstack", d->id);
    return 0;
}

static long resume(struct domain *d)
{
    if (d == current->domain)
        return refuse_self(d);
    domain_resume(d);
    return 0;
}

static long destroy(struct domain *d)
{
    int rc = domain_kill(d);

    return rc == -XEN_EINVAL ? refuse(rc, "domctl.destroy", "domain %u cannot be destroyed from here", d->id)
                             : rc;
}

static long set_time_offset(struct domain *d, int64_t seconds)
{
    d->time_offset_seconds = seconds;
    domain_update_wallclock(d);
    return 0;
}

/* Told by getdomaininfo, and nothing else: as on stock Xen without gdbsx. */
static long set_debugged(struct domain *d, bool yes)
{
    if (d == current->domain)
        return refuse_self(d);
    d->is_debugged = yes;
    return 0;
}

/* Only HVM domains go on after it. Stock Xen closes a PV domain's ports before it finds that out. */
static long soft_reset(struct domain *d, struct xen_domctl *op, bool *copyback)
{
    int rc;

    if (d == current->domain)
        return refuse_self(d);
    if (!d->is_shut_down)
        return refuse(-XEN_EINVAL, "domctl.soft-reset-running", "domain %u has not shut down", d->id);
    rc = evtchn_reset(d, op->cmd == XEN_DOMCTL_soft_reset_cont);
    if (rc == -XEN_ERESTART) {
        op->cmd = XEN_DOMCTL_soft_reset_cont;
        *copyback = true;
    }
    if (rc)
        return rc;
    return refuse(-XEN_EINVAL, "domctl.soft-reset", "domain %u is PV: a reset cannot give it its first state",
                  d->id);
}

static long set_virq_handler(struct domain *d, uint32_t virq)
{
    if (virq >= NR_VIRQS || !virq_is_global(virq))
        return refuse(-XEN_EINVAL, "domctl.virq", "VIRQ %u is not the whole machine's", virq);
    /* It would hold a reference to itself for ever. */
    if (d->is_dying)
        return refuse(-XEN_EINVAL, "domctl.virq-dying", "domain %u is dying: it handles no VIRQ any more",
                      d->id);
    virq_set_handler(virq, d);
    return 0;
}

static long run(struct domain *d, struct xen_domctl *op, bool *copyback)
{
    switch (op->cmd) {
    case XEN_DOMCTL_pausedomain:
        return pause(d);
    case XEN_DOMCTL_unpausedomain:
        return unpause(d);
    case XEN_DOMCTL_resumedomain:
        return resume(d);
    case XEN_DOMCTL_destroydomain:
        return destroy(d);
    case XEN_DOMCTL_max_vcpus:
        return domctl_max_vcpus(d, &op->u.max_vcpus);
    case XEN_DOMCTL_max_mem:
        return domctl_max_mem(d, &op->u.max_mem);
    case XEN_DOMCTL_setdomainhandle:
        memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
        return 0;
    case XEN_DOMCTL_settimeoffset:
        return set_time_offset(d, op->u.settimeoffset.time_offset_seconds);
    case XEN_DOMCTL_setvcpucontext:
        return domctl_set_context(d, &op->u.vcpucontext);
    case XEN_DOMCTL_setdebugging:
        return set_debugged(d, op->u.setdebugging.enable);
    case XEN_DOMCTL_setvnumainfo:
        return domctl_set_vnuma(d, &op->u.vnuma);
    case XEN_DOMCTL_getvcpuinfo:
        *copyback = true;
        return domctl_vcpu_info(d, &op->u.getvcpuinfo);
    case XEN_DOMCTL_setvcpuaffinity:
        return domctl_set_affinity(d, &op->u.vcpuaffinity);
    case XEN_DOMCTL_getvcpuaffinity:
        return domctl_get_affinity(d, &op->u.vcpuaffinity);
    case XEN_DOMCTL_setnodeaffinity:
        return domctl_set_node_affinity(d, &op->u.nodeaffinity);
    case XEN_DOMCTL_getnodeaffinity:
        return domctl_get_node_affinity(d, &op->u.nodeaffinity);
    case XEN_DOMCTL_scheduler_op:
        *copyback = true;
        return domctl_scheduler_op(d, &op->u.scheduler_op);
    case XEN_DOMCTL_soft_reset:
    case XEN_DOMCTL_soft_reset_cont:
        return soft_reset(d, op, copyback);
    case XEN_DOMCTL_set_virq_handler:
        return set_virq_handler(d, op->u.set_virq_handler.virq);
    case XEN_DOMCTL_subscribe:
        d->suspend_port = op->u.subscribe.port;
        return 0;
    default:
        return arch_domctl(d, op, copyback);
    }
}

/* The only command that takes the next higher domain if there is none of this number. */
static long info(struct xen_domctl *op, bool *copyback)
{
    struct domain *d;

    if (op->domain >= DOMID_FIRST_RESERVED)
        return refuse(-XEN_EINVAL, "domctl.domid", "%#x is no domain's number", op->domain);
    d = domain_get_from(op->domain);
    if (!d)
        return refuse(-XEN_ESRCH, "domctl.no-domain", "there is no domain %u, nor one with a higher number",
                      op->domain);
    domain_info_fill(d, &op->u.getdomaininfo);
    op->domain = d->id;
    *copyback = true;
    domain_put(d);
    return 0;
}

/*
 * Devices that are kept from all domains belong to DOMID_IO; whether one may be given away is asked of none.
 */
static bool is_of_no_domain(const struct xen_domctl *op)
{
    switch (op->cmd) {
    case XEN_DOMCTL_assign_device:
    case XEN_DOMCTL_deassign_device:
        return op->domain == DOMID_IO;
    case XEN_DOMCTL_test_assign_device:
        return op->domain == DOMID_INVALID;
    default:
        return false;
    }
}

/*
 * Also of a domain that is dead and not gone, since others hold memory of it. What a command gives it is
 * freed with its structure; what would take references of its frames is refused by the command.
 */
static long run_for_domain(struct xen_domctl *op, bool *copyback)
{
    struct domain *d = domain_get_any(op->domain);
    long rc;

    if (!d && is_of_no_domain(op))
        return refuse(-XEN_EOPNOTSUPP, "domctl.absent", "command %u is for what a PV domain has not",
                      op->cmd);
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", op->domain);
    rc = run(d, op, copyback);
    domain_put(d);
    return rc;
}

static long dispatch(struct xen_domctl *op, bool *copyback)
{
    switch (op->cmd) {
    case XEN_DOMCTL_createdomain:
        return domctl_create(op, copyback);
    case XEN_DOMCTL_getdomaininfo:
        return info(op, copyback);
    default:
        return run_for_domain(op, copyback);
    }
}

/*
 * What an unprivileged domain is told: for most commands that it may not. Some of stock Xen 4.17 look at
 * their arguments before, and which they are shows.
 */
static int refuse_unprivileged(const struct xen_domctl *op)
{
    const struct xen_domctl_ioport_permission *ports = &op->u.ioport_permission;
    const struct xen_domctl_memory_mapping *memory = &op->u.memory_mapping;
    int rc = -XEN_EPERM;

    switch (op->cmd) {
    case XEN_DOMCTL_ioport_permission:
        if (!ports->nr_ports || ports->nr_ports > 0x10000u - min(ports->first_port, 0x10000u))
            rc = -XEN_EINVAL;
        break;
    case XEN_DOMCTL_memory_mapping:
        if (!memory->nr_mfns || memory->first_mfn + memory->nr_mfns - 1 < memory->first_mfn)
            rc = -XEN_EINVAL;
        break;
    case XEN_DOMCTL_set_target:
        if (op->u.set_target.target == op->domain)
            rc = -XEN_EINVAL;
        break;
    case XEN_DOMCTL_bind_pt_irq:
    case XEN_DOMCTL_unbind_pt_irq:
        rc = -XEN_EINVAL;
        break;
    case XEN_DOMCTL_ioport_mapping:
    case XEN_DOMCTL_get_device_group:
        rc = -XEN_EOPNOTSUPP;
        break;
    }
    return refuse(rc, "domctl.privilege", "domain %u is no toolstack", current->domain->id);
}

/*
 * Everybody learns whether the version is right; then whether there is such a domain; only the privileged go
 * on.
 */
static int check(const struct xen_domctl *op)
{
    struct domain *d;

    if (op->interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return refuse(-XEN_EACCES, "domctl.version", "interface version %#x, not %#x", op->interface_version,
                      XEN_DOMCTL_INTERFACE_VERSION);
    if (current->domain->is_privileged)
        return 0;
    if (op->cmd != XEN_DOMCTL_createdomain && !is_of_no_domain(op)) {
        d = op->cmd == XEN_DOMCTL_getdomaininfo ? domain_get_from(op->domain) : domain_get_any(op->domain);
        if (!d)
            return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", op->domain);
        domain_put(d);
    }
    return refuse_unprivileged(op);
}

long do_domctl(uint64_t arg_va)
{
    struct xen_domctl op;
    bool copyback = false;
    long rc;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return refuse(-XEN_EFAULT, "domctl.arg", "no readable argument at %#lx", (unsigned long)arg_va);
    rc = check(&op);
    if (rc)
        return rc;
    if (!domctl_try_lock())
        return hypercall_continue(__HYPERVISOR_domctl, 1, arg_va);
    rc = dispatch(&op, &copyback);
    domctl_unlock();
    if (copyback && copy_to_guest(arg_va, &op, sizeof(op)))
        return refuse(-XEN_EFAULT, "domctl.arg", "the argument at %#lx cannot be written",
                      (unsigned long)arg_va);
    return rc == -XEN_ERESTART ? hypercall_continue(__HYPERVISOR_domctl, 1, arg_va) : rc;
}
