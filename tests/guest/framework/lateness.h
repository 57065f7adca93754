/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How late an event comes that is due in the middle of an operation: how long the hypervisor does not look at
 * what else is to be done. With -icount shift=0 (a test's args) nanoseconds are instructions, and repeat.
 */
#ifndef GUEST_LATENESS_H
#define GUEST_LATENESS_H

#include <stdint.h>

/* Binds the timer's event and opens the mask. Once, first. */
void lateness_begin(void);
/*
 * Sets the timer to many moments of the operation, and runs before, operation and behind for each. Answers
 * the latest that its event came, and prints it with how long the operation takes.
 */
uint64_t lateness_measure(const char *what, void (*before)(void), void (*operation)(void),
                          void (*behind)(void));

#endif
