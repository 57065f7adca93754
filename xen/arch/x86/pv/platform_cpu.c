/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's CPUs for HYPERVISOR_platform_op: who is there, and the answers to who wants more of them, or
 * less. How a CPU goes and comes is common/cpu_hotplug.c's.
 */
#include <xen/cpu_hotplug.h>
#include <xen/ctl.h>
#include <xen/domain.h>
#include <xen/hypercall.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <asm/acpi.h>
#include <asm/cpu.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include "platform.h"

#define PROXIMITY_MAX 256

static bool is_online(uint32_t cpu)
{
    return cpu < MAX_CPUS && cpumask_test(sched_online_cpus(), cpu);
}

static uint32_t highest_cpu(void)
{
    return cpumask_last(sched_present_cpus());
}

/* What ACPI calls the CPU: its number where no table says. */
static uint32_t acpi_id_of(uint32_t cpu)
{
    for (unsigned int i = 0; i < acpi.nr_cpus; i++)
        if (acpi.apic_id[i] == cpu_apic_id[cpu])
            return acpi.processor_id[i];
    return cpu;
}

long platform_get_cpuinfo(struct platform_request *r)
{
    struct xenpf_pcpuinfo *info = &r->op.u.pcpu_info;

    info->max_present = highest_cpu();
    if (cpu_is_present(info->xen_cpuid)) {
        info->flags = is_online(info->xen_cpuid) ? XEN_PCPU_FLAGS_ONLINE : 0;
        info->apic_id = cpu_apic_id[info->xen_cpuid];
        info->acpi_id = acpi_id_of(info->xen_cpuid);
    } else {
        info->flags = XEN_PCPU_FLAGS_INVALID;
    }
    return platform_give(r, info, sizeof(*info));
}

long platform_get_cpu_version(struct platform_request *r)
{
    struct xenpf_pcpu_version *answer = &r->op.u.pcpu_version;
    uint32_t cpu = answer->xen_cpuid, stepping = cpuid(1, 0).a & 0xf;

    memset(answer, 0, sizeof(*answer));
    answer->xen_cpuid = cpu;
    answer->max_present = highest_cpu();
    if (is_online(cpu)) {
        memcpy(answer->vendor_id, cpu_features.vendor, sizeof(answer->vendor_id));
        answer->family = cpu_features.family;
        answer->model = cpu_model();
        answer->stepping = stepping;
    }
    return platform_give(r, answer, sizeof(*answer));
}

static int refuse_cpu(uint32_t cpu)
{
    return refuse(-XEN_EINVAL, "platform.cpu", "there is no CPU %u", cpu);
}

/* With both locks of the toolstack; as often as it takes. */
static long change(const struct platform_request *r, long (*fn)(uint32_t), uint32_t argument)
{
    long rc = -XEN_ERESTART;

    if (sysctl_try_lock()) {
        if (domctl_try_lock()) {
            rc = fn(argument);
            domctl_unlock();
        }
        sysctl_unlock();
    }
    return rc == -XEN_ERESTART ? hypercall_continue(__HYPERVISOR_platform_op, 1, r->va) : rc;
}

long platform_cpu_online(const struct platform_request *r)
{
    uint32_t cpu = r->op.u.cpu_ol.cpuid;

    if (!cpu_is_present(cpu))
        return refuse_cpu(cpu);
    return is_online(cpu) ? 0 : change(r, cpu_take_online, cpu);
}

long platform_cpu_offline(const struct platform_request *r)
{
    uint32_t cpu = r->op.u.cpu_ol.cpuid;

    if (!cpu)
        return refuse(-XEN_EOPNOTSUPP, "platform.cpu-offline", "the first CPU stays on line");
    if (!cpu_is_present(cpu))
        return refuse_cpu(cpu);
    return cpu_is_offline(cpu) ? 0 : change(r, cpu_take_offline, cpu);
}

long platform_cpu_hotadd(const struct platform_request *r)
{
    const struct xenpf_cpu_hotadd *add = &r->op.u.cpu_add;

    if (add->acpi_id == UINT32_MAX || add->apic_id == UINT32_MAX || add->pxm >= PROXIMITY_MAX)
        return refuse(-XEN_EINVAL, "platform.cpu-add",
                      "ACPI id %u, APIC id %u, proximity %u: no CPU has these", add->acpi_id, add->apic_id,
                      add->pxm);
    for (unsigned int i = 0; i < acpi.nr_cpus; i++) {
        if (acpi.processor_id[i] != add->acpi_id)
            continue;
        if (acpi.apic_id[i] != add->apic_id)
            return refuse(-XEN_EINVAL, "platform.cpu-add", "the CPU with ACPI id %u has APIC id %u, not %u",
                          add->acpi_id, acpi.apic_id[i], add->apic_id);
        return refuse(-XEN_EEXIST, "platform.cpu-exists", "the CPU with APIC id %u is there already",
                      add->apic_id);
    }
    return refuse(-XEN_ENOSPC, "platform.cpu-add",
                  "there is no room for a CPU that was not there at the boot");
}

long platform_mem_hotadd(const struct platform_request *r)
{
    const struct xenpf_mem_hotadd *add = &r->op.u.mem_add;

    return refuse(-XEN_EINVAL, "platform.memory-add", "%#lx to %#lx is no range where memory can be added",
                  (unsigned long)add->spfn, (unsigned long)add->epfn);
}

long platform_core_parking(struct platform_request *r)
{
    struct xenpf_core_parking *parking = &r->op.u.core_parking;

    switch (parking->type) {
    case XEN_CORE_PARKING_SET:
        return change(r, cpus_park, parking->idle_nums);
    case XEN_CORE_PARKING_GET:
        parking->idle_nums = cpus_parked();
        return platform_give(r, parking, sizeof(*parking));
    default:
        return refuse(-XEN_EINVAL, "platform.parking-type", "there is no core parking %u", parking->type);
    }
}
