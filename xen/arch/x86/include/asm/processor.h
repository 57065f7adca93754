/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86 instructions and registers as C: one line of machine code each. No state. (Intel SDM vol. 2-4, AMD APM
 * vol. 2.)
 */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include <xen/types.h>

#define X86_CR0_PE  (1ul << 0)
#define X86_CR0_MP  (1ul << 1)
#define X86_CR0_TS  (1ul << 3)
#define X86_CR0_ET  (1ul << 4)
#define X86_CR0_NE  (1ul << 5)
#define X86_CR0_WP  (1ul << 16)
#define X86_CR0_AM  (1ul << 18)
#define X86_CR0_PG  (1ul << 31)

#define X86_CR4_TSD        (1ul << 2)
#define X86_CR4_DE         (1ul << 3)
#define X86_CR4_PAE        (1ul << 5)
#define X86_CR4_MCE        (1ul << 6)
#define X86_CR4_PGE        (1ul << 7)
#define X86_CR4_PCE        (1ul << 8)
#define X86_CR4_OSFXSR     (1ul << 9)
#define X86_CR4_OSXMMEXCPT (1ul << 10)
#define X86_CR4_UMIP       (1ul << 11)
#define X86_CR4_FSGSBASE   (1ul << 16)
#define X86_CR4_OSXSAVE    (1ul << 18)
#define X86_CR4_SMEP       (1ul << 20)
#define X86_CR4_SMAP       (1ul << 21)

#define X86_EFLAGS_CF   (1ul << 0)
#define X86_EFLAGS_MBS  (1ul << 1)
#define X86_EFLAGS_TF   (1ul << 8)
#define X86_EFLAGS_IF   (1ul << 9)
#define X86_EFLAGS_DF   (1ul << 10)
#define X86_EFLAGS_IOPL (3ul << 12)
#define X86_EFLAGS_NT   (1ul << 14)
#define X86_EFLAGS_RF   (1ul << 16)
#define X86_EFLAGS_VM   (1ul << 17)
#define X86_EFLAGS_AC   (1ul << 18)
#define X86_EFLAGS_VIF  (1ul << 19)
#define X86_EFLAGS_VIP  (1ul << 20)
#define X86_EFLAGS_ID   (1ul << 21)

#define MSR_TSC            0x10
#define MSR_APIC_BASE      0x1b
#define MSR_SYSENTER_CS    0x174
#define MSR_SYSENTER_ESP   0x175
#define MSR_SYSENTER_EIP   0x176
#define MSR_PAT            0x277
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_CSTAR          0xc0000083
#define MSR_SYSCALL_MASK   0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_SHADOW_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103

#define EFER_SCE (1ul << 0)
#define EFER_LME (1ul << 8)
#define EFER_LMA (1ul << 10)
#define EFER_NX  (1ul << 11)

#define X86_EXC_DE 0
#define X86_EXC_DB 1
#define X86_EXC_NMI 2
#define X86_EXC_BP 3
#define X86_EXC_OF 4
#define X86_EXC_BR 5
#define X86_EXC_UD 6
#define X86_EXC_NM 7
#define X86_EXC_DF 8
#define X86_EXC_TS 10
#define X86_EXC_NP 11
#define X86_EXC_SS 12
#define X86_EXC_GP 13
#define X86_EXC_PF 14
#define X86_EXC_MF 16
#define X86_EXC_AC 17
#define X86_EXC_MC 18
#define X86_EXC_XM 19

#define PFEC_PRESENT  (1u << 0)
#define PFEC_WRITE    (1u << 1)
#define PFEC_USER     (1u << 2)
#define PFEC_RESERVED (1u << 3)
#define PFEC_INSN     (1u << 4)

struct cpuid_result {
    uint32_t a, b, c, d;
};

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r;

    __asm__ __volatile__("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
    return r;
}
static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t lo, hi;

    __asm__ __volatile__("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return lo | (uint64_t)hi << 32;
}
static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ __volatile__("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}
static inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;

    __asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi));
    return lo | (uint64_t)hi << 32;
}
static inline uint64_t rdtsc_ordered(void)
{
    __asm__ __volatile__("lfence" ::: "memory");
    return rdtsc();
}

#define DEFINE_CONTROL_REGISTER(name)                                    \
    static inline unsigned long read_##name(void)                        \
    {                                                                    \
        unsigned long v;                                                 \
        __asm__ __volatile__("mov %%" #name ", %0" : "=r"(v)::"memory"); \
        return v;                                                        \
    }                                                                    \
    static inline void write_##name(unsigned long v)                     \
    {                                                                    \
        __asm__ __volatile__("mov %0, %%" #name : : "r"(v) : "memory");  \
    }
DEFINE_CONTROL_REGISTER(cr0)
DEFINE_CONTROL_REGISTER(cr2)
DEFINE_CONTROL_REGISTER(cr3)
DEFINE_CONTROL_REGISTER(cr4)
DEFINE_CONTROL_REGISTER(dr0)
DEFINE_CONTROL_REGISTER(dr1)
DEFINE_CONTROL_REGISTER(dr2)
DEFINE_CONTROL_REGISTER(dr3)
DEFINE_CONTROL_REGISTER(dr6)
DEFINE_CONTROL_REGISTER(dr7)
#undef DEFINE_CONTROL_REGISTER

static inline void invlpg(unsigned long va)
{
    __asm__ __volatile__("invlpg (%0)" : : "r"(va) : "memory");
}
static inline void clts(void)
{
    __asm__ __volatile__("clts");
}
static inline uint8_t inb(uint16_t port)
{
    uint8_t v;

    __asm__ __volatile__("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline uint16_t inw(uint16_t port)
{
    uint16_t v;

    __asm__ __volatile__("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline uint32_t inl(uint16_t port)
{
    uint32_t v;

    __asm__ __volatile__("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline void outb(uint16_t port, uint8_t v)
{
    __asm__ __volatile__("outb %0, %1" : : "a"(v), "Nd"(port));
}
static inline void outw(uint16_t port, uint16_t v)
{
    __asm__ __volatile__("outw %0, %1" : : "a"(v), "Nd"(port));
}
static inline void outl(uint16_t port, uint32_t v)
{
    __asm__ __volatile__("outl %0, %1" : : "a"(v), "Nd"(port));
}

#endif
