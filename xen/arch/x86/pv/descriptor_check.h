/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which descriptors a guest may have in its GDT and LDT, and what becomes of them. Pure. (Intel SDM vol.
 * 3, 3.4.5 and 5.8.3.)
 */
#ifndef PV_DESCRIPTOR_CHECK_H
#define PV_DESCRIPTOR_CHECK_H

#include <xen/types.h>

/*
 * True: *descriptor may stand, adjusted: code and data get DPL 3; a call gate gets DPL 0, so that each use of
 * it traps, and keeps its own DPL in the selector's RPL. What is not present, and type 0, is harmless. All
 * else (TSS, LDT, other gates) is refused.
 */
bool descriptor_ok(uint64_t *descriptor);

#endif
