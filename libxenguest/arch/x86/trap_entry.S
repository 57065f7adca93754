/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry stubs of the virtual IDT and of the callbacks, and the ways back.
 *
 * What Xen leaves, from rsp up; 16-byte aligned above ss:
 *     rcx  r11  [error code]  rip  cs (event mask in bits 32-39)  rflags  rsp  ss
 * What the C side gets (struct xg_frame), from rsp up:
 *     r15 r14 r13 r12 rbp rbx r10 r9 r8 rdx rsi rdi  vector
 *     rax r11 rcx  error code  rip cs rflags rsp ss
 * What the iret hypercall wants: the second line, with flags (0) in place of the error code.
 *
 * rcx and r11 hold nothing of the interrupted context on entry; rbp is left alone, so that it links the
 * handlers' stack frames to those of the interrupted function.
 */
#define STUB_SHIFT 5

#define VECTOR_EVENT    0x100
#define VECTOR_FAILSAFE 0x101
#define VECTOR_SYSCALL  0x102
#define VECTOR_SEGMENTS 0x103

#define HYPERVISOR_IRET 23

    .macro stub vector, has_error_code=0
    .balign 1 << STUB_SHIFT
    pop %rcx
    pop %r11
    .if !\has_error_code
    push $0
    .endif
    push %rcx
    push %r11
    push %rax
    push $\vector
    jmp trap_common
    .endm

    .text
    .balign 1 << STUB_SHIFT
trap_stubs:
    .set vector, 0
    .rept 32
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
    stub vector, 1
    .else
    stub vector
    .endif
    .set vector, vector + 1
    .endr
stub_int80:
    stub 0x80
stub_event:
    stub VECTOR_EVENT
stub_syscall:
    stub VECTOR_SYSCALL

/*
 * Failsafe: rcx r11 ds es fs gs rip cs rflags rsp ss. Xen could not restore the context's segment registers
 * (it has loaded NUL instead, so one of them differs from what was saved), or could not IRET to it (they are
 * all equal).
 */
    .balign 1 << STUB_SHIFT
stub_failsafe:
    mov %ds, %ecx
    cmp %cx, 16(%rsp)
    jne 1f
    mov %es, %ecx
    cmp %cx, 24(%rsp)
    jne 1f
    mov %fs, %ecx
    cmp %cx, 32(%rsp)
    jne 1f
    mov %gs, %ecx
    cmp %cx, 40(%rsp)
    jne 1f
    push $VECTOR_FAILSAFE
    jmp 2f
1:  push $VECTOR_SEGMENTS
    /* rsp: vector rcx r11 ds es fs gs rip. To be: vector rax r11 rcx 0 rip, rip staying in place. */
2:  movq $0, 48(%rsp)
    mov 8(%rsp), %rcx
    mov %rcx, 40(%rsp)
    mov 16(%rsp), %r11
    mov %r11, 32(%rsp)
    mov %rax, 24(%rsp)
    mov (%rsp), %rcx
    mov %rcx, 16(%rsp)
    add $16, %rsp

trap_common:
    push %rdi
    push %rsi
    push %rdx
    push %r8
    push %r9
    push %r10
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    call xg_trap_dispatch
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r10
    pop %r9
    pop %r8
    pop %rdx
    pop %rsi
    pop %rdi
    lea 8(%rsp), %rsp           /* the vector */
    test %al, %al
    jnz native_return
    movq $0, 24(%rsp)
    mov $HYPERVISOR_IRET, %eax
    syscall
    ud2

native_return:
    pop %rax
    pop %r11
    pop %rcx
    lea 8(%rsp), %rsp           /* the error code */
    iretq

/* uint64_t xg_arch_trap_entry(unsigned int vector): the stub, or 0. */
    .globl xg_arch_trap_entry
    .hidden xg_arch_trap_entry
    .type xg_arch_trap_entry, @function
xg_arch_trap_entry:
    cmp $32, %edi
    jae 1f
    mov %edi, %edi
    shl $STUB_SHIFT, %rdi
    lea trap_stubs(%rip), %rax
    add %rdi, %rax
    ret
1:  lea stub_int80(%rip), %rax
    cmp $0x80, %edi
    je 2f
    lea stub_event(%rip), %rax
    cmp $VECTOR_EVENT, %edi
    je 2f
    lea stub_failsafe(%rip), %rax
    cmp $VECTOR_FAILSAFE, %edi
    je 2f
    lea stub_syscall(%rip), %rax
    cmp $VECTOR_SYSCALL, %edi
    je 2f
    xor %eax, %eax
2:  ret
    .size xg_arch_trap_entry, . - xg_arch_trap_entry

    .section .note.GNU-stack, "", @progbits
