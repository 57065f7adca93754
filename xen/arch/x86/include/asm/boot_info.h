/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the 32-bit stage hands to the 64-bit image: the boot loader's information, copied out of wherever the
 * loader left it and the same for multiboot 1 and 2. Read by code of both sizes: fixed-width fields, physical
 * addresses, no padding left to the compiler.
 */
#ifndef ASM_BOOT_INFO_H
#define ASM_BOOT_INFO_H

#ifndef __ASSEMBLY__
#include <stdint.h>

#define BOOT_MAX_MODULES 4
#define BOOT_MAX_E820    128
#define BOOT_TEXT_SIZE   8192
#define BOOT_RSDP_SIZE   36

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_NVS      4
#define E820_UNUSABLE 5

struct boot_e820 {
    uint64_t start, size; /* bytes */
    uint32_t type, unused;
};

struct boot_info_module {
    uint64_t start, size;  /* bytes */
    uint32_t command_line; /* offset in text[] */
    uint32_t unused;
};

struct boot_info {
    uint32_t nr_e820, nr_modules;
    uint32_t command_line, loader_name; /* offsets in text[] */
    uint32_t stage_start,
        stage_end; /* memory of the 32-bit stage: this structure and the first page tables lie in it */
    uint32_t has_rsdp, text_used;
    struct boot_e820 e820[BOOT_MAX_E820];
    struct boot_info_module module[BOOT_MAX_MODULES];
    uint8_t rsdp[BOOT_RSDP_SIZE]; /* ACPI's root pointer, when the loader gave it */
    uint8_t pad[4];
    char text[BOOT_TEXT_SIZE]; /* text[0] is 0: an absent string */
};
#endif

/* The stage runs here, with paging off. */
#define STAGE_PHYS 0x100000

#endif
