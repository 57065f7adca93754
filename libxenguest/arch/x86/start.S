/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry of a PV kernel, for one that has no other. Linked in when its notes name _start.
 *
 *   from Xen:    rsi start-info   rsp a stack of one page  events masked   bss zeroed
 *   to xg_main:  rdi start-info   rsp a stack of the kernel's own              rbp 0: the end of stack traces
 */
    .text
    .globl _start
    .type _start, @function
_start:
    cld
    lea xg_boot_stack_top(%rip), %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi
    call xg_main
    mov $3, %edi            /* SHUTDOWN_crash: xg_main has returned */
    call xg_sched_shutdown
    ud2
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
