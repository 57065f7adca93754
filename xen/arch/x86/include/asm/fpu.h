/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector state of vCPUs. Interrupts off around save and switch; v is current for all but
 * create, destroy, set_legacy.
 */
#ifndef ASM_FPU_H
#define ASM_FPU_H

#include <xen/domain.h>

/* The save area with the state after FNINIT. 0 or -XEN_ENOMEM. */
int fpu_create(struct vcpu *v) __must_check;
void fpu_destroy(struct vcpu *v);
/* Takes 512 bytes of FXSAVE format, or resets. v does not run. */
void fpu_set_legacy(struct vcpu *v, const void *fxsave_area /* or NULL */);
/* Its first 512 bytes in FXSAVE format. v does not run. */
void fpu_get_legacy(const struct vcpu *v, void *fxsave_area);
/* Bytes of a save area with these features in it, in the standard format. */
size_t fpu_area_size(uint64_t features);
/*
 * Takes XCR0, all that it ever was, and size bytes of save area in the standard format. v does not run.
 * False, and nothing changed: the processor would not load it.
 */
bool fpu_set_area(struct vcpu *v, uint64_t xcr0, uint64_t xcr0_ever, const void *area,
                  size_t size) __must_check;
/* v leaves the CPU: its registers are in memory afterwards, and CR0.TS is clear. */
void fpu_save(struct vcpu *v);
/* v comes to this CPU, with registers, XCR0 and TS. */
void fpu_switch_in(struct vcpu *v, unsigned int cpu);
/* XSETBV. False: not a value that the CPU would take. */
bool fpu_set_xcr0(struct vcpu *v, uint64_t value);
/* XCR0 bits that we save and guests may enable; 0: no XSAVE. */
uint64_t fpu_host_features(void);

#endif
