/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MSRs that a PV kernel finds: few are real, some are constants, the rest does not exist. (Intel SDM vol.
 * 4, AMD APM vol. 2 app. A.)
 */
#include <asm/cpu.h>
#include <asm/extable.h>
#include <asm/processor.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include "emulate.h"
#include "entry.h"
#include "segment.h"

#define MSR_P5_MC_ADDR       0x0
#define MSR_P5_MC_TYPE       0x1
#define MSR_FEATURE_CONTROL  0x3a
#define MSR_UCODE_WRITE      0x79
#define MSR_UCODE_REVISION   0x8b
#define MSR_PLATFORM_INFO    0xce
#define MSR_MISC_FEATURES    0x140
#define MSR_MCG_CAP          0x179
#define MSR_MCG_STATUS       0x17a
#define MSR_MCG_CTL          0x17b
#define MSR_MISC_ENABLE      0x1a0
#define MSR_PERF_CAPS        0x345
#define MSR_MC0_CTL          0x400
#define MSR_MC_LAST          0x47f
#define MSR_K7_EVNTSEL0      0xc0010000
#define MSR_K7_PERFCTR3      0xc0010007
#define MSR_K8_SYSCFG        0xc0010010
#define MSR_K8_HWCR          0xc0010015
#define MSR_AMD_NB_CFG       0xc001001f
#define MSR_AMD_PSTATE_LIMIT 0xc0010061
#define MSR_AMD_PSTATE_DEF   0xc0010064
#define MSR_K8_TSEG_ADDR     0xc0010112
#define MSR_AMD_PERFEVTSEL0  0xc0010200
#define MSR_AMD_PERFCTR5     0xc001020b
#define MSR_AMD_DE_CFG       0xc0011029
#define MSR_HYPERCALL_PAGE   0x40000000 /* what CPUID leaf 0x40000002 announces */

#define APIC_BASE_VALUE          0xfee00800ull
#define APIC_BASE_BSP            (1ull << 8)
#define FEATURE_CONTROL_LOCKED   1
#define PAT_XEN                  0x050100070406ull
#define MCG_CAP_BANKS            2
#define DE_CFG_LFENCE_SERIALISES 2
/* MISC_ENABLE: no MONITOR, no performance counters; BTS and PEBS unavailable, xTPR disabled. */
#define MISC_ENABLE_CLEAR 0x40080ull
#define MISC_ENABLE_SET   0x801800ull

static bool is_machine_check(uint32_t msr)
{
    return msr >= MSR_MC0_CTL && msr <= MSR_MC_LAST;
}
/* The first of the four registers of a bank, which enables it, reads all ones. */
static bool is_machine_check_control(uint32_t msr)
{
    return is_machine_check(msr) && !(msr & 3);
}
/* AMD's registers that kernels look at and set without need: counters, power states, north bridge. */
static bool is_amd_ignored(uint32_t msr)
{
    return !cpu_is_intel() &&
           ((msr >= MSR_K7_EVNTSEL0 && msr <= MSR_K7_PERFCTR3) || msr == MSR_K8_HWCR ||
            msr == MSR_AMD_NB_CFG || (msr >= MSR_AMD_PSTATE_LIMIT && msr <= MSR_AMD_PSTATE_DEF) ||
            msr == MSR_AMD_DE_CFG || (msr >= MSR_AMD_PERFEVTSEL0 && msr <= MSR_AMD_PERFCTR5));
}

static bool read_constant(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = 0;
    switch (msr) {
    case MSR_APIC_BASE:
        *value = APIC_BASE_VALUE | (v->id == 0 ? APIC_BASE_BSP : 0);
        return true;
    case MSR_FEATURE_CONTROL:
        *value = FEATURE_CONTROL_LOCKED;
        return cpu_is_intel();
    case MSR_PAT:
        *value = PAT_XEN;
        return true;
    case MSR_MCG_CAP:
        *value = MCG_CAP_BANKS;
        return true;
    case MSR_AMD_DE_CFG:
        *value = DE_CFG_LFENCE_SERIALISES;
        return !cpu_is_intel();
    case MSR_K8_TSEG_ADDR:
        return !cpu_is_intel();
    case MSR_P5_MC_ADDR:
    case MSR_P5_MC_TYPE:
    case MSR_PLATFORM_INFO:
    case MSR_MISC_FEATURES:
    case MSR_MCG_STATUS:
    case MSR_MCG_CTL:
    case MSR_PERF_CAPS:
    case MSR_HYPERCALL_PAGE:
        return true;
    }
    if (is_machine_check_control(msr))
        *value = ~0ull;
    return is_machine_check(msr) || is_amd_ignored(msr);
}

/*
 * Kernels read MSRs before they have a #GP handler: where the machine has the register, zero keeps them
 * alive.
 */
static bool read_unknown(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (!v->arch.traps[X86_EXC_GP].address && msr >> 16 != 0x4000 && rdmsr_safe(msr, value)) {
        *value = 0;
        return true;
    }
    refuse(-XEN_EPERM, "emulate.rdmsr", "RDMSR %#x: no such register for the guest", msr);
    return false;
}

bool pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_SHADOW_GS_BASE:
    case MSR_EFER:
        *value = rdmsr(msr);
        return true;
    case MSR_TSC:
        *value = rdtsc();
        return true;
    case MSR_TSC_AUX:
        *value = v->arch.tsc_aux;
        return cpu_features.rdtscp;
    case MSR_MISC_ENABLE:
        if (!rdmsr_safe(msr, value))
            break;
        *value = (*value & ~MISC_ENABLE_CLEAR) | MISC_ENABLE_SET;
        return true;
    case MSR_UCODE_REVISION:
    case MSR_K8_SYSCFG:
        if (rdmsr_safe(msr, value))
            return true;
    }
    return read_constant(v, msr, value) || read_unknown(v, msr, value);
}

/* The guest names a frame of its own; the low bits choose a page of the kinds that there are: only 0. */
static bool write_hypercall_page(struct vcpu *v, uint64_t value)
{
    mfn_t m = paddr_to_mfn(value);

    if (value & ~PAGE_MASK || !mfn_valid(m) || page_get_and_type(mfn_to_page(m), v->domain, PGT_WRITABLE)) {
        refuse(-XEN_EINVAL, "emulate.hypercall-page", "%#lx is no frame for a hypercall page",
               (unsigned long)value);
        return false;
    }
    pv_fill_hypercall_page(mfn_to_virt(m));
    page_put_and_type(mfn_to_page(m));
    return true;
}

bool pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_SHADOW_GS_BASE:
        if (!address_canonical(value))
            break;
        wrmsr(msr, value);
        return true;
    case MSR_TSC_AUX:
        if (!cpu_features.rdtscp || value >> 32)
            break;
        v->arch.tsc_aux = (uint32_t)value;
        wrmsr(msr, value);
        return true;
    case MSR_HYPERCALL_PAGE:
        return write_hypercall_page(v, value);
    case MSR_EFER: /* kernels write back what they read */
        if (value == rdmsr(MSR_EFER))
            return true;
        break;
    case MSR_UCODE_REVISION:
    case MSR_MISC_FEATURES:
        if (!value)
            return true;
        break;
    case MSR_UCODE_WRITE:
    case MSR_MISC_ENABLE:
    case MSR_MCG_CAP:
    case MSR_MCG_STATUS:
    case MSR_MCG_CTL:
        return true;
    default:
        if (is_machine_check_control(msr) || (is_machine_check(msr) && !value) || is_amd_ignored(msr))
            return true;
    }
    refuse(-XEN_EPERM, "emulate.wrmsr", "WRMSR %#x with %#lx: not for the guest to set", msr,
           (unsigned long)value);
    return false;
}
