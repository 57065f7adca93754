/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_platform_op: what Domain 0 asks of the machine. Here is the way in, and what is small: the wall
 * clock, quirks, microcode. The rest is in the files that platform.h names.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <asm/time.h>
#include "calls.h"
#include "platform.h"

long platform_give(const struct platform_request *r, const void *part, size_t size)
{
    uint64_t va = r->va + (uint64_t)((const char *)part - (const char *)&r->op);

    if (copy_to_guest(va, part, size))
        return refuse(-XEN_EFAULT, "platform.argument", "cannot write the answer at %#lx", (unsigned long)va);
    return 0;
}

static void update_wallclock(struct domain *d, void *data)
{
    domain_update_wallclock(d);
}

static long set_time(uint64_t seconds, uint32_t nanoseconds, uint64_t system_time)
{
    wallclock_set(seconds, nanoseconds, system_time);
    for_each_domain(update_wallclock, NULL);
    return 0;
}

static long settime32(const struct xenpf_settime32 *t)
{
    return set_time(t->secs, t->nsecs, t->system_time);
}

static long settime64(const struct xenpf_settime64 *t)
{
    if (t->mbz)
        return refuse(-XEN_EINVAL, "platform.settime", "mbz is %#x, and must be zero", t->mbz);
    return set_time(t->secs, t->nsecs, t->system_time);
}

/* They steer workarounds for IO-APICs and interrupt balancing that there is nothing of here. */
static long platform_quirk(uint32_t id)
{
    if (id < QUIRK_NOIRQBALANCING || id > QUIRK_IOAPIC_GOOD_REGSEL)
        return refuse(-XEN_EINVAL, "platform.quirk", "there is no quirk %u", id);
    return 0;
}

static long handle(struct platform_request *r)
{
    switch (r->op.cmd) {
    case XENPF_settime32:
        return settime32(&r->op.u.settime32);
    case XENPF_settime64:
        return settime64(&r->op.u.settime64);
    case XENPF_add_memtype:
        return platform_add_memtype(r);
    case XENPF_del_memtype:
        return platform_del_memtype(r);
    case XENPF_read_memtype:
        return platform_read_memtype(r);
    case XENPF_microcode_update:
        return refuse(-XEN_EINVAL, "platform.microcode", "microcode is not loaded after the boot");
    case XENPF_platform_quirk:
        return platform_quirk(r->op.u.platform_quirk.quirk_id);
    case XENPF_efi_runtime_call:
        return refuse(-XEN_ENOSYS, "platform.efi", "the machine was not started by EFI");
    case XENPF_firmware_info:
        return platform_firmware_info(r);
    case XENPF_enter_acpi_sleep:
        return platform_enter_acpi_sleep(r);
    case XENPF_change_freq:
    case XENPF_getidletime:
        return refuse(-XEN_ENOSYS, "platform.frequency", "Domain 0 does not govern the CPUs' frequency");
    case XENPF_set_processor_pminfo:
        return platform_set_processor_pminfo(r);
    case XENPF_get_cpuinfo:
        return platform_get_cpuinfo(r);
    case XENPF_get_cpu_version:
        return platform_get_cpu_version(r);
    case XENPF_cpu_online:
        return platform_cpu_online(r);
    case XENPF_cpu_offline:
        return platform_cpu_offline(r);
    case XENPF_cpu_hotadd:
        return platform_cpu_hotadd(r);
    case XENPF_mem_hotadd:
        return platform_mem_hotadd(r);
    case XENPF_core_parking:
        return platform_core_parking(r);
    case XENPF_resource_op:
        return platform_resource_op(r);
    case XENPF_get_symbol:
        return platform_get_symbol(r);
    default:
        return refuse(-XEN_ENOSYS, "platform.command", "there is no platform_op %u", r->op.cmd);
    }
}

long do_platform_op(uint64_t arg_va)
{
    struct platform_request r = {.va = arg_va};

    if (copy_from_guest(&r.op, arg_va, sizeof(r.op)))
        return refuse(-XEN_EFAULT, "platform.argument", "no readable argument at %#lx",
                      (unsigned long)arg_va);
    if (r.op.interface_version != XENPF_INTERFACE_VERSION)
        return refuse(-XEN_EACCES, "platform.version", "interface version %#x is not %#x",
                      r.op.interface_version, XENPF_INTERFACE_VERSION);
    if (!current->domain->is_privileged)
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not ask anything of the machine",
                      current->domain->id);
    return handle(&r);
}
