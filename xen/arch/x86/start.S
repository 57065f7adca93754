/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First instructions in 64-bit mode: of the boot CPU (from the 32-bit stage), and of each other CPU (the trampoline, copied to a page of the
 * first MiB, which takes it from real mode to long mode in one step).
 */
#include <asm/layout.h>
#include <asm/boot_info.h>

    .section .text.head, "ax"
/* edi: physical address of struct boot_info. Long mode, the stage's page tables and GDT. OFF_CPU_INFO_SIZE: entry_offsets.c. */
    .globl start64
start64:
    lea boot_stack + STACK_SIZE(%rip), %rsp
    sub $OFF_CPU_INFO_SIZE, %rsp
    mov %edi, %edi
    xor %ebp, %ebp
    push $0
    call start_boot_cpu

    .section .bss.stack, "aw", @nobits
    .balign STACK_SIZE
    .globl boot_stack
    .hidden boot_stack
boot_stack:
    .skip STACK_SIZE

/*
 * Position-independent: CS << 4 is where it lies. The words at its end are filled in by smp_boot.c before each start. (Intel SDM vol. 3, 9.4.4, 10.8.5.)
 */
    .section .rodata, "a"
    .balign 16
    .globl trampoline_start, trampoline_end, trampoline_l4, trampoline_stack, trampoline_entry
    .globl trampoline_gdtr, trampoline_far, trampoline_gdt, trampoline_long
    .hidden trampoline_start, trampoline_end, trampoline_l4, trampoline_stack, trampoline_entry
    .hidden trampoline_gdtr, trampoline_far, trampoline_gdt, trampoline_long
    .code16
trampoline_start:
    cli
    cld
    mov %cs, %ax
    mov %ax, %ds
    lgdtl (trampoline_gdtr - trampoline_start)
    mov $0x20, %eax /* PAE */
    mov %eax, %cr4
    movl (trampoline_l4 - trampoline_start), %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x900, %eax /* LME, NXE */
    wrmsr
    mov $0x80010031, %eax /* PG, WP, NE, ET, PE */
    mov %eax, %cr0
    ljmpl *(trampoline_far - trampoline_start)

    .code64
trampoline_long:
    mov $16, %eax
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov trampoline_stack(%rip), %rsp
    xor %ebp, %ebp
    push $0
    push $0
    mov trampoline_entry(%rip), %rax
    jmp *%rax

    .balign 8
trampoline_gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* 64-bit code */
    .quad 0x00cf93000000ffff /* data */
trampoline_gdtr:
    .short trampoline_gdtr - trampoline_gdt - 1
    .long 0
trampoline_far:
    .long 0
    .short 8
    .balign 8
trampoline_l4:
    .quad 0
trampoline_stack:
    .quad 0
trampoline_entry:
    .quad 0
trampoline_end:

    .section .note.GNU-stack, "", @progbits
