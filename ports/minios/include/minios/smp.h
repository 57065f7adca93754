/* SPDX-License-Identifier: BSD-2-Clause */
/* The vCPUs: bringing them up, and reminding one of its run queue. */
#ifndef MINIOS_SMP_H
#define MINIOS_SMP_H

#include <minios/cpu.h>

struct shared_info;

/*
 * Makes the calling, first vCPU cpus[0]: this_cpu() and the event mask work from here on. Panics on failure.
 */
void smp_init_first(struct shared_info *shared);
/* Binds the timer and the kick event of vCPU 0, which has threads by now, then brings up every other vCPU. */
void smp_start(struct shared_info *shared);
unsigned int smp_nr_online(void);

/*
 * For suspend.c. park stops every vCPU but the first, whose thread it is called from; false: no memory, and
 * all run. resume, with events masked, lets them run again and, in a restored domain (`anew`), binds what
 * each vCPU needs first.
 */
bool smp_park(void);
void smp_resume(bool anew);

/* Interrupts another vCPU, so that it looks at its run queue. */
void smp_kick(const struct cpu *cpu);

#endif
