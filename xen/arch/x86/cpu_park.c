/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs off line: the machine's part (docs/smp.md). Such a CPU halts in a softirq of its own on top of its
 * idle vCPU, interrupts on, and is out of cpu_online_map, so that nobody sends it anything or waits for it;
 * what was under way to it is taken as ever. Its registers, tables and stack stay as they are: machine checks
 * and the NMI that stops the machine find them.
 */
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/softirq.h>
#include <xen/timer.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/pv.h>
#include <asm/smp.h>

static cpumask_t to_park; /* those that are to be off line */

static bool is_to_park(unsigned int cpu)
{
    return cpumask_test((cpumask_t){__atomic_load_n(&to_park.bits, __ATOMIC_SEQ_CST)}, cpu);
}

/* Between the look and the halt no interrupt is taken: STI has effect after the next instruction. */
static void wait_for_wish(unsigned int cpu)
{
    arch_irq_disable();
    while (is_to_park(cpu))
        __asm__ __volatile__("sti; hlt; cli" ::: "memory");
    arch_irq_enable();
}

static void leave(unsigned int cpu)
{
    timers_leave_cpu(cpu);
    arch_irq_disable();
    arch_timer_program(0);
    arch_irq_enable();
    pv_forget_last_guest();
    smp_leave();
}

static void park(void)
{
    unsigned int cpu = arch_this_cpu();

    if (!is_to_park(cpu))
        return;
    ASSERT(current->is_idle);
    leave(cpu);
    wait_for_wish(cpu);
    timers_return_cpu(cpu);
    smp_join();
}

void __init cpu_park_init(void)
{
    softirq_register(SOFTIRQ_PARK, park);
}

void arch_cpu_leave(unsigned int cpu)
{
    irqs_leave_cpu(cpu);
    cpumask_set_atomic(&to_park, cpu);
    softirq_raise_on(cpu, SOFTIRQ_PARK);
}

void arch_cpu_return(unsigned int cpu)
{
    if (!is_to_park(cpu))
        return;
    irqs_return_cpu(cpu);
    cpumask_clear_atomic(&to_park, cpu);
    apic_send(cpu_apic_id[cpu], VECTOR_EVENT_CHECK);
}
