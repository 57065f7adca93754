/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A turn of a spinning lock, called from the midst of a function that takes for granted that every register stays. So who finds a lock
 * free, which is the usual case, saves none for the other one.
 */

        .text
        .globl  spin_wait_saving
        .hidden spin_wait_saving
        .type   spin_wait_saving, @function

/* In: nothing. Out: every register as it was, but the flags. What calls preserve by convention spin_wait_turn saves itself. */
        .balign 16
spin_wait_saving:
        push    %rbp
        mov     %rsp, %rbp
        push    %rax
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        call    spin_wait_turn
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rax
        pop     %rbp
        ret
        .size   spin_wait_saving, . - spin_wait_saving

        .section .note.GNU-stack, "", @progbits
