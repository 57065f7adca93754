/* SPDX-License-Identifier: BSD-2-Clause */
/* What a CPU does when no guest wants it. */
#include <xen/arch.h>
#include <xen/softirq.h>
#include <asm/pv.h>

/* Waits for an interrupt. */
static void idle_wait(void)
{
    arch_irq_disable();
    /* STI takes effect after the next instruction: an interrupt cannot slip in between the look and the halt.
     */
    if (softirq_any_pending())
        arch_irq_enable();
    else
        __asm__ __volatile__("sti; hlt" ::: "memory");
}

noreturn void idle_loop(void)
{
    for (;;) {
        arch_irq_enable();
        softirq_run();
        idle_wait();
    }
}
