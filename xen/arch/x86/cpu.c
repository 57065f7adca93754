/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the physical CPUs can do, and the control registers that follow from it. SYSCALL's own registers are
 * pv_cpu_init's.
 */
#include <xen/log.h>
#include <xen/param.h>
#include <xen/string.h>
#include <asm/cpu.h>
#include <asm/processor.h>

/* The ABI's memory types by PAT index: WB WT UC- UC WC WP UC UC, as stock Xen has them. */
#define PAT_VALUE 0x050100070406ull

#define HAS(word, bit) (((word) >> (bit)) & 1)

struct cpu_features cpu_features;

static bool opt_smep = true;
PARAM_BOOL("smep", opt_smep);
static bool opt_smap = true;
PARAM_BOOL("smap", opt_smap);

static void __init read_names(uint32_t highest_extended)
{
    struct cpuid_result r = cpuid(0, 0);

    memcpy(cpu_features.vendor, &r.b, 4);
    memcpy(cpu_features.vendor + 4, &r.d, 4);
    memcpy(cpu_features.vendor + 8, &r.c, 4);
    if (highest_extended < 0x80000004)
        return;
    for (uint32_t i = 0; i < 3; i++) {
        r = cpuid(0x80000002 + i, 0);
        memcpy(cpu_features.brand + 16 * i, &r, 16);
    }
}

static uint32_t __init family_of(uint32_t signature)
{
    uint32_t family = (signature >> 8) & 0xf;

    return family == 0xf ? family + ((signature >> 20) & 0xff) : family;
}

uint32_t cpu_model(void)
{
    uint32_t signature = cpuid(1, 0).a, model = signature >> 4 & 0xf, family = signature >> 8 & 0xf;

    return family == 0xf || family == 6 ? model | (signature >> 16 & 0xf) << 4 : model;
}

void __init cpu_features_init(void)
{
    uint32_t highest = cpuid(0, 0).a, highest_extended = cpuid(0x80000000, 0).a;
    struct cpuid_result basic = cpuid(1, 0), extended = cpuid(0x80000001, 0), seven = {0, 0, 0, 0};

    if (highest >= 7)
        seven = cpuid(7, 0);
    read_names(highest_extended);
    cpu_features.family = family_of(basic.a);
    if (!HAS(extended.d, 11))
        panic_user(
            "this CPU has no SYSCALL instruction, by which PV guests call the hypervisor; use another CPU "
            "(QEMU: leave out -syscall).");
    if (!HAS(basic.d, 13) || !HAS(basic.d, 24) || !HAS(basic.d, 9))
        panic_user("this CPU lacks global pages, FXSAVE or a local APIC; use another CPU (QEMU: -cpu max).");
    cpu_features.xsave = HAS(basic.c, 26);
    cpu_features.gigabyte_pages = HAS(extended.d, 26);
    cpu_features.rdtscp = HAS(extended.d, 27);
    cpu_features.fsgsbase = HAS(seven.b, 0);
    cpu_features.smep = HAS(seven.b, 7) && opt_smep;
    cpu_features.smap = HAS(seven.b, 20) && opt_smap;
    cpu_features.umip = HAS(seven.c, 2);
    cpu_features.invpcid = HAS(seven.b, 10);
    cpu_features.physical_address_bits = highest_extended >= 0x80000008 ? cpuid(0x80000008, 0).a & 0xff : 36;
}

void cpu_registers_init(void)
{
    unsigned long cr4 =
        X86_CR4_PAE | X86_CR4_MCE | X86_CR4_DE | X86_CR4_PGE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;

    if (cpu_features.fsgsbase)
        cr4 |= X86_CR4_FSGSBASE;
    if (cpu_features.smep)
        cr4 |= X86_CR4_SMEP;
    if (cpu_features.smap)
        cr4 |= X86_CR4_SMAP;
    if (cpu_features.umip)
        cr4 |= X86_CR4_UMIP;
    if (cpu_features.xsave)
        cr4 |= X86_CR4_OSXSAVE;
    write_cr4(cr4);
    write_cr0(X86_CR0_PG | X86_CR0_AM | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NX);
    wrmsr(MSR_PAT, PAT_VALUE);
}
