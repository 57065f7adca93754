/* SPDX-License-Identifier: BSD-2-Clause */
/* The string section; the hypercall page stands first in the image, one MiB (0x100 pages) above the base. */
#include "layout.h"

    .section __xen_guest, "a", @progbits
    .ascii "GUEST_OS=guest-test,XEN_VER=xen-3.0,LOADER=generic,"
    .ascii "VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=0x100"
    .byte 0

    .section .text.hypercall_page, "ax", @progbits
    .balign 4096
    .globl hypercall_page
hypercall_page:
    .skip 4096

    .section .note.GNU-stack, "", @progbits
