/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_iret: the guest kernel leaves a handler, to itself or to its user. The plainest case never comes
 * here: see entry.S.
 */
#include <asm/processor.h>
#include <xen/guest_access.h>
#include "entry.h"
#include "calls.h"
#include "segment.h"

/*
 * The guest says that it returns from SYSCALL: its segments are the flat ones whatever the frame has, and rcx
 * and r11 are lost.
 */
static void load_as_sysret(struct cpu_user_regs *regs)
{
    bool code32 = regs->cs == FLAT_USER_CS32;

    regs->cs = code32 ? FLAT_USER_CS32 : FLAT_USER_CS;
    regs->ss = FLAT_USER_SS;
    regs->r11 = regs->rflags;
    regs->rcx = regs->rip;
    regs->entry_vector = code32 || !address_canonical(regs->rip) ? 0 : VECTOR_SYSCALL;
}

static void load_frame(struct vcpu *v, struct cpu_user_regs *regs, const struct iret_context *frame)
{
    if (unlikely(v->domain->vm_assist & (1ul << VMASST_TYPE_architectural_iopl)))
        v->arch.iopl = frame->rflags & X86_EFLAGS_IOPL;
    regs->rip = frame->rip;
    regs->cs = (uint16_t)(frame->cs | 3);
    regs->rflags = (frame->rflags & ~(X86_EFLAGS_IOPL | X86_EFLAGS_VM)) | X86_EFLAGS_IF;
    regs->rsp = frame->rsp;
    regs->ss = (uint16_t)(frame->ss | 3);
    if (unlikely(frame->flags & VGCF_in_syscall)) {
        load_as_sysret(regs);
    } else {
        regs->r11 = frame->r11;
        regs->rcx = frame->rcx;
        regs->entry_vector = 0;
    }
    v->info->evtchn_upcall_mask = !(frame->rflags & X86_EFLAGS_IF);
}

static noinline void nmi_unmask(struct vcpu *v)
{
    v->arch.nmi_masked = false;
    if (v->arch.nmi_deferred) {
        v->arch.nmi_deferred = false;
        v->arch.nmi_pending = true;
    }
}

/* The result is the guest's rax out of its frame: the entry stores it as that of any hypercall. */
long do_iret(void)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_regs();
    struct iret_context frame;

    v->mc.interrupted = v->mc.active;
    if (unlikely(copy_from_guest(&frame, regs->rsp, sizeof(frame)))) {
        domain_crash(v->domain,
                     "vCPU %u: the frame of HYPERVISOR_iret cannot be read from the stack %#lx: %s", v->id,
                     (unsigned long)regs->rsp, guest_address_problem(v, regs->rsp, false));
        return 0;
    }
    if ((frame.cs & 3) == 3) {
        if (unlikely(mfn_eq(v->arch.guest_table_user, INVALID_MFN))) {
            domain_crash(v->domain,
                         "vCPU %u: HYPERVISOR_iret to user mode at %#lx without page tables for users "
                         "(MMUEXT_NEW_USER_BASEPTR)",
                         v->id, (unsigned long)frame.rip);
            return 0;
        }
        pv_toggle_guest_mode(v);
    }
    load_frame(v, regs, &frame);
    if (unlikely(v->arch.nmi_masked))
        nmi_unmask(v);
    return (long)frame.rax;
}
