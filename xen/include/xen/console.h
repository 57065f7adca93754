/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: hypervisor messages, guests' console_io, the ring that keeps the last output, and input with its switch.
 * Lock: console lock, innermost but for the heap; taken with interrupts off; broken by panic.
 */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <xen/types.h>

struct domain;

/* Early: output works as soon as the serial port is set up (console=, com1=). Reads loglvl=, guest_loglvl=. */
void console_init(void);
/* Says where input goes, as soon as Domain 0 is there to take it. */
void console_end_boot(void);
/* A character arrived (interrupt or poll): Ctrl-A three times switches, keys go to Domain 0 (VIRQ_CONSOLE) or to the debug keys. */
void console_input(char c);
/* Break locks and print synchronously from now on: panic. */
void console_force_unlock(void);
/* HYPERVISOR_console_io. Domain 0: raw. Others: printable characters, line by line, "(dN) " before each, rate-limited. */
long do_console_io(unsigned int cmd, unsigned int count, uint64_t buffer_va);
/* Flushes what a domain has not ended with a newline, and frees its line buffer. */
void console_domain_destroy(struct domain *d);

#endif
