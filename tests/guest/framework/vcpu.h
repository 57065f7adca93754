/* SPDX-License-Identifier: BSD-2-Clause */
/* Further vCPUs. */
#ifndef GUEST_VCPU_H
#define GUEST_VCPU_H

#include <stdint.h>

#include <xen/vcpu.h>

/* The number of the vCPU that asks. */
unsigned int vcpu_id(void);

/*
 * Fills the context of VCPUOP_initialise for a vCPU that runs function (which must not return) on its own
 * stack with the present address space, traps 0 to 31 and the event callback; its events start masked.
 */
void vcpu_prepare(struct vcpu_guest_context *context, unsigned int id, void (*function)(void));

/* Initialises and starts it; the answer of the first call that fails, or 0. */
long vcpu_launch(unsigned int id, void (*function)(void));

/* Keeps this vCPU on one CPU (SCHEDOP_pin_override), or with -1 not any more; the answer of the hypercall. */
long vcpu_pin(int cpu);

/* What one other vCPU of this vCPU's processor may do: count for ever. */
void vcpu_count(void);
/*
 * Polls, so that the other vCPU runs, until vcpu_count did, or until the other has changed *count: both vCPUs
 * have been switched out and in. Ends the test when it does not come to that.
 */
void vcpu_let_count(void);
void vcpu_let_change(const volatile unsigned int *count);

#endif
