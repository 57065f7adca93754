/* SPDX-License-Identifier: BSD-2-Clause */
/* Single instructions that C cannot say. */
    .text

/* uint64_t xg_arch_tsc(void): not before the loads that precede it. */
    .globl xg_arch_tsc
    .hidden xg_arch_tsc
    .type xg_arch_tsc, @function
xg_arch_tsc:
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    ret
    .size xg_arch_tsc, . - xg_arch_tsc

/* void xg_arch_pause(void) */
    .globl xg_arch_pause
    .hidden xg_arch_pause
    .type xg_arch_pause, @function
xg_arch_pause:
    pause
    ret
    .size xg_arch_pause, . - xg_arch_pause

    .section .note.GNU-stack, "", @progbits
