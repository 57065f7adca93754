/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the hostile guest share. The arena is the memory that hostile calls may name as pages and
 * as targets; everything else of the guest is out of their reach, so that what breaks is never the test
 * itself.
 */
#ifndef HOSTILE_CALLS_HOSTILE_H
#define HOSTILE_CALLS_HOSTILE_H

#include "guest.h"

#define ARENA_PAGES  32
#define WINDOW       0x0000600000000000ul /* its tables are hostile targets too */
#define BUFFER_WORDS 128

/* Which vCPU does what: 0 is well-behaved, 1 hostile, 2 and 3 never run. */
#define VCPU_HOSTILE 1

/*
 * Home of page n is arena + n pages; its frame there, as long as the guest has it. The page behind the last
 * is not mapped.
 */
extern uint64_t arena[ARENA_PAGES + 1][512];
extern uint64_t arena_mfn[ARENA_PAGES];
/* Port of the well-behaved vCPU's timer: not to be closed. */
extern volatile evtchn_port_t timer_port;

/* One value after the other from the seed; the same seed, the same values. */
void values_seed(uint64_t seed);
uint64_t value_random(void);
uint64_t value_below(uint64_t limit);
/* An address: good ones, read-only ones, ends of pages, unmapped, not canonical, the hypervisor's. */
uint64_t value_address(void);
/* One that is the hypervisor's, not canonical or not mapped. */
uint64_t value_bad_address(void);
/* An address into which a call may write: never one of the test's own. */
uint64_t value_target(void);
/* A frame number: the arena's, the guest's tables, the hypervisor's, devices, beyond the machine. */
uint64_t value_frame(void);
/* One of those that are neither the arena's nor tables. */
uint64_t value_foreign(void);
/* A table of level 1 to 3 that maps this test: as an entry it would show all of the test to the calls. */
uint64_t value_table(void);
uint64_t value_entry(void);
uint64_t value_any(void);
domid_t value_domid(void);

/* Called once, when the arena and the window's tables are there. */
void values_initialise(void);
/* Machine addresses of the window's tables of levels 1, 2, 3. */
extern uint64_t window_table[3];

/* Fills a call: its number and arguments. False: this one is left out (calls.c says which and why). */
struct call {
    uint64_t number, argument[5];
};
bool call_make(struct call *call);
/*
 * Puts right what a call may have changed of the hostile vCPU's own entries, and prepares pages of the arena
 * for others.
 */
void call_repair(const struct call *call);

#endif
