/* SPDX-License-Identifier: BSD-2-Clause */
/* What thread.c offers to wait.c alone. All with events masked. */
#ifndef MINIOS_SCHEDULER_H
#define MINIOS_SCHEDULER_H

#include <stdint.h>

struct thread;

/* Notes that the current thread is about to wait: from now on a wake counts. */
void scheduler_prepare_wait(struct thread *thread, uint64_t deadline_ns);
/* Gives the vCPU away until woken or the deadline; returns at once when that was already. */
void scheduler_wait(void);
/* Ends the wait of a thread, on whichever vCPU; nothing when it does not wait. */
void scheduler_wake(struct thread *thread);

#endif
