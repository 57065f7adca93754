/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults that the guest need not see: an LDT page not mapped yet, a TLB that was behind the tables, and
 * a write to an L1 table, which write_emulation.c does.
 */
#include <xen/domain.h>
#include <xen/page_ref.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <asm/smap.h>

#define WINDOW_LDT_OFFSET (VCPU_WINDOW_LDT * PAGE_SIZE)

/* An access of the processor itself to this vCPU's LDT, by loading a selector. */
static bool fix_ldt_fault(struct vcpu *v, struct cpu_user_regs *regs, unsigned long va)
{
    unsigned long window = VCPU_WINDOWS_START + ((unsigned long)v->arch.window_slot << VCPU_WINDOW_SHIFT);
    unsigned long offset = va - window - WINDOW_LDT_OFFSET;

    if (va < window + WINDOW_LDT_OFFSET || offset >= WINDOW_LDT_OFFSET ||
        (regs->error_code & (PFEC_USER | PFEC_RESERVED)))
        return false;
    if (pv_map_ldt_page(v, offset))
        return true;
    if (!(regs->cs & 3) || !v->arch.nr_ldt_entries)
        return false;
    /* The guest sees the fault where it thinks its LDT is. */
    pv_inject_page_fault(regs->error_code, v->arch.ldt_base + offset);
    return true;
}

/* Do the tables, as they are now, allow what faulted? Then it was the TLB, which the fault itself has cured.
 */
static bool allowed_now(const struct vcpu *v, uint32_t error_code, unsigned long va)
{
    uint64_t all = PTE_PRESENT | PTE_USER | PTE_WRITE, any = 0;
    mfn_t m = pv_current_base(v);

    for (unsigned int level = 4; level >= 1; level--) {
        pte_t e;

        if (!frame_in_use(m))
            return false;
        e.v = READ_ONCE(((pte_t *)mfn_to_virt(m))[pt_index(va, level)].v);
        if (!pte_present(e))
            return false;
        all &= e.v;
        any |= e.v;
        m = pte_mfn(e);
    }
    return (all & PTE_USER) && ((all & PTE_WRITE) || !(error_code & PFEC_WRITE)) &&
           (!(any & PTE_NX) || !(error_code & PFEC_INSN));
}

bool pv_fixup_page_fault(struct cpu_user_regs *regs, unsigned long address)
{
    uint32_t error_code = regs->error_code;
    bool from_guest = regs->cs & 3;
    struct vcpu *v = current;

    if (unlikely(!guest_address_ok(address)))
        return fix_ldt_fault(v, regs, address);
    if (error_code & PFEC_RESERVED)
        return false;
    if (unlikely(from_guest && (error_code & (PFEC_PRESENT | PFEC_USER)) == PFEC_PRESENT) && smap_give_up())
        return true;
    if (from_guest && guest_kernel_mode(v) &&
        (error_code & (PFEC_PRESENT | PFEC_WRITE | PFEC_INSN)) == (PFEC_PRESENT | PFEC_WRITE) &&
        (pv_emulate_table_write(regs, address) || pv_emulate_mmio_write(regs, address)))
        return true;
    /* An absent entry is never in a TLB; but between our fault and now another vCPU may have made it. */
    if (from_guest && !(error_code & PFEC_PRESENT))
        return false;
    return allowed_now(v, error_code, address);
}
