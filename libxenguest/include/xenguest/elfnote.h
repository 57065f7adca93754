/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF notes: how a kernel tells the domain builder what it is. The same macros in C (at file scope) and in
 * assembly. Tier 0. Source: <xen/elfnote.h>; the numbers are asserted against it when the library is built.
 *
 *     XG_NOTES_STANDARD("mykernel", "1.0", 0xffffffff80000000)
 *
 * is all that most kernels write; XG_NOTE_STRING, XG_NOTE_SYMBOL and XG_NOTE_VALUE add others. The linker
 * script keeps the section: `.notes : { KEEP(*(.note.Xen)) } :text :note` (see xenguest.ld).
 */
#ifndef XENGUEST_ELFNOTE_H
#define XENGUEST_ELFNOTE_H

#define XG_NOTE_ENTRY              1
#define XG_NOTE_HYPERCALL_PAGE     2
#define XG_NOTE_VIRT_BASE          3
#define XG_NOTE_PADDR_OFFSET       4
#define XG_NOTE_XEN_VERSION        5
#define XG_NOTE_GUEST_OS           6
#define XG_NOTE_GUEST_VERSION      7
#define XG_NOTE_LOADER             8
#define XG_NOTE_PAE_MODE           9
#define XG_NOTE_FEATURES           10
#define XG_NOTE_BSD_SYMTAB         11
#define XG_NOTE_HV_START_LOW       12
#define XG_NOTE_L1_MFN_VALID       13
#define XG_NOTE_SUSPEND_CANCEL     14
#define XG_NOTE_INIT_P2M           15
#define XG_NOTE_MOD_START_PFN      16
#define XG_NOTE_SUPPORTED_FEATURES 17

/* clang-format off */
#ifdef __ASSEMBLER__

#define XG_NOTE_(type, descriptor)                   \
    .pushsection .note.Xen, "a", @note;              \
    .balign 4;                                       \
    .long 4, 8889f - 8888f, type;                    \
    .asciz "Xen";                                    \
8888: descriptor;                                    \
8889: .balign 4;                                     \
    .popsection

#define XG_NOTE_STRING(type, string) XG_NOTE_(type, .asciz string)
#define XG_NOTE_SYMBOL(type, symbol) XG_NOTE_(type, .quad symbol)
#define XG_NOTE_VALUE(type, value)   XG_NOTE_(type, .quad value)

#else

#define XG_TEXT__(x) #x
#define XG_TEXT_(x)  XG_TEXT__(x)

#define XG_NOTE_(type, descriptor)                   \
    __asm__(".pushsection .note.Xen, \"a\", @note\n" \
            ".balign 4\n"                            \
            ".long 4, 8889f - 8888f, " XG_TEXT_(type) "\n" \
            ".asciz \"Xen\"\n"                       \
            "8888: " descriptor "\n"                 \
            "8889: .balign 4\n"                      \
            ".popsection\n")

#define XG_NOTE_STRING(type, string) XG_NOTE_(type, ".asciz " XG_TEXT_(string))
#define XG_NOTE_SYMBOL(type, symbol) XG_NOTE_(type, ".quad " XG_TEXT_(symbol))
#define XG_NOTE_VALUE(type, value)   XG_NOTE_(type, ".quad " XG_TEXT_(value))

/* Lets the library's `_start` call `function` of the same file, of the type of xg_main. */
#define XG_ENTRY(function) \
    __asm__(".globl xg_main\n .hidden xg_main\n .set xg_main, " XG_TEXT_(function) "\n")

#endif

/*
 * The notes of a kernel that is linked with the library's `_start` and makes hypercalls by the instruction.
 * `virtual_base` is a number: the virtual address at which physical address 0 of the image stands.
 */
#define XG_NOTES_STANDARD(os, version, virtual_base)    \
    XG_NOTE_STRING(XG_NOTE_GUEST_OS, os);               \
    XG_NOTE_STRING(XG_NOTE_GUEST_VERSION, version);     \
    XG_NOTE_STRING(XG_NOTE_XEN_VERSION, "xen-3.0");     \
    XG_NOTE_STRING(XG_NOTE_LOADER, "generic");          \
    XG_NOTE_VALUE(XG_NOTE_VIRT_BASE, virtual_base);     \
    XG_NOTE_VALUE(XG_NOTE_SUSPEND_CANCEL, 1);           \
    XG_NOTE_SYMBOL(XG_NOTE_ENTRY, _start)

/*
 * Asks the builder for a hypercall page; from then on every hypercall of the library goes through it.
 * (The symbol pulls the page, and the entry that uses it, out of the archive.)
 */
#define XG_NOTES_HYPERCALL_PAGE() XG_NOTE_SYMBOL(XG_NOTE_HYPERCALL_PAGE, xg_hypercall_page)
/* clang-format on */

#endif
