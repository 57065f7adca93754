/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of a guest kernel's code to names: for its crash dumps. */
#ifndef PV_GUEST_SYMBOLS_H
#define PV_GUEST_SYMBOLS_H

#include <xen/domain.h>

/* The function of d's kernel that begins last before va, with *offset into it; NULL: not known. */
const char *guest_symbol_lookup(const struct domain *d, unsigned long va, unsigned long *offset);

#endif
