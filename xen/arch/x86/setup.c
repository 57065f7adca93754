/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot CPU's way from the first C code to the idle loop: what is set up in which order, and nothing else.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/domain_builder.h>
#include <xen/keyhandler.h>
#include <xen/log.h>
#include <xen/page_check.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/boot_info.h>
#include <asm/build_info.h>
#include <asm/cpu.h>
#include <asm/desc.h>
#include <asm/io_ports.h>
#include <asm/ioapic.h>
#include <asm/irq.h>
#include <asm/memory_map.h>
#include <asm/mm_boot.h>
#include <asm/page.h>
#include <asm/pci.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <asm/serial.h>
#include <asm/smap.h>
#include <asm/smp.h>
#include <asm/stack.h>
#include <asm/time.h>

#define APIC_REGISTERS PAGE_SIZE
/* Writes to these addresses are interrupts. */
#define INTERRUPT_MESSAGES      0xfee00000ull
#define INTERRUPT_MESSAGES_SIZE (1ull << 20)
#define HYPERTRANSPORT_SIZE     (12ull << 30)

#define MMCFG_BUS_SHIFT 20

noreturn void start_boot_cpu(paddr_t boot_info);

static const char *__init text(const struct boot_info *info, uint32_t offset)
{
    return info->text + offset;
}

static void __init say_hello(const struct boot_info *info)
{
    printk("Xenport %s (interface of Xen 4.17)\n", xenport_version);
    log_info("Loader: %s; command line: %s\n", text(info, info->loader_name), text(info, info->command_line));
    log_info("CPU: %s\n", cpu_features.brand[0] ? cpu_features.brand : cpu_features.vendor);
    log_info("It protects the hypervisor by NX%s%s%s\n", cpu_features.smep ? ", SMEP" : "",
             cpu_features.smap ? ", SMAP" : "", cpu_features.umip ? ", UMIP" : "");
}

/* Until here nothing has been allocated; after it the page allocator and the heap work. */
static void __init memory_init(const struct boot_info *info)
{
    memory_map_init(info);
    paging_init();
    /* Before the APIC stops listening to them: an interrupt that they hold up would stay. */
    pic_mask_all();
    apic_init();
    apic_init_cpu();
    acpi_init(info);
    time_start();
    memory_map_hand_over();
    mapping_use_allocator();
    stack_guard_first();
}

/*
 * AMD's last 12 GiB are no memory but messages: of the 40-bit space until family 17h, then of the processor's
 * own.
 */
static void __init deny_hypertransport(void)
{
    paddr_t end = 1ull << (cpu_features.family < 0x17 ? 40 : cpu_features.physical_address_bits);

    if (!strcmp(cpu_features.vendor, "AuthenticAMD") || !strcmp(cpu_features.vendor, "HygonGenuine"))
        mmio_deny(end - HYPERTRANSPORT_SIZE, HYPERTRANSPORT_SIZE);
}

/* The machine's own registers are nobody's to map or to read. */
static void __init deny_registers(void)
{
    if (acpi.pm_timer)
        io_ports_claim(acpi.pm_timer, 4);
    mmio_deny(rdmsr(MSR_APIC_BASE) & PTE_ADDR, APIC_REGISTERS);
    mmio_deny(INTERRUPT_MESSAGES, INTERRUPT_MESSAGES_SIZE);
    deny_hypertransport();
    for (unsigned int i = 0; i < acpi.nr_ioapics; i++) {
        mmio_make_read_only(acpi.ioapic[i].address, APIC_REGISTERS);
        mmio_reserve(acpi.ioapic[i].address, APIC_REGISTERS);
    }
    if (acpi.hpet)
        mmio_make_read_only(acpi.hpet, PAGE_SIZE);
    /* Writes there are looked at one by one (pv/mmio_write.c). */
    if (acpi.mmcfg.address)
        mmio_make_read_only(acpi.mmcfg.address + ((uint64_t)acpi.mmcfg.start_bus << MMCFG_BUS_SHIFT),
                            (acpi.mmcfg.end_bus - acpi.mmcfg.start_bus + 1ull) << MMCFG_BUS_SHIFT);
}

static void __init devices_init(void)
{
    ioapic_init();
    irqs_init();
    pci_init();
    deny_registers();
    time_init();
}

static void __init domain0_init(const struct boot_info *info)
{
    struct boot_module module[2];

    for (unsigned int i = 0; i < 2 && i < info->nr_modules; i++)
        module[i] = (struct boot_module){info->module[i].start, info->module[i].size,
                                         text(info, info->module[i].command_line)};
    dom0_build(&module[0], info->nr_modules > 1 ? &module[1] : NULL);
}

/* Not start-up code itself: it takes that away. */
static noinline noreturn void run(void)
{
    free_init_memory();
    console_end_boot();
    idle_loop();
}

noreturn void __init start_boot_cpu(paddr_t boot_info)
{
    const struct boot_info *info = arch_direct_map(boot_info);

    time_early_init();
    serial_early_init();
    idt_init();
    desc_init_cpu();
    params_parse(text(info, info->command_line));
    cpu_features_init();
    smap_init();
    cpu_registers_init();
    say_hello(info);
    if (!info->nr_modules)
        panic_user("no module: Domain 0's kernel is missing; give it to the boot loader "
                   "(QEMU: -initrd \"KERNEL ARGUMENTS\"; GRUB: module2).");
    memory_init(info);
    timers_init();
    scheduler_init();
    domains_init();
    cpu_info()->current_vcpu = idle_domain->vcpu[0];
    m2p_init();
    devices_init();
    pv_cpu_init();
    smp_boot();
    cpu_park_init();
    time_recalibration_start();
    keyhandlers_init();
    page_checks_init();
    serial_input_init();
    arch_irq_enable();
    stack_overflow_if_asked();
    domain0_init(info);
    run();
}
