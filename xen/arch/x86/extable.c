/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of instructions that may fault: made by the linker out of asm/extable.h and usercopy.S, a few
 * dozen entries, not sorted.
 */
#include <asm/extable.h>

struct extable_entry {
    int32_t from, to; /* each relative to its own address */
};
extern const struct extable_entry __extable_start[], __extable_end[];

unsigned long extable_lookup(unsigned long rip)
{
    for (const struct extable_entry *e = __extable_start; e < __extable_end; e++)
        if ((unsigned long)&e->from + (unsigned long)(long)e->from == rip)
            return (unsigned long)&e->to + (unsigned long)(long)e->to;
    return 0;
}
