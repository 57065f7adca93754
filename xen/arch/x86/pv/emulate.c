/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that a kernel believes to be its right and the processor refuses in ring 3: fetched, decoded,
 * handed to the emulator of their kind, and stepped over. What no emulator takes is the guest's own fault.
 */
#include <asm/extable.h>
#include <asm/processor.h>
#include <asm/smap.h>
#include <xen/guest_access.h>
#include "emulate.h"
#include "entry.h"
#include "walk.h"

/* UD2, "xen", CPUID: the first and the last four of seven bytes, little-endian. */
#define FORCED_BYTES 7
#define FORCED_HEAD  0x65780b0fu
#define FORCED_TAIL  0xa20f6e65u

#define RDMSR_BYTES 0x320f

#define DR6_SINGLE_STEP (1ul << 14)
#define ACCESS_L        (1u << 21)
#define ACCESS_D        (1u << 22)

/*
 * Width of the code by its segment; 0: none that we emulate for (16-bit code, or a selector of no
 * descriptor).
 */
static unsigned int code_bits(const struct cpu_user_regs *regs)
{
    uint32_t access;
    bool valid;

    if (likely(regs->cs == FLAT_USER_CS64 || regs->cs == (FLAT_USER_CS64 & ~3)))
        return 64;
    __asm__("lar %2, %0" : "=r"(access), "=@ccz"(valid) : "r"((uint32_t)regs->cs));
    if (!valid)
        return 0;
    return access & ACCESS_L ? 64 : access & ACCESS_D ? 32 : 0;
}

/* Bytes at rip that are readable, at most INSN_MAX_BYTES. The code segment is flat. */
static unsigned int fetch(unsigned long rip, uint8_t *bytes)
{
    unsigned int in_page = (unsigned int)(PAGE_SIZE - (rip & ~PAGE_MASK));

    if (likely(in_page >= 16))
        return copy_from_guest(bytes, rip, 16) ? 0 : INSN_MAX_BYTES;
    if (copy_from_guest(bytes, rip, in_page))
        return 0;
    return copy_from_guest(bytes + in_page, rip + in_page, 16 - in_page) ? in_page : INSN_MAX_BYTES;
}

/* What the processor would raise behind the instruction: single step, and breakpoints on I/O that it met. */
static void trap_after(struct cpu_user_regs *regs, unsigned int breakpoints)
{
    regs->rflags &= ~X86_EFLAGS_RF;
    if (likely(!(regs->rflags & X86_EFLAGS_TF) && !breakpoints))
        return;
    current->arch.debugreg[6] |= breakpoints | (regs->rflags & X86_EFLAGS_TF ? DR6_SINGLE_STEP : 0);
    pv_inject_exception(X86_EXC_DB, 0);
}

static void retire(struct cpu_user_regs *regs, unsigned int length, unsigned int bits,
                   unsigned int breakpoints)
{
    regs->rip += length;
    if (bits == 32)
        regs->rip = (uint32_t)regs->rip;
    trap_after(regs, breakpoints);
}

uint64_t emulation_segment_base(const struct emulation_context *c)
{
    return c->insn.segment == INSN_SEG_FS   ? rdmsr(MSR_FS_BASE)
           : c->insn.segment == INSN_SEG_GS ? rdmsr(MSR_GS_BASE)
                                            : 0;
}

enum emulation emulation_memory_fault(struct emulation_context *c, uint64_t va, bool write)
{
    uint32_t error_code = write ? PFEC_WRITE : 0;

    if (!guest_address_ok(va)) {
        pv_inject_exception(X86_EXC_GP, 0);
        return EMULATED_FAULT;
    }
    if (!guest_walk(c->v, va).stopped_at)
        error_code |= PFEC_PRESENT;
    pv_inject_page_fault(error_code, va);
    return EMULATED_FAULT;
}

/* RDMSR of a segment base: Linux issues one at each switch of programs. False: it is not that, and nothing
 * has been done. */
static bool read_base_quickly(struct cpu_user_regs *regs)
{
    const struct vcpu *v = current;
    uint32_t bytes;
    uint64_t base;

    if (regs->ecx - MSR_FS_BASE > MSR_SHADOW_GS_BASE - MSR_FS_BASE || regs->cs != FLAT_USER_CS64 ||
        !guest_kernel_mode(v) || !arch_read_guest_32(v->domain, &bytes, regs->rip) ||
        (uint16_t)bytes != RDMSR_BYTES)
        return false;
    base = rdmsr(regs->ecx);
    regs->rax = (uint32_t)base;
    regs->rdx = base >> 32;
    retire(regs, 2, 64, 0);
    return true;
}

bool pv_emulate_privileged(struct cpu_user_regs *regs)
{
    struct emulation_context c;
    uint8_t bytes[16];
    unsigned int available;
    enum emulation result;

    if (read_base_quickly(regs))
        return true;
    c.code_bits = code_bits(regs);
    if (!c.code_bits)
        return false;
    available = fetch(regs->rip, bytes);
    if (!available)
        return false;
    switch (insn_decode(&c.insn, bytes, available, c.code_bits)) {
    case INSN_TRUNCATED:
        pv_inject_page_fault(PFEC_INSN, regs->rip + available);
        return true;
    case INSN_INVALID:
        return false;
    case INSN_OK:
        break;
    }
    if (c.insn.lock) {
        pv_inject_exception(X86_EXC_UD, 0);
        return true;
    }
    c.v = current;
    c.regs = regs;
    c.breakpoints = 0;
    result = c.insn.map == INSN_0F         ? emulate_system(&c)
             : c.insn.map == INSN_ONE_BYTE ? emulate_io(&c)
                                           : NOT_EMULATED;
    if (result == EMULATED)
        retire(regs, c.insn.length, c.code_bits, c.breakpoints);
    else if (result == EMULATED_PART)
        trap_after(regs, c.breakpoints);
    return result != NOT_EMULATED;
}

bool pv_emulate_forced(struct cpu_user_regs *regs)
{
    struct cpuid_values r;
    uint32_t head, tail;

    /*
     * That rip was fetched from says that it is the guest's; the bytes behind may be in the next page, which
     * is not there.
     */
    guest_access_begin();
    get_guest_32(head, regs->rip, 0, out);
    guest_access_end();
    if (likely(head != FORCED_HEAD))
        return false;
    guest_access_begin();
    get_guest_32(tail, regs->rip, FORCED_BYTES - 4, out);
    guest_access_end();
    if (tail != FORCED_TAIL)
        return false;
    r = pv_cpuid(current, regs->eax, regs->ecx);
    regs->rax = r.a;
    regs->rbx = r.b;
    regs->rcx = r.c;
    regs->rdx = r.d;
    retire(regs, FORCED_BYTES, 64, 0);
    return true;
out:
    return false;
}
