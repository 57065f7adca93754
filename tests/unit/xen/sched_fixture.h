/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine with one running domain, for the tests of the scheduler and of its pools. */
#ifndef SCHED_FIXTURE_H
#define SCHED_FIXTURE_H

#include <xen/domain.h>

/* Domain 1, so many CPUs for so many vCPUs; those that have room are running. */
struct domain *sched_begin(unsigned int nr_cpus, unsigned int nr_vcpus);
/* How long v has been in a RUNSTATE_* until now, in ns. */
uint64_t sched_time_in(const struct vcpu *v, int state);

#endif
