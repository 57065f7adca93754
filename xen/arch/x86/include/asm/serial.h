/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 serial port. Output (arch_console_putc) works from serial_early_init on; options console=, com1=,
 * com2=.
 */
#ifndef ASM_SERIAL_H
#define ASM_SERIAL_H

#include <xen/types.h>

void serial_early_init(void);
/* Receive interrupt; without one the timer polls. After ioapic_init and timers_init. */
void serial_input_init(void);

#endif
