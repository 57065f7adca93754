/* SPDX-License-Identifier: BSD-2-Clause */
/* Further vCPUs, and the time that all of them share. */
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

/* What one other vCPU of this vCPU's processor may do: count for ever. */
void vcpu_count(void);
/* Polls, so that vcpu_count runs, until it did: both vCPUs have been switched out and in. */
void vcpu_let_count(void);

/*
 * How long a test waits for what is sure to come, in ns: longer than any load of the host keeps it back, and
 * a little shorter than the runner waits for a test that has no limit of its own.
 */
#define PATIENCE_NS 100000000000ul

/* System time in ns by vCPU 0's time record, read consistently. */
uint64_t time_ns(void);

/* Waits, running, until a number of nanoseconds went by. */
void time_spin_ns(uint64_t duration_ns);

#endif
