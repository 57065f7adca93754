/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack for xg_main. A port that wants another size defines both symbols, and this file is not linked. */
    .section .bss.xg_boot_stack, "aw", @nobits
    .balign 4096
    .globl xg_boot_stack, xg_boot_stack_top
    .hidden xg_boot_stack, xg_boot_stack_top
xg_boot_stack:
    .skip 32768
xg_boot_stack_top:

    .section .note.GNU-stack, "", @progbits
