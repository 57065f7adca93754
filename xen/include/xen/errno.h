/* SPDX-License-Identifier: BSD-2-Clause */
/* Error numbers are part of the ABI: XEN_E* of the public headers. Functions return 0 or -XEN_E*. */
#ifndef XEN_ERRNO_H
#define XEN_ERRNO_H

#include <xen/types.h>
#include <public/errno.h>

/* Ours alone: "not done yet, call me again"; never shown to a guest. */
#define XEN_ERESTART 85

#endif
