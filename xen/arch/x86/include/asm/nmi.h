/* SPDX-License-Identifier: BSD-2-Clause */
/* Non-maskable interrupts: entry.S hands each one here, whatever it interrupted. */
#ifndef ASM_NMI_H
#define ASM_NMI_H

struct cpu_user_regs;
void nmi_dispatch(struct cpu_user_regs *regs);

#endif
