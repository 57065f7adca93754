/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files about traps and vCPUs: not for ports. */
#ifndef XENGUEST_TRAP_PRIVATE_H
#define XENGUEST_TRAP_PRIVATE_H

#include <xenguest/trap.h>

/* Entries of the table given to Xen: the exceptions and INT 0x80. */
#define XG_TRAP_TABLE 33
/* The other half of failsafe, which the stub tells apart; no port sees it. */
#define XG_TRAP_SEGMENTS 0x103
#define XG_RFLAGS_IF     (1u << 9)

XG_BEGIN_DECLS

/* What each stub calls. True: return by the processor's IRET instruction; false: by the hypercall. */
bool xg_trap_dispatch(struct xg_frame *frame);
bool xg_trap_native_return(struct xg_frame *frame, uint64_t vector, uint64_t rflags_before);
/* Whether Xen is asked to mask events on entry. */
bool xg_trap_masks_events(unsigned int vector);
/* One entry of the virtual IDT. False: the library has no stub for the vector. */
bool xg_trap_entry_fill(struct trap_info *entry, unsigned int vector);

XG_END_DECLS

#endif
