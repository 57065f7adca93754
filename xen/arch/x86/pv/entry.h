/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the pieces of the PV processor ask of each other: entry.S of C, traps.c of the emulators, frames into
 * the guest. The registers are always those of current, in its cpu_info.
 */
#ifndef PV_ENTRY_H
#define PV_ENTRY_H

#include <xen/domain.h>
#include <asm/pv.h>

/*
 * Marks in cpu_user_regs.entry_vector: registers as SYSCALL leaves them (rcx = rip, r11 = rflags), so that
 * SYSRET may return.
 */
#define VECTOR_SYSCALL  0x100
#define VECTOR_SYSENTER 0x101

/* traps.c, called by entry.S. Exceptions 0-31 from a guest, interrupts off; int80_from_guest: INT 0x80. */
typedef void exception_handler_t(struct cpu_user_regs *regs);
extern exception_handler_t *const guest_exception_handlers[32];
void int80_from_guest(struct cpu_user_regs *regs);
/* True: IRET to the guest faulted, and the exception now is the guest's own, described in guest_regs. */
bool trap_from_hypervisor(struct cpu_user_regs *regs);
extern const char guest_iret[]; /* that IRET */
/* Between the two TF is the guest's, not yet saved. */
extern const char sysenter_entry[], sysenter_flags_saved[];
/* "page fault" for 14 and so on; never NULL. */
const char *exception_name(unsigned int vector);

/* bounce.c: called by entry.S */
void pv_deliver_events(void);
void pv_deliver_nmi(void);
void pv_syscall_from_user(struct cpu_user_regs *regs);
void pv_syscall32(struct cpu_user_regs *regs);
void pv_sysenter(struct cpu_user_regs *regs);

/* INT n that the trap table allows: rip is already behind the instruction. */
void pv_inject_software_interrupt(unsigned int vector);
/* Data selectors could not be loaded: the frame holds what the guest had. Page tables are v's. */
void pv_enter_failsafe(struct vcpu *v, const struct cpu_user_regs *segments);

/* hypercall_table.c: called by entry.S: -XEN_ENOSYS, recorded */
long pv_unknown_hypercall(void);

/* descriptor.c: a new vCPU's GDT, without descriptors of the guest's. 0 or -XEN_ENOMEM. */
int pv_empty_gdt(struct vcpu *v) __must_check;

/* emulate.c. A #GP with error code 0: emulates the instruction; false: it is the guest's own fault. */
bool pv_emulate_privileged(struct cpu_user_regs *regs);
/* #UD: the forced-emulation prefix and CPUID behind it; false: it is the guest's own. */
bool pv_emulate_forced(struct cpu_user_regs *regs);

/* emulate_system.c: what becomes of a CR4 that the guest asks for. */
uint64_t pv_guest_cr4(uint64_t wanted);

/* fpu.c, #NM: TS is cleared; true: the guest itself had set it and gets the exception. */
bool fpu_device_not_available(struct vcpu *v);

/* debugreg.c, #DB from the guest: notes the hardware's DR6 in the guest's. */
void debugreg_note_exception(struct vcpu *v);
/* The bits of DR6 for v's breakpoints on I/O that an access of bytes at port meets. */
uint8_t debugreg_io_matches(const struct vcpu *v, unsigned int port, unsigned int bytes);

/*
 * walk.c. Why va cannot be written (or read) by the guest with v's page tables: part of a sentence; "" when
 * it can.
 */
const char *guest_address_problem(const struct vcpu *v, unsigned long va, bool write);

#endif
