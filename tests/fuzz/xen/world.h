/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world that an input acts in: a privileged domain and two others with a few frames each on the fake
 * machine, guest memory for arguments, the hypercalls of a guest, and the oracles that look at everything
 * afterwards.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <xen/domain.h>
#include <xen/mm.h>
#include <asm/page.h>

#define NR_DOMAINS       3
#define NR_VCPUS         2
#define FRAMES_OF_DOMAIN 16
#define NR_PAGES         512

struct world {
    struct domain *d[NR_DOMAINS]; /* NULL: destroyed */
    uint64_t frames[NR_DOMAINS][FRAMES_OF_DOMAIN];
    bool shared_page_named; /* a guest may have written its shared_info: what stands there says nothing any
                               more */
    bool abandon;           /* the guest never comes back to a hypercall that gave way */
};
extern struct world world;

/* Once. */
void world_boot(void);
/*
 * Domains with tables: frame 0 is an L4, on to L3, L2, L1, which maps all of them read-only and the others
 * writable; all bases set.
 */
void world_begin(void);
/* One step of a domain's end; true: it is gone. */
bool world_kill_step(unsigned int i);
/* Ends what is left, and aborts unless nothing is left of it. */
void world_end(bool preempt);

/* Work is always pending (or none), so that long operations give way as often as they can. */
void world_preempt(bool always);
/* A hypercall of the current vCPU, continued until it is done; aborts when it does not end. */
long world_hypercall(unsigned int nr, const uint64_t args[5]);

/* Guest memory: the same addresses in each run. */
#define GUEST_MEMORY       0x10000000ul
#define GUEST_MEMORY_BYTES 0x10000ul

/* Each aborts with a sentence when something is wrong. */
__printf(1, 2) noreturn void fail(const char *fmt, ...);
void oracle_counts(const char *after);
void oracle_walk(const char *after);
void oracle_events(const char *after);
void oracle_tlb(const char *after);
void oracle_check(const char *after);

struct grant_pin;
struct grant_mapping;
/* oracle_events.c */
/* The domain whose grant a handle in use stands for, be it dead; NULL: it is gone. */
const struct domain *granter_of(const struct grant_mapping *m);
const struct grant_pin *grant_pin_at(const struct domain *d, uint32_t ref);
/* Has d this frame mapped by a grant, with at least these rights? */
bool grant_maps(const struct domain *d, uint64_t frame, bool writable);

/* oracle_tlb.c: the CPU of v walks to va and remembers what it finds; all CPUs forget. */
void tlb_touch(const struct vcpu *v, uint64_t va);
void tlb_forget(void);

#endif
