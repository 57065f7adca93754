/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out by the SYSCALL instruction. Weak: hypercall_page.S, when the kernel asks for its page, takes
 * over.
 *
 *   C:    rdi a1   rsi a2   rdx a3   rcx a4   r8 a5   r9d number
 *   Xen:  rdi a1   rsi a2   rdx a3   r10 a4   r8 a5   rax number; rcx and r11 are lost
 */
    .text
    .weak xg_hypercall
    .hidden xg_hypercall
    .type xg_hypercall, @function
xg_hypercall:
    mov %r9d, %eax
    mov %rcx, %r10
    syscall
    ret
    .size xg_hypercall, . - xg_hypercall

    .section .note.GNU-stack, "", @progbits
