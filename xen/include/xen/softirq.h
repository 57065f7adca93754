/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work that a CPU does on its way back to a guest or in its idle loop, with interrupts on and no lock held.
 * Raising is cheap and may happen in any context; a raise on another CPU sends it an IPI.
 */
#ifndef XEN_SOFTIRQ_H
#define XEN_SOFTIRQ_H

#include <xen/percpu.h>

enum softirq {
    SOFTIRQ_TIMER,      /* expired timers */
    SOFTIRQ_KEYHANDLER, /* a debug key arrived */
    SOFTIRQ_TRACE,      /* a trace buffer is half full */
    SOFTIRQ_PARK,       /* this CPU, which runs idle, is to go off line */
    SOFTIRQ_SCHEDULE,   /* choose the next vCPU; must be the last to run: it may not return */
    SOFTIRQ_COUNT
};

DECLARE_PER_CPU(unsigned long, softirq_pending);

typedef void softirq_handler_t(void);
void softirq_register(enum softirq nr, softirq_handler_t *handler);
void softirq_raise(enum softirq nr); /* on this CPU */
void softirq_raise_on(unsigned int cpu, enum softirq nr);
/* Runs what is pending, lowest number first, until nothing is. Interrupts on. */
void softirq_run(void);

static inline bool softirq_any_pending(void)
{
    return READ_ONCE(this_cpu(softirq_pending)) != 0;
}
static inline bool softirq_is_pending(enum softirq nr)
{
    return READ_ONCE(this_cpu(softirq_pending)) >> nr & 1;
}
/* The word that says so, for loops that stay on this CPU. */
static inline const unsigned long *softirqs_of_this_cpu(void)
{
    return &this_cpu(softirq_pending);
}

#endif
