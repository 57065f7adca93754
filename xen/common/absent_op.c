/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls about what Xenport has not: HVM domains, their device models, performance counters. Their
 * arguments are judged as stock Xen judges those of a PV Domain 0, so that who probes takes the same way;
 * where stock Xen would do something, the answer is -XEN_ENOSYS.
 */
#include <xen/absent_op.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <public/hvm/dm_op.h>
#include <public/hvm/hvm_op.h>
#include <public/hvm/params.h>

#define DM_BUFFERS_MAX 2

static long refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "absent.arg", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

/* Those that begin with a domain. */
static long refuse_hvm_domain(uint64_t va)
{
    struct domain *d;
    domid_t id;

    if (copy_from_guest(&id, va, sizeof(id)))
        return refuse_argument(va);
    d = domain_get_by_any_id(id);
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", id);
    domain_put(d);
    return refuse(-XEN_EINVAL, "hvm.domain", "domain %u is not an HVM domain", id);
}

/* Only of a domain that is one's own is said that it is not HVM. */
static long refuse_mem_type(uint64_t va)
{
    struct xen_hvm_get_mem_type request;
    long rc = refuse_hvm_domain(va);

    if (rc != -XEN_EINVAL || current->domain->is_privileged)
        return rc;
    if (copy_from_guest(&request, va, sizeof(request)))
        return refuse_argument(va);
    if (request.domid == DOMID_SELF || request.domid == current->domain->id)
        return rc;
    return refuse(-XEN_EPERM, "domain.privilege", "domain %u's memory is no business of domain %u",
                  request.domid, current->domain->id);
}

static long hvm_get_time(uint64_t va)
{
    struct xen_hvm_get_time answer = {.now = (uint64_t)now_ns()};

    return copy_to_guest(va, &answer, sizeof(answer)) ? refuse_argument(va) : 0;
}

long do_hvm_op(unsigned long op, uint64_t arg_va)
{
    switch (op) {
    case HVMOP_set_param:
    case HVMOP_get_param:
    case HVMOP_pagetable_dying:
        return refuse_hvm_domain(arg_va);
    case HVMOP_get_mem_type:
        return refuse_mem_type(arg_va);
    case HVMOP_get_time:
        return hvm_get_time(arg_va);
    case HVMOP_flush_tlbs:
    case HVMOP_set_evtchn_upcall_vector:
    case HVMOP_guest_request_vm_event:
        return refuse(-XEN_EINVAL, "hvm.domain", "hvm_op %lu is for HVM domains", op);
    case HVMOP_altp2m:
        return refuse(-XEN_EOPNOTSUPP, "hvm.altp2m", "there are no alternate physical maps");
    default:
        return refuse(-XEN_ENOSYS, "hvm.command", "there is no hvm_op %lu", op);
    }
}

long do_dm_op(domid_t domid, unsigned int nr_bufs, uint64_t bufs_va)
{
    struct xen_dm_op_buf bufs[DM_BUFFERS_MAX];
    struct domain *d;

    if (nr_bufs > DM_BUFFERS_MAX)
        return refuse(-XEN_E2BIG, "dm.buffers", "%u buffers are more than %u", nr_bufs, DM_BUFFERS_MAX);
    if (!nr_bufs)
        return refuse(-XEN_ENODATA, "dm.empty", "the operation is in the first buffer, and there is none");
    if (copy_from_guest(bufs, bufs_va, nr_bufs * sizeof(bufs[0])))
        return refuse_argument(bufs_va);
    d = domid == current->domain->id ? NULL : domain_get_by_id(domid);
    if (domid == current->domain->id || (d && !current->domain->is_privileged)) {
        if (d)
            domain_put(d);
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u is no device model for domain %u",
                      current->domain->id, domid);
    }
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", domid);
    domain_put(d);
    return refuse(-XEN_EINVAL, "hvm.domain", "domain %u is not an HVM domain", domid);
}

long do_xenpmu_op(unsigned int op, uint64_t arg_va)
{
    return refuse(-XEN_EOPNOTSUPP, "pmu.none",
                  "the processor's performance counters are not given to domains");
}
