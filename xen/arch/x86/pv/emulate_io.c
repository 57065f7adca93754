/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IN, OUT, INS, OUTS, CLI and STI. Two rights are asked: the guest's own (virtual IOPL, or the I/O bitmap
 * that its kernel registered), without which it takes #GP; and the domain's to the port, without which the
 * port floats (io_ports.c).
 */
#include <asm/processor.h>
#include <xen/guest_access.h>
#include "emulate.h"
#include "entry.h"

#define IOPL_SHIFT 12

static bool iopl_ok(const struct vcpu *v)
{
    bool architectural = v->domain->vm_assist & (1ul << VMASST_TYPE_architectural_iopl);
    unsigned int level = !guest_kernel_mode(v) ? 3 : architectural ? 0 : 1;

    return level << IOPL_SHIFT <= v->arch.iopl;
}

/*
 * The bitmap lies in the kernel's memory: user mode reads it through the kernel's page tables. Bytes that
 * cannot be read forbid.
 */
static bool bitmap_allows(struct vcpu *v, unsigned int port, unsigned int bytes)
{
    bool user = !guest_kernel_mode(v);
    uint16_t bits = 0xffff;
    uint64_t va = v->arch.io_bitmap_va + port / 8;

    if (port + bytes > v->arch.io_bitmap_ports)
        return false;
    if (user)
        pv_toggle_guest_mode(v);
    if (copy_from_guest(&bits, va, 2) && copy_from_guest(&bits, va, 1))
        bits = 0xffff;
    if (user)
        pv_toggle_guest_mode(v);
    return !((bits >> (port & 7)) & ((1u << bytes) - 1));
}

static bool port_ok(struct vcpu *v, unsigned int port, unsigned int bytes)
{
    return iopl_ok(v) || bitmap_allows(v, port, bytes);
}

static void note_breakpoints(struct emulation_context *c, unsigned int port, unsigned int bytes)
{
    if (unlikely(c->v->arch.debugreg[5]))
        c->breakpoints = debugreg_io_matches(c->v, port, bytes);
}

static enum emulation port_in(struct emulation_context *c, unsigned int port, unsigned int bytes)
{
    if (!port_ok(c->v, port, bytes))
        return NOT_EMULATED;
    insn_register_write(&c->insn, c->regs, 0, bytes, pv_port_read(c->v->domain, port, bytes));
    note_breakpoints(c, port, bytes);
    return EMULATED;
}

static enum emulation port_out(struct emulation_context *c, unsigned int port, unsigned int bytes)
{
    if (!port_ok(c->v, port, bytes))
        return NOT_EMULATED;
    pv_port_write(c->v->domain, port, bytes, (uint32_t)insn_register_read(&c->insn, c->regs, 0, bytes));
    note_breakpoints(c, port, bytes);
    return EMULATED;
}

/* Moves rsi or rdi on, and counts rcx down: true when a REP has more to do. */
static bool string_step(struct emulation_context *c, unsigned int reg, unsigned int bytes)
{
    uint64_t step = c->regs->rflags & X86_EFLAGS_DF ? -(uint64_t)bytes : bytes;
    unsigned int width = c->insn.address_bytes;

    insn_register_write(&c->insn, c->regs, reg, width, *insn_register(c->regs, reg) + step);
    if (!c->insn.rep && !c->insn.repne)
        return false;
    insn_register_write(&c->insn, c->regs, 1, width, c->regs->rcx - 1);
    return insn_register_read(&c->insn, c->regs, 1, width) != 0;
}

/* One element a trap: the guest comes back for the next as long as REP has more. */
static enum emulation string_io(struct emulation_context *c, bool in)
{
    unsigned int bytes = c->insn.opcode & 1 ? min(c->insn.operand_bytes, (uint8_t)4) : 1, reg = in ? 7 : 6;
    unsigned int port = c->regs->dx;
    uint64_t va = insn_register_read(&c->insn, c->regs, reg, c->insn.address_bytes);
    uint32_t value = 0;

    if ((c->insn.rep || c->insn.repne) && !insn_register_read(&c->insn, c->regs, 1, c->insn.address_bytes))
        return EMULATED;
    if (!port_ok(c->v, port, bytes))
        return NOT_EMULATED;
    if (!in)
        va += emulation_segment_base(c);
    if (in)
        value = pv_port_read(c->v->domain, port, bytes);
    if (in ? copy_to_guest(va, &value, bytes) : copy_from_guest(&value, va, bytes))
        return emulation_memory_fault(c, va, in);
    if (!in)
        pv_port_write(c->v->domain, port, bytes, value);
    note_breakpoints(c, port, bytes);
    return string_step(c, reg, bytes) ? EMULATED_PART : EMULATED;
}

enum emulation emulate_io(struct emulation_context *c)
{
    unsigned int wide = min(c->insn.operand_bytes, (uint8_t)4);

    switch (c->insn.opcode) {
    case 0x6c:
    case 0x6d:
        return string_io(c, true);
    case 0x6e:
    case 0x6f:
        return string_io(c, false);
    case 0xe4:
        return port_in(c, (uint8_t)c->insn.immediate, 1);
    case 0xe5:
        return port_in(c, (uint8_t)c->insn.immediate, wide);
    case 0xe6:
        return port_out(c, (uint8_t)c->insn.immediate, 1);
    case 0xe7:
        return port_out(c, (uint8_t)c->insn.immediate, wide);
    case 0xec:
        return port_in(c, c->regs->dx, 1);
    case 0xed:
        return port_in(c, c->regs->dx, wide);
    case 0xee:
        return port_out(c, c->regs->dx, 1);
    case 0xef:
        return port_out(c, c->regs->dx, wide);
    case 0xfa: /* CLI, STI: the event mask is not theirs to change */
    case 0xfb:
        return iopl_ok(c->v) ? EMULATED : NOT_EMULATED;
    }
    return NOT_EMULATED;
}
