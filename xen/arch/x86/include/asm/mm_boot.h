/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own page tables while they are made, and the frame table. */
#ifndef ASM_MM_BOOT_H
#define ASM_MM_BOOT_H

#include <xen/types.h>

/*
 * Makes hypervisor_l4 (image, direct map, frame table) and loads it. After memory_map_init, before the page
 * allocator.
 */
void paging_init(void);
/* Firmware tables, cached, read-only use; never NULL. Valid for good. */
const void *map_firmware(paddr_t start, size_t size);
/* Addresses for nr pages of device memory, for map_hypervisor_pages; for good. 0: no room. */
unsigned long io_reserve(uint64_t nr);
/* Tables come from the page allocator from now on. */
void mapping_use_allocator(void);
/*
 * A top-level table below 4 GiB: ours, and the first 2 MiB at their own address, for CPUs on their way to
 * long mode.
 */
paddr_t trampoline_page_table(void);
/* Start-up code is no longer mapped, on any CPU. Interrupts on. */
void init_memory_unmap(void);

#endif
