/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 64-bit image: linked where it runs, IMAGE_VIRT_START above its physical address. Code comes first (see Makefile on the symbol
 * table); each kind of page begins on a page of its own, because mm_boot.c maps them with different rights. What lies between
 * __init_start and __init_end is given to the allocator when the boot is over.
 */
#include <asm/layout.h>

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(start64)

PHDRS
{
    text PT_LOAD FLAGS(5);
    init PT_LOAD FLAGS(6);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
}

SECTIONS
{
    . = IMAGE_VIRT_START + IMAGE_PHYS;
    __image_start = .;
    .text : AT(ADDR(.text) - IMAGE_VIRT_START) {
        __text_start = .;
        *(.text.head)
        *(.text .text.*)
        . = ALIGN(4096);
        __init_start = .;
        *(.init.text .init.text.*)
        . = ALIGN(4096);
        __text_end = .;
    } :text
    .init.data : AT(ADDR(.init.data) - IMAGE_VIRT_START) {
        *(.init.data .init.data.*)
        . = ALIGN(4096);
        __init_end = .;
    } :init
    .rodata : AT(ADDR(.rodata) - IMAGE_VIRT_START) {
        __rodata_start = .;
        *(.rodata .rodata.* .data.rel.ro .data.rel.ro.*)
        . = ALIGN(16);
        params_start = .;
        __params_start = .;
        KEEP(*(.params))
        params_end = .;
        __params_end = .;
        . = ALIGN(8);
        __extable_start = .;
        KEEP(*(.extable))
        __extable_end = .;
        . = ALIGN(8);
        __smap_places_start = .;
        KEEP(*(.smap_places))
        __smap_places_end = .;
        . = ALIGN(8);
        *(.got .got.plt)
        *(.rodata.symbols)
        . = ALIGN(4096);
        __rodata_end = .;
    } :rodata
    .data : AT(ADDR(.data) - IMAGE_VIRT_START) {
        __data_start = .;
        *(.data .data.*)
        . = ALIGN(64);
    } :data
    .bss (NOLOAD) : AT(ADDR(.bss) - IMAGE_VIRT_START) {
        . = ALIGN(STACK_SIZE);
        *(.bss.stack)
        *(.bss.page_aligned)
        . = ALIGN(64);
        __percpu_start = .;
        *(.percpu)
        . = ALIGN(64);
        __percpu_end = .;
        *(.bss .bss.* COMMON)
        . = ALIGN(4096);
        __data_end = .;
    } :data
    __image_end = .;

    /DISCARD/ : {
        *(.comment .note .note.* .eh_frame .eh_frame_hdr)
    }
}
