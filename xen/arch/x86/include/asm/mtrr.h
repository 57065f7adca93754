/* SPDX-License-Identifier: BSD-2-Clause */
/* The variable memory type range registers, alike on all CPUs. (Intel SDM vol. 3, 12.11.) */
#ifndef ASM_MTRR_H
#define ASM_MTRR_H

#include <xen/types.h>

struct mtrr {
    uint64_t first, nr_pages; /* frames; nr_pages 0: not in use */
    uint8_t type;
};

/* How many there are; 0: the processor has none. */
unsigned int mtrr_count(void);
bool mtrr_has_write_combining(void);
struct mtrr mtrr_read(unsigned int reg);
/*
 * On all CPUs together; nr_pages a power of two, first a multiple of it. Interrupts on, no spinlock with
 * interrupts off.
 */
void mtrr_write(unsigned int reg, const struct mtrr *m);
/* This CPU, which was off line, gets what was written meanwhile. No mtrr_write goes on. */
void mtrr_catch_up(void);

#endif
