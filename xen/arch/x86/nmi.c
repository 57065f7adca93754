/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NMIs: one CPU tells the others to stop, or somebody pressed the button and wants to know what the CPU is
 * doing.
 */
#include <xen/log.h>
#include <asm/arch.h>
#include <asm/fatal.h>
#include <asm/nmi.h>
#include <asm/smp.h>

void nmi_dispatch(struct cpu_user_regs *regs)
{
    if (smp_stop_requested())
        smp_stop_here();
    printk("CPU%u: NMI from outside\n", arch_this_cpu());
    registers_print(regs);
    if (!(regs->cs & 3))
        stack_trace_print(regs->rip, regs->rbp);
}
