/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between the hypervisor and the current guest's memory, by instructions of the exception
 * table. Addresses in the hypervisor's hole are refused here; a range that begins below the hole faults on the
 * non-canonical gap before it can reach it. A fault goes on with AC clear.
 */
#include <asm/extable.h>
#include <asm/layout.h>
#include <asm/smap.h>

        .text
        .globl  guest_copy_from, guest_copy_to
        .hidden guest_copy_from, guest_copy_to
        .type   guest_copy_from, @function
        .type   guest_copy_to, @function

/* size_t guest_copy_from(void *dst: rdi, uint64_t va: rsi, size_t n: rdx): bytes not copied. DF is off. */
        .balign 16
guest_copy_from:
        mov     %rsp, %rcx
        or      $(STACK_SIZE - 1), %rcx
        mov     OFF_STACK_CURRENT(%rcx), %rcx
        mov     OFF_VCPU_DOMAIN(%rcx), %rcx
        cmpb    $0, OFF_DOMAIN_LINEAR_L4(%rcx)
        /* Through a linear L4 entry the walk could reach our own slots, which this ring may read: see pv/linear.c. */
        jne     pv_copy_from_linear
        mov     %rsi, %rax
        jmp     0f
        .balign 16
/* size_t guest_copy_to(uint64_t va: rdi, const void *src: rsi, size_t n: rdx): bytes not copied. */
guest_copy_to:
        mov     %rdi, %rax
0:      shr     $43, %rax                       /* the hole is all the addresses with these 21 top bits */
        cmp     $(HV_VIRT_START >> 43), %eax
        je      5f
        mov     %rdx, %rcx
        and     $7, %edx
        shr     $3, %rcx
        STAC
1:      rep movsq
        mov     %edx, %ecx
2:      rep movsb
        CLAC
        xor     %eax, %eax
        ret
3:      lea     (%rdx,%rcx,8), %rax
        ret
4:      mov     %rcx, %rax
        ret
5:      mov     %rdx, %rax
        ret
        EXTABLE 1b, 3b
        EXTABLE 2b, 4b
        .size   guest_copy_from, . - guest_copy_from

        .section .note.GNU-stack, "", @progbits
