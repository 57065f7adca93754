/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the hypervisor means to touch memory that ring 3 may touch. Anywhere else such an access is a
 * mistake, and with CR4.SMAP it faults (Intel SDM vol. 3, 4.6.1). Each place is a NOP in the image; smap_init
 * writes STAC or CLAC there when the processor has SMAP. Between begin and end stand only accesses by the
 * exception table: a fault of theirs goes on with AC clear, so that no way out needs an end of its own
 * (trap_from_hypervisor). An exception or interrupt in between clears AC on entry.
 */
#ifndef ASM_SMAP_H
#define ASM_SMAP_H

/* What becomes of a place. */
#define SMAP_STAC 0
#define SMAP_CLAC 1
#define SMAP_CLD_CLAC                                                                                        \
    2 /* CLD with three prefixes of no meaning: one instruction without SMAP, CLD and CLAC with it */

#ifdef __ASSEMBLY__

/* clang-format off */
        .macro SMAP_PLACE kind
        .pushsection .smap_places, "a"
        .balign 4
        .long   991f - ., \kind
        .popsection
991:
        .endm

        .macro STAC
        SMAP_PLACE SMAP_STAC
        .byte   0x0f, 0x1f, 0x00
        .endm
        .macro CLAC
        SMAP_PLACE SMAP_CLAC
        .byte   0x0f, 0x1f, 0x00
        .endm
        .macro CLD_CLAC
        SMAP_PLACE SMAP_CLD_CLAC
        .byte   0x66, 0x66, 0x66, 0xfc
        .endm
/* clang-format on */

#else

#include <xen/compiler.h>

#define SMAP_PLACE(kind)                                                                                     \
    ".pushsection .smap_places, \"a\"\n"                                                                     \
    ".balign 4\n"                                                                                            \
    ".long 991f - ., " kind "\n"                                                                             \
    ".popsection\n"                                                                                          \
    "991: .byte 0x0f, 0x1f, 0x00\n"

static always_inline void guest_access_begin(void)
{
    __asm__ __volatile__(SMAP_PLACE("0" /* SMAP_STAC */) : : : "memory");
}
static always_inline void guest_access_end(void)
{
    __asm__ __volatile__(SMAP_PLACE("1" /* SMAP_CLAC */) : : : "memory");
}

/* Writes the instructions, if the processor has SMAP. Once, before the first guest; CR4.SMAP is
 * cpu_registers_init's. */
void smap_init(void);
/*
 * A page fault at an address of the guest's without PFEC_USER although ring 3 made it: the processor takes
 * accesses for its own that are ring 3's. Goes on without SMAP on this CPU; false: it was not on.
 */
bool smap_give_up(void);

#endif
#endif
