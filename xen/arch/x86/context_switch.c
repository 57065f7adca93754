/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One vCPU leaves this CPU and another goes on where it was: registers, segments and their bases, debug
 * registers, FPU, descriptor tables, page tables. The kernel stack is the CPU's, not the vCPU's: nothing of
 * it survives the switch.
 */
#include <asm/cpu.h>
#include <asm/desc.h>
#include <asm/extable.h>
#include <asm/flushtlb.h>
#include <asm/fpu.h>
#include <asm/processor.h>
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/string.h>
#include "pv/entry.h"

#define DR7_ACTIVE 0xff
#define DR7_NONE   0x400
/* CR4 bits that are the guest's to choose. */
#define CR4_GUEST (X86_CR4_TSD | X86_CR4_FSGSBASE)

/*
 * Whose page tables, TLB entries and descriptor tables this CPU last had: it may come back to find them as
 * they were.
 */
static DEFINE_PER_CPU(struct vcpu *, last_guest);
static DEFINE_PER_CPU(bool, last_guest_in_use);

/* RDFSBASE is quick, but ours to use only while the guest has it enabled. */
static inline uint64_t fs_base_read(const struct vcpu *v)
{
    uint64_t base;

    if (!(v->arch.ctrlreg[4] & X86_CR4_FSGSBASE))
        return rdmsr(MSR_FS_BASE);
    __asm__ __volatile__("rdfsbase %0" : "=r"(base));
    return base;
}

static void segments_save(struct vcpu *v)
{
    struct cpu_user_regs *regs = &v->arch.user_regs;
    uint64_t gs = rdmsr(MSR_GS_BASE), shadow = rdmsr(MSR_SHADOW_GS_BASE);

    regs->ds = (uint16_t)read_ds();
    regs->es = (uint16_t)read_es();
    regs->fs = (uint16_t)read_fs();
    regs->gs = (uint16_t)read_gs();
    v->arch.fs_base = fs_base_read(v);
    v->arch.gs_base_kernel = guest_kernel_mode(v) ? gs : shadow;
    v->arch.gs_base_user = guest_kernel_mode(v) ? shadow : gs;
}

/* False: a selector was bad, and is NUL now. */
static bool segments_load(struct vcpu *v)
{
    const struct cpu_user_regs *regs = &v->arch.user_regs;
    bool kernel = guest_kernel_mode(v), ok = true;

    ok &= load_ds(regs->ds);
    ok &= load_es(regs->es);
    ok &= load_fs(regs->fs);
    ok &= load_gs(regs->gs);
    /* Whatever base a selector brought, the one that was in use goes on. */
    wrmsr(MSR_FS_BASE, v->arch.fs_base);
    wrmsr(MSR_GS_BASE, kernel ? v->arch.gs_base_kernel : v->arch.gs_base_user);
    wrmsr(MSR_SHADOW_GS_BASE, kernel ? v->arch.gs_base_user : v->arch.gs_base_kernel);
    return ok;
}

static void debug_registers_load(const struct vcpu *prev, const struct vcpu *next)
{
    if (next->arch.debugreg[7] & DR7_ACTIVE) {
        write_dr0(next->arch.debugreg[0]);
        write_dr1(next->arch.debugreg[1]);
        write_dr2(next->arch.debugreg[2]);
        write_dr3(next->arch.debugreg[3]);
        write_dr6(next->arch.debugreg[6]);
        write_dr7(next->arch.debugreg[7]);
    } else if (!prev || prev->arch.debugreg[7] & DR7_ACTIVE) {
        write_dr7(DR7_NONE);
    }
}

/* Our page of the GDT is the CPU's own: a vCPU that comes from another CPU must see this one's. */
static void gdt_switch(struct vcpu *v, unsigned int cpu)
{
    unsigned long window = VCPU_WINDOWS_START + ((unsigned long)v->arch.window_slot << VCPU_WINDOW_SHIFT);

    if (v->arch.window_cpu != cpu) {
        unsigned long va = window + GDT_RESERVED_BASE;

        if (map_hypervisor_pages(va, cpu_gdt_mfn(cpu), 1, PTE_HV_DATA))
            panic("no memory for the GDT window of a vCPU: its tables should exist");
        flush_tlb_one_local(va);
        v->arch.window_cpu = cpu;
    }
    gdt_load(window);
    pv_load_ldt(v);
}

/*
 * fresh: this CPU's TLB knows nothing old of next. Pages of users are global: they outlive a CR3 load, must
 * not be seen by another vCPU, and may be out of date when next changed its tables on another CPU.
 */
static void address_space_switch(struct vcpu *next, unsigned int cpu, bool fresh)
{
    struct vcpu *last;

    cpumask_set_atomic(&next->dirty_cpus, cpu);
    pv_load_cr3(next);
    if (fresh)
        return;
    flush_tlb_local();
    /* pv_forget_vcpu waits for the flag: until then `last` may be looked at. */
    __atomic_store_n(&this_cpu(last_guest_in_use), true, __ATOMIC_SEQ_CST);
    last = __atomic_load_n(&this_cpu(last_guest), __ATOMIC_SEQ_CST);
    if (last && last != next)
        cpumask_clear_atomic(&last->dirty_cpus, cpu);
    this_cpu(last_guest) = next;
    __atomic_store_n(&this_cpu(last_guest_in_use), false, __ATOMIC_RELEASE);
}

void pv_forget_vcpu(struct vcpu *v)
{
    unsigned int cpu;

    for_each_cpu(cpu, cpu_online_map)
    {
        struct vcpu *expected = v;

        __atomic_compare_exchange_n(&per_cpu(last_guest, cpu), &expected, NULL, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
        while (__atomic_load_n(&per_cpu(last_guest_in_use, cpu), __ATOMIC_SEQ_CST))
            arch_spin_wait();
    }
}

void pv_forget_last_guest(void)
{
    struct vcpu *last;

    flush_tlb_local();
    /* As in address_space_switch: pv_forget_vcpu waits for the flag. */
    __atomic_store_n(&this_cpu(last_guest_in_use), true, __ATOMIC_SEQ_CST);
    last = __atomic_exchange_n(&this_cpu(last_guest), NULL, __ATOMIC_SEQ_CST);
    if (last)
        cpumask_clear_atomic(&last->dirty_cpus, arch_this_cpu());
    __atomic_store_n(&this_cpu(last_guest_in_use), false, __ATOMIC_RELEASE);
}

static inline unsigned long hardware_cr4(const struct vcpu *v, unsigned long now)
{
    unsigned long allowed = cpu_features.fsgsbase ? CR4_GUEST : CR4_GUEST & ~X86_CR4_FSGSBASE;

    return (now & ~allowed) | (v->arch.ctrlreg[4] & allowed) |
           (v->domain->arch.tsc.is_emulated ? X86_CR4_TSD : 0);
}

void pv_update_cr4(struct vcpu *v)
{
    unsigned long now = read_cr4(), wanted = hardware_cr4(v, now);

    if (wanted != now)
        write_cr4(wanted);
}

static void guest_save(struct vcpu *prev)
{
    memcpy(&prev->arch.user_regs, guest_regs(), offsetof(struct cpu_user_regs, es));
    segments_save(prev);
    fpu_save(prev);
}

static void guest_load(struct vcpu *prev, struct vcpu *next, unsigned int cpu)
{
    bool fresh = this_cpu(last_guest) == next && next->arch.window_cpu == cpu;

    gdt_switch(next, cpu);
    address_space_switch(next, cpu, fresh);
    pv_update_cr4(next);
    debug_registers_load(prev, next);
    fpu_switch_in(next, cpu);
    if (cpu_features.rdtscp)
        wrmsr(MSR_TSC_AUX, next->arch.tsc_aux);
    memcpy(guest_regs(), &next->arch.user_regs, sizeof(struct cpu_user_regs));
    if (!segments_load(next))
        pv_enter_failsafe(next, &next->arch.user_regs);
    if (unlikely(next->runstate_guest_va | next->time_guest_va))
        arch_vcpu_update_areas(next);
}

noreturn void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    struct cpu_info *info = cpu_info();
    unsigned int cpu = info->cpu;

    if (!prev->is_idle)
        guest_save(prev);
    info->current_vcpu = next;
    if (next->is_idle) {
        gdt_load_idle();
        load_cr3(arch_virt_to_paddr(hypervisor_l4));
        sched_context_saved(prev);
        run_on_fresh_stack(idle_loop);
    }
    guest_load(prev->is_idle ? NULL : prev, next, cpu);
    if (prev != next)
        sched_context_saved(prev);
    resume_guest();
}

void pv_toggle_guest_mode(struct vcpu *v)
{
    v->arch.flags ^= VCPUF_KERNEL_MODE;
    __asm__ __volatile__("swapgs" ::: "memory");
    pv_load_cr3(v);
}
