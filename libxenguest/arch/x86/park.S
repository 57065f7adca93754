/* SPDX-License-Identifier: BSD-2-Clause */
/* Going down and coming up again, on the same stack, in the same domain or in a restored one. */

/* Of headers that are for C only; vcpu_park.c asserts them. */
#define VCPU_OP   24
#define VCPU_DOWN 2

    .text

/*
 * void xg_arch_park(unsigned int vcpu, uint64_t *stack_pointer)
 *
 * Where the stack pointer is kept, the stack holds: rbp rbx r12 r13 r14 r15, the return address.
 */
    .globl xg_arch_park
    .hidden xg_arch_park
    .type xg_arch_park, @function
xg_arch_park:
    push %r15
    push %r14
    push %r13
    push %r12
    push %rbx
    push %rbp
    mov %rsp, (%rsi)
    sub $8, %rsp
    mov %edi, %esi
    mov $VCPU_DOWN, %edi
    xor %edx, %edx
    xor %ecx, %ecx
    xor %r8d, %r8d
    mov $VCPU_OP, %r9d
    call xg_hypercall
    add $8, %rsp
.Lback:
    pop %rbp
    pop %rbx
    pop %r12
    pop %r13
    pop %r14
    pop %r15
    ret
    .size xg_arch_park, . - xg_arch_park

/* void xg_arch_unpark(void *stack_pointer): the first instruction of a vCPU that was restored. */
    .globl xg_arch_unpark
    .hidden xg_arch_unpark
    .type xg_arch_unpark, @function
xg_arch_unpark:
    mov %rdi, %rsp
    jmp .Lback
    .size xg_arch_unpark, . - xg_arch_unpark

    .section .note.GNU-stack, "", @progbits
