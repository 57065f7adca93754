/* SPDX-License-Identifier: BSD-2-Clause */
/* The 64-bit image as it lies in memory, carried in the ELF32 container. */
    .section .payload, "aw"
    .incbin IMAGE_FILE
    .section .note.GNU-stack, "", @progbits
