/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's memory as the firmware gave it, what of it is taken, and memory for the time before the page
 * allocator. Boot only, but for machine_memory_map().
 */
#ifndef ASM_MEMORY_MAP_H
#define ASM_MEMORY_MAP_H

#include <xen/types.h>
#include <asm/boot_info.h>

struct memory_range {
    paddr_t start, end;
};

/* Pages of RAM that the machine has, whoever uses them. */
uint64_t machine_ram_pages(void);
/* The map, sorted, for XENMEM_machine_memory_map and the log. *nr entries. */
const struct boot_e820 *machine_memory_map(unsigned int *nr);

/*
 * Reads the map; reserves the first MiB, the stage, the image and the modules. panic_user when there is too
 * little.
 */
void memory_map_init(const struct boot_info *info);
/* RAM, page-aligned, ascending, without overlaps; the first MiB included. */
const struct memory_range *ram_ranges(unsigned int *nr);
/*
 * Takes memory for good: physical address, contents unknown. Panics when there is none. Below 4 GiB, which
 * the first page tables reach, until boot_alloc_reach_all: the direct map is there.
 */
paddr_t boot_alloc(uint64_t size, uint64_t align);
void boot_alloc_reach_all(void);
/* A page of the first MiB for the start of other CPUs. */
paddr_t trampoline_page(void);
/* Hands what is still free to the page allocator; boot_alloc ends here. */
void memory_map_hand_over(void);
/* Memory that only the boot used. */
void free_init_memory(void);

#endif
