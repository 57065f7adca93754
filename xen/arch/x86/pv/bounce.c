/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames into the guest: exceptions, INT n, events, NMI, failsafe, system calls of the guest's users. A frame
 * is written at once, with the registers turned to the handler; several nest as they are written, so that
 * events come on top of an exception.
 *
 * Frame (ABI, from the stack pointer up): rcx, r11, for failsafe ds es fs gs, the error code if any, rip, cs
 * with the saved mask in bits 32-39, rflags, rsp, ss. The handler starts as if by SYSCALL: rcx and r11 are
 * saved, so SYSRET may clobber them.
 */
#include <asm/extable.h>
#include <asm/processor.h>
#include <asm/smap.h>
#include <xen/string.h>
#include "entry.h"

/* Flags that a handler does not inherit. */
#define FLAGS_CLEARED                                                                                        \
    (X86_EFLAGS_TF | X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_VM | X86_EFLAGS_AC | X86_EFLAGS_IOPL)

/* What a frame announces: for the sentence when it cannot be delivered. */
struct occasion {
    const char *what;
    unsigned int vector; /* NO_VECTOR: not an exception */
};
#define NO_VECTOR ~0u

/* "page fault (vector 14)" or the like. */
static const char *occasion_text(struct occasion o, char *text, size_t size)
{
    if (o.vector == NO_VECTOR)
        return o.what;
    xp_snprintf(text, size, "%s (vector %u)", exception_name(o.vector), o.vector);
    return text;
}

static noinline void crash_no_handler(struct vcpu *v, struct occasion o, uint32_t error_code)
{
    char text[64];

    domain_crash(v->domain, "vCPU %u: %s, error code %#x, at rip %#lx, but the guest registered no handler",
                 v->id, occasion_text(o, text, sizeof(text)), error_code, (unsigned long)guest_regs()->rip);
}

static noinline void crash_bad_stack(struct vcpu *v, struct occasion o, unsigned long top,
                                     unsigned long bottom)
{
    /* The frame may span two pages: name the end that is at fault. */
    const char *why = guest_address_problem(v, top - 8, true);
    unsigned long va = why[0] ? top - 8 : bottom;
    char text[64];

    if (!why[0])
        why = guest_address_problem(v, bottom, true);
    domain_crash(v->domain,
                 "vCPU %u: the frame for %s at rip %#lx cannot be written to the stack at %#lx: %s", v->id,
                 occasion_text(o, text, sizeof(text)), (unsigned long)guest_regs()->rip, va, why);
}

/* The frame's rflags: IF shows the event mask, IOPL the virtual one if the guest wants to see it. */
static always_inline uint64_t frame_rflags(const struct vcpu *v, const struct cpu_user_regs *regs,
                                           bool masked)
{
    uint64_t rflags = regs->rflags & ~(X86_EFLAGS_IF | X86_EFLAGS_IOPL);

    if (!masked)
        rflags |= X86_EFLAGS_IF;
    if (unlikely(v->domain->vm_assist & (1ul << VMASST_TYPE_architectural_iopl)))
        rflags |= v->arch.iopl;
    return rflags;
}

static always_inline void enter_handler(struct cpu_user_regs *regs, unsigned long rip, unsigned long rsp)
{
    regs->rip = rip;
    regs->rsp = rsp;
    regs->cs = FLAT_KERNEL_CS;
    regs->ss = FLAT_KERNEL_SS;
    regs->rflags &= ~FLAGS_CLEARED;
    regs->entry_vector = VECTOR_SYSCALL;
}

/*
 * Where a frame goes and what it says of the interrupted context's cs: without RPL when that was the kernel
 * itself.
 */
struct entry_stack {
    unsigned long top;
    uint64_t cs;
};

static always_inline void write_frame(struct vcpu *v, struct cpu_user_regs *regs,
                                      const struct trap_bounce_target *target, struct entry_stack stack,
                                      bool has_error_code, uint32_t error_code, struct occasion o)
{
    unsigned long top = stack.top & ~15ul, at = top - (has_error_code ? 64 : 56);
    uint64_t mask = v->info->evtchn_upcall_mask;

    /* The lowest word decides: a frame that ends above the hole cannot begin below it without faulting. */
    if (unlikely(!guest_address_ok(at) || !guest_address_ok(top - 8)))
        goto fault;
    guest_access_begin();
    put_guest_word(at, 0, regs->rcx, fault);
    put_guest_word(at, 8, regs->r11, fault);
    if (has_error_code)
        put_guest_word(top, -48, error_code, fault);
    put_guest_word(top, -40, regs->rip, fault);
    put_guest_word(top, -32, stack.cs | mask << 32, fault);
    put_guest_word(top, -24, frame_rflags(v, regs, mask), fault);
    put_guest_word(top, -16, regs->rsp, fault);
    put_guest_word(top, -8, regs->ss, fault);
    guest_access_end();
    if (target->flags & TARGET_MASK_EVENTS)
        v->info->evtchn_upcall_mask = 1;
    enter_handler(regs, target->address, at);
    return;
fault:
    crash_bad_stack(v, o, top, at);
}

/* pv_toggle_guest_mode, in place and towards the kernel. Answers the stack for what the user's code did. */
static always_inline struct entry_stack leave_user(struct vcpu *v, const struct cpu_user_regs *regs)
{
    v->arch.flags |= VCPUF_KERNEL_MODE;
    __asm__ __volatile__("swapgs" ::: "memory");
    v->arch.cr3 = mfn_to_paddr(v->arch.guest_table);
    write_cr3(v->arch.cr3);
    return (struct entry_stack){v->arch.kernel_sp, regs->cs};
}

static noinline void bounce_from_user(struct vcpu *v, const struct trap_bounce_target *target,
                                      bool has_error_code, uint32_t error_code, struct occasion o)
{
    struct cpu_user_regs *regs = guest_regs();
    struct entry_stack stack = leave_user(v, regs);

    if (has_error_code)
        write_frame(v, regs, target, stack, true, error_code, o);
    else
        write_frame(v, regs, target, stack, false, 0, o);
}

static always_inline void bounce(struct vcpu *v, const struct trap_bounce_target *target, bool has_error_code,
                                 uint32_t error_code, struct occasion o)
{
    struct cpu_user_regs *regs = guest_regs();

    if (unlikely(!target->address))
        crash_no_handler(v, o, error_code);
    else if (likely(guest_kernel_mode(v)))
        write_frame(v, regs, target, (struct entry_stack){regs->rsp, regs->cs & ~3ul}, has_error_code,
                    error_code, o);
    else
        bounce_from_user(v, target, has_error_code, error_code, o);
}

/* Vectors with an error code (SDM vol. 3, 6.15). */
#define VECTORS_WITH_ERROR_CODE                                                                              \
    (1u << X86_EXC_DF | 1u << X86_EXC_TS | 1u << X86_EXC_NP | 1u << X86_EXC_SS | 1u << X86_EXC_GP |          \
     1u << X86_EXC_PF | 1u << X86_EXC_AC | 1u << 21)

void pv_inject_exception(unsigned int vector, uint32_t error_code)
{
    struct vcpu *v = current;
    const struct trap_bounce_target *target = &v->arch.traps[vector];

    if (vector < 32 && (VECTORS_WITH_ERROR_CODE >> vector) & 1)
        bounce(v, target, true, error_code, (struct occasion){.vector = vector});
    else
        bounce(v, target, false, 0, (struct occasion){.vector = vector});
}

void pv_inject_page_fault(uint32_t error_code, unsigned long address)
{
    struct vcpu *v = current;

    v->info->arch.cr2 = v->arch.ctrlreg[2] = address;
    /* The guest's kernel is a user to the processor. */
    if (guest_kernel_mode(v))
        error_code &= ~PFEC_USER;
    else
        error_code |= PFEC_USER;
    bounce(v, &v->arch.traps[X86_EXC_PF], true, error_code, (struct occasion){.vector = X86_EXC_PF});
}

void pv_inject_software_interrupt(unsigned int vector)
{
    struct vcpu *v = current;

    bounce(v, &v->arch.traps[vector], false, 0, (struct occasion){.vector = vector});
}

void pv_deliver_events(void)
{
    struct vcpu *v = current;

    bounce(v, &v->arch.event_callback, false, 0, (struct occasion){.what = "an event", .vector = NO_VECTOR});
}

void pv_deliver_nmi(void)
{
    struct vcpu *v = current;

    v->arch.nmi_pending = false;
    /* A kernel that has no callback for them has none. */
    if (!v->arch.traps[X86_EXC_NMI].address)
        return;
    if (v->arch.nmi_masked) {
        v->arch.nmi_deferred = true;
        return;
    }
    v->arch.nmi_masked = true;
    bounce(v, &v->arch.traps[X86_EXC_NMI], false, 0, (struct occasion){.vector = X86_EXC_NMI});
}

void pv_syscall_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;
    const struct trap_bounce_target *target = &v->arch.syscall_callback;

    if (unlikely(!target->address)) {
        regs->rip -= 2;
        regs->entry_vector = X86_EXC_UD;
        pv_inject_exception(X86_EXC_UD, 0);
        return;
    }
    write_frame(v, regs, target, leave_user(v, regs), false, 0,
                (struct occasion){.what = "SYSCALL", .vector = NO_VECTOR});
    regs->rflags &= ~X86_EFLAGS_DF;
}

void pv_syscall32(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;
    /* As stock Xen has it: whether events are masked is what the 64-bit callback says. */
    const struct trap_bounce_target target = {.address = v->arch.syscall32_callback.address,
                                              .flags = v->arch.syscall_callback.flags};

    if (!target.address) {
        regs->rip -= 2;
        regs->entry_vector = X86_EXC_UD;
        pv_inject_exception(X86_EXC_UD, 0);
        return;
    }
    bounce(v, &target, false, 0, (struct occasion){.what = "SYSCALL of 32-bit code", .vector = NO_VECTOR});
    regs->rflags &= ~X86_EFLAGS_DF;
}

void pv_sysenter(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;
    const struct trap_bounce_target *target = &v->arch.sysenter_callback;

    if (guest_kernel_mode(v) || !target->address) {
        pv_inject_exception(X86_EXC_GP, 0);
        return;
    }
    bounce(v, target, false, 0, (struct occasion){.what = "SYSENTER", .vector = NO_VECTOR});
}

void pv_enter_failsafe(struct vcpu *v, const struct cpu_user_regs *segments)
{
    struct cpu_user_regs *regs = guest_regs();
    const struct trap_bounce_target *target = &v->arch.failsafe_callback;
    const struct occasion o = {.what = "a bad data selector", .vector = NO_VECTOR};
    bool from_kernel = guest_kernel_mode(v);
    unsigned long top = from_kernel ? regs->rsp : v->arch.kernel_sp;
    uint64_t mask = v->info->evtchn_upcall_mask, cs = from_kernel ? regs->cs & ~3u : regs->cs;

    if (!target->address) {
        crash_no_handler(v, o, 0);
        return;
    }
    if (!from_kernel)
        pv_toggle_guest_mode(v);
    if (!guest_address_ok(top - 88) || !guest_address_ok(top - 8))
        goto fault;
    guest_access_begin();
    put_guest_word(top, -88, regs->rcx, fault);
    put_guest_word(top, -80, regs->r11, fault);
    put_guest_word(top, -72, segments->ds, fault);
    put_guest_word(top, -64, segments->es, fault);
    put_guest_word(top, -56, segments->fs, fault);
    put_guest_word(top, -48, segments->gs, fault);
    put_guest_word(top, -40, regs->rip, fault);
    put_guest_word(top, -32, cs | mask << 32, fault);
    put_guest_word(top, -24, frame_rflags(v, regs, mask), fault);
    put_guest_word(top, -16, regs->rsp, fault);
    put_guest_word(top, -8, regs->ss, fault);
    guest_access_end();
    if (target->flags & TARGET_MASK_EVENTS)
        v->info->evtchn_upcall_mask = 1;
    enter_handler(regs, target->address, top - 88);
    return;
fault:
    crash_bad_stack(v, o, top, top - 88);
}
