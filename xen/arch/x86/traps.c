/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions: what the processor raised, and whose it is. A guest's goes to its trap table unless the
 * hypervisor can mend or emulate what caused it; our own is on the exception table or the end. Frames into
 * the guest are bounce.c's.
 */
#include <asm/extable.h>
#include <asm/nmi.h>
#include <asm/processor.h>
#include <xen/log.h>
#include <xen/string.h>
#include "pv/entry.h"

#define ERROR_CODE_IDT 2 /* the error code names a gate (SDM vol. 3, 6.13) */

const char *exception_name(unsigned int vector)
{
    static const char *const names[] = {"divide error",
                                        "debug exception",
                                        "NMI",
                                        "breakpoint",
                                        "overflow",
                                        "bound range",
                                        "invalid opcode",
                                        "device not available",
                                        "double fault",
                                        "coprocessor overrun",
                                        "invalid TSS",
                                        "segment not present",
                                        "stack fault",
                                        "general protection fault",
                                        "page fault",
                                        "reserved exception",
                                        "x87 floating-point error",
                                        "alignment check",
                                        "machine check",
                                        "SIMD floating-point error",
                                        "virtualisation exception",
                                        "control protection fault"};

    return vector < ARRAY_SIZE(names) ? names[vector] : "interrupt";
}

static void page_fault_from_guest(struct cpu_user_regs *regs)
{
    unsigned long address = read_cr2();
    uint32_t error_code = regs->error_code;

    arch_irq_enable();
    if (!pv_fixup_page_fault(regs, address))
        pv_inject_page_fault(error_code, address);
}

/* INT n without the rights that the real gate asks for: the virtual gate of the trap table decides. */
static bool software_interrupt(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;
    unsigned int vector = (regs->error_code >> 3) & 0xff;
    unsigned int dpl = v->arch.traps[vector].flags & TARGET_DPL;

    if ((regs->error_code & 7) != ERROR_CODE_IDT || dpl < (guest_kernel_mode(v) ? 1 : 3))
        return false;
    regs->rip += 2;
    pv_inject_software_interrupt(vector);
    return true;
}

static void general_protection_from_guest(struct cpu_user_regs *regs)
{
    uint32_t error_code = regs->error_code;

    arch_irq_enable();
    if (error_code & ERROR_CODE_IDT ? software_interrupt(regs)
                                    : error_code == 0 && pv_emulate_privileged(regs))
        return;
    pv_inject_exception(X86_EXC_GP, error_code);
}

/*
 * INT 0x80 has a gate of its own, open to everybody; a guest without a handler sees what it would see of a
 * closed one.
 */
void int80_from_guest(struct cpu_user_regs *regs)
{
    arch_irq_enable();
    if (current->arch.traps[0x80].address) {
        pv_inject_software_interrupt(0x80);
        return;
    }
    regs->rip -= 2;
    pv_inject_exception(X86_EXC_GP, 0x80 << 3 | ERROR_CODE_IDT);
}

static void debug_from_guest(struct cpu_user_regs *regs)
{
    debugreg_note_exception(current);
    arch_irq_enable();
    pv_inject_exception(X86_EXC_DB, 0);
}

static void invalid_opcode_from_guest(struct cpu_user_regs *regs)
{
    arch_irq_enable();
    if (!pv_emulate_forced(regs))
        pv_inject_exception(X86_EXC_UD, 0);
}

static void device_not_available_from_guest(struct cpu_user_regs *regs)
{
    arch_irq_enable();
    if (fpu_device_not_available(current))
        pv_inject_exception(X86_EXC_NM, 0);
}

static void other_exception_from_guest(struct cpu_user_regs *regs)
{
    arch_irq_enable();
    pv_inject_exception(regs->entry_vector, regs->error_code);
}

static void fatal_exception_from_guest(struct cpu_user_regs *regs)
{
    fatal_trap(regs);
}

/* clang-format off */
#define OTHER other_exception_from_guest
exception_handler_t *const guest_exception_handlers[32] = {
    OTHER,                     /* #DE */
    debug_from_guest,          /* #DB */
    nmi_dispatch,              /* NMI */
    OTHER, OTHER, OTHER,       /* #BP #OF #BR */
    invalid_opcode_from_guest, /* #UD */
    device_not_available_from_guest,
    fatal_exception_from_guest, /* #DF */
    OTHER, OTHER, OTHER, OTHER, /* - #TS #NP #SS */
    general_protection_from_guest,
    page_fault_from_guest,
    OTHER, OTHER, OTHER,        /* - #MF #AC */
    fatal_exception_from_guest, /* #MC */
    OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER,
};
/* clang-format on */

/*
 * #DB in our code comes from what a guest set up: a breakpoint on data that we copy, on an instruction before
 * SYSCALL (MOV SS delays it past the entry), or TF across SYSENTER, which does not clear it. None of them is
 * ours to report.
 */
static void debug_from_hypervisor(struct cpu_user_regs *regs)
{
    write_dr6(0xffff0ff0);
    if (regs->rip < (unsigned long)sysenter_entry || regs->rip >= (unsigned long)sysenter_flags_saved)
        regs->rflags &= ~X86_EFLAGS_TF;
}

/*
 * IRET refused the guest's frame: rip, cs and the rest of guest_regs stand, its registers are in regs, just
 * below and overlapping.
 */
static void iret_fault_becomes_guests(const struct cpu_user_regs *regs)
{
    struct cpu_user_regs *guest = guest_regs();
    uint32_t error_code = regs->error_code, vector = regs->entry_vector;

    memmove(guest, regs, offsetof(struct cpu_user_regs, error_code));
    guest->error_code = error_code;
    guest->entry_vector = vector;
}

/* Our access to what is there for ring 3 and not for us: SMEP, or SMAP where no access to the guest was
 * meant. */
static bool ours_by_mistake(const struct cpu_user_regs *regs, unsigned long address)
{
    bool meant =
        !(regs->error_code & PFEC_INSN) && (!(read_cr4() & X86_CR4_SMAP) || (regs->rflags & X86_EFLAGS_AC));

    return !meant && (regs->error_code & PFEC_PRESENT) && guest_address_ok(address);
}

static bool page_fault_from_hypervisor(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;
    unsigned long address = read_cr2();

    if (ours_by_mistake(regs, address))
        fatal_trap(regs);
    return v && !v->is_idle && pv_fixup_page_fault(regs, address);
}

bool trap_from_hypervisor(struct cpu_user_regs *regs)
{
    unsigned long fixup;

    switch (regs->entry_vector) {
    case X86_EXC_NMI:
        nmi_dispatch(regs);
        return false;
    case X86_EXC_DB:
        debug_from_hypervisor(regs);
        return false;
    case X86_EXC_PF:
        if (page_fault_from_hypervisor(regs))
            return false;
        break;
    case X86_EXC_MC:
    case X86_EXC_DF:
        fatal_trap(regs);
    }
    if (regs->rip == (unsigned long)guest_iret) {
        iret_fault_becomes_guests(regs);
        return true;
    }
    fixup = extable_lookup(regs->rip);
    if (!fixup)
        fatal_trap(regs);
    regs->rip = fixup;
    regs->rflags &= ~X86_EFLAGS_AC; /* the access to the guest is over: asm/smap.h */
    return false;
}
