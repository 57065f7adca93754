/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-vCPU data, found through the kernel GS base. A thread stays on the vCPU that it was created for, so
 * what this_cpu() answers does not change under a thread, preempted or not.
 */
#ifndef MINIOS_CPU_H
#define MINIOS_CPU_H

#include <stdbool.h>
#include <stdint.h>
#include <xenguest/vcpu.h>

#define MAX_CPUS 32 /* XEN_LEGACY_MAX_VCPUS: whose vcpu_info stands in the shared-info page */

struct thread;
struct vcpu_info;

struct cpu {
    struct cpu *self; /* first: this_cpu() reads it */
    unsigned int id;
    volatile bool online; /* scheduling threads */
    struct vcpu_info *info;
    struct thread *idle;
    struct xg_vcpu_park park;         /* while the domain is suspended */
    struct xg_runstate_area runstate; /* written by Xen */
    uint64_t upcalls;                 /* event upcalls taken */
    uint64_t switches;                /* thread switches made */
};

extern struct cpu cpus[MAX_CPUS];

/* The vCPU that runs this. Valid once cpu_set_current() was called there. */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(cpu));
    return cpu;
}

#endif
