/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control and debug registers, MSRs, CPUID, RDTSC, XSETBV and the cache instructions: what of the processor a
 * PV kernel still asks by instruction. All but RDTSC and CPUID are the kernel's alone.
 */
#include <asm/cpu.h>
#include <asm/fpu.h>
#include <asm/processor.h>
#include <asm/pv_mm.h>
#include <asm/tsc.h>
#include <xen/hypercall.h>
#include <xen/refusal.h>
#include "calls.h"
#include "emulate.h"
#include "entry.h"

/* Bits that the guest chooses, and bits that it sees as the hypervisor has them. */
uint64_t pv_guest_cr4(uint64_t wanted)
{
    uint64_t choice = X86_CR4_TSD | X86_CR4_DE;

    if (cpu_features.fsgsbase)
        choice |= X86_CR4_FSGSBASE;
    if (fpu_host_features())
        choice |= X86_CR4_OSXSAVE;
    return (wanted & choice) |
           (read_cr4() & (X86_CR4_PAE | X86_CR4_MCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT));
}

static void set_pair(struct cpu_user_regs *regs, uint64_t value)
{
    regs->rax = (uint32_t)value;
    regs->rdx = value >> 32;
}
static uint64_t get_pair(const struct cpu_user_regs *regs)
{
    return regs->eax | (uint64_t)regs->edx << 32;
}

uint64_t pv_guest_cr0(const struct vcpu *v)
{
    return (read_cr0() & ~X86_CR0_TS) | (v->arch.ctrlreg[0] & X86_CR0_TS);
}

static enum emulation read_control(struct emulation_context *c)
{
    uint64_t *out = insn_register(c->regs, c->insn.rm);

    switch (c->insn.reg) {
    case 0:
        *out = pv_guest_cr0(c->v);
        return EMULATED;
    case 2:
        *out = c->v->arch.ctrlreg[2];
        return EMULATED;
    case 3:
        *out = mfn_to_paddr(c->v->arch.guest_table);
        return EMULATED;
    case 4:
        *out = c->v->arch.ctrlreg[4];
        return EMULATED;
    }
    return NOT_EMULATED;
}

static enum emulation write_cr0_guest(struct emulation_context *c, uint64_t value)
{
    if ((value ^ read_cr0()) & ~X86_CR0_TS) {
        refuse(-XEN_EPERM, "emulate.cr0", "CR0 %#lx: only TS may change", (unsigned long)value);
        return NOT_EMULATED;
    }
    do_fpu_taskswitch((value & X86_CR0_TS) != 0);
    return EMULATED;
}

/*
 * As the hypercall, it may take more than one go: then the guest comes back with the same instruction, its
 * events delivered first.
 */
static enum emulation change_base(struct vcpu *v, uint64_t value)
{
    int rc = pv_finish_deferred(v);

    if (!rc)
        rc = pv_new_base(v, paddr_to_mfn(value));
    return rc == -XEN_ERESTART ? EMULATED_AGAIN : rc ? NOT_EMULATED : EMULATED;
}

static enum emulation write_control(struct emulation_context *c)
{
    struct vcpu *v = c->v;
    uint64_t value = *insn_register(c->regs, c->insn.rm);

    switch (c->insn.reg) {
    case 0:
        return write_cr0_guest(c, value);
    case 2:
        v->arch.ctrlreg[2] = v->info->arch.cr2 = value;
        return EMULATED;
    case 3:
        return change_base(v, value);
    case 4:
        v->arch.ctrlreg[4] = pv_guest_cr4(value);
        pv_update_cr4(v);
        return EMULATED;
    }
    return NOT_EMULATED;
}

static enum emulation debug_register(struct emulation_context *c, bool write)
{
    uint64_t *reg = insn_register(c->regs, c->insn.rm);
    int rc = write ? debugreg_set(c->v, c->insn.reg, *reg) : debugreg_get(c->v, c->insn.reg, reg);

    if (rc == -XEN_ENODEV) {
        pv_inject_exception(X86_EXC_UD, 0);
        return EMULATED_FAULT;
    }
    return rc ? NOT_EMULATED : EMULATED;
}

static enum emulation msr(struct emulation_context *c, bool write)
{
    uint64_t value = get_pair(c->regs);

    if (write)
        return pv_wrmsr(c->v, c->regs->ecx, value) ? EMULATED : NOT_EMULATED;
    if (!pv_rdmsr(c->v, c->regs->ecx, &value))
        return NOT_EMULATED;
    set_pair(c->regs, value);
    return EMULATED;
}

/*
 * A guest that set TSD keeps its users from the time-stamp counter, not itself. The hypervisor may have set
 * it as well.
 */
static enum emulation time_stamp(struct emulation_context *c, bool with_aux)
{
    if (!guest_kernel_mode(c->v) && (c->v->arch.ctrlreg[4] & X86_CR4_TSD))
        return NOT_EMULATED;
    set_pair(c->regs, tsc_read(c->v));
    if (with_aux)
        c->regs->rcx = c->v->arch.tsc_aux;
    return EMULATED;
}

static enum emulation cpuid_instruction(struct emulation_context *c)
{
    struct cpuid_values r = pv_cpuid(c->v, c->regs->eax, c->regs->ecx);

    c->regs->rax = r.a;
    c->regs->rbx = r.b;
    c->regs->rcx = r.c;
    c->regs->rdx = r.d;
    return EMULATED;
}

/* Group 7: XSETBV is /2 and RDTSCP /7 with rm 1, both without memory; SMSW is /4 with any. */
static enum emulation group7(struct emulation_context *c)
{
    if (c->insn.memory || (c->insn.reg & 7) == 4)
        return emulate_umip(c);
    if (c->insn.rm != 1)
        return NOT_EMULATED;
    if (c->insn.reg == 7)
        return time_stamp(c, true);
    if (c->insn.reg != 2 || !guest_kernel_mode(c->v))
        return NOT_EMULATED;
    if (!(c->v->arch.ctrlreg[4] & X86_CR4_OSXSAVE)) {
        pv_inject_exception(X86_EXC_UD, 0);
        return EMULATED_FAULT;
    }
    return c->regs->ecx == 0 && fpu_set_xcr0(c->v, get_pair(c->regs)) ? EMULATED : NOT_EMULATED;
}

static enum emulation cache_instruction(struct emulation_context *c)
{
    if (c->v->domain->is_hardware)
        __asm__ __volatile__("wbinvd" ::: "memory");
    return EMULATED;
}

static enum emulation kernel_instruction(struct emulation_context *c)
{
    switch (c->insn.opcode) {
    case 0x06: /* CLTS */
        do_fpu_taskswitch(0);
        return EMULATED;
    case 0x09: /* WBINVD */
        return cache_instruction(c);
    case 0x20:
        return read_control(c);
    case 0x21:
        return debug_register(c, false);
    case 0x22:
        return write_control(c);
    case 0x23:
        return debug_register(c, true);
    case 0x30:
        return msr(c, true);
    case 0x32:
        return msr(c, false);
    }
    return NOT_EMULATED;
}

enum emulation emulate_system(struct emulation_context *c)
{
    switch (c->insn.opcode) {
    case 0x00:
        return emulate_umip(c);
    case 0x01:
        return group7(c);
    case 0x31:
        return time_stamp(c, false);
    case 0xa2:
        return cpuid_instruction(c);
    }
    return guest_kernel_mode(c->v) ? kernel_instruction(c) : NOT_EMULATED;
}
