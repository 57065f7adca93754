/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ELF notes of a test, unless its folder has a notes.S of its own: the fewest that both hypervisors
 * accept, without a hypercall page. A test's own file includes notes.inc and says what it wants to.
 */
#include "notes.inc"

    note_word XEN_ELFNOTE_VIRT_BASE, VIRT_BASE
    note_word XEN_ELFNOTE_PADDR_OFFSET, 0
    note_word XEN_ELFNOTE_ENTRY, guest_entry
    note_text XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    note_text XEN_ELFNOTE_LOADER, "generic"
    note_text XEN_ELFNOTE_GUEST_OS, "guest-test"
