/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's heap. Memory comes zeroed, aligned to at least 16 bytes (page-aligned from a page
 * upwards).
 */
#ifndef XEN_XMALLOC_H
#define XEN_XMALLOC_H

#include <xen/types.h>

/* NULL when there is none. Any context but NMI. */
void *xzalloc_bytes(size_t size, size_t align) __must_check;
void xfree(void *p); /* NULL is allowed */
/* Bytes in use, for leak checks. */
size_t xmalloc_used_bytes(void);

#define xzalloc(type)          ((type *)xzalloc_bytes(sizeof(type), _Alignof(type)))
#define xzalloc_array(type, n) ((type *)xzalloc_bytes(sizeof(type) * (size_t)(n), _Alignof(type)))

#endif
