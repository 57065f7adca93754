/* SPDX-License-Identifier: BSD-2-Clause */
/* Assembler macros that make one Xen ELF note each: note_word with a 64-bit value, note_text with a string. */
#include <xen/xen.h>
#include <xen/elfnote.h>

#include "layout.h"

    .macro note_word type, value
    .pushsection .note.xen, "a", @note
    .balign 4
    .long 4, 8, \type
    .asciz "Xen"
    .quad \value
    .popsection
    .endm

    .macro note_text type, text
    .pushsection .note.xen, "a", @note
    .balign 4
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  .asciz "\text"
2:  .balign 4
    .popsection
    .endm

    .section .note.GNU-stack, "", @progbits
    .text
