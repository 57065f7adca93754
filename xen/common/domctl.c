/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_domctl: who may, which version, which domain, and the commands that need no file of their own. */
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/string.h>
#include <xen/refusal.h>

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
    domain_controller_pause(d);
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

    return rc == -XEN_EINVAL ? refuse(rc, "domctl.destroy", "domain %u cannot be destroyed from here", d->id) : rc;
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

/* What needs nothing of the domain but its structures and those of its vCPUs, which stay until nobody refers to it. */
static bool is_for_dead(uint32_t cmd)
{
    switch (cmd) {
    case XEN_DOMCTL_destroydomain:
    case XEN_DOMCTL_pausedomain:
    case XEN_DOMCTL_unpausedomain:
    case XEN_DOMCTL_resumedomain:
    case XEN_DOMCTL_max_mem:
    case XEN_DOMCTL_setdomainhandle:
    case XEN_DOMCTL_setdebugging:
    case XEN_DOMCTL_getvcpuinfo:
    case XEN_DOMCTL_setvcpuaffinity:
    case XEN_DOMCTL_getvcpuaffinity:
    case XEN_DOMCTL_setnodeaffinity:
    case XEN_DOMCTL_getnodeaffinity:
    case XEN_DOMCTL_scheduler_op:
        return true;
    default:
        return false;
    }
}

static long run_for_domain(struct xen_domctl *op, bool *copyback)
{
    struct domain *d = domain_get_any(op->domain);
    long rc;

    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", op->domain);
    rc = d->is_dead && !is_for_dead(op->cmd)
             ? refuse(-XEN_ESRCH, "domctl.dead", "domain %u is dead: others still hold memory of it", d->id)
             : run(d, op, copyback);
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
 * What an unprivileged domain is told: for most commands that it may not. Some of stock Xen 4.17 look at their
 * arguments before, and which they are shows.
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

/* Everybody learns whether the version is right; then whether there is such a domain; only the privileged go on. */
static int check(const struct xen_domctl *op)
{
    struct domain *d;

    if (op->interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return refuse(-XEN_EACCES, "domctl.version", "interface version %#x, not %#x", op->interface_version,
                      XEN_DOMCTL_INTERFACE_VERSION);
    if (current->domain->is_privileged)
        return 0;
    if (op->cmd != XEN_DOMCTL_createdomain) {
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
        return refuse(-XEN_EFAULT, "domctl.arg", "the argument at %#lx cannot be written", (unsigned long)arg_va);
    return rc == -XEN_ERESTART ? hypercall_continue(__HYPERVISOR_domctl, 1, arg_va) : rc;
}
