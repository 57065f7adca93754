/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers for what is measured: the least that a kernel must do between what the hypervisor leaves and the iret hypercall, so that the
 * figures are the hypervisor's.
 *
 * On entry, from rsp up:  rcx r11 [error code] rip cs rflags rsp ss
 * What iret wants:        rax r11 rcx flags rip cs rflags rsp ss
 */
#include <xen/xen.h>

#define INFO_UPCALL_PENDING shared_info         /* of vCPU 0; offsets are asserted in events.c and memory.c */
#define INFO_SELECTOR       shared_info + 8
#define INFO_CR2            shared_info + 16
#define PENDING_WORD_0      shared_info + 2048

    .macro HANDLER name
    .globl \name
    .balign 16
\name:
    .endm

    .text

HANDLER bench_skip_two
    popq %rcx
    popq %r11
    addq $2, (%rsp)
leave:
    pushq $0
    pushq %rcx
    pushq %r11
    pushq %rax
    movl $__HYPERVISOR_iret, %eax
    syscall
    ud2

HANDLER bench_fault_skip
    popq %rcx
    popq %r11
    addq $8, %rsp
    addq $2, (%rsp)
    jmp leave

HANDLER bench_fault_map
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rax
    movq INFO_CR2, %rdi
    movq bench_fresh_entry, %rsi
    xorl %edx, %edx
    movl $__HYPERVISOR_update_va_mapping, %eax
    syscall
    testq %rax, %rax
    jnz 1f
    popq %rax
    popq %rdx
    popq %rsi
    popq %rdi
    popq %rcx
    popq %r11
    addq $8, %rsp
    jmp leave
1:  ud2

HANDLER bench_upcall
    pushq %rax
    movb $0, INFO_UPCALL_PENDING
    xorl %eax, %eax
    xchgq %rax, INFO_SELECTOR
    movq bench_clear_port, %rax
    lock andq %rax, PENDING_WORD_0
    incq bench_upcalls
    popq %rax
    popq %rcx
    popq %r11
    jmp leave

HANDLER bench_syscall
    popq %rcx
    popq %r11
    pushq $VGCF_in_syscall
    pushq %rcx
    pushq %r11
    pushq %rax
    movl $__HYPERVISOR_iret, %eax
    syscall
    ud2

    .section .note.GNU-stack, "", @progbits
