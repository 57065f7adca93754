/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks of the CPUs: blocks of STACK_SIZE with pages that are not mapped below each stack. How a block
 * is divided stands in asm/layout.h.
 */
#ifndef ASM_STACK_H
#define ASM_STACK_H

#include <xen/types.h>

/*
 * The block of a CPU other than the first, zeroed: its lowest address, aligned to STACK_SIZE; for good. NULL:
 * no memory.
 */
void *stack_create(unsigned int cpu);
/* The first CPU's block lies in the image and is mapped whole: takes its guard pages away. */
void stack_guard_first(void);
/* May this address be read: does it lie in one of this CPU's stacks? */
bool stack_contains(unsigned long address);
/* Which of this CPU's stacks has ended, when this address faulted: its name, or NULL. */
const char *stack_below_which(unsigned long address);
/* overflow_stack=CPU: that CPU's stack is used up, to see what happens. Interrupts on. */
void stack_overflow_if_asked(void);

#endif
