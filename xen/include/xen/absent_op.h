/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls about what is not there. Each answers as stock Xen 4.17 answers a PV Domain 0, where that is a
 * refusal.
 */
#ifndef XEN_ABSENT_OP_H
#define XEN_ABSENT_OP_H

#include <xen/types.h>
#include <public/xen.h>

/*
 * -XEN_EINVAL: not an HVM domain; -XEN_ESRCH, -XEN_EFAULT, -XEN_EOPNOTSUPP, -XEN_ENOSYS. HVMOP_get_time
 * works.
 */
long do_hvm_op(unsigned long op, uint64_t arg_va);
/* -XEN_E2BIG, -XEN_ENODATA (buffers), -XEN_EFAULT, -XEN_EPERM (oneself), -XEN_ESRCH, -XEN_EINVAL. */
long do_dm_op(domid_t domid, unsigned int nr_bufs, uint64_t bufs_va);
/* -XEN_EOPNOTSUPP. */
long do_xenpmu_op(unsigned int op, uint64_t arg_va);

#endif
