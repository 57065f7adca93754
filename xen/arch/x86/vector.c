/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking and giving back vectors, and the words that name one to IO-APICs and PCI devices. No machine access.
 */
#include <asm/vector.h>

#define VECTOR_OF_GUESTS 0x80u

#define MSI_ADDRESS_BASE      0xfee00000u
#define MSI_ADDRESS_CPU_SHIFT 12
#define MSI_DATA_ASSERT       (1u << 14)

uint8_t vector_take(struct vector_pool *pool, unsigned int first, unsigned int last)
{
    unsigned int nr = last - first + 1,
                 start = pool->last >= first && pool->last <= last ? pool->last - first + 1 : 0;

    for (unsigned int i = 0; i < nr; i++) {
        unsigned int vector = first + (start + i) % nr;

        if (vector == VECTOR_OF_GUESTS || test_and_set_bit(vector, pool->used))
            continue;
        pool->last = vector;
        return (uint8_t)vector;
    }
    return VECTOR_NONE;
}

void vector_give_back(struct vector_pool *pool, uint8_t vector)
{
    clear_bit(vector, pool->used);
}

uint32_t rte_make(uint8_t vector, bool level, bool active_low, bool masked)
{
    return vector | (level ? RTE_LEVEL : 0) | (active_low ? RTE_LOW : 0) | (masked ? RTE_MASKED : 0);
}

bool rte_read_wish(uint32_t value, struct rte_wish *wish)
{
    if ((value & RTE_DELIVERY) > RTE_LOWEST)
        return false;
    *wish = (struct rte_wish){value & RTE_LEVEL, value & RTE_LOW, value & RTE_MASKED,
                              (uint8_t)(value & RTE_VECTOR)};
    return true;
}

uint32_t msi_address(uint32_t apic_id)
{
    return MSI_ADDRESS_BASE | apic_id << MSI_ADDRESS_CPU_SHIFT;
}

uint32_t msi_data(uint8_t vector)
{
    return MSI_DATA_ASSERT | vector;
}
