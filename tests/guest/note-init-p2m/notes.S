/* SPDX-License-Identifier: BSD-2-Clause */
/* The default notes and an address for the p2m list: 512 GiB, slot 1 of the top-level table. */
#include "notes.inc"

    note_word XEN_ELFNOTE_VIRT_BASE, VIRT_BASE
    note_word XEN_ELFNOTE_PADDR_OFFSET, 0
    note_word XEN_ELFNOTE_ENTRY, guest_entry
    note_word XEN_ELFNOTE_INIT_P2M, 0x8000000000
    note_text XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    note_text XEN_ELFNOTE_LOADER, "generic"
