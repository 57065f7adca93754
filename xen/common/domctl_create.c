/* SPDX-License-Identifier: BSD-2-Clause */
/* domctl: a domain is made, gets vCPUs and a limit of memory. */
#include <xen/arch.h>
#include <xen/ctl.h>
#include <xen/grant_table.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include <xen/string.h>

/* Numbers go round, so that a domain that has just ended is not taken for the next one. */
static domid_t next_domid = 1;

static bool is_free(domid_t id)
{
    struct domain *d = domain_get_any(id);

    if (d)
        domain_put(d);
    return !d;
}

static int choose_domid(domid_t wanted, domid_t *id)
{
    if (wanted && wanted < DOMID_FIRST_RESERVED) {
        *id = wanted;
        return is_free(wanted) ? 0
                               : refuse(-XEN_EEXIST, "domctl.create-exists", "there is a domain %u", wanted);
    }
    for (unsigned int tries = 1; tries < DOMID_FIRST_RESERVED; tries++) {
        *id = next_domid;
        next_domid = next_domid + 1u < DOMID_FIRST_RESERVED ? (domid_t)(next_domid + 1) : 1;
        if (is_free(*id))
            return 0;
    }
    return refuse(-XEN_ENOMEM, "domctl.create-domids", "all numbers of domains are in use");
}

static int check_config(const struct xen_domctl_createdomain *c)
{
    if (c->flags & ~(uint32_t)(XEN_DOMCTL_CDF_xs_domain | XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap |
                               XEN_DOMCTL_CDF_s3_integrity | XEN_DOMCTL_CDF_oos_off | XEN_DOMCTL_CDF_iommu |
                               XEN_DOMCTL_CDF_nested_virt | XEN_DOMCTL_CDF_vpmu))
        return refuse(-XEN_EINVAL, "domctl.create-flags", "flags %#x are not known", c->flags);
    if (c->flags & ~(uint32_t)XEN_DOMCTL_CDF_xs_domain)
        return refuse(-XEN_EINVAL, "domctl.create-kind", "flags %#x: only PV domains without extras are made",
                      c->flags);
    if (!c->max_vcpus || c->max_vcpus > MAX_VCPUS)
        return refuse(-XEN_EINVAL, "domctl.create-vcpus", "%u vCPUs: 1 to %u are possible", c->max_vcpus,
                      MAX_VCPUS);
    if (c->vmtrace_size || c->iommu_opts || c->arch.emulation_flags ||
        (c->arch.misc_flags & ~(uint32_t)XEN_X86_MSR_RELAXED))
        return refuse(-XEN_EINVAL, "domctl.create-options",
                      "the domain asks for devices or tracing that PV has not");
    if ((unsigned int)XEN_DOMCTL_GRANT_version(c->grant_opts) - 1u > 1)
        return refuse(-XEN_EINVAL, "domctl.create-grants", "grant tables of version %u do not exist",
                      XEN_DOMCTL_GRANT_version(c->grant_opts));
    return 0;
}

static int choose_pool(uint32_t id, struct sched_instance **pool)
{
    *pool = sched_pool(id);
    if (!*pool)
        return refuse(-XEN_ESRCH, "domctl.create-pool", "there is no pool %u of CPUs", id);
    if (cpumask_empty((*pool)->cpus))
        return refuse(-XEN_ENODEV, "domctl.create-pool-empty", "pool %u has no CPU", id);
    return 0;
}

long domctl_create(struct xen_domctl *op, bool *copyback)
{
    const struct xen_domctl_createdomain *c = &op->u.createdomain;
    struct domain_config config = {.max_vcpus = c->max_vcpus,
                                   .serves_store = c->flags & XEN_DOMCTL_CDF_xs_domain,
                                   .limit_event_ports = true,
                                   .max_event_port = c->max_evtchn_port,
                                   .max_grant_frames = c->max_grant_frames,
                                   .max_mapping_frames = c->max_maptrack_frames};
    struct domain *d;
    domid_t id;
    int rc = op->domain && op->domain < DOMID_FIRST_RESERVED ? choose_domid(op->domain, &id) : 0;

    rc = rc ? rc : check_config(c);
    memcpy(config.handle, c->handle, sizeof(config.handle));
    rc = rc ? rc : choose_pool(c->cpupool_id, &config.pool);
    rc = rc ? rc : choose_domid(op->domain, &id);
    if (rc)
        return rc;
    rc = domain_create(id, &config, &d);
    if (rc)
        return refuse(rc, "domctl.create", "domain %u could not be made: no memory, or limits out of bounds",
                      id);
    d->grant_table->max_version = XEN_DOMCTL_GRANT_version(c->grant_opts);
    d->is_msr_relaxed = c->arch.misc_flags & XEN_X86_MSR_RELAXED;
    op->domain = d->id;
    *copyback = true;
    domain_put(d);
    return 0;
}

/* Once made the number stays; asking again for the same is no mistake. */
long domctl_max_vcpus(struct domain *d, const struct xen_domctl_max_vcpus *op)
{
    if (op->max != d->max_vcpus || d == current->domain)
        return refuse(-XEN_EINVAL, "domctl.max-vcpus", "domain %u was made for %u vCPUs, not %u", d->id,
                      d->max_vcpus, op->max);
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        if (!d->vcpu[i] && !vcpu_create(d, i))
            return refuse(-XEN_ENOMEM, "domctl.vcpu-memory", "no memory for vCPU %u of domain %u", i, d->id);
    return 0;
}

long domctl_max_mem(struct domain *d, const struct xen_domctl_max_mem *op)
{
    spin_lock(&d->page_alloc_lock);
    d->max_pages = op->max_memkb >> (PAGE_SHIFT - 10);
    spin_unlock(&d->page_alloc_lock);
    return 0;
}
