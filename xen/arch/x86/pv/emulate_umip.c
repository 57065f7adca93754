/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SGDT, SIDT, SLDT, STR and SMSW, which CR4.UMIP takes from ring 3 (Intel SDM vol. 3, 2.5) and stock Xen
 * leaves to PV guests, kernel and user. They work as there, but show no address of the hypervisor's.
 */
#include <asm/desc.h>
#include <asm/processor.h>
#include <xen/guest_access.h>
#include "emulate.h"
#include "entry.h"

#define IDT_LIMIT (256 * 16 - 1)

static enum emulation store(struct emulation_context *c, const void *value, size_t bytes)
{
    uint64_t va = insn_effective_address(&c->insn, c->regs, emulation_segment_base(c));

    return copy_to_guest(va, value, bytes) ? emulation_memory_fault(c, va, true) : EMULATED;
}

/* A whole register of the operand's size, or two bytes of memory. */
static enum emulation store_word(struct emulation_context *c, uint64_t value)
{
    if (c->insn.memory)
        return store(c, &value, 2);
    insn_register_write(&c->insn, c->regs, c->insn.rm, c->insn.operand_bytes, value);
    return EMULATED;
}

static enum emulation store_table(struct emulation_context *c, uint16_t limit)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __packed value = {limit, VCPU_WINDOWS_START};

    return store(c, &value, c->code_bits == 64 ? 10 : 6);
}

enum emulation emulate_umip(struct emulation_context *c)
{
    if (!cpu_features.umip)
        return NOT_EMULATED;
    if (c->insn.opcode == 0x00) {
        switch (c->insn.reg & 7) {
        case 0: /* SLDT */
            return store_word(c, c->v->arch.nr_ldt_entries ? SEL_LDT : 0);
        case 1: /* STR */
            return store_word(c, SEL_TSS);
        }
        return NOT_EMULATED;
    }
    switch (c->insn.reg & 7) {
    case 0:
        return c->insn.memory ? store_table(c, GDT_LIMIT) : NOT_EMULATED;
    case 1:
        return c->insn.memory ? store_table(c, IDT_LIMIT) : NOT_EMULATED;
    case 4: /* SMSW */
        return store_word(c, pv_guest_cr0(c->v));
    }
    return NOT_EMULATED;
}
