/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes of Domain 0's kernel to registers that it may only read: those of PCI configuration go the way of
 * the ports, all others go nowhere. Only plain stores: anything else stays the guest's page fault, as on
 * stock Xen.
 */
#include <asm/pci.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include "decode.h"
#include "walk.h"

/* Bytes at rip, which lie in one page or two. */
static unsigned int fetch(unsigned long rip, uint8_t *bytes)
{
    unsigned int in_page = (unsigned int)min(PAGE_SIZE - (rip & ~PAGE_MASK), (unsigned long)INSN_MAX_BYTES);

    if (copy_from_guest(bytes, rip, in_page))
        return 0;
    return copy_from_guest(bytes + in_page, rip + in_page, INSN_MAX_BYTES - in_page) ? in_page
                                                                                     : INSN_MAX_BYTES;
}

static uint64_t segment_base(const struct insn *in)
{
    return in->segment == INSN_SEG_FS   ? rdmsr(MSR_FS_BASE)
           : in->segment == INSN_SEG_GS ? rdmsr(MSR_GS_BASE)
                                        : 0;
}

/* A store of a register or an immediate to va: its size, or 0. */
static unsigned int store_bytes(const struct insn *in, const struct cpu_user_regs *regs, unsigned long va)
{
    bool is_store = in->map == INSN_ONE_BYTE && (in->opcode == 0x88 || in->opcode == 0x89 ||
                                                 ((in->opcode & ~1) == 0xc6 && !(in->reg & 7)));

    if (!is_store || !in->memory || in->lock || insn_effective_address(in, regs, segment_base(in)) != va)
        return 0;
    return in->opcode & 1 ? in->operand_bytes : 1;
}

static void write_config(uint64_t address, unsigned int bytes, uint64_t value)
{
    if (address & (bytes - 1))
        return;
    if (bytes == 8) {
        pci_mapped_write(address, 4, (uint32_t)value);
        pci_mapped_write(address + 4, 4, (uint32_t)(value >> 32));
    } else {
        pci_mapped_write(address, bytes, (uint32_t)value);
    }
}

bool pv_emulate_mmio_write(struct cpu_user_regs *regs, unsigned long va)
{
    uint8_t code[INSN_MAX_BYTES];
    unsigned int available, bytes;
    struct page_walk w;
    struct insn in;
    uint64_t frame;

    /* First: other domains' kernels come here whenever they write to a page that their users share. */
    if (!current->domain->is_hardware)
        return false;
    w = guest_walk(current, va);
    if (w.stopped_at)
        return false;
    frame = pte_mfn(w.entry[0]).n;
    if ((w.entry[0].v & PTE_WRITE) || mfn_valid(mfn(frame)) || !mmio_is_read_only(frame))
        return false;
    available = fetch(regs->rip, code);
    if (!available || insn_decode(&in, code, available, 64) != INSN_OK)
        return false;
    bytes = store_bytes(&in, regs, va);
    if (!bytes)
        return false;
    if (pci_is_mapped_config(frame))
        write_config((frame << PAGE_SHIFT) + (va & ~PAGE_MASK), bytes,
                     in.opcode >= 0xc6 ? in.immediate : insn_register_read(&in, regs, in.reg, bytes));
    regs->rip += in.length;
    regs->rflags &= ~X86_EFLAGS_RF;
    return true;
}
