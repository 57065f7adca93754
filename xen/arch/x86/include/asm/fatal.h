/* SPDX-License-Identifier: BSD-2-Clause */
/* Last words: registers and the calling stack. */
#ifndef ASM_FATAL_H
#define ASM_FATAL_H

struct cpu_user_regs;
void registers_print(const struct cpu_user_regs *regs);
/* Follows frame pointers from there as long as they stay on this CPU's stack. */
void stack_trace_print(unsigned long rip, unsigned long rbp);

#endif
