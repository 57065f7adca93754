/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of the hypervisor's code to names. The table is made by symbols.awk from the first link and
 * sorted by address.
 */
#include <xen/symbols.h>

extern char __text_start[], __text_end[];
extern const uint64_t symbol_count;
extern const uint32_t symbol_offsets[], symbol_name_offsets[];
extern const char symbol_names[];

const char *symbol_lookup(unsigned long addr, unsigned long *offset)
{
    unsigned long at = addr - (unsigned long)__text_start;
    uint64_t low = 0, high = symbol_count;

    if (addr < (unsigned long)__text_start || addr >= (unsigned long)__text_end || !symbol_count ||
        at < symbol_offsets[0])
        return NULL;
    /* The last symbol that does not begin behind the address. */
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;

        if (symbol_offsets[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    *offset = at - symbol_offsets[low];
    return symbol_names + symbol_name_offsets[low];
}

unsigned int symbols_count(void)
{
    return (unsigned int)symbol_count;
}

const char *symbol_at(unsigned int n, unsigned long *address)
{
    *address = (unsigned long)__text_start + symbol_offsets[n];
    return symbol_names + symbol_name_offsets[n];
}
