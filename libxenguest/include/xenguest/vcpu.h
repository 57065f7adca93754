/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing up further vCPUs, and what Xen reports of each. Tier 1. Source: <xen/vcpu.h>.
 * The order for a new vCPU: (register its vcpu_info,) initialise, up.
 */
#ifndef XENGUEST_VCPU_H
#define XENGUEST_VCPU_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

/* Bytes and alignment of the buffer for xg_vcpu_initialise: a struct vcpu_guest_context, too large for a
 * stack. */
#define XG_VCPU_CONTEXT_BYTES 5168
#define XG_VCPU_CONTEXT_ALIGN 16

struct xg_vcpu_start {
    void (*entry)(void *arg); /* must not return; runs with events masked */
    void *arg;
    uint64_t stack_top;   /* one past the stack's last byte, 16-byte aligned */
    uint64_t gs_base;     /* of kernel mode: the usual home of per-CPU data */
    xg_mfn_t page_tables; /* top-level table, of type L4 already or becoming it (pinned is best) */
};

/*
 * Tells Xen how vCPU `vcpu` starts, with the library's trap table and callbacks as registered by
 * xg_traps_install (trap.h) when `with_traps`. `context` is scratch memory of the size above, free again on
 * return. -XG_ENOENT: no such vCPU; -XG_EEXIST: initialised before; -XG_EINVAL: the tables were refused.
 */
int __must_check xg_vcpu_initialise(unsigned int vcpu, const struct xg_vcpu_start *start, bool with_traps,
                                    void *context);
/* -XG_EINVAL: not initialised; -XG_ENOENT: no such vCPU. Both are silent when it already is so. */
int __must_check xg_vcpu_up(unsigned int vcpu);
int __must_check xg_vcpu_down(unsigned int vcpu);
/* 1 up, 0 down, -XG_ENOENT no such vCPU: asking from 0 on counts the vCPUs that the domain may have. */
int __must_check xg_vcpu_is_up(unsigned int vcpu);

/* How many vCPUs the domain may have, at most `limit`. */
unsigned int xg_vcpu_count(unsigned int limit);

/*
 * Stopping a vCPU for a suspension (suspend.h). It calls park itself, with events masked and holding no lock
 * that the others spin for, and returns from it when another one has called unpark; what it has of its own
 * (timer, IPIs, runstate area, FPU state) it makes anew. parked tells whether it has stopped. unpark: with
 * `anew` the domain was restored, where this vCPU has never been: it is initialised like a new one, with the
 * traps, `gs_base` and `page_tables` as for xg_vcpu_start and `context` as above. Errors: those of up.
 */
struct xg_vcpu_park {
    uint64_t stack_pointer;
};

void xg_vcpu_park(unsigned int vcpu, struct xg_vcpu_park *park);
bool xg_vcpu_parked(unsigned int vcpu);
int __must_check xg_vcpu_unpark(unsigned int vcpu, const struct xg_vcpu_park *park, bool anew,
                                uint64_t gs_base, xg_mfn_t page_tables, void *context);

/*
 * Moves the vcpu_info of a vCPU to `offset` of frame `frame`: 64-byte aligned, 64 bytes, not across a page.
 * Only once for a vCPU and not undone; needed for vCPUs from XG_SHARED_VCPUS on. -XG_EINVAL: moved before, or
 * misplaced.
 */
int __must_check xg_vcpu_register_info(unsigned int vcpu, xg_gfn_t frame, unsigned int offset);

/* What Xen says about where a vCPU's time went. The area stays registered and must stay mapped. */
struct xg_runstate_area {
    uint64_t storage[6]; /* struct vcpu_runstate_info: written by Xen */
} __attribute__((__aligned__(64)));

struct xg_runstate {
    int state;            /* 0 running, 1 runnable (waits for a CPU), 2 blocked, 3 offline */
    uint64_t entered_ns;  /* system time at which it entered this state */
    uint64_t spent_ns[4]; /* in each state so far */
};

int __must_check xg_runstate_register(unsigned int vcpu, struct xg_runstate_area *area);
/* A consistent copy, read on any vCPU. -XG_EAGAIN: Xen was updating it through a thousand tries. */
int __must_check xg_runstate_read(const struct xg_runstate_area *area, struct xg_runstate *out);

XG_END_DECLS

#endif
