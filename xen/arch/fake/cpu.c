/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine's CPUs: time that passes when a test says so, softirqs, and a context switch that only
 * notes what runs.
 */
#include <sched.h>
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <fake/fake.h>

extern char __percpu_start[], __percpu_end[];

__thread unsigned int fake_cpu;
__thread struct vcpu *fake_current;
__thread bool fake_irqs_off;
__thread unsigned long fake_irqs_restored;
unsigned long percpu_offset[MAX_CPUS];
cpumask_t cpu_online_map;
s_time_t fake_now;
s_time_t fake_deadline[MAX_CPUS];
void (*fake_on_timer_program)(void);
unsigned int fake_ipis[MAX_CPUS];

static struct vcpu *running[MAX_CPUS];
static __thread jmp_buf exit_path;

void arch_cpu_relax(void)
{
    __atomic_fetch_add(&fake_now, MILLISECONDS(1), __ATOMIC_RELAXED);
    sched_yield();
}

void arch_spin_wait(void)
{
    sched_yield();
}

uint64_t arch_cycles(void)
{
    return (uint64_t)now_ns();
}

s_time_t now_ns(void)
{
    return __atomic_load_n(&fake_now, __ATOMIC_RELAXED);
}

void arch_timer_program(s_time_t deadline_ns)
{
    ASSERT(fake_irqs_off);
    fake_deadline[fake_cpu] = deadline_ns;
    if (fake_on_timer_program)
        fake_on_timer_program();
}

void smp_send_event_check(cpumask_t mask)
{
    unsigned int cpu;

    for_each_cpu(cpu, mask) __atomic_fetch_add(&fake_ipis[cpu], 1, __ATOMIC_RELAXED);
}

noreturn void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    ASSERT(fake_irqs_off && prev == running[fake_cpu] && next->cpu == fake_cpu);
    running[fake_cpu] = fake_current = next;
    next->arch.nr_switched_to++;
    sched_context_saved(prev);
    fake_irqs_off = false;
    longjmp(exit_path, 1);
}

void fake_on_cpu(unsigned int cpu)
{
    fake_cpu = cpu;
    fake_current = running[cpu];
}

void fake_as(struct vcpu *v)
{
    fake_current = v;
}

struct vcpu *fake_running_on(unsigned int cpu)
{
    return running[cpu];
}

static void run_softirqs_here(void)
{
    /* A switch comes back here. */
    (void)!setjmp(exit_path);
    softirq_run();
}

void fake_run_softirqs(void)
{
    unsigned int was = fake_cpu, cpu;
    struct vcpu *current_was = fake_current;
    bool again = true;

    while (again) {
        again = false;
        for_each_cpu(cpu, cpu_online_map)
        {
            fake_on_cpu(cpu);
            again = again || softirq_any_pending();
            run_softirqs_here();
        }
    }
    fake_cpu = was;
    fake_current = current_was;
}

/* The CPU whose timer is due first, not later than until; or MAX_CPUS. */
static unsigned int first_due(s_time_t until)
{
    unsigned int cpu, first = MAX_CPUS;

    for_each_cpu(cpu, cpu_online_map) if (fake_deadline[cpu] && fake_deadline[cpu] <= until &&
                                          (first == MAX_CPUS || fake_deadline[cpu] < fake_deadline[first]))
        first = cpu;
    return first;
}

void fake_advance(s_time_t until)
{
    unsigned int was = fake_cpu, cpu;
    struct vcpu *current_was = fake_current;

    fake_run_softirqs();
    while ((cpu = first_due(until)) != MAX_CPUS) {
        fake_now = max(fake_now, fake_deadline[cpu]);
        fake_deadline[cpu] = 0;
        fake_on_cpu(cpu);
        timer_interrupt();
        fake_run_softirqs();
    }
    fake_now = max(fake_now, until);
    fake_cpu = was;
    fake_current = current_was;
}

static void cpu_create(unsigned int cpu)
{
    size_t size = (size_t)(__percpu_end - __percpu_start);

    if (cpu) {
        static char copies[MAX_CPUS][4096] __aligned(64); /* CPU 0 uses the section itself */

        BUG_ON(size > sizeof(copies[0]));
        percpu_offset[cpu] = (unsigned long)copies[cpu] - (unsigned long)__percpu_start;
    }
    set_bit(cpu, &cpu_online_map.bits);
}

void fake_boot(unsigned int nr_cpus, unsigned int nr_pages)
{
    fake_ram_create(nr_pages);
    page_alloc_add_region(mfn(max_page - nr_pages), nr_pages);
    for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
        cpu_create(cpu);
    fake_now = SECONDS(1);
    timers_init();
    scheduler_init();
    domains_init();
    fake_current = running[0] = idle_domain->vcpu[0];
    for (unsigned int cpu = 1; cpu < nr_cpus; cpu++) {
        timers_init_cpu(cpu);
        running[cpu] = idle_vcpu_create(cpu);
        BUG_ON(!running[cpu]);
    }
}

struct domain *fake_domain(domid_t id, unsigned int nr_vcpus, uint64_t max_pages)
{
    struct domain_config config = {
        .max_vcpus = nr_vcpus, .privileged = id == 0, .max_grant_frames = -1, .max_mapping_frames = -1};
    struct domain *d;

    BUG_ON(domain_create(id, &config, &d));
    d->max_pages = max_pages;
    for (unsigned int i = 0; i < nr_vcpus; i++) {
        struct vcpu *v = vcpu_create(d, i);

        BUG_ON(!v);
        v->is_initialised = true;
        vcpu_bring_up(v);
    }
    return d;
}

void arch_cpu_leave(unsigned int cpu)
{
    timers_leave_cpu(cpu);
    clear_bit(cpu, &cpu_online_map.bits);
}

void arch_cpu_return(unsigned int cpu)
{
    timers_return_cpu(cpu);
    set_bit(cpu, &cpu_online_map.bits);
}
