/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_domctl and HYPERVISOR_sysctl: how a toolstack makes, changes and ends domains, and asks about
 * the machine. Sources: public/domctl.h, public/sysctl.h, at the interface version of Xen 4.17.
 *
 * One domctl at a time, under the domctl lock; who does not get it tries again by continuation, so that no
 * CPU waits long.
 */
#ifndef XEN_CTL_H
#define XEN_CTL_H

#include <xen/domain.h>
#include <public/domctl.h>
#include <public/sysctl.h>

long do_domctl(uint64_t arg_va);
long do_sysctl(uint64_t arg_va);
/*
 * For a sysctl that changes domains, which it does at once or, when the lock is taken, later (-XEN_ERESTART).
 */
bool domctl_try_lock(void);
void domctl_unlock(void);
/* For a call that is no sysctl and changes what sysctls do; outside the domctl lock. */
bool sysctl_try_lock(void);
void sysctl_unlock(void);

/*
 * A command of the domctl. op is our copy; what the command changes in it goes back to the guest when
 * *copyback is set. d: with a reference. -XEN_ERESTART: the call is to be made again.
 */
long domctl_create(struct xen_domctl *op, bool *copyback);
long domctl_max_vcpus(struct domain *d, const struct xen_domctl_max_vcpus *op);
long domctl_max_mem(struct domain *d, const struct xen_domctl_max_mem *op);
long domctl_set_context(struct domain *d, const struct xen_domctl_vcpucontext *op);
long domctl_vcpu_info(struct domain *d, struct xen_domctl_getvcpuinfo *op);
long domctl_set_affinity(struct domain *d, struct xen_domctl_vcpuaffinity *op);
long domctl_get_affinity(struct domain *d, struct xen_domctl_vcpuaffinity *op);
long domctl_set_node_affinity(struct domain *d, const struct xen_domctl_nodeaffinity *op);
long domctl_get_node_affinity(struct domain *d, struct xen_domctl_nodeaffinity *op);
long domctl_scheduler_op(struct domain *d, struct xen_domctl_scheduler_op *op);
/* vnuma.c. -XEN_EINVAL (sizes, flags), -XEN_EFAULT, -XEN_E2BIG (a node that is not there), -XEN_ENOMEM. */
long domctl_set_vnuma(struct domain *d, const struct xen_domctl_vnuma *op);
void domain_info_fill(struct domain *d, struct xen_domctl_getdomaininfo *out);
/* The vCPU of d that a command names; NULL: there is none. */
struct vcpu *domctl_vcpu(struct domain *d, uint32_t id);

/* sched/sched_ctl.c */
long sysctl_scheduler_op(struct xen_sysctl_scheduler_op *op);
/*
 * sched/pool_ctl.c. Errnos: see there, and public/sysctl.h, XEN_SYSCTL_cpupool_op. -XEN_ERESTART: the call is
 * to be made again.
 */
long sysctl_cpupool_op(struct xen_sysctl_cpupool_op *op);

/*
 * sysctl_power.c. -XEN_EINVAL: no such CPU; -XEN_ENODEV, -XEN_EACCES: of frequencies; -XEN_ENOSYS: no such
 * command.
 */
long sysctl_power_statistics(struct xen_sysctl_get_pmstat *op);
long sysctl_power(struct xen_sysctl_pm_op *op);
/* cpu_hotplug.h has the errnos; -XEN_EOPNOTSUPP: of threads, which there are none. */
long sysctl_cpu_hotplug(const struct xen_sysctl_cpu_hotplug *op);

/*
 * page_offline.c. -XEN_EINVAL (a frame that is no RAM, the order of the two, the command), -XEN_EPERM (the
 * hypervisor itself), -XEN_ENOMEM (more than 16384 frames at once), -XEN_EFAULT; after -XEN_EINVAL and
 * -XEN_EPERM of a frame the ones before it have been dealt with, and the list says so.
 */
long sysctl_page_offline_op(const struct xen_sysctl_page_offline_op *op);

/* The machine's own commands: -XEN_ENOSYS for the rest. */
long arch_domctl(struct domain *d, struct xen_domctl *op, bool *copyback);
long arch_sysctl(struct xen_sysctl *op, bool *copyback);
/* The machine's part of getdomaininfo. */
void arch_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *out);

/*
 * Bitmaps of CPUs (or nodes) as tools give them: bits beyond ours are ignored, or cleared on the way out; at
 * most nr bits are ours. -XEN_EFAULT.
 */
int ctl_bitmap_read(const struct xenctl_bitmap *map, unsigned int nr, uint64_t *out) __must_check;
int ctl_bitmap_write(const struct xenctl_bitmap *map, unsigned int nr, uint64_t bits) __must_check;

#endif
