/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole contract between common/ and a machine. <asm/arch.h> gives the types and the inline primitives;
 * each function here is implemented once per architecture (arch/x86 for the machine, arch/fake on the host
 * for tests).
 *
 * From <asm/arch.h>:
 *   struct arch_domain, struct arch_vcpu
 *   arch_direct_map(paddr), arch_virt_to_paddr(pointer)
 *   arch_this_cpu(), arch_this_cpu_offset(), arch_current()
 *   arch_irq_save(), arch_irq_restore(flags), arch_irq_enable(), arch_irq_disable(), arch_irqs_enabled()
 *   arch_cpu_relax(), arch_spin_wait()
 *   arch_add_one_release(word): after all that was written before; nobody else writes the word
 *   arch_copy_from_guest(dst, va, n), arch_copy_to_guest(va, src, n): number of bytes not copied
 *   guest_address_ok(va): canonical, and not the hypervisor's
 *   arch_read_guest_words(d, w, va, n), arch_write_guest_word(va, value), arch_write_guest_16(va, value):
 *     words of the current domain d (of 16 bits), for hot paths; the caller has found guest_address_ok of va,
 *     or of an address below from which on everything was accessed. False: they cannot be
 *   arch_read_guest_32(d, value, va), arch_read_guest_64(d, value, va): 4 or 8 bytes of the current domain d,
 *     at any va; false: arch_copy_from_guest may still
 */
#ifndef XEN_ARCH_H
#define XEN_ARCH_H

#include <xen/domain.h>
#include <xen/mm.h>
#include <xen/timer.h>

/* --- Domains and vCPUs --- */
int arch_domain_create(struct domain *d) __must_check;
/* Gives up page tables and other references, restartable: 0 or -XEN_ERESTART. */
int arch_domain_relinquish(struct domain *d) __must_check;
void arch_domain_destroy(struct domain *d);
int arch_vcpu_create(struct vcpu *v) __must_check;
void arch_vcpu_destroy(struct vcpu *v);
/* Takes a whole context for a vCPU that does not run: VCPUOP_initialise. ctx is our copy. 0 or -XEN_E*. */
int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx) __must_check;
/* Gives that context up again: page tables, descriptor tables. v does not run. 0 or -XEN_ERESTART. */
int arch_vcpu_reset(struct vcpu *v) __must_check;
/*
 * Registers, stack (with symbols if known), page-table walk of the fault address: for a crash and the debug
 * keys.
 */
void arch_vcpu_dump(struct vcpu *v);
/*
 * Copies runstate and time to where the guest's kernel asked, as far as its page tables allow. Nothing when v
 * is not current.
 */
void arch_vcpu_update_areas(struct vcpu *v);

/* --- Execution --- */
/*
 * Switches this CPU from prev to next: saves, loads, and continues in next; does not return. Interrupts off.
 * Calls sched_context_saved(prev) when prev may run elsewhere.
 */
noreturn void arch_context_switch(struct vcpu *prev, struct vcpu *next);

/*
 * CPUs off line; any but the first, in no pool, with both locks of the toolstack. It is asked to leave
 * cpu_online_map, which it does by itself soon, to halt; what comes at it goes to the first from now on.
 * Asked to come back it does so as soon, with time and TLB as the others have them; nothing happens when it
 * has not been asked to leave.
 */
void arch_cpu_leave(unsigned int cpu);
void arch_cpu_return(unsigned int cpu);

/* --- Time --- */
/* One-shot timer of this CPU; deadline in system time, 0: none. Past ones fire at once. Interrupts off. */
void arch_timer_program(s_time_t deadline_ns);
/* A counter that the CPU has for events close together. */
uint64_t arch_cycles(void);
/* Fills the guest's time record so that TSC scaled gives now_ns(). */
void arch_vcpu_time_info(struct vcpu *v, struct vcpu_time_info *out);
/* Does a record that was filled by it still say what it would on this CPU? The guest may have changed it. */
bool arch_vcpu_time_stands(const struct vcpu *v, const struct vcpu_time_info *record);
/* Wall clock at system time 0: seconds and nanoseconds since 1970 UTC. */
void arch_wallclock_at_boot(uint64_t *seconds, uint32_t *nanoseconds);

/* --- Physical interrupts by the numbers that a domain has for them (PIRQs): event_lock held --- */
/*
 * May d bind it to a port now, for itself alone or sharing it with others? -XEN_EINVAL (no such number),
 * -XEN_EPERM (stands for nothing, or not permitted), -XEN_EEXIST (bound), -XEN_EBUSY (the hypervisor's own,
 * or another domain's and not shared), recorded. Nobody binds between the check and the binding.
 */
int arch_pirq_check(struct domain *d, unsigned int pirq, bool will_share) __must_check;
/*
 * From now on it may arrive, by evtchn_send_pirq: checked before. v: whom the port notifies, and so where the
 * interrupt goes.
 */
void arch_pirq_bind(struct vcpu *v, unsigned int pirq, evtchn_port_t port, bool will_share);
void arch_pirq_unbind(struct domain *d, unsigned int pirq, evtchn_port_t port);
void arch_pirq_move(struct vcpu *v, unsigned int pirq, evtchn_port_t port);

/* --- Memory --- */
/* Machine-to-physical table: what the guest sees; pfn.n ~0 marks a frame that has none. */
void arch_m2p_set(mfn_t m, uint64_t pfn);
/* Of nr frames in a row: pfn and those after it. */
void arch_m2p_set_run(mfn_t m, uint64_t pfn, uint64_t nr);
uint64_t arch_m2p_get(mfn_t m);
/*
 * First type reference taken: check each entry of a table, take its reference (or check descriptors). The
 * caller alone may touch the frame's type. 0, -XEN_ERESTART (as far as pg->nr_validated), or a refusal, after
 * which arch_page_invalidate gives back what was taken.
 */
int arch_page_validate(struct page_info *pg, struct domain *d, uint64_t type) __must_check;
/* Last type reference of a table gone: 0, or -XEN_ERESTART (as far as pg->nr_validated). */
int arch_page_invalidate(struct page_info *pg, uint64_t type) __must_check;
/*
 * A failed validation could not be undone at once: the current vCPU's next page-table operation calls
 * page_finish_partial(pg) first.
 */
void arch_page_defer(struct page_info *pg);
/*
 * The frame was mapped uncached and is now to be trusted: what memory holds and what the cache holds become
 * one.
 */
void arch_page_flush_cache(struct page_info *pg);
/* Sets pg->tlb_stamp: from now on no page table leads to the frame in its present use. */
void arch_page_stamp(struct page_info *pg);
/*
 * Computes all reference and type counts anew and says on the console which are off: how many. No guest runs.
 * (page_check.c)
 */
unsigned long arch_pages_check(void);
/* Keeps the memory that this needs, before guests have taken all. False: there is none. */
bool arch_pages_check_prepare(void);
/* A frame changes its use or its owner: no CPU that might still have it in its TLB as it was may keep it. */
void arch_page_flush_stale(struct page_info *pg, struct domain *d);

/* Does the frame hold the hypervisor's own code or data? */
bool arch_is_hypervisor_image(mfn_t m);

/* --- Console, power --- */
/*
 * Output of one character on the serial port; waits while it is full, but not for one that stays so; no
 * locks.
 */
void arch_console_putc(char c);
/* Characters that the serial line carries in a second, also where there is none. */
unsigned int arch_console_rate(void);
/* A character that has arrived, or -1: for input while interrupts do not work. */
int arch_console_getc(void);
noreturn void arch_power_off(void);
noreturn void arch_reboot(void);
noreturn void arch_halt(void);
/* The calling stack, symbolised, for panic. */
void arch_stack_trace(void);
/* Stops all other CPUs for good (panic). */
void arch_stop_others(void);

#endif
