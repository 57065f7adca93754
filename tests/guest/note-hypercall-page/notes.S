/* SPDX-License-Identifier: BSD-2-Clause */
/* The default notes and a hypercall page. */
#include "notes.inc"

    note_word XEN_ELFNOTE_VIRT_BASE, VIRT_BASE
    note_word XEN_ELFNOTE_PADDR_OFFSET, 0
    note_word XEN_ELFNOTE_ENTRY, guest_entry
    note_word XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
    note_text XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    note_text XEN_ELFNOTE_LOADER, "generic"

    .balign 4096
    .globl hypercall_page
hypercall_page:
    .skip 4096
