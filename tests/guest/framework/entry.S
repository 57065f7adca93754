/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a test guest begins, where exceptions, events and system calls enter it, and how it goes to user
 * mode. Owns the stacks. What the entries mean is decided in trap.c; the ELF notes stand in notes.S.
 */
#include <xen/xen.h>

#include "layout.h"

    .section .text.entry, "ax"

/*
 * At the start: rsi = start_info, rsp = the boot stack, everything else as the domain builder left it. All
 * registers are kept for the tests in entry_registers (layout: struct entry_registers, start.c) before any is
 * changed.
 */
    .globl guest_entry
guest_entry:
    movq %rax, entry_registers + 0
    movq %rbx, entry_registers + 8
    movq %rcx, entry_registers + 16
    movq %rdx, entry_registers + 24
    movq %rsi, entry_registers + 32
    movq %rdi, entry_registers + 40
    movq %rbp, entry_registers + 48
    movq %rsp, entry_registers + 56
    leaq boot_stack + STACK_SIZE(%rip), %rsp
    pushfq
    popq entry_registers + 64
    movw %cs, entry_registers + 72
    movw %ss, entry_registers + 74
    movw %ds, entry_registers + 76
    movw %es, entry_registers + 78
    movw %fs, entry_registers + 80
    movw %gs, entry_registers + 82
    cld
    xorl %ebp, %ebp
    movq %rsi, %rdi
    call guest_start
    ud2

    .text

/*
 * An exception finds, from low to high: rcx, r11, (error code,) rip, cs with the saved mask, rflags, rsp, ss.
 * Each stub makes it uniform: vector, error code, rip … with rcx and r11 back in their registers.
 */
    .macro trap_stub vector
    .balign 16
    popq %rcx
    popq %r11
    .if !((\vector == 8) || ((\vector >= 10) && (\vector <= 14)) || (\vector == 17) || (\vector == 21) || \
          (\vector == 29) || (\vector == 30))
    pushq $0
    .endif
    pushq $\vector
    jmp trap_common
    .endm

    .balign 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    trap_stub vector
    .set vector, vector + 1
    .endr

    .globl event_entry
event_entry:
    popq %rcx
    popq %r11
    pushq $0
    pushq $VECTOR_EVENT
    jmp trap_common

    .globl syscall_entry
syscall_entry:
    popq %rcx
    popq %r11
    pushq $0
    pushq $VECTOR_SYSCALL
    jmp trap_common

/* The failsafe frame carries the four selectors that could not be loaded between r11 and rip. */
    .globl failsafe_entry
failsafe_entry:
    popq %rcx
    popq %r11
    popq failsafe_selectors + 0
    popq failsafe_selectors + 8
    popq failsafe_selectors + 16
    popq failsafe_selectors + 24
    pushq $0
    pushq $VECTOR_FAILSAFE

/* rsp -> vector, error code, rip, cs, rflags, rsp, ss: completed to a struct trap_frame. */
trap_common:
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rdi
    movq %rsp, %rbx
    andq $-16, %rsp
    call trap_dispatch
    movq %rbx, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    addq $16, %rsp
    pushq $0
    pushq %rcx
    pushq %r11
    pushq %rax
    movl $__HYPERVISOR_iret, %eax
    syscall
    ud2

/*
 * void user_enter(rdi = rip, rsi = rsp): goes to user mode; comes back as a return of this function when user
 * mode made a system call or an exception (trap.c jumps to user_leave).
 */
    .globl user_enter, user_leave
user_enter:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, user_kernel_rsp
    pushq $FLAT_USER_SS
    pushq %rsi
    pushq $0x202
    pushq $FLAT_USER_CS
    pushq %rdi
    pushq $0
    pushq $0
    pushq $0
    pushq $0
    movl $__HYPERVISOR_iret, %eax
    syscall
    ud2
user_leave:
    movq user_kernel_rsp, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .globl vcpu_entry
vcpu_entry:
    xorl %ebp, %ebp
    call vcpu_start
    ud2

    .section .bss.stacks, "aw", @nobits
    .balign STACK_SIZE
    .globl boot_stack, user_trap_stack, vcpu_stacks
boot_stack:
    .skip STACK_SIZE
user_trap_stack:
    .skip STACK_SIZE
vcpu_stacks:
    .skip STACK_SIZE * MAX_VCPUS

    .bss
    .balign 8
user_kernel_rsp:
    .skip 8

    .section .note.GNU-stack, "", @progbits
