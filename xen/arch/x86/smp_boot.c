/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Brings the other CPUs up, one after the other: everything a CPU needs is made for it beforehand, so that it
 * only has to load its registers and report. (Intel SDM vol. 3, 9.4.)
 */
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/percpu.h>
#include <xen/timer.h>
#include <xen/string.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/desc.h>
#include <asm/flushtlb.h>
#include <asm/memory_map.h>
#include <asm/mm_boot.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/smp.h>
#include <asm/stack.h>
#include <asm/time.h>

#define START_TIMEOUT_US 20000000u /* a virtual machine on a busy host has time */
#define START_STEP_US    10u

extern char __percpu_start[], __percpu_end[];

static unsigned int opt_maxcpus;
PARAM_UINT("maxcpus", opt_maxcpus);
static bool opt_nosmp;
PARAM_BOOL("nosmp", opt_nosmp);

/* The smallest order of pages that holds so many bytes. */
static unsigned int __init order_of(size_t bytes)
{
    unsigned int order = 0;

    while ((PAGE_SIZE << order) < bytes)
        order++;
    return order;
}

/* The first C code of a CPU other than the first: its stack and per-CPU data are ready, nothing else. */
static noreturn void start_secondary(void)
{
    unsigned int cpu = arch_this_cpu();

    load_cr3(arch_virt_to_paddr(hypervisor_l4));
    cpu_registers_init();
    desc_init_cpu();
    apic_init_cpu();
    time_init_cpu();
    pv_cpu_init();
    flush_tlb_local();
    cpumask_set_atomic(&cpu_online_map, cpu);
    idle_loop();
}

static void __init set_word(const char *field, uint64_t value, size_t size)
{
    memcpy((char *)arch_direct_map(trampoline_page()) + (field - trampoline_start), &value, size);
}

static void __init prepare_trampoline(void)
{
    paddr_t page = trampoline_page();

    memcpy(arch_direct_map(page), trampoline_start, (size_t)(trampoline_end - trampoline_start));
    set_word(trampoline_gdtr + 2, page + (paddr_t)(trampoline_gdt - trampoline_start), 4);
    set_word(trampoline_far, page + (paddr_t)(trampoline_long - trampoline_start), 4);
    set_word(trampoline_l4, trampoline_page_table(), 8);
    set_word(trampoline_entry, (uint64_t)start_secondary, 8);
}

/* Stack, per-CPU data, descriptor page, timers, idle vCPU. False: no memory. */
static bool __init prepare_cpu(unsigned int cpu)
{
    char *stack = stack_create(cpu);
    char *data = hypervisor_pages_alloc(order_of((size_t)(__percpu_end - __percpu_start)));
    struct cpu_info *info;

    if (!stack || !data || desc_alloc_cpu(cpu, stack))
        return false;
    percpu_offset[cpu] = (unsigned long)data - (unsigned long)__percpu_start;
    info = (struct cpu_info *)(stack + STACK_SIZE) - 1;
    info->cpu = cpu;
    info->percpu_offset = percpu_offset[cpu];
    timers_init_cpu(cpu);
    info->current_vcpu = idle_vcpu_create(cpu);
    if (!info->current_vcpu)
        return false;
    set_word(trampoline_stack, (uint64_t)info, 8);
    return true;
}

static bool __init start_cpu(unsigned int cpu)
{
    uint32_t id = cpu_apic_id[cpu];
    uint8_t page = (uint8_t)(trampoline_page() >> PAGE_SHIFT);

    apic_send_init(id);
    delay_us(START_STEP_US);
    for (unsigned int i = 0; i < 2; i++) {
        apic_send_startup(id, page);
        for (unsigned int us = 0; us < START_TIMEOUT_US / 2; us += START_STEP_US) {
            if (cpumask_test((cpumask_t){READ_ONCE(cpu_online_map.bits)}, cpu))
                return true;
            delay_us(START_STEP_US);
        }
    }
    return false;
}

void __init smp_boot(void)
{
    unsigned int limit = opt_nosmp ? 1 : opt_maxcpus ? opt_maxcpus : MAX_CPUS, cpu = 1;

    cpu_apic_id[0] = apic_id();
    if (limit == 1 || acpi.nr_cpus <= 1)
        return;
    if (!trampoline_page()) {
        log_warning("no RAM below 1 MiB to start other CPUs from: going on with one\n");
        return;
    }
    prepare_trampoline();
    for (unsigned int i = 0; i < acpi.nr_cpus && cpu < limit; i++) {
        if (acpi.apic_id[i] == cpu_apic_id[0])
            continue;
        cpu_apic_id[cpu] = acpi.apic_id[i];
        if (!prepare_cpu(cpu))
            panic("no memory for CPU %u", cpu);
        /*
         * Its idle vCPU belongs to the scheduler already: a CPU that does not come makes the rest unsafe to
         * add.
         */
        if (!start_cpu(cpu))
            panic("CPU %u (APIC id %u) does not start; boot with maxcpus=%u", cpu, cpu_apic_id[cpu], cpu);
        cpu++;
    }
    log_info("Brought up %u CPUs\n", cpu);
}
