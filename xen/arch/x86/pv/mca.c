/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_mca: machine checks as Domain 0 asks for them. None is recorded – one that nobody survives ends
 * in a panic, corrected ones are left alone – so there is never data to fetch; what the processors are is
 * told.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <xen/string.h>
#include <asm/cpu.h>
#include <asm/extable.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include <public/arch-x86/xen-mca.h>
#include "calls.h"
#include "emulate.h"

#define MSR_MCG_CAP      0x179
#define MSR_MC0_CTL      0x400
#define MSR_MC_LAST      0x47f
#define VENDOR_INTEL     0
#define VENDOR_AMD       2
#define CACHE_LINE_BYTES 64

static long refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "mca.argument", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

static long fetch(uint64_t va, struct xen_mc *mc)
{
    struct xen_mc_fetch *f = &mc->u.mc_fetch;
    uint32_t urgency = f->flags & ~XEN_MC_ACK;

    if (urgency != XEN_MC_NONURGENT && urgency != XEN_MC_URGENT)
        return refuse(-XEN_EINVAL, "mca.urgency", "flags %#x: urgent or not, and one of them", f->flags);
    if (f->flags & XEN_MC_ACK)
        return 0;
    f->flags = XEN_MC_NODATA;
    f->fetch_id = 0;
    return copy_to_guest(va, mc, sizeof(*mc)) ? refuse_argument(va) : 0;
}

/* How many bits of an APIC id tell n apart. */
static unsigned int bits_for(uint32_t n)
{
    return n > 1 ? 32 - (unsigned int)__builtin_clz(n - 1) : 0;
}

static uint32_t cores_of_package(uint32_t logical)
{
    uint32_t cores = cpu_is_intel() ? (cpuid(4, 0).a >> 26) + 1 : (cpuid(0x80000008, 0).c & 0xff) + 1;

    return cores > logical ? logical : cores;
}

static void describe_place(xen_mc_logical_cpu_t *info)
{
    struct cpuid_result basic = cpuid(1, 0);
    uint32_t logical = basic.d & 1u << 28 ? (basic.b >> 16 & 0xff) : 1, cores, threads;

    logical = logical ? logical : 1;
    cores = cores_of_package(logical);
    threads = logical / cores;
    info->mc_chipid = info->mc_apicid >> (bits_for(threads) + bits_for(cores));
    info->mc_coreid = (uint16_t)(info->mc_apicid >> bits_for(threads) & ((1u << bits_for(cores)) - 1));
    info->mc_threadid = (uint16_t)(info->mc_apicid & ((1u << bits_for(threads)) - 1));
    info->mc_ncores = info->mc_ncores_active = cores;
    info->mc_nthreads = threads;
}

static void describe_model(xen_mc_logical_cpu_t *info)
{
    struct cpuid_result basic = cpuid(1, 0), extended = cpuid(0x80000001, 0), seven = {0, 0, 0, 0},
                        cache = cpuid(0x80000006, 0);

    info->mc_cpuid_level = (int32_t)cpuid(0, 0).a;
    if (info->mc_cpuid_level >= 7)
        seven = cpuid(7, 0);
    info->mc_family = cpu_features.family;
    info->mc_vendor = cpu_is_intel() ? VENDOR_INTEL : VENDOR_AMD;
    info->mc_model = cpu_model();
    info->mc_step = basic.a & 0xf;
    memcpy(info->mc_vendorid, cpu_features.vendor, 12);
    memcpy(info->mc_brandid, cpu_features.brand, 48);
    info->mc_cpu_caps[0] = basic.d;
    info->mc_cpu_caps[1] = basic.c;
    info->mc_cpu_caps[2] = extended.d;
    info->mc_cpu_caps[3] = extended.c;
    info->mc_cpu_caps[5] = seven.b;
    info->mc_cpu_caps[6] = seven.c;
    info->mc_cache_size = cache.d >> 18 ? (cache.d >> 18) * 512 : cache.c >> 16;
    info->mc_cache_alignment = CACHE_LINE_BYTES;
}

static void describe(unsigned int cpu, xen_mc_logical_cpu_t *info)
{
    memset(info, 0, sizeof(*info));
    info->mc_cpunr = cpu;
    info->mc_apicid = info->mc_clusterid = cpu_apic_id[cpu];
    describe_place(info);
    describe_model(info);
    info->mc_msrvalues[0].reg = MSR_MCG_CAP;
    info->mc_nmsrvals = rdmsr_safe(MSR_MCG_CAP, &info->mc_msrvalues[0].value) ? 1 : 0;
}

/* As many as the guest has room for; how many there are it learns in any case. */
static long physical_cpus(uint64_t va, struct xen_mc *mc)
{
    struct xen_mc_physcpuinfo *p = &mc->u.mc_physcpuinfo;
    uint64_t at = handle_va(p->info);
    uint32_t room = at ? p->ncpus : 0;
    xen_mc_logical_cpu_t info;
    unsigned int cpu;

    p->ncpus = cpumask_count(cpu_online_map);
    for_each_cpu(cpu, cpu_online_map)
    {
        if (!room--)
            break;
        describe(cpu, &info);
        if (copy_to_guest(at, &info, sizeof(info)))
            return refuse_argument(at);
        at += sizeof(info);
    }
    return copy_to_guest(va, mc, sizeof(*mc)) ? refuse_argument(va) : 0;
}

static bool is_online(uint32_t cpu)
{
    return cpu < MAX_CPUS && cpumask_test(cpu_online_map, cpu);
}

static long refuse_cpu(uint32_t cpu)
{
    return refuse(-XEN_EINVAL, "mca.cpu", "there is no CPU %u", cpu);
}

static long inject_registers(const struct xen_mc_msrinject *m)
{
    if (!is_online(m->mcinj_cpunr))
        return refuse_cpu(m->mcinj_cpunr);
    if (!m->mcinj_count)
        return 0;
    if (m->mcinj_count > MC_MSRINJ_MAXMSRS)
        return refuse(-XEN_EINVAL, "mca.registers", "%u registers are more than %u", m->mcinj_count,
                      MC_MSRINJ_MAXMSRS);
    for (uint32_t i = 0; i < m->mcinj_count; i++)
        if (m->mcinj_msr[i].reg < MSR_MC0_CTL || m->mcinj_msr[i].reg > MSR_MC_LAST)
            return refuse(-XEN_EINVAL, "mca.register", "register %#lx has nothing to do with machine checks",
                          (unsigned long)m->mcinj_msr[i].reg);
    return refuse(-XEN_ENOSYS, "mca.inject", "machine checks are not simulated");
}

static long inject_exception(uint32_t cpu)
{
    return is_online(cpu) ? refuse(-XEN_ENOSYS, "mca.inject", "machine checks are not simulated")
                          : refuse_cpu(cpu);
}

long do_mca(uint64_t arg_va)
{
    struct xen_mc mc;

    if (!current->domain->is_privileged)
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not ask about machine checks",
                      current->domain->id);
    if (copy_from_guest(&mc, arg_va, sizeof(mc)))
        return refuse_argument(arg_va);
    if (mc.interface_version != XEN_MCA_INTERFACE_VERSION)
        return refuse(-XEN_EACCES, "mca.version", "interface version %#x is not %#x", mc.interface_version,
                      XEN_MCA_INTERFACE_VERSION);
    switch (mc.cmd) {
    case XEN_MC_fetch:
        return fetch(arg_va, &mc);
    case XEN_MC_physcpuinfo:
        return physical_cpus(arg_va, &mc);
    case XEN_MC_msrinject:
        return inject_registers(&mc.u.mc_msrinject);
    case XEN_MC_mceinject:
        return inject_exception(mc.u.mc_mceinject.mceinj_cpunr);
    default: /* also notifydomain and inject_v2, which nothing here could serve */
        return refuse(-XEN_EINVAL, "mca.command", "there is no machine-check command %u", mc.cmd);
    }
}
