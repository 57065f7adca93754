/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which function an interrupt vector calls. Handlers run with interrupts off, after the EOI for edge, before
 * it for level.
 */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <xen/types.h>

struct cpu_user_regs;
typedef void irq_handler_t(void *data);

/* A handler for an ISA interrupt: takes a vector and opens the IO-APIC's input. 0, -XEN_ENODEV, -XEN_EBUSY.
 */
int irq_request_isa(unsigned int irq, irq_handler_t *handler, void *data) __must_check;

#endif
