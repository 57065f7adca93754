/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercalls of the PV processor: guest -> hypervisor, as the guest passed the arguments. Each returns
 * what its namesake in stock Xen does; sources: the public headers xen.h, callback.h, physdev.h, nmi.h.
 */
#ifndef PV_CALLS_H
#define PV_CALLS_H

#include <xen/domain.h>

/*
 * trap_table.c: a list that ends with address 0; NULL clears the table. -XEN_EFAULT, -XEN_EINVAL (address not
 * canonical).
 */
long do_set_trap_table(uint64_t traps_va);

/* callback.c. -XEN_EINVAL: address not canonical; -XEN_ENOSYS: no such type or command. */
long do_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall);
long do_callback_op(int cmd, uint64_t arg_va);
long do_nmi_op(unsigned int cmd, uint64_t arg_va);

/* iret.c */
long do_iret(void);

/* segment.c */
long do_stack_switch(uint64_t ss, uint64_t sp);
long do_set_segment_base(unsigned int which, uint64_t base);

/* fpu.c */
long do_fpu_taskswitch(int set);

/*
 * descriptor.c. -XEN_EINVAL: too many entries, a frame that cannot be a descriptor page, a descriptor that is
 * not allowed.
 */
long do_set_gdt(uint64_t frames_va, unsigned int entries);
long do_update_descriptor(uint64_t address, uint64_t descriptor);

/*
 * debugreg.c. -XEN_EPERM: address in the hypervisor, general detect, I/O breakpoints without CR4.DE;
 * -XEN_EINVAL: upper half of DR6 or DR7; -XEN_ENODEV: no such register. debugreg_set serves another vCPU too
 * that does not run.
 */
long do_set_debugreg(int reg, uint64_t value);
long do_get_debugreg(int reg);
int debugreg_set(struct vcpu *v, unsigned int reg, uint64_t value) __must_check;
int debugreg_get(const struct vcpu *v, unsigned int reg, uint64_t *value) __must_check;

/*
 * mca.c. -XEN_EPERM, -XEN_EFAULT, -XEN_EACCES (version), -XEN_EINVAL (command, flags, CPU, register),
 * -XEN_ENOSYS.
 */
long do_mca(uint64_t arg_va);

/*
 * kexec_op.c. -XEN_EPERM, -XEN_EFAULT, -XEN_EINVAL (type, range, segments), -XEN_ENOENT (nothing loaded),
 * -XEN_ERANGE (CPU), -XEN_EADDRNOTAVAIL (crash kernel), -XEN_ENOSYS (loading).
 */
long do_kexec_op(unsigned long op, uint64_t arg_va);

/*
 * platform_op.c. -XEN_EFAULT, -XEN_EACCES: interface version, -XEN_EPERM, -XEN_ENOSYS, and what platform.h
 * names.
 */
long do_platform_op(uint64_t arg_va);

/* physdev.c */
long do_physdev_op(int cmd, uint64_t arg_va);
long do_physdev_op_compat(uint64_t arg_va);

#endif
