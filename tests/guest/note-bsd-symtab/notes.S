/* SPDX-License-Identifier: BSD-2-Clause */
/* As the framework's, and the wish for a symbol table. */
#include "notes.inc"

    note_word XEN_ELFNOTE_VIRT_BASE, VIRT_BASE
    note_word XEN_ELFNOTE_PADDR_OFFSET, 0
    note_word XEN_ELFNOTE_ENTRY, guest_entry
    note_text XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    note_text XEN_ELFNOTE_LOADER, "generic"
    note_text XEN_ELFNOTE_GUEST_OS, "guest-test"
    note_text XEN_ELFNOTE_BSD_SYMTAB, "yes"
