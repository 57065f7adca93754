/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the scheduler offers to thread.c, wait.c and smp.c, and to the end of an upcall. Everything with
 * events masked, unless it is said otherwise. What programs use is in thread.h.
 */
#ifndef MINIOS_SCHEDULER_H
#define MINIOS_SCHEDULER_H

#include <stdint.h>

struct cpu;
struct thread;

/* Notes that the current thread is about to wait: from now on a wake counts. */
void scheduler_prepare_wait(struct thread *thread, uint64_t deadline_ns);
/* Gives the vCPU away until woken or the deadline; returns at once when that was already. */
void scheduler_wait(void);
/* Ends the wait of a thread, on whichever vCPU; nothing when it does not wait. */
void scheduler_wake(struct thread *thread);

/* For the upcall's end: switches threads if the slice is over or a sleeper's time has come. */
void scheduler_preempt(void);
/*
 * For the timer's handler: the timer has fired, or is not what the scheduler believes, and is to be set
 * again.
 */
void scheduler_timer_expired(void);

/* Gives a vCPU, not online yet, its empty run queue. */
void scheduler_add_cpu(struct cpu *cpu, struct thread *idle);
/* From the boot stack, which ends here, to the idle thread of this vCPU. */
void scheduler_start(struct thread *idle) __attribute__((__noreturn__));
/* The first thing that a new thread does: completes the switch to it. */
void scheduler_finish_switch(void);
/* The last thing that a thread does. */
void scheduler_exit(void) __attribute__((__noreturn__));
/* An idle thread's life: runs threads, blocks the vCPU when there are none. */
void scheduler_idle(void) __attribute__((__noreturn__));

/* Of thread.c: what a dead thread had is free again. Called on another thread's stack. */
void thread_free(struct thread *thread);

#endif
