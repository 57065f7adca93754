/* SPDX-License-Identifier: BSD-2-Clause */
/* Softirqs: one word of pending bits a CPU. What the handlers do is their owners'. */
#include <xen/smp.h>
#include <xen/softirq.h>

DEFINE_PER_CPU(unsigned long, softirq_pending);
static softirq_handler_t *handlers[SOFTIRQ_COUNT];

void softirq_register(enum softirq nr, softirq_handler_t *handler)
{
    handlers[nr] = handler;
}

void softirq_raise(enum softirq nr)
{
    set_bit(nr, &this_cpu(softirq_pending));
}

void softirq_raise_on(unsigned int cpu, enum softirq nr)
{
    if (!test_and_set_bit(nr, per_cpu_ptr(softirq_pending, cpu)) && cpu != arch_this_cpu())
        smp_send_event_check(cpumask_of(cpu));
}

void softirq_run(void)
{
    unsigned long pending;

    /* this_cpu anew in each turn: a handler may go on in another context. */
    while ((pending = READ_ONCE(this_cpu(softirq_pending))) != 0) {
        unsigned int nr = find_first_set(pending);

        clear_bit(nr, &this_cpu(softirq_pending));
        handlers[nr]();
    }
}
