/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instance of a variable for each physical CPU. The section .percpu is the template (zero at boot); each
 * CPU's copy lies at the template's address plus percpu_offset[cpu].
 */
#ifndef XEN_PERCPU_H
#define XEN_PERCPU_H

#include <xen/cpumask.h>
#include <asm/arch.h>

extern unsigned long percpu_offset[MAX_CPUS];

#define DEFINE_PER_CPU(type, name)  __section(".percpu") __typeof__(type) percpu_##name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) percpu_##name

#define per_cpu_ptr(name, cpu) \
    ((__typeof__(&percpu_##name))((unsigned long)&percpu_##name + percpu_offset[cpu]))
#define per_cpu(name, cpu) (*per_cpu_ptr(name, cpu))
#define this_cpu(name) \
    (*(__typeof__(&percpu_##name))((unsigned long)&percpu_##name + arch_this_cpu_offset()))

#endif
