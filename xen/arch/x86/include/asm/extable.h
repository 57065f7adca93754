/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions of the hypervisor that may fault, and where to go on when they do. Also the inline accesses to
 * guest memory that are too hot for a call of arch_copy_*.
 */
#ifndef ASM_EXTABLE_H
#define ASM_EXTABLE_H

#ifdef __ASSEMBLY__

/* clang-format off */
        .macro EXTABLE from, to
        .pushsection .extable, "a"
        .balign 4
        .long   \from - ., \to - .
        .popsection
        .endm
/* clang-format on */

#else

#include <xen/types.h>

/* For inline assembly: a fault at label `from` goes on at `to`. usercopy.S has the same as a macro. */
#define EXTABLE(from, to)                                                                                    \
    ".pushsection .extable, \"a\"\n"                                                                         \
    ".balign 4\n"                                                                                            \
    ".long " from " - ., " to " - .\n"                                                                       \
    ".popsection\n"

/* Where to go on after a fault at rip; 0: it is not on the list. */
unsigned long extable_lookup(unsigned long rip);

/*
 * Writes or reads at base + offset (a constant) of the guest; on a fault control goes to the label. The
 * caller checked the address.
 */
#define PUT_GUEST(insn, type, base, offset, value, fault)                                                    \
    __asm__ goto("1: " insn " %1, %c2(%0)\n" EXTABLE("1b", "%l[" #fault "]")                                 \
                 :                                                                                           \
                 : "r"(base), "r"((type)(value)), "i"(offset)                                                \
                 : "memory"                                                                                  \
                 : fault)
#define GET_GUEST(insn, result, base, offset, fault)                                                         \
    __asm__ goto("1: " insn " %c2(%1), %0\n" EXTABLE("1b", "%l[" #fault "]")                                 \
                 : "=r"(result)                                                                              \
                 : "r"(base), "i"(offset)                                                                    \
                 : "memory"                                                                                  \
                 : fault)

#define put_guest_word(base, offset, value, fault)  PUT_GUEST("movq", uint64_t, base, offset, value, fault)
#define put_guest_32(base, offset, value, fault)    PUT_GUEST("movl", uint32_t, base, offset, value, fault)
#define put_guest_16(base, offset, value, fault)    PUT_GUEST("movw", uint16_t, base, offset, value, fault)
#define get_guest_word(result, base, offset, fault) GET_GUEST("movq", result, base, offset, fault)
#define get_guest_32(result, base, offset, fault)   GET_GUEST("movl", result, base, offset, fault)

/* Loads a data segment register (ds, es, fs, gs: a name); false: the selector was bad, NUL is loaded. */
#define DEFINE_SEGMENT_LOAD(name)                                                                            \
    static inline bool load_##name(unsigned int selector)                                                    \
    {                                                                                                        \
        __asm__ goto("1: mov %k0, %%" #name "\n" EXTABLE("1b", "%l[bad]")                                    \
                     :                                                                                       \
                     : "r"(selector)                                                                         \
                     : "memory"                                                                              \
                     : bad);                                                                                 \
        return true;                                                                                         \
    bad:                                                                                                     \
        __asm__ __volatile__("mov %k0, %%" #name : : "r"(0) : "memory");                                     \
        return false;                                                                                        \
    }                                                                                                        \
    static inline unsigned int read_##name(void)                                                             \
    {                                                                                                        \
        unsigned int selector;                                                                               \
        __asm__ __volatile__("mov %%" #name ", %0" : "=r"(selector));                                        \
        return selector & 0xffff;                                                                            \
    }
DEFINE_SEGMENT_LOAD(ds)
DEFINE_SEGMENT_LOAD(es)
DEFINE_SEGMENT_LOAD(fs)
DEFINE_SEGMENT_LOAD(gs)
#undef DEFINE_SEGMENT_LOAD

/* False: #GP, there is no such register (or not this value). */
static inline bool rdmsr_safe(uint32_t msr, uint64_t *value)
{
    uint32_t lo, hi, ok = 0;

    __asm__ __volatile__("1: rdmsr\n   mov $1, %2\n2:\n" EXTABLE("1b", "2b")
                         : "=a"(lo), "=d"(hi), "+r"(ok)
                         : "c"(msr), "0"(0), "1"(0));
    *value = lo | (uint64_t)hi << 32;
    return ok;
}
static inline bool wrmsr_safe(uint32_t msr, uint64_t value)
{
    uint32_t ok = 0;

    __asm__ __volatile__("1: wrmsr\n   mov $1, %0\n2:\n" EXTABLE("1b", "2b")
                         : "+r"(ok)
                         : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                         : "memory");
    return ok;
}

#endif
#endif
