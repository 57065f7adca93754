/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the boot loader starts us: the multiboot headers, the entry in 32-bit mode, and the step into long mode. Everything that can be
 * said in C is in stage.c.
 */
#include <asm/boot_info.h>
#include <asm/layout.h>

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00000003 /* modules on page boundaries; memory map wanted */
#define MB2_MAGIC 0xe85250d6

    .section .head, "ax"
    .balign 8
mb1_header:
    .long MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)

    .balign 8
mb2_header:
    .long MB2_MAGIC, 0, mb2_header_end - mb2_header, -(MB2_MAGIC + (mb2_header_end - mb2_header))
    /* Information wanted: command line, modules, memory map. */
    .balign 8
    .short 1, 0
    .long 20, 1, 3, 6
    .balign 8
    .short 6, 0 /* modules on page boundaries */
    .long 8
    .balign 8
    .short 0, 0
    .long 8
mb2_header_end:

/*
 * eax: magic of the loader; ebx: its information. Flat segments, interrupts off, paging off, no stack (Multiboot Specification 0.6.96,
 * section 3.2; Multiboot2 1.6, section 3.3).
 */
    .globl start
start:
    cli
    cld
    mov $stage_stack_end, %esp
    xor %ebp, %ebp
    push $0
    popf
    push %ebx
    push %eax
    call stage_main
    mov %eax, %edi

    /* Page tables are made, the CPU has long mode and NX: stage.c has looked. (Intel SDM vol. 3, 10.8.5.) */
    mov $0x20, %eax /* PAE */
    mov %eax, %cr4
    mov $stage_l4, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x900, %eax /* LME, NXE */
    wrmsr
    mov $0x80010031, %eax /* PG, WP, NE, ET, PE */
    mov %eax, %cr0
    lgdt stage_gdtr
    ljmp $8, $1f

    .code64
1:  mov $16, %eax
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    movabs $(IMAGE_VIRT_START + IMAGE_PHYS), %rax
    jmp *%rax
    .code32

    .section .rodata
    .balign 8
stage_gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* 64-bit code */
    .quad 0x00cf93000000ffff /* data */
stage_gdtr:
    .short stage_gdtr - stage_gdt - 1
    .long stage_gdt

    .section .bss
    .balign 16
    .skip 4096
stage_stack_end:

    .section .note.GNU-stack, "", @progbits
