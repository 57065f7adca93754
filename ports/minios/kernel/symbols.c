/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of functions, from the table that tools/symbols makes of the linked image and that is linked in
 * again.
 */
#include <minios/panic.h>

#include <stddef.h>

struct symbol {
    uint64_t address;
    const char *name;
};

/* Ordered by address. Weak: the first of the two links has none. */
extern const struct symbol symbols[] __attribute__((__weak__));
extern const uint64_t nr_symbols __attribute__((__weak__));
extern char image_start[], text_end[];

const char *symbol_find(uint64_t address, uint64_t *offset)
{
    uint64_t low = 0, high = &nr_symbols ? nr_symbols : 0;

    if (high == 0 || address < symbols[0].address || address >= (uint64_t)text_end)
        return NULL;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        if (symbols[middle].address <= address)
            low = middle;
        else
            high = middle;
    }
    *offset = address - symbols[low].address;
    return symbols[low].name;
}
