/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU's processor state from the outside: made empty, filled from a struct vcpu_guest_context
 * (VCPUOP_initialise, the domain builder), freed. Everything of the context is checked before anything is
 * changed; the errnos are stock Xen's.
 */
#include <asm/acpi.h>
#include <asm/desc.h>
#include <asm/fpu.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include <xen/arch.h>
#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include <xen/guest_access.h>
#include <xen/string.h>
#include "calls.h"
#include "entry.h"
#include "segment.h"

#define NR_WINDOWS      65536
#define LDT_ENTRIES_MAX 8192
#define GDT_FRAMES_MAX  GDT_RESERVED_PAGE

/* Which windows are taken. Lock: windows_lock, innermost. */
static BITMAP_DECLARE(windows, NR_WINDOWS);
static spinlock_t windows_lock;

static bool window_take(uint32_t *slot)
{
    unsigned long flags = spin_lock_irqsave(&windows_lock);

    *slot = find_next_zero_bit(windows, NR_WINDOWS, 0);
    if (*slot < NR_WINDOWS)
        __set_bit(*slot, windows);
    spin_unlock_irqrestore(&windows_lock, flags);
    return *slot < NR_WINDOWS;
}

static void window_give_back(uint32_t slot)
{
    unsigned long flags = spin_lock_irqsave(&windows_lock);

    __clear_bit(slot, windows);
    spin_unlock_irqrestore(&windows_lock, flags);
}

/* With the first page come the page tables of the whole window: mapping its others cannot fail. */
static int window_create(struct vcpu *v)
{
    unsigned long va;

    if (!window_take(&v->arch.window_slot))
        return -XEN_ENOMEM;
    va = VCPU_WINDOWS_START + ((unsigned long)v->arch.window_slot << VCPU_WINDOW_SHIFT) + GDT_RESERVED_BASE;
    v->arch.window_cpu = ~0u;
    if (!map_hypervisor_pages(va, cpu_gdt_mfn(0), 1, PTE_HV_DATA) && !pv_empty_gdt(v))
        return 0;
    window_give_back(v->arch.window_slot);
    return -XEN_ENOMEM;
}

int arch_vcpu_create(struct vcpu *v)
{
    int rc;

    v->arch.guest_table = v->arch.guest_table_user = INVALID_MFN;
    if (v->is_idle)
        return 0;
    rc = window_create(v);
    if (rc)
        return rc;
    rc = fpu_create(v);
    if (rc)
        window_give_back(v->arch.window_slot);
    v->arch.flags = VCPUF_KERNEL_MODE;
    return rc;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    if (v->is_idle)
        return;
    pv_drop_ldt(v);
    pv_drop_gdt(v);
    pv_forget_vcpu(v);
    fpu_destroy(v);
    window_give_back(v->arch.window_slot);
}

/* Taking a context */

static int check_addresses(const struct vcpu_guest_context *c)
{
    const struct {
        const char *what;
        uint64_t va;
    } addresses[] = {
        {"rip", c->user_regs.rip},
        {"rsp", c->user_regs.rsp},
        {"kernel_sp", c->kernel_sp},
        {"event callback", c->event_callback_eip},
        {"failsafe callback", c->failsafe_callback_eip},
        {"syscall callback", c->syscall_callback_eip},
        {"fs_base", c->fs_base},
        {"gs_base_kernel", c->gs_base_kernel},
        {"gs_base_user", c->gs_base_user},
        {"ldt_base", c->ldt_ents ? c->ldt_base : 0},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(addresses); i++)
        if (!address_canonical(addresses[i].va))
            return refuse(-XEN_EINVAL, "context.address", "%s %#lx is not canonical", addresses[i].what,
                          (unsigned long)addresses[i].va);
    for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
        if (!address_canonical(c->trap_ctxt[i].address))
            return refuse(-XEN_EINVAL, "context.address", "handler %#lx of vector %u is not canonical",
                          c->trap_ctxt[i].address, i);
    return 0;
}

static int check_tables(const struct vcpu_guest_context *c)
{
    if (c->ldt_base & ~PAGE_MASK || c->ldt_ents > LDT_ENTRIES_MAX ||
        (c->ldt_ents && !guest_address_ok(c->ldt_base)))
        return refuse(-XEN_EINVAL, "context.ldt",
                      "LDT of %lu entries at %#lx: a page boundary and at most %u are asked for", c->ldt_ents,
                      c->ldt_base, LDT_ENTRIES_MAX);
    if (c->gdt_ents > GDT_FRAMES_MAX * 512ul)
        return refuse(-XEN_EINVAL, "context.gdt", "GDT of %lu entries: at most %u are the guest's",
                      c->gdt_ents, GDT_FRAMES_MAX * 512);
    if (!(c->flags & VGCF_in_kernel) && !c->ctrlreg[1])
        return refuse(-XEN_EINVAL, "context.user-base",
                      "a vCPU that starts in user mode needs page tables for it in ctrlreg[1]");
    return 0;
}

/* A vCPU of a dead domain has none, which is told as 0. */
static bool is_base(mfn_t m, uint64_t cr3)
{
    return mfn_eq(m, INVALID_MFN) ? !cr3 : m.n == cr3 >> PAGE_SHIFT;
}

/* A context for a vCPU that has one already may not change what holds references. */
static int check_unchanged(const struct vcpu *v, const struct vcpu_guest_context *c)
{
    if (!is_base(v->arch.guest_table, c->ctrlreg[3]) || !is_base(v->arch.guest_table_user, c->ctrlreg[1]) ||
        v->arch.nr_gdt_entries != c->gdt_ents || v->arch.ldt_base != c->ldt_base ||
        v->arch.nr_ldt_entries != c->ldt_ents)
        return refuse(-XEN_EOPNOTSUPP, "context.changed",
                      "the vCPU is initialised: its page tables, GDT and LDT must stay as they are");
    return 0;
}

/* References on GDT frames and page-table bases. */
static int take_tables(struct vcpu *v, const struct vcpu_guest_context *c)
{
    int rc = pv_set_gdt(v, c->gdt_frames, (unsigned int)c->gdt_ents);

    if (rc)
        return rc;
    rc = pv_set_bases(v, mfn(c->ctrlreg[3] >> PAGE_SHIFT),
                      c->ctrlreg[1] ? mfn(c->ctrlreg[1] >> PAGE_SHIFT) : INVALID_MFN);
    if (rc) {
        pv_drop_gdt(v);
        return rc;
    }
    v->arch.ldt_base = c->ldt_base;
    v->arch.nr_ldt_entries = (unsigned int)c->ldt_ents;
    return 0;
}

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct cpu_user_regs *regs = &v->arch.user_regs;

    *regs = c->user_regs;
    regs->cs = selector_fixed(regs->cs);
    regs->ss = selector_fixed(regs->ss);
    regs->entry_vector = regs->error_code = 0;
    v->arch.iopl = (unsigned int)(regs->rflags & X86_EFLAGS_IOPL);
    regs->rflags &= ~(X86_EFLAGS_IOPL | X86_EFLAGS_VM);
    regs->rflags |= X86_EFLAGS_IF | X86_EFLAGS_MBS;
    v->arch.flags = c->flags & VGCF_in_kernel ? VCPUF_KERNEL_MODE : 0;
    v->arch.kernel_ss = selector_fixed((uint16_t)c->kernel_ss);
    v->arch.kernel_sp = c->kernel_sp;
    v->arch.fs_base = c->fs_base;
    v->arch.gs_base_kernel = c->gs_base_kernel;
    v->arch.gs_base_user = c->gs_base_user;
}

static void set_handlers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
        v->arch.traps[i] =
            (struct trap_bounce_target){.address = c->trap_ctxt[i].address,
                                        .cs = c->trap_ctxt[i].cs,
                                        .flags = c->trap_ctxt[i].flags & (TARGET_DPL | TARGET_MASK_EVENTS)};
    v->arch.event_callback =
        (struct trap_bounce_target){.address = c->event_callback_eip, .flags = TARGET_MASK_EVENTS};
    v->arch.failsafe_callback = (struct trap_bounce_target){
        .address = c->failsafe_callback_eip,
        .flags = c->flags & VGCF_failsafe_disables_events ? TARGET_MASK_EVENTS : 0};
    v->arch.syscall_callback = (struct trap_bounce_target){
        .address = c->syscall_callback_eip,
        .flags = c->flags & VGCF_syscall_disables_events ? TARGET_MASK_EVENTS : 0};
}

static void set_control(struct vcpu *v, const struct vcpu_guest_context *c)
{
    memset(v->arch.ctrlreg, 0, sizeof(v->arch.ctrlreg));
    memset(v->arch.debugreg, 0, sizeof(v->arch.debugreg));
    v->arch.ctrlreg[0] = (c->ctrlreg[0] & X86_CR0_TS) | (read_cr0() & ~X86_CR0_TS);
    v->arch.ctrlreg[4] = pv_guest_cr4(c->ctrlreg[4]);
    v->arch.debugreg[6] = 0xffff0ff0;
    v->arch.debugreg[7] = 0x400;
    for (unsigned int i = 0; i < ARRAY_SIZE(c->debugreg); i++)
        if (i != 4 && i != 5 && debugreg_set(v, i, c->debugreg[i]))
            log_debug("d%uv%u: debug register %u of the new context ignored\n", v->domain->id, v->id, i);
    fpu_set_legacy(v, c->flags & VGCF_I387_VALID ? &c->fpu_ctxt : NULL);
}

int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx)
{
    int rc = check_addresses(ctx);

    if (!rc)
        rc = check_tables(ctx);
    if (!rc)
        rc = v->is_initialised ? check_unchanged(v, ctx) : take_tables(v, ctx);
    if (rc)
        return rc;
    set_registers(v, ctx);
    set_handlers(v, ctx);
    set_control(v, ctx);
    if (v->id == 0)
        v->domain->vm_assist = ctx->vm_assist & VM_ASSISTS_VALID;
    return 0;
}

int arch_vcpu_reset(struct vcpu *v)
{
    /* Its TLB entries are not those of the next context. */
    pv_forget_vcpu(v);
    pv_drop_ldt(v);
    pv_drop_gdt(v);
    v->arch.ldt_base = 0;
    v->arch.nr_ldt_entries = 0;
    v->arch.nmi_pending = false;
    return pv_drop_bases(v);
}

static long send_nmi(struct vcpu *v, uint64_t arg_va)
{
    if (arg_va)
        return refuse(-XEN_EINVAL, "vcpu.nmi", "VCPUOP_send_nmi takes no argument");
    if (!__atomic_exchange_n(&v->arch.nmi_pending, true, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
    return 0;
}

/* The DSDT's number of the CPU with this APIC id. */
static uint32_t acpi_processor(uint32_t apic)
{
    for (unsigned int i = 0; i < acpi.nr_cpus; i++)
        if (acpi.apic_id[i] == apic)
            return acpi.processor_id[i];
    return 0;
}

/* Only the machine's owner's, and while it stays where it is. */
static long get_physid(struct vcpu *v, uint64_t arg_va)
{
    cpumask_t cpus = cpumask_and(v->affinity, sched_online_cpus());
    struct vcpu_get_physid answer;
    uint32_t apic;

    if (!v->domain->is_hardware || cpumask_count(cpus) != 1)
        return refuse(-XEN_EINVAL, "vcpu.physid", "vCPU %u may run on %u CPUs: it has no physical id", v->id,
                      cpumask_count(cpus));
    apic = cpu_apic_id[cpumask_first(cpus)];
    answer.phys_id = (uint64_t)acpi_processor(apic) << 32 | apic;
    if (copy_to_guest(arg_va, &answer, sizeof(answer)))
        return refuse(-XEN_EFAULT, "vcpu.arg", "the argument at %#lx cannot be written",
                      (unsigned long)arg_va);
    return 0;
}

long arch_vcpu_op(unsigned int cmd, struct vcpu *v, uint64_t arg_va)
{
    switch (cmd) {
    case VCPUOP_send_nmi:
        return send_nmi(v, arg_va);
    case VCPUOP_get_physid:
        return get_physid(v, arg_va);
    default:
        return refuse(-XEN_ENOSYS, "vcpu.command", "there is no vcpu_op %u", cmd);
    }
}
