/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps: the heap's page faults, faults that code is prepared for, and panic for all others.
 */
#ifndef MINIOS_TRAP_H
#define MINIOS_TRAP_H

#include <stdint.h>

struct xg_traps;

/*
 * Registers handlers for every exception and for the way out of an upcall, and tells Xen. Panics on failure.
 */
void traps_init(struct xg_traps *traps);

/*
 * An instruction that may trap: when the instruction pointer of a trap is `trapping`, execution goes on at
 * `resume`, and %rax holds the vector and, in the upper half, the error code. For a trap that is reported
 * after its instruction (a breakpoint) `trapping` is the address behind it.
 */
struct trap_fixup {
    uint64_t trapping, resume;
};

#define TRAP_FIXUP(trapping, resume)                                                                         \
    ".pushsection .fixups, \"a\"\n"                                                                          \
    ".balign 8\n.quad " trapping ", " resume "\n.popsection\n"

#endif
