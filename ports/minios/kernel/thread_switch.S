/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The switch between two stacks.
 *
 * void thread_switch(void **save_rsp (rdi), void *load_rsp (rsi))
 *
 *   saved on the old stack, from *save_rsp up: r15 r14 r13 r12 rbx rbp, return address
 *   rax rcx rdx rdi rsi r8-r11: lost, as in any call; the FPU is the caller's business
 *
 * A new thread's stack is prepared with thread_begin as the return address and r12 = its C entry.
 */
    .text
    .globl thread_switch
    .type thread_switch, @function
thread_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size thread_switch, . - thread_switch

    .globl thread_begin
    .type thread_begin, @function
thread_begin:
    xor %ebp, %ebp
    call *%r12
    ud2
    .size thread_begin, . - thread_begin

    .section .note.GNU-stack, "", @progbits
