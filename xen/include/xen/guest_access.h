/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest memory by the current vCPU's virtual address. Each copy may fault half-way: nothing is assumed of the
 * destination then. Guest memory is hostile and changes under us: copy once, use the copy. The pointers may
 * lie in kernel or user space of the guest, never in the hypervisor's hole.
 */
#ifndef XEN_GUEST_ACCESS_H
#define XEN_GUEST_ACCESS_H

#include <xen/errno.h>
#include <xen/types.h>
#include <asm/arch.h>

/* 0 or -XEN_EFAULT. */
static always_inline int __must_check copy_from_guest(void *dst, uint64_t va, size_t n)
{
    return arch_copy_from_guest(dst, va, n) ? -XEN_EFAULT : 0;
}
static always_inline int __must_check copy_to_guest(uint64_t va, const void *src, size_t n)
{
    return arch_copy_to_guest(va, src, n) ? -XEN_EFAULT : 0;
}
/* The address of element i of an array at va, with the arithmetic checked by the copy itself. */
#define guest_element(va, i, type) ((va) + (uint64_t)(i) * sizeof(type))
/* Field of a structure at va: for writing one result back. */
#define guest_field(va, type, field) ((va) + offsetof(type, field))
/* Address in a guest handle of the ABI structures. */
#define handle_va(h) ((uint64_t)(h).p)

#endif
