/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between running CPUs: function calls, event checks, stop. TLB flushes are flushtlb.c's, starting
 * CPUs smp_boot.c's.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/shutdown.h>
#include <xen/spinlock.h>
#include <asm/apic.h>
#include <asm/flushtlb.h>
#include <asm/irq.h>
#include <asm/mtrr.h>
#include <asm/smp.h>
#include <asm/time.h>

#define STOP_WAIT_TURNS 10000000ul
#define LOST_LOCK_TURNS 100000000ul

cpumask_t cpu_online_map = {1};
unsigned long percpu_offset[MAX_CPUS];
uint32_t cpu_apic_id[MAX_CPUS];

static bool stopping;
static cpumask_t stopped;

/*
 * One call at a time, and cpu_online_map changes between them only. A CPU's bit in waiting goes when its
 * function has run (wait) or is about to (no wait).
 */
static struct {
    spinlock_t lock;
    unsigned int nr_cpus;
    void (*fn)(void *data);
    void *data;
    bool wait;
    cpumask_t waiting;
} call;

/* What a stopped CPU holds is never let go. Who waits for it has outlived the others for a debug key's sake.
 */
static void wait_for_the_stopped(void)
{
    static unsigned long turns;

    if (++turns == LOST_LOCK_TURNS) {
        console_force_unlock();
        printk("A CPU was stopped while it held a lock that is needed now: this is the end.\n");
        machine_end();
    }
}

void spin_wait_turn(void)
{
    arch_cpu_relax();
    flush_tlb_poll();
    if (unlikely(cpus_stopping()) && cpumask_test(stopped, arch_this_cpu()))
        wait_for_the_stopped();
}

static void send_mask(cpumask_t mask, uint8_t vector)
{
    unsigned int cpu;

    for_each_cpu(cpu, mask) apic_send(cpu_apic_id[cpu], vector);
}

void smp_call(cpumask_t mask, void (*fn)(void *data), void *data, bool wait)
{
    unsigned int self = arch_this_cpu();
    cpumask_t others;

    spin_lock(&call.lock);
    mask = cpumask_and(mask, cpu_online_map);
    others = cpumask_andnot(mask, cpumask_of(self));
    call.nr_cpus = cpumask_count(mask);
    if (!cpumask_empty(others)) {
        call.fn = fn;
        call.data = data;
        call.wait = wait;
        __atomic_store_n(&call.waiting.bits, others.bits, __ATOMIC_SEQ_CST);
        send_mask(others, VECTOR_CALL);
    }
    if (cpumask_test(mask, self)) {
        unsigned long flags = arch_irq_save();

        fn(data);
        arch_irq_restore(flags);
    }
    while (READ_ONCE(call.waiting.bits) && !stopping)
        arch_spin_wait();
    spin_unlock(&call.lock);
}

unsigned int smp_call_nr_cpus(void)
{
    return call.nr_cpus;
}

void smp_leave(void)
{
    spin_lock(&call.lock);
    flush_tlb_leave();
    spin_unlock(&call.lock);
}

/*
 * What was flushed meanwhile was not flushed here: before the flush the CPU is in the map, and until it takes
 * no interrupt.
 */
void smp_join(void)
{
    unsigned long flags;

    spin_lock(&call.lock);
    time_init_cpu();
    mtrr_catch_up();
    flags = arch_irq_save();
    cpumask_set_atomic(&cpu_online_map, arch_this_cpu());
    flush_tlb_local();
    arch_irq_restore(flags);
    spin_unlock(&call.lock);
}

void smp_call_interrupt(void)
{
    unsigned int cpu = arch_this_cpu();
    void (*fn)(void *data) = call.fn;
    void *data = call.data;
    bool wait = call.wait;

    if (!cpumask_test((cpumask_t){READ_ONCE(call.waiting.bits)}, cpu))
        return;
    if (!wait)
        cpumask_clear_atomic(&call.waiting, cpu);
    fn(data);
    if (wait)
        cpumask_clear_atomic(&call.waiting, cpu);
}

void smp_send_event_check(cpumask_t mask)
{
    send_mask(cpumask_and(mask, cpu_online_map), VECTOR_EVENT_CHECK);
}

bool cpus_stopping(void)
{
    return READ_ONCE(stopping);
}

bool smp_stop_requested(void)
{
    return cpus_stopping() && !cpumask_test(stopped, arch_this_cpu());
}

noreturn void smp_stop_here(void)
{
    cpumask_set_atomic(&stopped, arch_this_cpu());
    for (;;)
        __asm__ __volatile__("cli; hlt");
}

/* By NMI, since the others may spin with interrupts off; the one that stops counts itself in. */
void arch_stop_others(void)
{
    unsigned long turns = 0;

    arch_irq_disable();
    if (__atomic_exchange_n(&stopping, true, __ATOMIC_SEQ_CST))
        return;
    irqs_mask_all();
    cpumask_set_atomic(&stopped, arch_this_cpu());
    if (cpumask_count(cpu_online_map) > 1)
        apic_send_nmi_others();
    while (cpumask_and(stopped, cpu_online_map).bits != cpu_online_map.bits && ++turns < STOP_WAIT_TURNS)
        arch_cpu_relax();
}
