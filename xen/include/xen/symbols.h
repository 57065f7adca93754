/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own symbols, built in, for stack traces. Pure but for the table. */
#ifndef XEN_SYMBOLS_H
#define XEN_SYMBOLS_H

#include <xen/types.h>

/* Name of the function that contains addr, with *offset into it; NULL when it is none of ours. */
const char *symbol_lookup(unsigned long addr, unsigned long *offset);

unsigned int symbols_count(void);
/* The n-th by address. */
const char *symbol_at(unsigned int n, unsigned long *address);

#endif
