/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that C and assembly share: addresses, stacks, and the vectors that stand for entries without one.
 */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

/* Virtual base of the default layout (link.lds, notes.S); a test with its own two files may differ: see
 * guest_virt_base. */
#define VIRT_BASE 0xffffffff80000000

/* Stacks are aligned to their size: the vCPU's number lies in the lowest word of the one in use. */
#define STACK_SIZE 16384
#define MAX_VCPUS  4

#define VECTOR_EVENT    256
#define VECTOR_SYSCALL  257
#define VECTOR_FAILSAFE 258

#endif
