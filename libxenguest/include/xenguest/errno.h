/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error numbers that the library and Xen return, negated. They are Xen's (<xen/errno.h>, asserted
 * when the library is built), which is not necessarily how the kernel around it numbers its own.
 */
#ifndef XENGUEST_ERRNO_H
#define XENGUEST_ERRNO_H

enum xg_errno {
    XG_EPERM = 1,
    XG_ENOENT = 2,
    XG_ESRCH = 3,
    XG_EIO = 5,
    XG_ENXIO = 6,
    XG_E2BIG = 7,
    XG_EAGAIN = 11,
    XG_ENOMEM = 12,
    XG_EACCES = 13,
    XG_EFAULT = 14,
    XG_EBUSY = 16,
    XG_EEXIST = 17,
    XG_ENODEV = 19,
    XG_EISDIR = 21,
    XG_EINVAL = 22,
    XG_ENOSPC = 28,
    XG_EROFS = 30,
    XG_ERANGE = 34,
    XG_ENOSYS = 38,
    XG_ENOTEMPTY = 39,
    XG_ETIME = 62,
    XG_EBADMSG = 74,
    XG_EOPNOTSUPP = 95,
    XG_EISCONN = 106,
};

#endif
