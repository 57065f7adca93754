/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of HYPERVISOR_platform_op, each handed the guest's request as platform_op.c has copied it. They
 * change `op` where they have an answer, and return what the guest gets; platform_give() carries a part of
 * `op` back. Source: public header platform.h; the errnos are stock Xen's (guest test platform-op).
 */
#ifndef PV_PLATFORM_H
#define PV_PLATFORM_H

#include <xen/types.h>
#include <public/platform.h>

struct platform_request {
    uint64_t va; /* of the guest's structure */
    struct xen_platform_op op;
};

/* Writes `size` bytes of r->op at `part` back to where the guest has them. 0 or -XEN_EFAULT. */
long platform_give(const struct platform_request *r, const void *part, size_t size);

/*
 * platform_cpu.c. -XEN_EINVAL: no such CPU; -XEN_EOPNOTSUPP: the first stays; -XEN_EEXIST, -XEN_ENOSPC:
 * nothing to add; cpu_hotplug.h has others.
 */
long platform_get_cpuinfo(struct platform_request *r);
long platform_get_cpu_version(struct platform_request *r);
long platform_cpu_online(const struct platform_request *r);
long platform_cpu_offline(const struct platform_request *r);
long platform_cpu_hotadd(const struct platform_request *r);
long platform_mem_hotadd(const struct platform_request *r);
/* -XEN_EINVAL: type; else as cpu_hotplug.h says. */
long platform_core_parking(struct platform_request *r);

/* platform_power.c */
/*
 * Checked as stock Xen does and not used: idle CPUs halt. -XEN_EINVAL, -XEN_EFAULT, -XEN_ENODEV, -XEN_ENOSYS.
 */
long platform_set_processor_pminfo(struct platform_request *r);
/*
 * S5 switches the machine off and does not return. -XEN_EINVAL, -XEN_EPERM (no sleep registers),
 * -XEN_EOPNOTSUPP (S3).
 */
long platform_enter_acpi_sleep(const struct platform_request *r);

/* platform_memtype.c: the variable MTRRs. -XEN_EINVAL, -XEN_EOPNOTSUPP. */
long platform_add_memtype(struct platform_request *r);
long platform_del_memtype(const struct platform_request *r);
long platform_read_memtype(struct platform_request *r);

/*
 * platform_info.c: -XEN_ESRCH: none of the kind (any more); -XEN_ENOSYS: no EFI; -XEN_ERANGE: no such symbol.
 */
long platform_firmware_info(struct platform_request *r);
long platform_get_symbol(struct platform_request *r);
/*
 * How many entries were done, the first that was not with its errno in it; -XEN_EINVAL, -XEN_EFAULT,
 * -XEN_ENODEV.
 */
long platform_resource_op(const struct platform_request *r);

#endif
