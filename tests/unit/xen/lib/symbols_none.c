/* SPDX-License-Identifier: BSD-2-Clause */
/* Host tests have no symbol table of the hypervisor. */
#include <xen/symbols.h>

const char *symbol_lookup(unsigned long addr, unsigned long *offset)
{
    return NULL;
}
