/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store with one device, whose backend is the input's, for the fuzzers of frontends: the store answers at
 * once, nodes have whatever values the input chooses, grants are held as the input says.
 */
#ifndef FAKE_BUS_H
#define FAKE_BUS_H

#include <xenguest/abi.h>
#include <xenguest/grant.h>
#include <xenguest/xenbus.h>

#define FUZZ_GRANTS 1024

extern struct xg_bus fuzz_bus;
extern struct xg_grants fuzz_grants;
extern struct xg_events fuzz_events;
/* What a node has: NULL, there is none. Asked for all but the bus's own; without it any number or junk. */
extern const char *(*fuzz_value_of)(const char *path);

/* Begins with an input: an empty store, a backend at InitWait. */
void fuzz_begin(const unsigned char *data, size_t size);
void fuzz_end(void);
/* The next byte of the input, and what is left of it. */
unsigned int fuzz_next(void);
size_t fuzz_left(void);
/* A value as the input chooses it. */
const char *fuzz_any_value(void);
bool fuzz_ends_with(const char *path, const char *name);

void fuzz_set_back_state(unsigned int state);
/* The backend maps something, and lets go of all. */
void fuzz_hold(unsigned int ref);
void fuzz_let_go(void);
/* Every grant and page is back. */
bool fuzz_all_given_back(void);

#endif
