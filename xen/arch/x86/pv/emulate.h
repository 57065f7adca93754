/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the emulators of privileged instructions share: an instruction in hand, and access to the things it
 * may touch.
 */
#ifndef PV_EMULATE_H
#define PV_EMULATE_H

#include <xen/domain.h>
#include <xen/string.h>
#include <asm/cpu.h>
#include "decode.h"

enum emulation {
    EMULATED,       /* done: rip goes behind the instruction */
    EMULATED_PART,  /* an element of a REP is done: the guest comes back for the next */
    EMULATED_FAULT, /* an exception is in the guest already */
    EMULATED_AGAIN, /* it gave way: the guest comes back with the same instruction */
    NOT_EMULATED    /* the guest gets the exception that brought us here */
};

struct emulation_context {
    struct vcpu *v;
    struct cpu_user_regs *regs;
    struct insn insn;
    unsigned int code_bits;
    uint8_t breakpoints; /* a bit for each of the guest's I/O breakpoints that the access met */
};

/* emulate_io.c: IN, OUT, INS, OUTS, CLI, STI. */
enum emulation emulate_io(struct emulation_context *c);
/* emulate_system.c: control and debug registers, MSRs, CPUID, RDTSC, XSETBV, cache instructions. */
enum emulation emulate_system(struct emulation_context *c);
/* emulate_umip.c: what is left of opcodes 0F 00 and 0F 01: SGDT, SIDT, SLDT, STR, SMSW. */
enum emulation emulate_umip(struct emulation_context *c);

/* Base of the segment of the memory operand. */
uint64_t emulation_segment_base(const struct emulation_context *c);
/* The operand at va cannot be read or written: the guest has its exception, EMULATED_FAULT. */
enum emulation emulation_memory_fault(struct emulation_context *c, uint64_t va, bool write);

/* CR0 as the guest reads it. */
uint64_t pv_guest_cr0(const struct vcpu *v);

/* cpuid.c: what the guest of v sees. */
struct cpuid_values {
    uint32_t a, b, c, d;
};
static inline bool cpu_is_intel(void)
{
    return !strcmp(cpu_features.vendor, "GenuineIntel");
}
struct cpuid_values pv_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf);

/* msr.c: false: #GP. v is current. */
bool pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value) __must_check;
bool pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value) __must_check;

/* io_ports.c: an access of 1, 2 or 4 bytes by d, permissions considered: what may not be reached floats. */
uint32_t pv_port_read(struct domain *d, unsigned int port, unsigned int bytes);
void pv_port_write(struct domain *d, unsigned int port, unsigned int bytes, uint32_t value);

#endif
