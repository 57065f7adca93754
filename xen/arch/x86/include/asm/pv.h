/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of arch/x86/pv ask of each other, and the machine of them. */
#ifndef ASM_PV_H
#define ASM_PV_H

#include <xen/domain.h>
#include <asm/page.h>

/* --- context_switch.c, entry.S: running a PV vCPU --- */
/* SYSCALL, SYSENTER and INT 0x80 entries of this CPU. */
void pv_cpu_init(void);
/* Kernel to user mode or back: mode flag, GS bases, page tables. v is current. */
void pv_toggle_guest_mode(struct vcpu *v);
static inline bool guest_kernel_mode(const struct vcpu *v)
{
    return v->arch.flags & VCPUF_KERNEL_MODE;
}

/* --- hypercall.c --- */
/* The 128 slots of 32 bytes of a hypercall page. */
void pv_fill_hypercall_page(void *page);

/* The guest's CR4 changed: what of it is real goes to the processor. v is current. */
void pv_update_cr4(struct vcpu *v);
/* v is about to be freed: no CPU remembers it. */
void pv_forget_vcpu(struct vcpu *v);
/* This CPU, which runs idle, remembers no guest from now on, and no guest's flush is its business. */
void pv_forget_last_guest(void);
/* entry.S: leave the current stack for good, for the current guest or for a function. Interrupts off. */
noreturn void resume_guest(void);
noreturn void run_on_fresh_stack(void (*fn)(void));

/* --- hypercall_page.c --- */
/* Makes this page of memory a hypercall page: 128 slots of 32 bytes. */
void pv_fill_hypercall_page(void *page);

/* --- bounce.c: exceptions into the guest --- */
/* The current guest takes this exception on its way out. error_code: ignored for vectors that have none. */
void pv_inject_exception(unsigned int vector, uint32_t error_code);
/* #PF: sets the guest's CR2 too. */
void pv_inject_page_fault(uint32_t error_code, unsigned long address);

/* --- base.c: the page-table base of a vCPU --- */
/* Loads CR3 for v's mode and base; v is current or about to be. */
void pv_load_cr3(struct vcpu *v);
/* The base of the mode in which v is. */
static inline mfn_t pv_current_base(const struct vcpu *v)
{
    return guest_kernel_mode(v) ? v->arch.guest_table : v->arch.guest_table_user;
}
/* Gives up v's bases (destruction, new context): 0 or -XEN_ERESTART. */
int pv_drop_bases(struct vcpu *v) __must_check;
/*
 * Takes bases for a vCPU that does not run; user INVALID_MFN: none. 0, -XEN_EINVAL, -XEN_ERESTART; v
 * unchanged then.
 */
int pv_set_bases(struct vcpu *v, mfn_t kernel, mfn_t user) __must_check;
/* MMUEXT_NEW_BASEPTR, MOV to CR3: v is current and in kernel mode. 0, -XEN_EINVAL, -XEN_ERESTART. */
int pv_new_base(struct vcpu *v, mfn_t m) __must_check;

/* --- mmu_update.c, update_va_mapping.c, mmuext.c: entries from guests, arguments as the ABI has them --- */
long do_mmu_update(uint64_t list_va, unsigned int count, uint64_t done_va, unsigned int foreigndom);
long do_update_va_mapping(uint64_t va, uint64_t value, uint64_t flags);
long do_update_va_mapping_otherdomain(uint64_t va, uint64_t value, uint64_t flags, unsigned int domid);
long do_mmuext_op(uint64_t list_va, unsigned int count, uint64_t done_va, unsigned int foreigndom);

/* --- relinquish.c --- */
/* A dying domain's bases, pins and half-validated tables: 0 or -XEN_ERESTART. No vCPU of it runs. */
int pv_relinquish_page_tables(struct domain *d) __must_check;

/* --- page_fault.c: faults that are ours to mend --- */
/*
 * True: handled (spurious, LDT on demand, write to a page table), the guest just goes on. Called for guest
 * and hypervisor faults.
 */
bool pv_fixup_page_fault(struct cpu_user_regs *regs, unsigned long address);

/* --- descriptor.c --- */
/* Checks (and adjusts) the 512 descriptors of a frame that becomes PGT_SEGDESC. */
bool pv_segdesc_page_ok(mfn_t m);
/* Takes references on the frames, maps them in v's window. frames: nr_entries / 512 rounded up. */
int pv_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int nr_entries) __must_check;
void pv_drop_gdt(struct vcpu *v);
void pv_drop_ldt(struct vcpu *v);
/* Makes the CPU use v's LDT as it is now; v is current or about to be. */
void pv_load_ldt(struct vcpu *v);
/* Maps an LDT page on demand after a fault at this offset; false: not the guest's. */
bool pv_map_ldt_page(struct vcpu *v, unsigned long offset);

/* --- mmuext.c --- */
/* MMUEXT_PIN_Ln_TABLE without preemption: for the domain builder. */
int pv_pin_table(struct domain *d, mfn_t table, unsigned int level) __must_check;

/* --- m2p.c --- */
void m2p_init(void); /* boot: after the frame table and the allocator */

/* --- traps: what the machine hands to pv and back --- */
/* entry.S: entry points of all 256 vectors, for the IDT. */
extern const unsigned long trap_entry_points[256];
/* irq.c: an interrupt vector arrived (>= 32). */
void irq_dispatch(unsigned int vector, struct cpu_user_regs *regs);
/* fatal.c: an exception of the hypervisor itself that nothing mends. */
noreturn void fatal_trap(const struct cpu_user_regs *regs);
/* idle.c */
noreturn void idle_loop(void);

#endif
