/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out through the hypercall page, which the domain builder fills: 32 bytes a call, call n at n * 32.
 * Linked in when the kernel's notes name xg_hypercall_page. Registers as in hypercall.S.
 */
    .text
    .globl xg_hypercall
    .hidden xg_hypercall
    .type xg_hypercall, @function
xg_hypercall:
    mov %rcx, %r10
    shl $5, %r9
    lea xg_hypercall_page(%rip), %rax
    add %r9, %rax
    jmp *%rax
    .size xg_hypercall, . - xg_hypercall

    /* Progbits, not bss: a builder writes only into what the file has. */
    .section .text.xg_hypercall_page, "ax", @progbits
    .balign 4096
    .globl xg_hypercall_page
    .hidden xg_hypercall_page
xg_hypercall_page:
    .skip 4096, 0xcc

    .section .note.GNU-stack, "", @progbits
