/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of stock Xen 4.17 that have no meaning here. People and boot loaders pass them (GRUB: placeholder,
 * no-real-mode, edd=off), and a line that boots stock Xen is to boot Xenport without a complaint: accepted,
 * with any value, and without effect.
 */
#include <xen/param.h>
#include <xen/string.h>

/* clang-format off: a list, not a table */
static const char *const names[] = {
    "placeholder", "real-mode", "edd", "edid", "vga", "watchdog", "watchdog_timeout", "nmi", "sync_console",
    "console_to_ring", "console_timestamps", "conring_size", "dbgp", "serial_tx_buffer", "acpi",
    "acpi_sleep", "acpi_skip_timer_override", "acpi_pstate_strict", "apic", "apic_verbosity", "x2apic",
    "x2apic_phys", "x2apic-mode", "lapic", "lapic_timer_c2_ok", "ioapic_ack", "clocksource", "tsc",
    "tickle_one_idle_cpu", "timer_slop", "hpet", "hpetbroadcast", "cpufreq", "cpuidle", "cpuid",
    "cpuid_mask_cpu", "cpuid_mask_ecx", "cpuid_mask_edx", "cpuid_mask_ext_ecx", "cpuid_mask_ext_edx",
    "mwait-idle", "idle_latency_factor", "max_cstate", "spec-ctrl", "xpti", "pv-l1tf", "pcid",
    "ucode", "ibrs", "tsx", "cet", "xsave", "invpcid", "pku", "mce", "mce_fb", "mce_verbosity",
    "cmci-threshold", "badpage", "availmem", "dma_bits", "memop-max-order", "bootscrub",
    "bootscrub_chunk", "low_mem_virq_limit", "hap", "hap_1gb", "hap_2mb", "altp2m", "hvm_port80",
    "viridian-version", "viridian-spinlock-retry-count", "vpid", "vpmu", "ept", "ple_gap", "ple_window",
    "pml", "iommu", "iommu_dev_iotlb_timeout", "iommu_inclusive_mapping", "amd-iommu-perdev-intremap",
    "ats", "dmar", "pci", "pci-phantom", "msi", "irq_ratelimit", "irq_vector_map", "irq-max-guests",
    "extra_guest_irqs", "max_gsi_irqs", "numa", "vcpu_migration_delay", "credit2_balance_over",
    "credit2_balance_under", "credit2_cap_period_ms", "credit2_load_precision_shift",
    "credit2_load_window_shift", "credit2_runqueue", "sched-gran", "sched_credit_tslice_ms",
    "sched_ratelimit_us", "sched_smt_power_savings", "smt", "cpuinfo", "psr", "rmid_max", "rdrand", "dom0",
    "dom0-cpuid", "dom0-iommu", "dom0_ioports_disable", "dom0_nodes", "dom0_vcpus_pin", "xsm", "hypfs",
    "gnttab", "gnttab_max_frames", "gnttab_max_maptrack_frames", "crashkernel", "crashinfo_maxaddr",
    "low_crashinfo", "tbuf_size", "tevt_mask", "efi", "allow_unsafe", "pv", "pvh", "pv-linear-pt",
    "global-pages", "asid", "async-show-all", "debug_stack_lines", "force-ept", "hest_disable", "ler",
    "monitor", "nr_irqs", "cpu_type", "vesa-ram", "vtd", "noirqbalance", "noapic", "nolapic",
    "fsgsbase", "microcode", "mmcfg", "mtrr.show",
};
/* clang-format on */

/* Also with "no-" or "no" before it: stock Xen has booleans of both kinds. */
bool param_known_to_stock(const char *name)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    if (strncmp(name, "no-", 3) == 0)
        return param_known_to_stock(name + 3);
    return strncmp(name, "no", 2) == 0 && param_known_to_stock(name + 2);
}
