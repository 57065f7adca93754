/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first console: straight to the hypervisor by console_io, from the first instruction on. Tier 0. Needs
 * no memory, no mapping and no event. Domain 0 may always write; a DomU may where the hypervisor allows it
 * (Xenport: always; stock Xen: no), otherwise the text is lost and nothing else happens.
 */
#ifndef XENGUEST_EARLY_H
#define XENGUEST_EARLY_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

/* Writes `length` bytes. 0, or Xen's errno (-XG_EPERM: not allowed to) with a part of it possibly written. */
int xg_early_write(const char *text, size_t length);
/* xg_early_write with the format of format.h; failure is silent. */
void xg_early_printf(const char *format, ...) XG_PRINTF(1, 2);
/* The same as a function for xg_format and for printing frames and stacks. */
void xg_early_write_fn(const char *text, size_t length, void *unused);

XG_END_DECLS

#endif
