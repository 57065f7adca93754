/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a guest's request was refused: recorded once, where it is detected.
 *
 * Use:  return refuse(-XEN_EBUSY, "pv.type.busy", "frame %#lx is in use as %s", …); The rule name is stable
 * (see docs/refusals.md, made from the source); the sentence has the actual values. The record is kept in the
 * domain's log of last refusals and printed at guest_loglvl=all. Returns rc. Any context with a guest
 * current.
 */
#ifndef XEN_REFUSAL_H
#define XEN_REFUSAL_H

#include <xen/types.h>
#include <xen/errno.h>
#include <xen/spinlock.h>

#define REFUSALS_KEPT     16
#define REFUSAL_TEXT_SIZE 152

struct refusal {
    uint64_t sequence; /* 1 for the domain's first */
    s_time_t when_ns;
    uint16_t vcpu;
    uint16_t hypercall; /* number, or REFUSAL_TRAP when it was not a hypercall */
    int error;          /* negative XEN_E* */
    const char *rule;
    char text[REFUSAL_TEXT_SIZE];
};
#define REFUSAL_TRAP 0xffff

struct refusal_log {
    spinlock_t lock;
    uint64_t count;
    struct refusal *last; /* ring of REFUSALS_KEPT, made at the domain's creation */
};

int refuse(int rc, const char *rule, const char *fmt, ...) __printf(3, 4);
struct domain;
/* Prints the last refusals of d: at a crash, and by debug key. */
void refusals_dump(struct domain *d);

#endif
