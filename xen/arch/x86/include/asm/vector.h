/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which interrupt vectors are in use, and the words that carry one to a CPU: an IO-APIC's entry, a PCI
 * message. Pure. (Intel SDM vol. 3, 11.11; Intel 82093AA datasheet, 3.2.4.)
 */
#ifndef ASM_VECTOR_H
#define ASM_VECTOR_H

#include <xen/bitops.h>
#include <xen/types.h>

#define VECTOR_NONE 0

struct vector_pool {
    BITMAP_DECLARE(used, 256);
    unsigned int last; /* given out last: the search goes on behind it, so that a vector rests before it is
                          used again */
};

/* A vector of [first, last] that is neither in use nor the guests' 0x80; VECTOR_NONE: none left. */
uint8_t vector_take(struct vector_pool *pool, unsigned int first, unsigned int last);
void vector_give_back(struct vector_pool *pool, uint8_t vector);

/* --- IO-APIC: the low half of an entry --- */
#define RTE_VECTOR     0xffu
#define RTE_DELIVERY   0x700u
#define RTE_LOWEST     0x100u /* lowest priority: the highest kind of delivery that guests may ask for */
#define RTE_LOW        (1u << 13)
#define RTE_LEVEL      (1u << 15)
#define RTE_MASKED     (1u << 16)

/* Fixed delivery to one CPU. */
uint32_t rte_make(uint8_t vector, bool level, bool active_low, bool masked);

/* What a guest writes there means this. False: a kind of delivery that is not for guests. */
struct rte_wish {
    bool level, active_low, masked;
    uint8_t pirq; /* in the vector's place */
};
bool rte_read_wish(uint32_t value, struct rte_wish *wish) __must_check;

/* --- PCI message --- */
uint32_t msi_address(uint32_t apic_id); /* of one that fits in 8 bits */
uint32_t msi_data(uint8_t vector);

#endif
