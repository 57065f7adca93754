/* SPDX-License-Identifier: BSD-2-Clause */
/* Base and offset of this folder's link.lds. */
#include "notes.inc"

    note_word XEN_ELFNOTE_VIRT_BASE, 0x20000000
    note_word XEN_ELFNOTE_PADDR_OFFSET, 0x40000000
    note_word XEN_ELFNOTE_ENTRY, guest_entry
    note_text XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    note_text XEN_ELFNOTE_LOADER, "generic"
